"""An SMTP server that takes mail, or misbehaves as told, and writes down what it took.

In a test:
    async with Sink({"rcpt": "550 5.1.1 unknown"}) as sink:
        ...deliver to sink.port, then look at sink.accepted and sink.commands...

As a process, so that its truth survives whatever is killed:
    PYTHONPATH=tests python -m support.servers.sink --port-file F --truth F [--seed 1 --faults 0.1]
"""

import argparse
import asyncio
import base64
import contextlib
import hashlib
import json
import random
import ssl
from collections.abc import Mapping
from pathlib import Path

from support.servers.listener import Listener

#: What is said at a stage: a reply, also of several lines or of none ("" says nothing);
#: None to cut the connection; SILENCE; ENDLESS for a line without an end. In a list each
#: counts once, and then the usual reply comes.
Answer = str | None
SILENCE = "silence"
ENDLESS = "endless"
UNFINISHED = "250-and"  # a reply of which the last line never comes
CUT = "\0"  # at the end of a reply: the connection is cut after it

#: greeting, ehlo, starttls, auth, mail, rcpt, data, rset, quit, and around the content:
#: body is said after its first line, and nothing after it; dot may refuse, and what is cut
#: there was not taken; answer comes when the message is written down: None is a lost reply.
Script = Mapping[str, Answer | list[Answer]]

_LATER: list[Answer] = ["451 4.3.0 later", "421 4.3.2 closing", None, "what?"]
#: Troubles that pass, for the random mix.
FAULTS: dict[str, list[Answer]] = {
    "greeting": ["421 4.3.2 closing", None],
    "mail": _LATER,
    "rcpt": _LATER,
    "data": _LATER,
    "body": ["451 4.3.0 later", None],
    "dot": ["451 4.3.0 later", "421 4.3.2 closing", None],
    "answer": [None, "what?"],
}


