"""maildriver's own mails: each in each language, and the same in text and HTML."""

import html as html_entities
import re
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest
from support.composed_mails import (
    ADA,
    COURSE,
    DATE,
    FIELDS,
    LANGUAGES,
    LETTERS,
    SITE,
    SLOTS,
    TOKEN,
    a_mail,
    html_of,
    letter,
    read,
    shape,
    text_of,
    wire,
)

from maildriver.discussion.own_post import WhyNot
from maildriver.domain.course import Course
from maildriver.domain.message_kind import NOTE
from maildriver.letters import jinja
from maildriver.letters.composer import Composer
from maildriver.letters.fields import Field
from maildriver.letters.frame import RenderedMessage
from maildriver.letters.frontmatter import split_front_matter
from maildriver.letters.labels import Templates, labels_for
from maildriver.letters.shipped import shipped_folder, shipped_templates

STATES: list[dict[str, Field]] = [
    {},
    {"slots": (), "until": "", "changed": 0},
    {"state": "paused"},
    {"state": "paused", "until": "", "slots": ()},
    {"state": "left", "changed": 0},
    {"state": "finished", "changed": 0, "slots": ()},
]
#: For the letters about a post of the reader's own.
OF_A_POST: list[dict[str, Field]] = [
    {"outcome": "withdrawn", "readers": 0, "own": 1, "cut": 0, "files": (), "restorable": 0},
    {"outcome": "restored", "readers": 1, "cut": 1, "posts": ("1. North: all", "2. South: all")},
    {"outcome": "undone", "readers": 0, "once": 0},
    {"outcome": "", "why": "none", "posts": (), "text": ()},
    *({"outcome": "", "why": why} for why in get_args(WhyNot)),
]
EACH = [
    *((name, state) for name in LETTERS for state in STATES),
    *((name, state) for name in ("asked", "changed", "receipt") for state in OF_A_POST[:4]),
    *(("changed", state) for state in OF_A_POST[4:]),
]


def words_of_text(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.replace(f"Ref {TOKEN}", "").replace("_", " ")))


def words_of_html(html: str) -> set[str]:
    body = re.sub(r"<head>.*?</head>|<!--.*?-->|<[^>]+>", " ", html, flags=re.DOTALL)
    return set(re.findall(r"\w+", html_entities.unescape(body).replace("_", " ")))


