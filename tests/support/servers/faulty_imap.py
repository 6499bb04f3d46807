"""A mailbox behind an IMAP server that keeps what it has, and breaks the rules at random.

It knows the commands that we give and no others. A share of them, by a seed, goes wrong in one
of the ways of `FAULTS`; and whoever holds it can renumber it, add mail and delete it.
"""

import asyncio
import random
import re
import threading
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Self

from support.servers.listener import Listener

FAULTS = (
    "refused", "bad", "goodbye", "cut before", "cut within", "cut after", "literal too long",
    "literal too short", "stall", "exists lie", "left out", "told twice", "flags of others",
)  # fmt: skip
_STALL = 0.3  # seconds
_PARTIAL = re.compile(r"<0\.(\d+)>")


@dataclass(frozen=True, slots=True)
class _Stored:
    uid: int
    raw: bytes


class FaultyImap(Listener):
    """Served from a thread of its own for as long as the block lasts."""

    def __init__(self, *, seed: int, faults: float) -> None:
        super().__init__()
        self.broken = 0  # commands that went wrong
        self.uidvalidity = 1000
        # What came much earlier is not looked at again when the mailbox is numbered anew.
        self._date = datetime.now(UTC).strftime('"%d-%b-%Y %H:%M:%S +0000"')
        self._mails: list[_Stored] = []
        self._next = 1
        self._faults = faults
        self._random = random.Random(seed)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._writers: dict[asyncio.StreamWriter, bool] = {}  # and whether it idles

    def __enter__(self) -> Self:
        self._thread.start()
        self._do(partial(self.listen, 0))
        return self

    def __exit__(self, *_: object) -> None:
        self._do(self.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    # -- what others do with the mailbox -----------------------------------------------

    def add(self, raws: Sequence[bytes]) -> None:
        """Let mails come in."""

        async def add() -> None:
            for raw in raws:
                self._mails.append(_Stored(self._next, raw))
                self._next += 1
            self._push()

        self._do(add)

    def renumber(self) -> None:
        """Let UIDVALIDITY change and all UIDs begin at 1; whoever is connected is sent away."""

        async def renumber() -> None:
            self.uidvalidity += 1
            self._mails = [_Stored(n, each.raw) for n, each in enumerate(self._mails, 1)]
            self._next = len(self._mails) + 1
            for writer in self._writers:
                writer.transport.abort()

        self._do(renumber)

    def delete(self, raw: bytes) -> None:
        """Let another client delete a mail."""

        async def delete() -> None:
            for number, each in enumerate(self._mails, 1):
                if each.raw == raw:
                    self._mails.remove(each)
                    self._tell_idlers(b"* %d EXPUNGE\r\n" % number)
                    return

        self._do(delete)

    def stop_breaking(self) -> None:
        """Obey every rule from now on."""
        self._faults = 0

    def count(self) -> int:
        """Return how many mails there are."""
        return len(self._mails)

    # -- serving ---------------------------------------------------------------------

    def _do(self, act: Callable[[], Coroutine[None, None, None]]) -> None:
        asyncio.run_coroutine_threadsafe(act(), self._loop).result(60)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer each command, or break as chance has it."""
        self._writers[writer] = False
        try:
            writer.write(b"* OK ready\r\n")
            while line := (await reader.readline()).decode().rstrip("\r\n"):
                await self._command(line, reader, writer)
        finally:
            del self._writers[writer]

    async def _command(
        self, line: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        tag, _, rest = line.partition(" ")
        name = " ".join(rest.split()[: 2 if rest.upper().startswith("UID") else 1]).upper()
        if name == "AUTHENTICATE":
            await self._say(writer, [b"+ \r\n"])
            await reader.readline()
        answer = self._answer(name, rest)
        if self._random.random() < self._faults:
            self.broken += 1
            fault = self._random.choice(FAULTS)
            if (
                fault != "left out" or name == "UID FETCH"
            ):  # whoever searches must be told the truth
                answer = await self._break(fault, answer, writer, tag.encode())
        if name == "IDLE":
            await self._say(writer, [b"+ idling\r\n"])
            self._writers[writer] = True
            await reader.readline()
            self._writers[writer] = False
        await self._say(writer, [*answer, tag.encode() + b" OK done\r\n"])
        if name == "LOGOUT":
            raise ConnectionResetError

    def _answer(self, name: str, rest: str) -> list[bytes]:
        match name:
            case "CAPABILITY":
                return [b"* CAPABILITY IMAP4rev1 IDLE AUTH=PLAIN\r\n"]
            case "EXAMINE":
                codes = b"* OK [UIDVALIDITY %d] ok\r\n* OK [UIDNEXT %d] ok\r\n"
                exists = b"* %d EXISTS\r\n" % len(self._mails)
                return [exists, codes % (self.uidvalidity, self._next)]
            case "UID SEARCH":
                first = int(rest.rpartition(" ")[2].partition(":")[0])
                found = [each.uid for each in self._mails if each.uid >= first]
                found = found or [each.uid for each in self._mails[-1:]]  # "*" is the last
                return [b"* SEARCH %s\r\n" % " ".join(map(str, found)).encode()]
            case "UID FETCH":
                _, _, numbers, items = rest.split(" ", 3)
                return self._fetched(numbers, items)
        return []

    def _fetched(self, numbers: str, items: str) -> list[bytes]:
        wanted: set[int] = set()
        for each in numbers.split(","):
            first, _, last = each.partition(":")
            wanted |= set(range(int(first), int(last or first) + 1))
        return [
            b"* %d FETCH (%s)\r\n" % (number, self._told(each, items))
            for number, each in enumerate(self._mails, 1)
            if each.uid in wanted
        ]

    def _told(self, mail: _Stored, items: str) -> bytes:
        told = [b"UID %d" % mail.uid]
        if "RFC822.SIZE" in items:
            told.append(b"RFC822.SIZE %d" % len(mail.raw))
        if "INTERNALDATE" in items:
            told.append(b"INTERNALDATE " + self._date.encode())
        partial = _PARTIAL.search(items)
        limit = int(partial[1]) if partial else len(mail.raw)
        origin = b"<0>" if partial else b""
        if "[HEADER]" in items:
            header = (mail.raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n")[:limit]
            told.append(b"BODY[HEADER]%s {%d}\r\n%s" % (origin, len(header), header))
        elif "BODY.PEEK[]" in items:
            raw = mail.raw[:limit]
            told.append(b"BODY[]%s {%d}\r\n%s" % (origin, len(raw), raw))
        return b" ".join(told)

    async def _break(
        self, fault: str, answer: list[bytes], writer: asyncio.StreamWriter, tag: bytes
    ) -> list[bytes]:
        """Do something else than what would be right; return what is said in the end."""
        whole = b"".join(answer)
        somewhere = self._random.randrange(len(whole) + 1)
        match fault:
            case "refused" | "bad":
                word = b"NO" if fault == "refused" else b"BAD"
                await self._say(writer, [tag + b" " + word + b" not now\r\n"])
                raise ConnectionResetError
            case "goodbye":
                await self._say(writer, [b"* BYE going down\r\n"])
                raise ConnectionResetError
            case "cut before":
                raise ConnectionResetError
            case "cut within":
                await self._say(writer, [whole[:somewhere]])
                raise ConnectionResetError
            case "cut after":
                await self._say(writer, answer)
                raise ConnectionResetError
            case "literal too long" | "literal too short":
                by = self._random.randint(1, 40) * (1 if fault == "literal too long" else -1)
                return [_relabelled(whole, by)]
            case "stall":
                await asyncio.sleep(_STALL)  # and answers in the end
            case "exists lie":
                return [b"* 4711 EXISTS\r\n* 3 RECENT\r\n", *answer]
            case "left out":
                return [each for each in answer if self._random.random() < 0.5]
            case "told twice":
                return [*answer, *answer]
            case "flags of others":
                return [b"* 1 FETCH (FLAGS (\\Seen))\r\n", *answer]
        return answer

    # -- saying ------------------------------------------------------------------------

    async def _say(self, writer: asyncio.StreamWriter, pieces: Sequence[bytes]) -> None:
        writer.write(b"".join(pieces))
        await writer.drain()

    def _push(self) -> None:
        self._tell_idlers(b"* %d EXISTS\r\n" % len(self._mails))

    def _tell_idlers(self, line: bytes) -> None:
        for writer, idles in self._writers.items():
            if idles:
                writer.write(line)


def _relabelled(answer: bytes, by: int) -> bytes:
    """Let the first literal of an answer be said to have another length than it has."""
    found = re.search(rb"\{(\d+)\}\r\n", answer)
    if found is None:
        return answer
    label = b"{%d}\r\n" % max(0, int(found[1]) + by)
    return answer[: found.start()] + label + answer[found.end() :]
