"""Who reads a post, when a digest comes, and how an answer to one post finds it."""

import re
from datetime import UTC, datetime
from urllib.parse import unquote
from zoneinfo import ZoneInfo

import pytest
from support.raw_mails import mail

from maildriver.domain.cadence import Cadence, parse_at, parse_days
from maildriver.domain.course import DigestEvery, Discussion
from maildriver.domain.enrolment import Role
from maildriver.domain.ids import EnrolmentId, PostId
from maildriver.domain.post import Audience, Post, audience, next_digest
from maildriver.domain.token import SiteAddress
from maildriver.letters.labels import Templates, labels_for
from maildriver.letters.posts import DiscussionContent, render_bodies
from maildriver.mail.kind.ours import FoundToken, found_tokens
from maildriver.mail.message import read_mail

MONDAY = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
LISBON = ZoneInfo("Europe/Lisbon")
TOKEN = "abcdefgh234567abcdefgh23"


@pytest.mark.parametrize(
    ("discussion", "role", "private", "readers"),
    [
        ("class", "student", False, "class"),
        ("class", "student", True, "instructors"),
        ("class", "instructor", False, "class"),
        ("instructor", "student", False, "instructors"),
        ("instructor", "instructor", False, "class"),
        ("none", "student", False, "none"),
        ("none", "student", True, "instructors"),
        ("none", "instructor", False, "class"),
    ],
)
def test_the_course_and_the_writer_decide_who_reads(
    discussion: Discussion, role: Role, private: bool, readers: Audience
) -> None:
    assert audience(discussion, role, private=private) == readers


@pytest.mark.parametrize(
    ("every", "days", "expected"),
    [
        ("daily", "mon,thu", "2026-03-03T07:30+00:00"),
        ("weekly", "mon,thu", "2026-03-09T07:30+00:00"),
        ("weekly", "wed,fri", "2026-03-04T07:30+00:00"),
        ("weekly", "daily", "2026-03-09T07:30+00:00"),
    ],
)
def test_a_digest_comes_at_the_hour_of_the_cadence(
    every: DigestEvery, days: str, expected: str
) -> None:
    cadence = Cadence(parse_days(days), parse_at("07:30"))
    found = next_digest(every, cadence, LISBON, MONDAY)
    assert found == datetime.fromisoformat(expected)


def test_who_wants_no_digest_gets_none() -> None:
    assert next_digest("off", Cadence(parse_days("mon"), parse_at("7:30")), LISBON, MONDAY) is None


@pytest.mark.parametrize("subaddress", ["+", "-", ""])
def test_the_link_below_a_post_leads_back_to_that_post(subaddress: str) -> None:
    site = SiteAddress("course@example.net", subaddress)
    post = Post(
        id=PostId(9), number=37, lesson="north", thread_id=PostId(9), parent_id=None,
        enrolment_id=EnrolmentId(1), author="Amina", role="student", text="Look.", files=(),
        at=MONDAY,
    )  # fmt: skip
    talk = DiscussionContent("Discussion", [post], {"north": "1. Finding north"})
    templates = Templates({}, {})
    _, html = render_bodies(talk, templates, labels_for(templates, "en"), site, TOKEN)

    match = re.search(r'href="mailto:([^?]+)\?subject=([^"]+)"', html)
    assert match is not None
    address, subject = map(unquote, match.groups())
    tokens = found_tokens(read_mail(mail("Yes.", to=address, subject=subject)), site)
    assert tokens == [FoundToken(TOKEN, "address" if subaddress else "subject", "37")]