def test_these_are_the_letters() -> None:
    expected = {"welcome", "confirm", "paused", "resumed", "left", "help", "operator"}

    assert expected <= set(LETTERS)
    for language in LANGUAGES:
        found = {path.stem for path in (shipped_folder("templates") / language).glob("*.md")}
        assert found == set(LETTERS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_letter_offers_to_change_the_pace_where_there_is_one(language: str) -> None:
    pace = str(labels_for(Templates({}, {}), language)["pace"])
    reader = replace(ADA, language=language)
    told = {name for name in LETTERS if pace in " ".join(letter(name, reader).text.split())}

    assert told >= {"welcome", "paused", "status"}
    assert not told & {"left", "instructor", "confirm"}


@pytest.mark.parametrize("name", LETTERS)
def test_a_letter_is_filled_in_with_the_same_in_each_language(name: str) -> None:
    used = []
    for language in LANGUAGES:
        head = split_front_matter(shipped_templates()[f"{language}/{name}.md"])
        source = f"{head.values['subject']} {head.body}"
        used.append({field for field, _ in jinja.variables_in(source)})
        assert jinja.forbidden_tags(source) == []

    assert used[0] == used[1]


@pytest.mark.parametrize(("name", "state"), EACH)
@pytest.mark.parametrize("language", LANGUAGES)
def test_text_and_html_say_the_same_words(
    name: str, language: str, state: dict[str, Field]
) -> None:
    frozen = letter(name, replace(ADA, language=language), fields=FIELDS | state)

    assert words_of_text(frozen.text) == words_of_html(frozen.html)
    assert "{{" not in frozen.text
    assert "{%" not in frozen.text
    assert "\n\n\n" not in frozen.text
    assert max(map(len, frozen.text.split("\n"))) <= 78


@pytest.mark.parametrize("name", LETTERS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_letter_is_a_mail_in_its_readers_language(name: str, language: str) -> None:
    frozen = letter(name, replace(ADA, language=language))
    message = read(wire(frozen))

    assert shape(message) == ("alternative", "text/plain", "text/html")
    assert message["Subject"] == frozen.subject
    assert message["Content-Language"] == language
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["To"] == "ada@example.org"
    assert f'<html lang="{language}"' in html_of(message)
    assert text_of(message).rstrip().split("\n")[-1] == f"Ref {TOKEN}"
    assert "The *Night* Sky" in frozen.text
    assert len(frozen.subject) > 10


@pytest.mark.parametrize("language", ["fr", "de-AT", "pt-BR", "x"])
def test_a_language_without_templates_is_written_in_a_wider_one_or_in_english(
    language: str,
) -> None:
    frozen = letter("left", replace(ADA, language=language))
    expected = letter("left", replace(ADA, language="de" if language == "de-AT" else "en"))

    assert frozen.text == expected.text


def test_moments_are_on_the_readers_clock_and_in_their_words() -> None:
    english = letter("welcome", replace(ADA, zone="Asia/Tokyo"))
    german = letter("welcome", replace(ADA, language="de"))

    assert "- Tuesday 3 March 2026, 08:30 (Asia/Tokyo)\n" in english.text
    assert "- Dienstag, 3. März 2026, 00:30 Uhr (Europe/Berlin)\n" in german.text
    assert "2 lessons" in english.text
    assert "2 Lektionen" in german.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_list_in_a_letter_is_a_list(language: str) -> None:
    for name in ("welcome", "resumed", "help", "paused"):
        html = letter(name, replace(ADA, language=language)).html
        dates = [item for item in re.findall(r"<li[^>]*>(.*?)</li>", html) if "2026" in item]
        assert len(dates) == len(SLOTS)


def test_a_letter_of_no_course_speaks_for_the_site() -> None:
    frozen = letter("operator", course=None)
    message = read(wire(frozen))

    assert message["From"].addresses[0].display_name == SITE.name
    assert not [name for name in message if name.startswith("List-")]
    assert frozen.subject == "maildriver: mailbox <full>"
    assert "> IMAP: * BYE [ALERT]" in frozen.text
    assert "> # 3 times" in frozen.text


def test_an_answer_names_the_mail_it_answers() -> None:
    mail = a_mail(kind=NOTE, in_reply_to="<a@example.org>")
    frozen = Composer(SITE).compose_letter(mail, "help", FIELDS, token=TOKEN, date=DATE)
    message = read(wire(frozen))

    assert message["In-Reply-To"] == "<a@example.org>"
    assert message["Auto-Submitted"] == "auto-replied"


def test_who_is_asked_to_confirm_is_not_shown_a_name_that_anybody_may_have_typed() -> None:
    frozen = letter("confirm", replace(ADA, name="Buy at https://evil.example"))

    assert "evil.example" not in frozen.text + frozen.html + frozen.parts.decode()


@pytest.mark.parametrize(
    "name", ["<b>x</b> [a](https://evil.example)", "a\r\nBcc: v@example.org", "# x\n\n- y"]
)
def test_a_hostile_name_in_a_letter_is_text(name: str) -> None:
    frozen = letter("welcome", replace(ADA, name=name))
    message = read(wire(frozen))

    assert f"Hello {jinja.one_line(name)}," in frozen.text
    assert 'evil.example"' not in frozen.html
    assert "<b>x" not in frozen.html
    assert "Bcc" not in message


def test_a_sites_own_template_comes_before_ours_and_a_courses_before_that() -> None:
    own = '+++\nsubject = "Bye {{ course.title }}"\n+++\nSite: bye.\n'
    site = replace(SITE, overrides={"en/left.md": own})
    course = replace(COURSE, templates={"en/left.md": own.replace("Site:", "Course:")})

    def left(course: Course) -> RenderedMessage:
        mail = a_mail(course=course, kind=NOTE)
        return Composer(site).compose_letter(mail, "left", FIELDS, token=TOKEN, date=DATE)

    assert "Site: bye." in left(COURSE).text
    assert "Course: bye." in left(course).text
    assert left(course).subject == "Bye The *Night* Sky"


def test_what_a_file_of_own_words_leaves_out_is_said_as_we_say_it() -> None:
    own = {"de/labels.toml": 'last = "Ende."\n[reply]\nclass = "An alle."\n'}
    found = labels_for(Templates({}, own), "de-AT")
    shipped = labels_for(Templates({}, {}), "de")

    assert (found["last"], found["reply"]["class"]) == ("Ende.", "An alle.")
    assert (found["pace"], found["reply"]["none"]) == (shipped["pace"], shipped["reply"]["none"])
    assert found["language"] == "de"


def test_both_files_of_words_have_the_same_keys() -> None:
    english, german = (labels_for(Templates({}, {}), language) for language in LANGUAGES)

    assert set(english) == set(german)
    assert set(english["reply"]) == set(german["reply"])
    assert Path(shipped_folder("templates") / "layout.html").is_file()
