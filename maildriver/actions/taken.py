"""A mail that was understood, before anything is done about it."""

from dataclasses import dataclass

from maildriver.actions.keep_files import Came
from maildriver.domain.answers import Answer
from maildriver.domain.bounce import Bounce
from maildriver.domain.classify import Known, Verdict
from maildriver.domain.enrolment import Enrolment
from maildriver.domain.mail import Mail
from maildriver.domain.reply import Trimmed
from maildriver.store import outbox


@dataclass(frozen=True, slots=True)
class Taken:
    """A mail, and everything that is known of it."""

    inbox: int
    mail: Mail
    verdict: Verdict
    trimmed: Trimmed
    bounces: tuple[Bounce, ...]
    answers: outbox.Row | None
    named: tuple[outbox.Row, ...]
    about: str  # which post is answered, if the address says so; or "private"
    parts: tuple[Answer, ...]  # what was written, by the post that each part answers
    files: tuple[Came, ...]
    enrolment: Enrolment | None
    known: Known
    is_cut: bool = False  # its text breaks off, because it is larger than is fetched
    whole: str = ""  # see domain.whole
