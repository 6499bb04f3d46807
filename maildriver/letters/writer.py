"""The writer of outgoing mail, from template to outbox."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from maildriver.domain.keys import Key
from maildriver.domain.token import mint
from maildriver.letters.composer import Composer
from maildriver.letters.fields import Field
from maildriver.letters.frame import FrozenMessage, RenderedMessage
from maildriver.letters.outgoing import OutgoingMail
from maildriver.letters.posts import DiscussionContent
from maildriver.store import outbox


@dataclass(frozen=True, slots=True)
class MailWriter:
    """Writes all mail of a site."""

    composer: Composer
    site_key: bytes  # the secret from which tokens are made
    operator_address: str  # empty if nobody is to be alerted

    def token(self, key: Key) -> str:
        """Return the token of the message with a natural key."""
        return mint(self.site_key, str(key))

    def posts(self, mail: OutgoingMail, talk: DiscussionContent, now: datetime) -> RenderedMessage:
        """Return the frozen message of a mail that shows posts."""
        return self.composer.compose_discussion(mail, talk, token=self.token(mail.key), date=now)

    def message(self, mail: OutgoingMail, frozen: FrozenMessage) -> outbox.Message:
        """Return a frozen mail as a message for the outbox."""
        return outbox.Message(
            key=str(mail.key),
            token=self.token(mail.key),
            kind=mail.kind.name,
            outlives=mail.kind.outlives,
            address=mail.reader.address,
            mail_from=frozen.mail_from,
            parts=frozen.parts,
            segments=frozen.segments,
            enrolment_id=mail.enrolment_id,
            lesson=mail.lesson,
            good_until=mail.good_until,
            effect=mail.effect,
        )


@dataclass(frozen=True, slots=True)
class Turn:
    """One transaction, its time, and the writer of its mail."""

    conn: sa.Connection
    letters: MailWriter
    now: datetime

    def put_letter(self, mail: OutgoingMail, name: str, fields: Mapping[str, Field]) -> bool:
        """Put the letter `name` into the outbox; False if its key was there before."""
        letters = self.letters
        token = letters.token(mail.key)
        frozen = letters.composer.compose_letter(mail, name, fields, token=token, date=self.now)
        return outbox.put(self.conn, letters.message(mail, frozen), self.now)

    def put_posts(self, mail: OutgoingMail, talk: DiscussionContent) -> bool:
        """Put a mail that shows posts into the outbox; False if its key was there before."""
        frozen = self.letters.posts(mail, talk, self.now)
        return outbox.put(self.conn, self.letters.message(mail, frozen), self.now)
