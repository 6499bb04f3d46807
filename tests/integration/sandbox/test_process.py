"""The sandbox: what goes wrong in it ends there, and the next call is answered."""

import asyncio
import importlib.util
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import ModuleType
from typing import Any, ParamSpec, TypeVar

import pytest
from support.deadlines import slowness, within

from maildriver.mail.message import Mail, read_mail
from maildriver.mail.reply.trim import trim
from maildriver.sandbox.process import Sandbox, SandboxError

P = ParamSpec("P")
T = TypeVar("T")

MISCHIEF = """
import os, signal, sys, time

def hang() -> int:
    while True:
        pass

def sleep_while(seconds: float) -> float:
    time.sleep(seconds)
    return seconds

def crash() -> int:
    os.kill(os.getpid(), signal.SIGSEGV)
    return 1

def leave() -> int:
    os._exit(7)

def close_the_pipe_and_stay() -> int:
    os.closerange(1, 64)
    time.sleep(60)
    return 1

def eat_memory() -> int:
    hoard = []
    while True:
        hoard.append(bytearray(50_000_000))

def descend(depth: int) -> int:
    return descend(depth + 1) + 1

def print_a_line() -> str:
    print("not an answer")
    return "an answer"

def environment() -> list[str]:
    return sorted(os.environ)

def descriptors() -> list[str]:
    names = [f"/proc/self/fd/{number}" for number in range(3, 64)]
    return [os.readlink(name) for name in names if os.path.exists(name)]

def process() -> int:
    return os.getpid()

def echo(data: bytes, text: str, many: tuple[str, ...]) -> tuple[bytes, str, tuple[str, ...]]:
    return data, text, many
"""

FINDER = """
import importlib.abc, importlib.util, sys

class Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == "maildriver.mischief":
            return importlib.util.spec_from_file_location(name, {path!r})
        return None

sys.meta_path.insert(0, Finder())
"""


