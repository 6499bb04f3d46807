"""Mails that break the process that reads them: the others are taken, in order, all the same."""

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest
import sqlalchemy as sa
from support.deadlines import is_over_within, slowness
from support.intake_site import IntakeSite, intake_site
from support.raw_mails import mail

from maildriver.database.schema import post
from maildriver.mail.message import read_mail
from maildriver.mail.prescan import prescan
from maildriver.mail.reply.trim import trim
from maildriver.sandbox.process import Sandbox, SandboxError

WHOLE = os.environ.get("MAILDRIVER_TORTURE") == "whole"
GOOD, POISON = (2000, 200) if WHOLE else (40, 4)

#: Loaded by the process in the sandbox and by no other: reading some mails ends it.
POISONED = """
import os, signal, sys

if "maildriver.sandbox.child" in sys.orig_argv:
    from maildriver.mail import message

    honest = message.read_mail

    def read(raw: bytes) -> message.Mail:
        if b"X-Poison: crash" in raw:
            os.kill(os.getpid(), signal.SIGSEGV)
        if b"X-Poison: memory" in raw:
            bytearray(1 << 40)
        if b"X-Poison: depth" in raw:
            raise RecursionError("too deep")
        if b"X-Poison: leave" in raw:
            os._exit(3)
        return honest(raw)

    message.read_mail = read
"""
KINDS = ("crash", "memory", "depth", "leave")


@pytest.fixture
async def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[IntakeSite]:
    (tmp_path / "sitecustomize.py").write_text(POISONED)
    async with intake_site(tmp_path / "site", GOOD) as site:
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))
        yield site


async def test_poison_is_held_after_three_tries_and_all_others_are_taken_in_order(
    here: IntakeSite,
) -> None:
    starts = 0
    begin = here.intake.sandbox._started

    async def counted() -> asyncio.subprocess.Process:
        nonlocal starts
        fresh = here.intake.sandbox._child is None
        starts += fresh
        return await begin()

    cast(Any, here.intake.sandbox)._started = counted
    mails = [
        f"From: {student}\nTo: {here.reply_to(student)}\nSubject: Re: 1.\n"
        f"Message-ID: <{n}@client.test>\n\nThis is number {n}.\n".encode()
        for n, student in enumerate(here.tokens)
    ]
    every = GOOD // POISON
    for n in range(POISON):
        poison = f"X-Poison: {KINDS[n % 4]}\nMessage-ID: <p{n}@client.test>\n".encode()
        mails.insert(n * (every + 1), poison + mails[0])

    rows = await here.take(*mails)

    held = [row for row in rows if row.state == "held"]
    assert len(held) == POISON
    assert {row.tries for row in held} == {3}
    assert all(row.rule.startswith("it cannot be read: it ") for row in held)
    said = await here.rows(sa.select(post.c.text).order_by(post.c.id))
    assert [row.text for row in said] == [f"This is number {n}." for n in range(GOOD)]
    assert starts <= 1 + 3 * POISON
    assert len(here.told) == POISON


# -- bombs -------------------------------------------------------------------------

