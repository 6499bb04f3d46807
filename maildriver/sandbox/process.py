"""Sandbox process for code that may hang, crash or exhaust memory.

It reads strangers' mail and authors' templates. Calls and results are JSON on a pipe. At a time
limit the process is killed, and the next call starts a new one. The process has no secrets in its
environment and none of our files open. A call costs some milliseconds once the process runs; a
start costs some tenths of a second, more on a busy machine, and does not count in the limit.
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
from maildriver.sandbox.protocol import IMPORT_ONLY, LENGTH, adapters

P = ParamSpec("P")
T = TypeVar("T")

_START = 60.0  # seconds that a start may last

_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "PYTHONPATH", "VIRTUAL_ENV", "TZ", "PYTHONTZPATH")


class SandboxError(MaildriverError):
    """A call in the sandbox failed; the message says how."""


class Sandbox:
    """A process that makes calls of maildriver's functions, one at a time, and can be killed."""

    def __init__(self, memory: int = 1_000_000_000) -> None:
        """Limit the process to `memory` bytes of address space."""
        self._memory = memory
        self._child: asyncio.subprocess.Process | None = None
        self._loaded: set[bytes] = set()  # the functions that the process has imported
        self._turn = asyncio.Lock()

    async def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return the result of `function`, within two seconds; see `call_within`."""
        return await self.call_within(2.0, function, *args, **kwargs)

    async def call_within(
        self, seconds: float, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Return the result of a module's function; raise SandboxError if it fails or is too slow.

        `seconds` is the time limit. Arguments and result have the types of the annotations, and
        can be written as JSON.
        """
        given = inspect.signature(function).bind(*args, **kwargs)
        given.apply_defaults()
        (answer,) = await self.call_each(function, [(seconds, given.args)])
        if isinstance(answer, SandboxError):
            raise answer
        return answer

    async def call_each(
        self, function: Callable[..., T], calls: Sequence[tuple[float, tuple[object, ...]]]
    ) -> list[T | SandboxError]:
        """Return a function's result for each tuple of arguments, or the error of that call.

        Each call has its own limit in seconds. All calls are written ahead, so that neither side
        waits for the other to wake up.
        """
        arguments, result = adapters(function)
        name = f"{function.__module__}:{function.__qualname__}\n".encode()
        frames = [name + arguments.dump_json(args) for _, args in calls]
        limits = [seconds for seconds, _ in calls]
        answers: list[bytes | SandboxError] = []
        async with self._turn:
            while (done := len(answers)) < len(calls):  # again for the calls after a failed one
                await self._load(name)
                answers += await self._exchange(frames[done:], limits[done:])
        return [
            each if isinstance(each, SandboxError) else _read_answer(result, each)
            for each in answers
        ]

    async def close(self) -> None:
        """Kill the process."""
        if self._child is not None:
            await self._kill(self._child)

    async def _load(self, name: bytes) -> None:
        """Have the process import a function, so that a slow start counts against no mail."""
        await self._started()
        if name not in self._loaded:
            (answer,) = await self._exchange([IMPORT_ONLY + name], [_START])
            if isinstance(answer, SandboxError):
                raise answer
            self._loaded.add(name)

    async def _exchange(
        self, frames: Sequence[bytes], limits: Sequence[float]
    ) -> list[bytes | SandboxError]:
        """Return the answers to frames, in order, up to the first at which the process failed."""
        child = await self._started()
        assert child.stdin is not None
        assert child.stdout is not None
        answers: list[bytes | SandboxError] = []
        try:
            for frame in frames:  # not drained: the process reads a frame only after an answer
                child.stdin.write(LENGTH.pack(len(frame)) + frame)
            for limit in limits:
                async with asyncio.timeout(limit):
                    (length,) = LENGTH.unpack(await child.stdout.readexactly(LENGTH.size))
                    answers.append(await child.stdout.readexactly(length))
        except TimeoutError:
            await self._kill(child)
            answers.append(SandboxError(f"it took longer than {limit:g} s"))
        except (asyncio.IncompleteReadError, OSError):
            how = await self._exit_reason(child)
            answers.append(SandboxError(f"it ended its process ({how})"))
        except BaseException:  # cancelled: a late answer must not pass for the next one
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
                start_new_session=True,  # a Ctrl-C must reach only us: we close the child in order
            )
        return self._child

    async def _exit_reason(self, child: asyncio.subprocess.Process) -> str:
        """Return how a process ended after it closed its pipe; kill it if it did not end."""
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
        if transport is not None:  # else its pipes stay open until garbage collection
            transport.close()


def _read_answer(result: TypeAdapter[object], answer: bytes) -> "T | SandboxError":
    if answer[:1] == b"!":
        return SandboxError(answer[1:].decode("utf-8", "replace"))
    return cast(T, result.validate_json(answer[1:]))