@pytest.fixture
def mischief(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A module of maildriver that only this test's processes know, and that does harm."""
    file = tmp_path / "mischief.py"
    file.write_text(MISCHIEF)
    (tmp_path / "sitecustomize.py").write_text(FINDER.format(path=str(file)))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return _module("maildriver.mischief", file)


def _module(name: str, file: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class PatientJail(Sandbox):
    """One in which nothing is called too slow, unless the test is about that."""

    async def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what `function` returns."""
        return await self.call_within(60.0, function, *args, **kwargs)


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    sandbox = PatientJail(memory=600_000_000)
    yield sandbox
    await sandbox.close()


async def test_a_mail_is_read_in_the_jail_as_it_is_outside(sandbox: Sandbox) -> None:
    raw = "From: Anna <anna@example.org>\nSubject: Ä\n\nGrüße\n".encode("latin-1")
    mail = await sandbox.call(read_mail, raw)
    assert isinstance(mail, Mail)
    assert mail == read_mail(raw)
    assert await sandbox.call(trim, "yes\n\n> no", ()) == trim("yes\n\n> no")


async def test_bytes_and_tuples_come_back_as_they_went(sandbox: Sandbox, mischief: Any) -> None:
    data, text, many = bytes(range(256)), "ü\u2028\0", ("a", "")
    assert await sandbox.call(mischief.echo, data, text, many) == (data, text, many)


async def test_what_hangs_is_ended_and_the_next_call_is_answered(
    sandbox: Sandbox, mischief: Any
) -> None:
    await sandbox.call(mischief.process)
    with within(2), pytest.raises(SandboxError, match=r"it took longer than 0\.3 s"):
        await sandbox.call_within(0.3, mischief.hang)
    assert (await sandbox.call(read_mail, b"From: a@example.org\n\nx")).sender == "a@example.org"


async def test_a_crash_is_told_and_the_next_call_is_answered(
    sandbox: Sandbox, mischief: Any
) -> None:
    with pytest.raises(SandboxError, match="signal 11"):
        await sandbox.call(mischief.crash)
    with pytest.raises(SandboxError, match="exit code 7"):
        await sandbox.call(mischief.leave)
    assert (await sandbox.call(trim, "yes", ())).reply == "yes"


async def test_one_that_falls_silent_without_ending_is_ended(
    sandbox: Sandbox, mischief: Any
) -> None:
    with pytest.raises(SandboxError, match="signal 9"):
        await sandbox.call_within(10, mischief.close_the_pipe_and_stay)
    assert (await sandbox.call(trim, "yes", ())).reply == "yes"


async def test_memory_is_limited(sandbox: Sandbox, mischief: Any) -> None:
    with pytest.raises(SandboxError, match="MemoryError"):
        await sandbox.call_within(20, mischief.eat_memory)
    assert (await sandbox.call(trim, "yes", ())).reply == "yes"


async def test_an_exception_is_told_and_the_process_lives_on(
    sandbox: Sandbox, mischief: Any
) -> None:
    process = await sandbox.call(mischief.process)
    with pytest.raises(SandboxError, match="it raised RecursionError"):
        await sandbox.call(mischief.descend, 0)
    assert await sandbox.call(mischief.process) == process


async def test_a_stray_print_is_no_answer(sandbox: Sandbox, mischief: Any) -> None:
    assert await sandbox.call(mischief.print_a_line) == "an answer"


async def test_the_process_knows_no_secret(
    sandbox: Sandbox, mischief: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAILDRIVER_SMTP__PASSWORD", "a canary")
    names = await sandbox.call(mischief.environment)
    assert not [name for name in names if "MAILDRIVER" in name or "PASSWORD" in name]


async def test_the_process_holds_none_of_our_files(
    sandbox: Sandbox, mischief: Any, tmp_path: Path
) -> None:
    with (tmp_path / "open.db").open("w"):
        assert await sandbox.call(mischief.descriptors) == []


async def test_only_functions_of_maildriver_are_called(sandbox: Sandbox) -> None:
    with pytest.raises(SandboxError, match="is not ours to call"):
        await sandbox.call(_foreign, 1)


def _foreign(number: int) -> int:
    return number


async def test_calls_made_at_once_each_have_their_own_answer(
    sandbox: Sandbox, mischief: Any
) -> None:
    seconds = [0.05, 0.0, 0.03, 0.01, 0.0]
    answers = await asyncio.gather(*(sandbox.call(mischief.sleep_while, each) for each in seconds))
    assert answers == seconds


async def test_of_many_calls_at_once_each_fails_alone(sandbox: Sandbox, mischief: Any) -> None:
    calls = [(60.0, (each,)) for each in (0.0, 0.01)]
    too_long = [(0.1, (60.0,))]

    answers = await sandbox.call_each(mischief.sleep_while, [*calls, *too_long, *too_long, *calls])

    assert answers[:2] == answers[4:] == [0.0, 0.01]
    assert [str(each) for each in answers[2:4]] == ["it took longer than 0.1 s"] * 2


async def test_of_many_mails_at_once_none_takes_the_answer_of_another(sandbox: Sandbox) -> None:
    raws = [b"From: %d@example.org\n\n" % n + b"x" * 100_000 for n in range(30)]

    mails = await sandbox.call_each(read_mail, [(60.0, (raw,)) for raw in raws])

    assert mails == [read_mail(raw) for raw in raws]


async def test_an_answer_that_nobody_waits_for_is_not_given_to_the_next(
    sandbox: Sandbox, mischief: Any
) -> None:
    await sandbox.call(mischief.process)
    waiting = asyncio.ensure_future(sandbox.call_within(60, mischief.sleep_while, 60.0))
    await asyncio.sleep(0.1)  # it is at work
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert await sandbox.call(mischief.echo, b"", "mine", ()) == (b"", "mine", ())


async def test_a_process_is_started_once_for_many_calls(sandbox: Sandbox, mischief: Any) -> None:
    processes = {await sandbox.call(mischief.process) for _ in range(20)}
    assert len(processes) == 1


async def test_a_closed_jail_opens_again(sandbox: Sandbox, mischief: Any) -> None:
    first = await sandbox.call(mischief.process)
    await sandbox.close()
    assert await sandbox.call(mischief.process) != first


async def test_the_loop_goes_on_while_a_mail_hangs(sandbox: Sandbox, mischief: Any) -> None:
    await sandbox.call(mischief.process)
    late = 0.0

    async def tick() -> None:
        nonlocal late
        while True:
            began = time.monotonic()
            await asyncio.sleep(0.01)  # what it takes longer, something held the loop up
            late = max(late, time.monotonic() - began - 0.01)

    ticker = asyncio.ensure_future(tick())
    with pytest.raises(SandboxError):
        await sandbox.call_within(0.5, mischief.hang)
    ticker.cancel()
    assert late < 0.25 * slowness()
