"""Replies to our own packets and digests, as ten programs quote them in two dozen languages.

Every reply goes through bytes and is read as intake reads it. Of what is quoted nothing may
be left but the question above an answer, and of what was written nothing may be lost.
"""

import random
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from functools import lru_cache
from itertools import cycle

import pytest
from quoting.clients import CLIENTS, LANGUAGES, Answer, Draft, Ours
from support.composed_mails import DATE, SITE, TOKEN, a_mail

from maildriver.courses.check import check_course
from maildriver.courses.limits import Limits
from maildriver.demo.voices import texts
from maildriver.domain.course import Course
from maildriver.domain.ids import EnrolmentId, PostId
from maildriver.domain.post import Post
from maildriver.letters.composer import Composer
from maildriver.letters.frame import Reader, RenderedMessage
from maildriver.letters.packet import PositionedLesson
from maildriver.letters.posts import DiscussionContent
from maildriver.letters.shipped import shipped_folder
from maildriver.mail.message import read_mail
from maildriver.mail.reply.trim import trim
from maildriver.mail.text.html import html_text

_BODY = re.compile(r"<body[^>]*>(.*)</body>", re.DOTALL)
READER = Reader("Ada Obi", "ada@example.org", "en", "Europe/Berlin")
SHORT = (
    "Ganymede.",
    "Yes, three of them!",
    "I saw it at 21:40, low in the west.\n\nMy daughter saw it first.",
    "1. Venus\n2. Jupiter\n3. no idea",
    "На балконе, в девять вечера. Холодно.",
    "Vi den inte, det var mulet.",
    "C'était magnifique :-)",
    "見えました。とても明るかったです。",
    "לא ראיתי כלום, היו עננים.",
    "لم أر شيئا، كانت السماء غائمة.",
    "Danke!\n\nWarum steht Polaris nicht genau im Norden?",
    "No entendí el segundo punto: ¿por qué hacia la derecha?",
)
MOST_LEAKS, MOST_LOSSES = 0.005, 0.001
FORMS = ("text", "html", "both")
ROUNDS = 3
_SHOWN = 48  # of the voices are in digests; what a reply says stands in none of them


@lru_cache
def course() -> Course:
    found = check_course(shipped_folder("courses") / "night-sky", Limits()).course
    assert found is not None
    return found


@lru_cache
def voices() -> tuple[str, ...]:
    """Return what the people of the demo write, in all their languages, in no order."""
    found = [each.words for kinds in texts().values() for many in kinds.values() for each in many]
    random.Random(5).shuffle(found)
    return tuple(text.replace("{place}", "Lisbon") for text in found)


@lru_cache
def ours() -> tuple[Ours, ...]:
    """Return every packet of a course, and digests of what people wrote about it."""
    return (*_packets(), *_digests())


def _packets() -> Iterator[Ours]:
    composer = Composer(SITE)
    for place, lesson in enumerate(course().lessons, 1):
        version = PositionedLesson(course(), lesson, place, last=False)
        frozen = composer.packets.render(version, READER, token=TOKEN, date=DATE)
        rendered = composer.packets.lesson_markdown(version, READER, DATE)
        yield _ours(composer, frozen, (lesson.text, rendered))


def _digests() -> Iterator[Ours]:
    composer, texts = Composer(SITE), voices()
    titles = {lesson.slug: lesson.title for lesson in course().lessons}
    slugs = cycle(titles)
    for start in range(0, _SHOWN, 6):
        posts = [
            Post(
                id=PostId(number),
                number=number,
                lesson=next(slugs),
                thread_id=PostId(number),
                parent_id=None,
                enrolment_id=EnrolmentId(number),
                author=f"Writer {number}",
                role="student",
                text=text,
                files=(),
                at=DATE - timedelta(hours=number),
            )
            for number, text in enumerate(texts[start : start + 6], start + 1)
        ]
        talk = DiscussionContent(
            "Discussion", posts, titles, footer=("Your reply goes to the class.",)
        )
        frozen = composer.compose_discussion(
            a_mail(READER, course()), talk, token=TOKEN, date=DATE
        )
        shown = (frozen.text, html_text(frozen.html).text, *(each.text for each in posts))
        yield _ours(composer, frozen, shown)


