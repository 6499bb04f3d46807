"""What becomes of a message, at each stage, with each fault: the whole table, through the sender.

`pause`: the account waits, and the message is as it was. `later`: it is tried again. `unsure`:
nobody can know. `held` waits for a person, `failed` is over.
"""

from pathlib import Path

import pytest
import sqlalchemy as sa
from support.clock import Clock
from support.sender import Post, a_post
from support.servers.sink import SILENCE, Answer
from support.servers.smarthost import smarthost_of

from maildriver.database.schema import outbox as messages
from maildriver.store import mail_accounts

LATER = (421, 450, 451, 452)
NEVER = (500, 550, 552, 553, 554)
CUT_OR_SILENT: tuple[Answer, ...] = (None, SILENCE)


def _each(later: str, never: str, cut: str) -> dict[int | Answer, str]:
    return {
        **dict.fromkeys(LATER, later),
        **dict.fromkeys(NEVER, never),
        **dict.fromkeys(CUT_OR_SILENT, cut),
    }


CLASSES: dict[str, dict[int | Answer, str]] = {
    "greeting": _each("pause", "pause", "pause"),
    "ehlo": _each("pause", "pause", "pause"),
    "mail": _each("later", "pause", "later"),
    "rcpt": _each("later", "failed", "later") | {552: "later"},
    "data": _each("later", "held", "later"),
    # Who falls silent there has been sent the dot all the same.
    "body": _each("later", "held", "later") | {SILENCE: "unsure"},
    "dot": _each("later", "held", "unsure"),
    "answer": dict.fromkeys(CUT_OR_SILENT, "unsure"),
}


async def class_of(post: Post) -> str:
    """Return what became of the one message there is."""
    row = await post.db.read(lambda conn: conn.execute(sa.select(messages)).one())
    account = await post.db.read(lambda conn: mail_accounts.get(conn, "smtp"))
    if not account.is_open(post.clock()):
        assert (row.state, row.attempts) == ("ready", 0)
        return "pause"
    assert row.attempts == 1
    if row.state == "ready":
        assert row.not_before > post.clock()
        return "later"
    return str(row.state)


async def forget(post: Post) -> None:
    """Let the next fault meet a sender and an account that know of nothing."""
    await post.sender.close()
    await post.db.write(lambda conn: conn.execute(sa.delete(messages)))
    await post.db.write(lambda conn: mail_accounts.record_use(conn, "smtp", post.clock()))


@pytest.mark.parametrize("pipelining", [True, False])
@pytest.mark.parametrize("stage", CLASSES)
async def test_every_fault_at_every_stage_has_its_class(
    tmp_path: Path, clock: Clock, stage: str, pipelining: bool
) -> None:
    found: dict[int | Answer, str] = {}
    async with a_post(tmp_path, clock) as post:
        post.sink.pipelining = pipelining
        for fault in CLASSES[stage]:
            said = f"{fault} of this kind" if isinstance(fault, int) else fault
            post.sink.script = {stage: said}
            post.sender.smarthost = smarthost_of(post.sink)
            await post.put(1)
            await post.sender.step()  # finds the account open again, after the last fault
            await post.sender.step()
            found[fault] = await class_of(post)
            taken = len(post.sink.taken)
            assert taken == (stage == "answer") * len(found), "only what is unsure was taken"
            await forget(post)

    assert found == CLASSES[stage]


def test_the_table_has_more_than_150_faults() -> None:
    assert 2 * sum(map(len, CLASSES.values())) > 150
