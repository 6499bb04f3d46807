"""Who a mail says it is from, what it knows, what the server found, what it asks: all of them.

Each case is a mail that really comes in, to a student of its own. Where the table says that it
may not act, nothing about that student changes and nothing is sent to anybody but them.
"""

from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Literal

import sqlalchemy as sa
from support.intake_site import AUTHSERV_ID, IntakeSite, intake_site

from maildriver.database.partial_indexes import NOTES
from maildriver.database.schema import enrolment, outbox, post, student

Who = Literal["owner", "classmate", "stranger", "two at once", "brackets", "two headers", "group"]
Token = Literal["theirs", "another's", "unknown", "none"]
Found = Literal["pass", "none", "fail", "forged pass"]
Act = Literal["post", "leave", "pause", "resume", "help"]
Outcome = Literal["acts", "nothing"]

WHO: tuple[Who, ...] = (
    "owner", "classmate", "stranger", "two at once", "brackets", "two headers", "group",
)  # fmt: skip
TOKENS: tuple[Token, ...] = ("theirs", "another's", "unknown", "none")
FOUND: tuple[Found, ...] = ("pass", "none", "fail", "forged pass")
ACTS: tuple[Act, ...] = ("post", "leave", "pause", "resume", "help")
CLASSMATE, OTHER = "student-0@example.net", "student-1@example.net"
_WORDS = {"post": "I saw one star, and it was red.", "resume": "resume"}


@dataclass(frozen=True, slots=True)
class Case:
    """A mail about one student, whom it means to speak for."""

    victim: str
    who: Who
    token: Token
    found: Found
    act: Act

    @property
    def expected(self) -> Outcome:
        """What street.md 6.5 says: the table of who may do what, for the victim."""
        names_the_victim = self.who == "owner" and self.found != "fail"
        if self.token == "theirs":
            return "acts" if names_the_victim or self.act in {"leave", "pause"} else "nothing"
        if self.token == "another's":
            return "nothing"  # it speaks for whoever had that mail
        return "acts" if names_the_victim and self.act != "post" else "nothing"

    def raw(self, site: IntakeSite) -> bytes:
        """Return the mail."""
        to = {
            "theirs": site.reply_to(self.victim),
            "another's": site.reply_to(OTHER),
            "unknown": site.site.address.replace("@", "+" + "a" * 24 + "@"),
            "none": site.site.address,
        }[self.token]
        results = {
            "pass": f"Authentication-Results: {AUTHSERV_ID}; dmarc=pass\n",
            "fail": f"Authentication-Results: {AUTHSERV_ID}; dmarc=fail\n"
            f"Authentication-Results: {AUTHSERV_ID}; dmarc=pass\n",
            "forged pass": "Authentication-Results: mx.evil.example; dmarc=pass\n",
            "none": "",
        }[self.found]
        sender = {
            "owner": f"From: A <{self.victim}>",
            "classmate": f"From: {self.victim} <{CLASSMATE}>",
            "stranger": f'From: "{self.victim}" <mallory@evil.example>',
            "two at once": f"From: {self.victim}, mallory@evil.example",
            "brackets": f"From: {self.victim}<mallory@evil.example>",
            "two headers": f"From: {self.victim}\nFrom: mallory@evil.example",
            "group": f"From: friends: {self.victim};",
        }[self.who]
        words = _WORDS.get(self.act, self.act)
        number = self.victim.partition("@")[0]
        return (
            f"{results}{sender}\nTo: {to}\nSubject: Re: 1. The pole\n"
            f"Message-ID: <{number}@client.test>\n\n{words}\n"
        ).encode()


def cases() -> list[Case]:
    """Return every case of the owner, and of the others those that could do harm."""
    most: tuple[Act, ...] = ("post", "pause", "resume")
    every = [
        *product(WHO[:1], TOKENS, FOUND, ACTS),
        *product(WHO[1:3], TOKENS, FOUND, most),
        *product(WHO[3:], TOKENS, FOUND[:1], most),
    ]
    return [Case(f"student-{n}@example.net", *each) for n, each in enumerate(every, 2)]


async def test_nobody_speaks_for_another_and_everybody_for_themselves(tmp_path: Path) -> None:
    table = cases()
    assert len(table) == 224
    async with intake_site(tmp_path / "site", len(table) + 2) as site:
        before = [each.victim for each in table if each.act == "resume"]
        site.site.change(
            sa.update(enrolment)
            .where(
                enrolment.c.student_id.in_(
                    sa.select(student.c.id).where(student.c.address.in_(before))
                )
            )
            .values(state="paused", pause_why="student")
        )
        await site.take(*(case.raw(site) for case in table))

        done = await _what_was_done(site, table)
        written_to = {row.address for row in await site.rows(sa.select(outbox.c.address))}

    wrong = [case for case in table if (case in done) != (case.expected == "acts")]
    assert wrong == []
    assert 40 < sum(case.expected == "acts" for case in table) < 120
    assert written_to <= {f"student-{n}@example.net" for n in range(len(table) + 2)}


async def _what_was_done(site: IntakeSite, table: list[Case]) -> set[Case]:
    """Return the cases in which something happened in the victim's name."""
    joined = enrolment.join(student, enrolment.c.student_id == student.c.id)
    states = {
        row.address: row.state
        for row in await site.rows(
            sa.select(student.c.address, enrolment.c.state).select_from(joined)
        )
    }
    posts = await site.rows(
        sa.select(student.c.address)
        .select_from(joined.join(post, post.c.enrolment_id == enrolment.c.id))
        .where(post.c.state == "accepted")
    )
    # To be asked "was this you?" is no act: whoever is enrolled decides what comes of it.
    notes = await site.rows(
        sa.select(outbox.c.address).where(NOTES, outbox.c.key.not_like("%:asked"))
    )
    said, told = {row.address for row in posts}, {row.address for row in notes}
    usual = {
        "post": "active",
        "help": "active",
        "leave": "active",
        "pause": "active",
        "resume": "paused",
    }
    return {
        case
        for case in table
        if states[case.victim] != usual[case.act] or case.victim in said | told
    }