def _ours(composer: Composer, frozen: RenderedMessage, known: tuple[str, ...]) -> Ours:
    body = _BODY.search(frozen.html)
    around = f"{composer.frame_text(course(), 'en')}\nRef {TOKEN}"
    return Ours(
        name=course().title,
        address="course@example.net",
        text=frozen.text,
        html=body[1] if body else frozen.html,
        known=(*known, around),
    )


# -- replies ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of one reply."""

    lost: tuple[str, ...]  # lines of the writer's
    left: tuple[str, ...]  # lines of ours


def drafts(seed: str) -> Iterator[Draft]:
    """Yield what somebody writes above, below, between, and around what they quote."""
    chance = random.Random(seed)
    texts = (*voices()[_SHOWN:], *SHORT * 8)

    def some() -> str:
        return chance.choice(texts)

    while True:
        yield Draft(above=some())
        yield Draft(above=some())
        yield Draft(below=some())
        yield Draft(between=((chance.randint(10, 45), some()), (chance.randint(50, 90), some())))
        yield Draft(above=some(), between=((chance.randint(10, 90), some()),))


def raw_of(answer: Answer, form: str, name: str) -> bytes:
    """Return the reply as it arrives, in text, in HTML, or in both."""
    mail = EmailMessage()
    mail["From"] = f"{name} <ada@example.org>"
    mail["Subject"] = "Re: 1. Finding your pole"
    mail["Message-ID"] = "<1@example.org>"
    if form == "html":
        mail.set_content(answer.html, subtype="html", cte="quoted-printable")
    else:
        mail.set_content(answer.text, cte="base64")
        if form == "both":
            mail.add_alternative(answer.html, subtype="html", cte="quoted-printable")
    return mail.as_bytes()


def judge(answer: Answer, form: str, sent: Ours, questions: int) -> Judged:
    """Read a reply as intake does; say what is missing of the writer's words, and what is left."""
    mail = read_mail(raw_of(answer, form, "Ada Obi"))
    reply = trim(mail.body.text, sent.known, mail.body.html_quote).reply
    have = [" ".join(line.split()) for line in reply.split("\n") if line.strip()]
    written = [" ".join(line.split()) for text in answer.written for line in text.split("\n")]
    lost = []
    for line in written:
        if line in have:
            have.remove(line)
        elif line:
            lost.append(line)
    asked = [line for line in have if line.startswith(">")]
    left = [line for line in have if not line.startswith(">")] + asked[3 * questions :]
    return Judged(tuple(lost), tuple(left))


@pytest.mark.parametrize("client", CLIENTS)
def test_of_a_reply_only_what_its_writer_wrote_is_left(client: str) -> None:
    total, leaks, losses = 0, [], []
    written = drafts(client)
    for number, language in enumerate(LANGUAGES * ROUNDS):
        for form in FORMS:
            sent, draft = ours()[(number + total) % len(ours())], next(written)
            if form == "html" and draft.between:
                draft = Draft(above=draft.between[0][1])
            answer = CLIENTS[client](draft, sent, language)
            found = judge(answer, form, sent, len(draft.between))
            total += 1
            case = (language, form, bool(draft.between), bool(draft.below))
            leaks += [(*case, found.left)] if found.left else []
            losses += [(*case, found.lost)] if found.lost else []
    sys.stdout.write(f"{client}: {total} replies, {len(leaks)} leaks, {len(losses)} losses\n")
    assert len(leaks) <= MOST_LEAKS * total, leaks[:5]
    assert len(losses) <= MOST_LOSSES * total, losses[:5]