F = b"From: anna@example.org\n"
MULTI = F + b"Content-Type: multipart/mixed; boundary=x\n\n"
_TOWER = b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n"
_LONG_PART = b"--x\nContent-Type: text/plain; " + b"a=b;" * 1900 + b"\n\ny\n"
_ENCODED = b"Content-Transfer-Encoding: %s\n\n"
BOMBS: dict[str, bytes] = {
    "a megabyte of subject": F + b"Subject: " + b"a " * 500_000 + b"\n\nx",
    "a folded subject": F + b"Subject: a\n" + b" a\n" * 5000 + b"\nx",
    "encoded words": F + b"Subject: " + b"=?utf-8?q?a?= " * 4000 + b"\n\nx",
    "parameters": F + b"Content-Type: text/plain" + b";" * 16_000 + b"\n\nx",
    "parameters in pieces": F + b"Content-Type: text/plain" + b"; a*0=b" * 1000 + b"\n\nx",
    "fields": F + b"X: y\n" * 5000 + b"\nx",
    "a header without end": F + b"X-A: " + b"b" * 4000 + b"\n" + b"Y: z\n" * 20_000,
    "parts": MULTI + b"--x\n\n" * 100_000,
    "parts with carriage returns": MULTI + b"\r--x\r\r" * 100_000,
    "as many parts as may be": MULTI + b"--x\nContent-Type: text/plain\n\ny\n" * 399,
    "parts with long fields": MULTI + _LONG_PART * 390,
    "a tower of multiparts": F + b"".join(_TOWER % (n, n) for n in range(2000)),
    "a tower as high as may be": F + b"".join(_TOWER % (n, n) for n in range(19)) + b"x\n" * 9999,
    "a tower of messages": F + b"Content-Type: message/rfc822\n\n" * 3000,
    "a part's parameters": MULTI + b"--x\nContent-Type: text/plain" + b";a*0=b" * 5000 + b"\n\nx",
    "addresses": b"From: " + b"a@example.org, " * 20_000 + b"\n\nx",
    "brackets in To": F + b"To: " + b"(" * 8000 + b"\n\nx",
    "references": F + b"References: " + b"<a@b> " * 1300 + b"\n\nx",
    "base64 in base64": F + _ENCODED % b"base64" + b"U0dWc2JHOD0K\n" * 400_000,
    "no base64 at all": F + _ENCODED % b"base64" + b"=" * 5_000_000,
    "quoted-printable": F + _ENCODED % b"quoted-printable" + b"=\n" * 2_000_000,
    "an uuencoded file": F + _ENCODED % b"x-uuencode" + b"begin 644 a\n" + b"M" * 4_000_000,
    "marks": mail("> " * 2_000_000),
    "divisions": mail("<div>" * 400_000, content_type="text/html"),
    "comments": mail("<!--" * 400_000, content_type="text/html"),
    "flowed": mail("> a \n" * 400_000, content_type="text/plain; format=flowed; delsp=yes"),
    "utf-7": mail("+2AE-" * 500_000, content_type="text/plain; charset=utf-7"),
    "introductions": mail("On a, " * 30_000 + "wrote:\n"),
}  # fmt: skip


def test_there_are_bombs_of_twenty_kinds_that_each_side_decides() -> None:
    assert len(BOMBS) >= 20
    refused = [name for name, raw in BOMBS.items() if prescan(raw) is not None]
    assert 10 <= len(refused) <= len(BOMBS) - 10, "the others are for the sandbox"


@pytest.mark.alone
async def test_bombs_are_decided_in_time_and_nobody_else_waits_for_them() -> None:
    """Refused within a tenth of a second, or read or ended within two and a half."""
    sandbox, slow, lags = Sandbox(), list[str](), list[float]()
    stop = asyncio.Event()
    ticker = asyncio.create_task(_tick(lags, stop))
    await sandbox.call(read_mail, F + b"\nx")
    for name, raw in BOMBS.items():
        refused = await asyncio.to_thread(prescan, raw)
        if not await is_over_within(0.1 if refused else 2.5, partial(_decide, sandbox, raw)):
            slow.append(name)
    stop.set()
    await ticker
    await sandbox.close()

    assert slow == []
    assert sorted(lags)[len(lags) * 99 // 100] < 0.05 * slowness()


async def _decide(sandbox: Sandbox, raw: bytes) -> None:
    if await asyncio.to_thread(prescan, raw) is None:
        with contextlib.suppress(SandboxError):
            found = await sandbox.call(read_mail, raw)
            await sandbox.call(trim, found.body.text, (), found.body.html_quote, ())


async def _tick(lags: list[float], stop: asyncio.Event) -> None:
    while not stop.is_set():
        began = time.perf_counter()
        await asyncio.sleep(0.01)  # what it takes longer, something held the loop up
        lags.append(time.perf_counter() - began - 0.01)
