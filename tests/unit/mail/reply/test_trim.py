"""Trimming: a reply keeps all its writer's words and none that were quoted."""

import pytest

from maildriver.mail.reply.trim import trim

SENT = """3. The moons of Jupiter

Galileo saw four small stars beside the planet, and on the next night they had moved.
Look for yourself: a pair of binoculars on a steady rail is enough.

Which of the four was nearest to Jupiter when you looked?

Ref xac56tlpozke7wykwxaa4ymo
"""
QUOTED = "".join(f"> {line}\n" for line in SENT.splitlines())


def test_a_mail_without_a_quotation_is_kept_as_it_is() -> None:
    text = "Hello,\n\nI saw all four.\nIo was nearest.\n\nAnna"
    assert trim(text).reply == text
    assert trim(text).elided == ""


def test_a_reply_above_a_quotation_is_kept_and_the_rest_is_elided() -> None:
    found = trim(f"Io was nearest.\n\nOn Tue, 12 Mar 2024 at 10:15, Course wrote:\n\n{QUOTED}")
    assert found.reply == "Io was nearest."
    assert "Galileo saw four" in found.elided
    assert found.confidence > 0.9


def test_a_reply_below_a_quotation_is_kept() -> None:
    text = f"On Tue, 12 Mar 2024 at 10:15, Course wrote:\n{QUOTED}\nIo was nearest."
    assert trim(text).reply == "Io was nearest."


def test_answers_between_quotations_keep_the_question() -> None:
    text = (
        "On Tue, 12 Mar 2024 at 10:15, Course wrote:\n> Which was nearest?\n\nIo.\n\n"
        "> And which was brightest?\n\nGanymede, I think.\n\n> Bye\n"
    )
    ours = "Which was nearest?\nAnd which was brightest?"
    assert trim(text, [ours]).reply == (
        "> Which was nearest?\n\nIo.\n\n> And which was brightest?\n\nGanymede, I think."
    )


def test_of_a_long_question_the_last_lines_are_kept() -> None:
    quoted = "".join(f"> line {number}\n" for number in range(40))
    found = trim(f"First.\n\n{quoted}\nSecond.\n", [quoted])
    assert found.reply.count(">") == 3
    assert "> line 39" in found.reply
    assert "> line 0\n" in found.elided


def test_a_question_that_we_never_sent_is_found_nowhere_else_and_stays() -> None:
    quoted = "".join(f"> line {number}\n" for number in range(20))
    found = trim(f"First.\n\n{quoted}\nSecond.\n")
    assert found.reply == f"First.\n\n{quoted}\nSecond."


def test_a_greeting_below_the_quotation_keeps_no_question() -> None:
    text = f"Io was nearest.\n\nOn 12.03.2024 10:15, Course wrote:\n{QUOTED}\nRegards, Anna"
    assert trim(text).reply == "Io was nearest.\n\nRegards, Anna"


def test_what_we_sent_is_recognised_without_any_mark() -> None:
    found = trim(f"Io was nearest.\n\n{SENT}", [SENT])
    assert found.reply == "Io was nearest."
    assert "words that we sent" in found.reasons


def test_what_we_sent_is_recognised_however_it_is_wrapped() -> None:
    wrapped = "\n".join(" ".join(SENT.split()[n : n + 4]) for n in range(0, len(SENT.split()), 4))
    found = trim(f"Io was nearest.\n\n{wrapped}\n\nAnd the sky was clear all night.", [SENT])
    assert "Galileo" not in found.reply
    assert "Io was nearest." in found.reply
    assert "the sky was clear all night" in found.reply


def test_an_answer_below_what_we_sent_is_kept_even_without_marks() -> None:
    text = f"Am 12.03.2024 um 10:15 schrieb Course <c@example.net>:\n{SENT}\nEs war Io."
    assert trim(text, [SENT]).reply == "Es war Io."


def test_a_few_words_of_ours_in_a_sentence_are_the_students() -> None:
    text = "You ask which of the four was nearest to Jupiter: it was Io, by far, all night long."
    assert trim(text, [SENT]).reply == text


def test_what_the_writer_says_again_is_theirs_where_the_quotation_is_marked() -> None:
    again = "Which of the four was nearest to Jupiter when you looked?"
    assert trim(f"{again}\n\n{QUOTED}", [SENT]).reply == again
    assert trim(again, [SENT], html_quote=SENT).reply == again
    assert trim(f"{again}\n\n{SENT}", [SENT], html_quote=SENT).reply.count("Galileo") == 0