class Sink(Listener):
    """Takes everything, except where `script` says otherwise.

    With `rate`, about that share of the messages meets a fault, chosen by `seed`.
    """

    def __init__(
        self,
        script: Script | None = None,
        *,
        truth: Path | None = None,
        rate: float = 0.0,
        seed: int = 0,
        pipelining: bool = True,
        size: int | None = None,
        starttls: ssl.SSLContext | None = None,
        tls: ssl.SSLContext | None = None,
        password: str | None = None,
        token: str | None = None,
        drip: bool = False,
        keep: bool = True,
    ) -> None:
        super().__init__(tls=tls)
        self.script = {
            stage: [*answer] if isinstance(answer, list) else answer
            for stage, answer in (script or {}).items()
        }
        self.accepted: list[bytes] = []  # empty without `keep`
        self.taken: list[dict[str, str]] = []  # what is written to the truth
        self.commands: list[str] = []  # "." is the end of a message
        self.logins = 0  # tried, with any password
        self.pipelining, self.size = pipelining, size
        self.password, self.token = password, token
        self.starttls, self.drip, self.keep = starttls, drip, keep
        self._rate = rate
        self._random = random.Random(seed)
        self._truth = truth

    def answer(self, stage: str, usual: str) -> Answer:
        """Return what is said now at `stage`."""
        if stage in self.script:
            answer = self.script[stage]
            if not isinstance(answer, list):
                return answer
            return answer.pop(0) if answer else usual
        if self._rate and stage in FAULTS and self._random.random() < self._rate / len(FAULTS):
            return self._random.choice(FAULTS[stage])
        return usual

    def take(self, line: dict[str, str], content: bytes) -> None:
        """Write down a message before its sender hears that it was taken."""
        self.taken.append(line)
        if self.keep:
            self.accepted.append(content)
        if self._truth is not None:
            with self._truth.open("a") as file:
                file.write(json.dumps(line) + "\n")

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take mail, and answer as the script says."""
        with contextlib.suppress(_HangUp):
            await _Session(self, reader, writer).run()

    async def hang_up(self, writer: asyncio.StreamWriter) -> None:
        """Close a connection in an orderly way: what has been said is heard."""
        writer.close()
        with contextlib.suppress(OSError, asyncio.CancelledError):
            # After a failed STARTTLS it would never end.
            await asyncio.wait_for(writer.wait_closed(), 0.2)


class _HangUp(Exception):  # noqa: N818 - it is no error
    pass


class _Session:
    def __init__(
        self, sink: Sink, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._sink, self._reader, self._writer = sink, reader, writer
        self._encrypted = writer.get_extra_info("ssl_object") is not None
        self._open, self._mail_from = False, ""
        self._rcpt: list[str] = []

    async def run(self) -> None:
        await self._say("greeting", "220 sink ESMTP")
        while True:
            line = (await self._reader.readuntil(b"\r\n"))[:-2].decode("latin-1")
            self._sink.commands.append(line)
            await self._do(line)

    async def _do(self, line: str) -> None:
        match line.partition(" ")[0].upper():
            case "EHLO" | "HELO":
                await self._say("ehlo", self._offers())
            case "STARTTLS":
                await self._start_tls()
            case "AUTH":
                await self._log_in(*line.split(" ")[1:3])
            case "MAIL":
                self._rcpt, self._mail_from = [], line[line.index("<") + 1 : -1]
                self._open = (await self._say("mail", "250 2.1.0 ok")).startswith("2")
            case "RCPT":
                usual = "250 2.1.5 ok" if self._open else "503 5.5.1 MAIL first"
                if (await self._say("rcpt", usual)).startswith("2"):
                    self._rcpt.append(line[line.index("<") + 1 : -1])
            case "DATA":
                usual = "354 go on" if self._rcpt else "554 5.5.1 no valid recipients"
                if (await self._say("data", usual)).startswith("354"):
                    await self._content()
            case "RSET":
                await self._say("rset", "250 2.0.0 ok")
            case "QUIT":
                await self._say("quit", "221 2.0.0 bye")
                raise _HangUp
            case _:
                await self._say("other", "502 5.5.2 what?")

    def _offers(self) -> str:
        sink = self._sink
        lines = ["sink", "8BITMIME", *["PIPELINING"] * sink.pipelining]
        if sink.size is not None:
            lines.append(f"SIZE {sink.size}")
        if sink.starttls is not None and not self._encrypted:
            lines.append("STARTTLS")
        elif sink.password is not None or sink.token is not None:
            lines.append("AUTH PLAIN" if sink.token is None else "AUTH XOAUTH2")
        return "\r\n".join([*(f"250-{each}" for each in lines[:-1]), f"250 {lines[-1]}"])

    async def _start_tls(self) -> None:
        text = await self._say("starttls", "220 2.0.0 go on")
        if text.startswith("220") and self._sink.starttls is not None:
            await self._writer.start_tls(self._sink.starttls)
            self._encrypted = True

    async def _log_in(self, mechanism: str, initial: str) -> None:
        self._sink.logins += 1
        words = base64.b64decode(initial).decode()
        plain, bearer = words.split("\0")[-1], f"user=course\1auth=Bearer {self._sink.token}\1\1"
        right = words == bearer if mechanism == "XOAUTH2" else plain == self._sink.password
        await self._say("auth", "235 2.7.0 welcome" if right else "535 5.7.8 wrong password")

    async def _content(self) -> None:
        digest, lines, size, message_id = hashlib.sha256(), list[bytes](), 0, ""
        refused = False
        while (line := await self._reader.readuntil(b"\r\n")) != b".\r\n":
            line = line.removeprefix(b".")
            if size == 0 and await self._say("body", ""):
                refused = True
            if not message_id and line[:11].lower() == b"message-id:":
                message_id = line[11:].decode("latin-1").strip()
            size += len(line)
            digest.update(line)
            if self._sink.keep:
                lines.append(line)
        self._sink.commands.append(".")
        full = self._sink.size is not None and size > self._sink.size
        if refused or await self._say("dot", "552 5.3.4 too large" if full else ""):
            return
        self._sink.take(
            {
                "message_id": message_id,
                "rcpt": ",".join(self._rcpt),
                "mail_from": self._mail_from,
                "sha256": digest.hexdigest(),
            },
            b"".join(lines),
        )
        await self._say("answer", "250 2.0.0 taken")

    async def _say(self, stage: str, usual: str) -> str:
        return await self._speak(self._sink.answer(stage, usual))

    async def _speak(self, answer: Answer) -> str:
        """Return what was said."""
        match answer:
            case None:
                raise _HangUp
            case "":
                return ""
            case "silence":
                while await self._reader.read(2**16):
                    pass
                raise _HangUp
            case "endless":
                while not self._writer.is_closing():
                    await self._write(b"2" * 10_000)
        await self._write(answer.removesuffix(CUT).encode() + b"\r\n")
        if answer.startswith("421") or answer.endswith(CUT):
            raise _HangUp
        return answer

    async def _write(self, data: bytes) -> None:
        for start in range(0, len(data), 1 if self._sink.drip else len(data)):
            self._writer.write(data[start : start + 1] if self._sink.drip else data)
            await self._writer.drain()
            await asyncio.sleep(0)  # so that each byte is a write of its own


async def _run(options: argparse.Namespace) -> None:
    sink = Sink(
        truth=options.truth,
        rate=options.faults,
        seed=options.seed,
        keep=False,
    )
    await sink.listen(options.port)
    options.truth.touch()
    unfinished = options.port_file.with_name(options.port_file.name + ".new")
    unfinished.write_text(str(sink.port))
    unfinished.rename(options.port_file)
    await asyncio.Event().wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port-file", type=Path, required=True)
    parser.add_argument("--truth", type=Path, required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--faults", type=float, default=0.0)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_run(parser.parse_args()))


if __name__ == "__main__":
    main()
