"""The writer that puts letters and discussion mails into the outbox."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from maildriver.domain.course import Course
from maildriver.domain.enrolment import Enrolment
from maildriver.domain.token import mint
from maildriver.letters.composer import Composer
from maildriver.letters.fields import Field
from maildriver.letters.frame import Reader
from maildriver.letters.posts import Talk
from maildriver.store import outbox


@dataclass(frozen=True, slots=True)
class Letters:
    """Composes letters and discussion mails, and puts them into the outbox."""

    composer: Composer
    key: bytes  # the site key, from which tokens are made
    operator: str  # the operator's address; empty = no alerts are sent

    def put(
        self,
        conn: sa.Connection,
        letter: str,
        reader: Reader,
        fields: Mapping[str, Field],
        *,
        natural: str,
        kind: str,
        now: datetime,
        course: Course | None = None,
        enrolment: Enrolment | None = None,
        answers: str | None = None,
    ) -> bool:
        """Put a frozen letter into the outbox; return False if its natural key was there.

        `answers` is the Message-ID of the mail that the letter answers, if any.
        """
        token = mint(self.key, natural)
        frozen = self.composer.letter(
            letter,
            reader,
            fields,
            course=course,
            token=token,
            date=now,
            in_reply_to=answers,
            auto="replied" if answers else "generated",
        )
        message = outbox.Message(
            key=natural,
            token=token,
            kind=kind,
            address=reader.address,
            mail_from=frozen.mail_from,
            parts=frozen.parts,
            enrolment_id=None if enrolment is None else enrolment.id,
        )
        return outbox.put(conn, message, now)

    def put_discussion(
        self,
        conn: sa.Connection,
        talk: Talk,
        reader: Reader,
        *,
        natural: str,
        kind: str,
        course: Course,
        enrolment: Enrolment,
        now: datetime,
        lesson: str = "",
        effect: str = "",
        good_until: datetime | None = None,
        answers: str | None = None,
    ) -> bool:
        """Put a frozen mail with posts into the outbox; return False if its key was there."""
        token = mint(self.key, natural)
        frozen = self.composer.discussion(
            course, reader, talk, token=token, date=now, in_reply_to=answers
        )
        message = outbox.Message(
            key=natural,
            token=token,
            kind=kind,
            address=reader.address,
            mail_from=frozen.mail_from,
            parts=frozen.parts,
            enrolment_id=enrolment.id,
            lesson=lesson,
            effect=effect,
            good_until=good_until,
        )
        return outbox.put(conn, message, now)


def reader_of(enrolment: Enrolment) -> Reader:
    """Return the student of an enrolment as the reader of a mail."""
    student = enrolment.student
    return Reader(student.name, student.address, student.language, student.zone)
