"""What mail programs add to the words of their users is cut, in the languages they speak."""

from textwrap import wrap

import pytest
from quoting.phrases import HEADERS, INTRODUCTIONS, TAILS, filled

from maildriver.mail.reply.trim import trim

OWN = "Ganymede, I think.\nIt was late."
NAMES = ("Max Muster", "The Night Sky", "张伟", "Иван Петров")
ADDRESS = "course@school.example"
BARE = "Which of the moons\nwas brightest?\n\nSee you\nRegards"
MARKED = "> Which of the moons\n> was brightest?\n>\n> See you"
RULES = ("", "_" * 32 + "\n", "-----Original Message-----\n")


def phrases(table: dict[str, dict[str, str]]) -> list[object]:
    return [
        pytest.param(phrase, id=f"{program}-{language}")
        for program, languages in table.items()
        for language, phrase in languages.items()
    ]


@pytest.mark.parametrize("phrase", phrases(INTRODUCTIONS))
def test_an_introduction_is_cut_with_what_it_introduces(phrase: str) -> None:
    bodies = (MARKED,) if phrase.startswith(">") else (MARKED, BARE, f"\n{BARE}")
    for name in NAMES:
        says = filled(phrase, name, ADDRESS)
        folded = "\n".join(wrap(says, 72, break_long_words=False, break_on_hyphens=False))
        for body in bodies:
            assert trim(f"{OWN}\n\n{says}\n{body}\n").reply == OWN, (name, body)
            if not phrase.startswith("----"):  # no program folds these
                assert trim(f"{OWN}\n\n{folded}\n{body}\n").reply == OWN, (name, body)


@pytest.mark.parametrize("phrase", phrases(HEADERS))
@pytest.mark.parametrize("rule", RULES)
def test_a_header_of_a_quoted_mail_is_cut_with_the_mail(phrase: str, rule: str) -> None:
    for name in NAMES:
        for gap in ("\n", "\n\n"):
            for body in (BARE, MARKED):
                says = filled(phrase, name, ADDRESS)
                assert trim(f"{OWN}{gap}{rule}{says}\n\n{body}\n").reply == OWN, (name, gap, body)


@pytest.mark.parametrize("line", [line for lines in TAILS.values() for line in lines])
def test_what_a_phone_adds_is_cut(line: str) -> None:
    assert trim(f"{OWN}\n\n{line}\n").reply == OWN
    quoted = f"On 12 Mar 2024, at 10:15, Max <m@example.org> wrote:\n\n{MARKED}\n"
    assert trim(f"{OWN}\n\n{line}\n\n{quoted}").reply == OWN


@pytest.mark.parametrize(
    "line",
    [
        "Sent from my desk, which is much better than my mobile phone.",
        "Sent from my heart",
        "Get a mail from me when the sky is clear.",
        "Try the phone, it may see more than you do.",
        "Ich habe es vom Handy gesendet.",
        "From Lisbon: the moon, at last!",
        "I use Outlook for iOS and it shows nothing.",
        "Mobil bin ich auch zu erreichen.",
        "Von meinem Balkon aus, wie immer.",
        "Enviado desde mi terraza con mucho frío.",
        "Envoyé de la terrasse, avec les doigts gelés.",
    ],
)
def test_a_last_line_of_the_writers_own_is_kept(line: str) -> None:
    assert trim(f"{OWN}\n\n{line}\n").reply == f"{OWN}\n\n{line}"


@pytest.mark.parametrize(
    "said",
    [
        "Yesterday, 12 March 2024 at 10:15 PM, I went out and wrote:\n\nThe moon is a coin.",
        (
            "My grandmother wrote on 3 May 1962:\n"
            '"We saw the comet from the roof."\n'
            "I still have her letter."
        ),
        (
            "From: the roof\n"
            "To: the sea\n"
            "Date: 12 March\n"
            "Subject: the moon\n"
            "\n"
            "This is my letter poem."
        ),
        "Here is what I measured:\n- 21:00 12 degrees\n- 22:00 27 degrees\n\nThen clouds came.",
        ">>> import math\n>>> math.pi\n3.14159\nThis is what Python says.",
        "Time: 21:15\nDate: 12/03/2024\nPlace: Lisbon\nSky: clear\n\nJupiter was 30 degrees up.",
        (
            "In the Oxford book it says:\n"
            "\n"
            '"Galileo saw four moons on 7 January 1610."\n'
            "\n"
            "He wrote to Kepler (kepler@prague.example would be his address today) and said:\n"
            "it moves!"
        ),
        (
            "Am 12.03.2024 um 22 Uhr schrieb ich in mein Heft:\n"
            "Jupiter steht tief.\n"
            "\n"
            "Heute steht er höher."
        ),
        "Le 12 mars à 22h15, j'ai écrit :\nRien du tout.",
        'I agree with Anna (#37).\n\nShe said: "the moon on Monday, at 10 pm".\nI said: no.',
        "Confidential: I fell asleep and saw nothing.",
        "This message is late, sorry, I was ill.",
        "PS: sent from my balcony, with a very cold phone and two blankets",
        "_____\na drawing of the horizon\n_____\n\nThe dot above is Venus.",
        "What I did\n==========\nI measured the pole.\n\nWhat I saw\n----------\nNothing.",
    ],
)
def test_what_only_looks_like_a_programs_is_kept(said: str) -> None:
    assert trim(said).reply == said
