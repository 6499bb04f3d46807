"""Held posts: the question to instructors, and their decision by reply."""

from collections.abc import Sequence
from dataclasses import dataclass

from maildriver.discussion import posting
from maildriver.domain import keys
from maildriver.domain.enrolment import Enrolment
from maildriver.domain.hold_reason import HoldReason, Why
from maildriver.domain.ids import MailId, PostId
from maildriver.domain.message_kind import HOLD
from maildriver.domain.post import Post
from maildriver.domain.safe_text import clean_name
from maildriver.feature import Doubtful, ExpectedReply, Settled
from maildriver.letters.outgoing import mail_to
from maildriver.letters.posts import DiscussionContent
from maildriver.letters.writer import Turn
from maildriver.mail.kind.classify import may
from maildriver.store import courses, inbox, posts


@dataclass(frozen=True, slots=True)
class HeldPosts:
    """The posts of a held mail, and why the mail is held."""

    mail_id: MailId
    author: Enrolment
    posts: Sequence[Post]
    why: HoldReason


def ask_instructors(turn: Turn, held: HeldPosts) -> int:
    """Send held posts to the instructors; return how many instructors were asked."""
    asked = posting.instructors(turn.conn, held.author.course)
    return sum(_ask(turn, held, each) for each in asked)


def decision(turn: Turn, reply: ExpectedReply) -> Settled | Doubtful:
    """Carry out an instructor's decision about a held mail."""
    passed = reply.grammar.decision(reply.text)
    key = keys.Hold.parse(reply.message.key)
    may_decide = may("full", reply.trust) == "do" and reply.enrolment.role == "instructor"
    if passed is None or key is None or not may_decide:
        return Doubtful(HoldReason(Why.NO_DECISION))
    rule = f"{'passed on' if passed else 'dropped'} by an instructor"
    if not decide(turn, key.mail_id, passed=passed, rule=rule):
        return Settled("was decided before")
    return Settled(f"in-{key.mail_id} {rule}")


def decide(turn: Turn, mail_id: MailId, *, passed: bool, rule: str) -> bool:
    """Release or drop the posts of a held mail; return False if none of them is still held."""
    waiting: list[PostId] = posts.ids_of_mail(turn.conn, mail_id, "held")
    if not waiting:
        return False
    posts.change_state(turn.conn, waiting, "accepted" if passed else "dropped")
    inbox.settle(turn.conn, mail_id, state="done" if passed else "dropped", rule=rule)
    if passed:
        posting.pass_on(turn, waiting)
    return True


def _ask(turn: Turn, held: HeldPosts, instructor: Enrolment) -> bool:
    course = courses.existing(turn.conn, held.author.course)
    language = instructor.student.language
    labels = turn.letters.composer.labels(course, language)
    name = clean_name(held.author.student.name) or labels["anonymous"]
    why = turn.letters.composer.reason(course, language, held.why)
    talk = DiscussionContent(
        subject=labels["held"].format(name=name),
        posts=held.posts,
        titles=posting.lesson_titles(course, language),
        intro=(labels["held_why"].format(why=why), labels["held_ask"]),
        footer=(labels["reply"][HOLD.footer],),
        can_answer_each=False,
        all_files=True,
        for_instructor=True,
    )
    key = keys.Hold(held.mail_id, instructor.id)
    return turn.put_posts(mail_to(instructor, course, HOLD, key), talk)