@pytest.mark.parametrize(
    "text",
    [
        "As Shakespeare wrote:\n\nTo be, or not to be.",
        "In 1859 Darwin wrote:\n\nIt is interesting to contemplate a tangled bank.",
        "On Monday my aunt wrote:\nshe has seen it too.",
        "My session:\n\n>>> 1 + 1\n2\n>>> import this\n\nWhy is that?",
        "Answers:\nA: 5\nB: 6\nC: 7\nD: none",
        "To: be or not to be\nSubject: verb object\nFrom here on I am lost.",
        "I saw this:\n* one\n* two\n\nAm I right?",
        "1. yes\n-----\n2. no\n-----\n3. perhaps",
        "Sent from my heart: thank you all.",
        "Regards the tide: it rises twice a day where I live, and I never knew why.",
        "if x -- y\nthen -- z\n\nand that is all",
        "The time was 10:15:\nthe moon rose.",
        "My observations on 12.3.2024:\n22:10 Io\n22:40 Europa",
        "Write to me at anna@example.org:\nI have pictures.",
        "This message is what I saw on the wall.",
        "    indented code\n        stays\n\nas it is",
    ],
)
def test_words_that_only_look_like_a_quotation_survive(text: str) -> None:
    assert trim(text).reply == text


@pytest.mark.parametrize(
    "tail",
    [
        "-- \nAnna Muster\nLong Lane 1",
        "--\nAnna",
        "Sent from my iPhone",
        "Von meinem iPhone gesendet",
        "Gesendet mit der GMX Mail App",
        "Envoyé de mon iPhone",
        "Enviado desde mi iPhone",
        "Inviato da iPhone",
        "Verzonden vanaf mijn iPhone",
        "Skickat från min iPhone",
        "Sendt fra min iPhone",
        "Lähetetty iPhonesta",
        "Odesláno z iPhonu",
        "Wysłane z iPhone'a",
        "Отправлено с iPhone",
        "Надіслано з iPhone",
        "iPhoneから送信",
        "从我的iPhone发送",
        "나의 iPhone에서 보냄",
        "iPhone'umdan gönderildi",
        "Trimis de pe iPhone-ul meu",
        "Get Outlook for iOS",
        "Sent from Outlook for Android",
        "Sent from Yahoo Mail on Android",
        (
            "This email and any attachments are confidential and intended for the addressee.\n"
            "If you are not the intended recipient, delete it."
        ),
        (
            "Diese E-Mail enthält vertrauliche Informationen. Wenn Sie nicht der Adressat\n"
            "sind, informieren Sie bitte den Absender und löschen Sie diese Mail."
        ),
        (
            "_______________________________________________\nmoons mailing list\n"
            "https://lists.example.org/listinfo/moons"
        ),
        "Virus-free. www.example.com is a scanner that has looked at this mail for you today.",
    ],
)
def test_what_a_program_puts_below_is_cut(tail: str) -> None:
    found = trim(f"Io was nearest.\n\n{tail}")
    assert found.reply == "Io was nearest."
    assert found.elided.splitlines() == [line.rstrip() for line in tail.splitlines()]


def test_a_gateways_banner_is_cut() -> None:
    banner = "CAUTION: This email originated from outside of the organization."
    assert trim(f"{banner}\n\nIo was nearest.").reply == "Io was nearest."


def test_a_broken_link_in_a_quotation_belongs_to_it() -> None:
    text = "Yes\n\n> See http://www.example.org/a/very/long\n_link=1234)\n> for more\n"
    assert trim(text).reply == "Yes"


def test_a_short_answer_right_between_quoted_lines_is_kept() -> None:
    assert trim("> Was it Io?\nno\n> Europa?\nyes\n> Thanks").reply.split("\n") == [
        "> Was it Io?", "no", "> Europa?", "yes",
    ]  # fmt: skip


def test_a_forwarded_mail_is_kept_and_is_doubtful() -> None:
    text = (
        "Look at this\n\n---------- Forwarded message ---------\nFrom: Bob <b@example.org>\n"
        "Date: Tue, 12 Mar 2024 at 10:15\nSubject: Moons\nTo: Anna\n\nThe moons were bright."
    )
    found = trim(text)
    assert "The moons were bright." in found.reply
    assert found.confidence < 0.5


def test_a_reply_of_nothing_but_a_quotation_is_empty_and_doubtful() -> None:
    found = trim(f"On Tue, 12 Mar 2024 at 10:15, Course wrote:\n{QUOTED}")
    assert found.reply == ""
    assert found.confidence <= 0.5


def test_an_introduction_on_the_writers_own_line_is_parted_from_it() -> None:
    text = "Io. On Tue, Mar 12, 2024 at 10:15 AM, Course <c@example.net> wrote:\n> Which?\n"
    assert trim(text).reply == "Io."


def test_too_many_lines_are_kept_whole_and_doubtful() -> None:
    found = trim("> x\n" * 100_000)
    assert found.confidence == 0.0
    assert found.reply.count("\n") == 99_999


def test_the_footer_of_a_mail_of_ours_is_no_question() -> None:
    sent = f"Look for the pole.\n\nHow high is it?\n\n{'-' * 20}\nRef d34noqrcabau5s3jlo7dezef"
    quoted = "\n".join(f"> {line}" for line in sent.split("\n"))

    kept = trim(f"Good evening.\n\n{quoted}\n\nFifty degrees.", [sent]).reply

    lines = [line for line in kept.split("\n") if line]
    assert lines == [
        "Good evening.",
        "> Look for the pole.",
        "> How high is it?",
        "Fifty degrees.",
    ]
