"""One warm process for what may hang, crash or eat memory: strangers' mail, authors' templates.

A call goes over a pipe as JSON and comes back the same way; after a time limit the process
is killed and a new one started at the next call. It has no secrets in its environment and
none of our files open. Warm, a call costs some milliseconds; a start, which does not count in
the limit, costs some tenths of a second, and more on a busy machine.
"""

import asyncio
import contextlib
import inspect
import os
import sys
from collections.abc import Callable, Sequence
from typing import ParamSpec, TypeVar, cast

from pydantic import TypeAdapter

from maildriver.errors import MaildriverError
from maildriver.sandbox.protocol import LENGTH, LOAD, adapters

P = ParamSpec("P")
T = TypeVar("T")

_START = 60.0  # seconds that this may take

_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "PYTHONPATH", "VIRTUAL_ENV", "TZ", "PYTHONTZPATH")


class JailError(MaildriverError):
    """What was tried in the jail did not come to a good end; the message says how."""


class Jail:
    """Calls functions of maildriver in a process that can be killed; one call at a time."""

    def __init__(self, memory: int = 1_000_000_000) -> None:
        """Allow the process so many bytes of address space."""
        self._memory = memory
        self._child: asyncio.subprocess.Process | None = None
        self._loaded: set[bytes] = set()  # the functions that the process has at hand
        self._turn = asyncio.Lock()

    async def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what `function` returns; see `call_within` for the limit."""
        return await self.call_within(2.0, function, *args, **kwargs)

    async def call_within(
        self, seconds: float, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Return what a function of a module returns; raise JailError if it does not, in time.

        Arguments and result are what its annotations say, and can be written as JSON.
        """
        given = inspect.signature(function).bind(*args, **kwargs)
        given.apply_defaults()
        (answer,) = await self.call_each(function, [(seconds, given.args)])
        if isinstance(answer, JailError):
            raise answer
        return answer

    async def call_each(
        self, function: Callable[..., T], calls: Sequence[tuple[float, tuple[object, ...]]]
    ) -> list[T | JailError]:
        """Return what a function returns for each of these arguments, or how that one failed.

        Each has its own seconds. The process finds the next call waiting when it has made one,
        so that neither side waits for the other to wake up.
        """
        arguments, result = adapters(function)
        name = f"{function.__module__}:{function.__qualname__}\n".encode()
        frames = [name + arguments.dump_json(args) for _, args in calls]
        limits = [seconds for seconds, _ in calls]
        answers: list[bytes | JailError] = []
        async with self._turn:
            while (done := len(answers)) < len(calls):  # again for those behind one that failed
                await self._load(name)
                answers += await self._ask(frames[done:], limits[done:])
        return [
            each if isinstance(each, JailError) else _read_answer(result, each) for each in answers
        ]

    async def close(self) -> None:
        """End the process."""
        if self._child is not None:
            await self._kill(self._child)

    async def _load(self, name: bytes) -> None:
        """Let the process get ready for a function: a slow start is no fault of a mail."""
        await self._started()
        if name not in self._loaded:
            (answer,) = await self._ask([LOAD + name], [_START])
            if isinstance(answer, JailError):
                raise answer
            self._loaded.add(name)

    async def _ask(
        self, frames: Sequence[bytes], limits: Sequence[float]
    ) -> list[bytes | JailError]:
        """Return the answers to frames, in order, up to the first that failed with the process."""
        child = await self._started()
        assert child.stdin is not None
        assert child.stdout is not None
        answers: list[bytes | JailError] = []
        try:
            for frame in frames:  # not drained: it reads them only as it gives its answers
                child.stdin.write(LENGTH.pack(len(frame)) + frame)
            for limit in limits:
                async with asyncio.timeout(limit):
                    (length,) = LENGTH.unpack(await child.stdout.readexactly(LENGTH.size))
                    answers.append(await child.stdout.readexactly(length))
        except TimeoutError:
            await self._kill(child)
            answers.append(JailError(f"it took longer than {limit:g} s"))
        except (asyncio.IncompleteReadError, OSError):
            how = await self._end_of(child)
            answers.append(JailError(f"it ended its process ({how})"))
        except BaseException:  # cancelled: an answer still to come must not be taken for the next
            await self._kill(child)
            raise
        return answers

    async def _started(self) -> asyncio.subprocess.Process:
        if self._child is None or self._child.returncode is not None:
            self._loaded.clear()
            self._child = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "maildriver.sandbox.child",
                str(self._memory),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
                start_new_session=True,  # a Ctrl-C is for us, who end it in order
            )
        return self._child

    async def _end_of(self, child: asyncio.subprocess.Process) -> str:
        """Return how a process ended that closed its pipe, and make sure that it did."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(child.wait(), 1.0)
        await self._kill(child)
        code = child.returncode or 0
        return f"signal {-code}" if code < 0 else f"exit code {code}"

    async def _kill(self, child: asyncio.subprocess.Process) -> None:
        self._child = None
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        await child.wait()
        transport = getattr(child, "_transport", None)
        if transport is not None:  # else its pipes stay open until they are collected
            transport.close()


def _read_answer(result: TypeAdapter[object], answer: bytes) -> "T | JailError":
    if answer[:1] == b"!":
        return JailError(answer[1:].decode("utf-8", "replace"))
    return cast(T, result.validate_json(answer[1:]))
