"""What ends each mail of a writer is learnt from the mails they wrote before."""

from maildriver.mail.boilerplate.learned_signature import EarlierMail
from maildriver.mail.reply.per_post import ReplyPart, split_by_post
from maildriver.mail.reply.trim import trim

END = "Anna Berg\nAstronomy Society of Bergen\nPer aspera ad astra"
EARLIER = (EarlierMail(f"Venus it was.\n\n{END}"), EarlierMail(f"Nothing but cloud.\n\n{END}"))
QUOTED = "On 12/03/2024 10:15, Course wrote:\n> Which was brightest?\n"


def test_what_ended_two_mails_is_cut_from_the_third() -> None:
    found = trim(f"Ganymede.\n\n{END}\n\n{QUOTED}", earlier=EARLIER)
    assert found.reply == "Ganymede."
    assert END in found.elided
    assert "what ends each mail of this writer" in found.reasons


def test_it_is_known_for_good_since_what_was_cut_is_kept() -> None:
    cut = tuple(EarlierMail("Something else.", f"{END}\n\n{QUOTED}") for _ in range(2))
    assert trim(f"Ganymede.\n\n{END}", earlier=cut).reply == "Ganymede."


def test_what_ended_one_mail_may_be_chance() -> None:
    text = f"Ganymede.\n\n{END}"
    assert trim(text, earlier=EARLIER[:1]).reply == text


def test_who_says_the_same_again_is_heard() -> None:
    said = "I saw nothing at all."
    assert (
        trim(said, earlier=(EarlierMail(said), EarlierMail(said), EarlierMail(said))).reply == said
    )


def test_below_a_quotation_too_and_between_the_lines_of_one() -> None:
    below = trim(f"{QUOTED}\nGanymede.\n\n{END}\n", earlier=EARLIER)
    assert below.reply == "Ganymede."
    between = f"{QUOTED}\nGanymede.\n\n> And the nearest?\n\nIo.\n\n{END}\n"
    assert trim(between, earlier=EARLIER).reply.endswith("Io.")


def test_answers_to_single_posts_lose_it_as_well() -> None:
    text = f"{QUOTED}\nGanymede.\n\n{END}\n"
    assert split_by_post(text, earlier=EARLIER) == [ReplyPart(None, "Ganymede.")]
