"""The server of a demo: whoever reads the page is a student.

The page is served on loopback only, and its requests must have the key that is in the page,
so that no other page in the same browser can send mail here.
"""

import asyncio
import json
import secrets
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from maildriver.demo import clients, report
from maildriver.demo.audit import Audit, audit
from maildriver.demo.behaviour import Act
from maildriver.demo.cast import Person
from maildriver.demo.world import World

_LONGEST = 64 * 1024  # bytes of a request
_MINUTE = timedelta(minutes=1)
_STEPS = {"hour": timedelta(hours=1), "day": timedelta(days=1)}
_LONGEST_WAIT = timedelta(days=60)
_TIMEOUT = 120.0  # seconds for one request


class RequestRefused(Exception):  # noqa: N818 - it carries a sentence to the page
    """A request cannot be carried out; the message has the reason."""


@dataclass(slots=True)
class ServedDemo:
    """A world and its newcomer, for requests of the page, one at a time."""

    world: World
    you: Person
    key: str = field(default_factory=lambda: secrets.token_urlsafe(18))
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    _written: int = 0

    async def page(self) -> str:
        """Return the page."""
        async with self._lock:
            return await report.page(
                self.world, await self._audit(), you=self.you.address, key=self.key
            )

    async def data(self) -> report.Json:
        """Return the data of the page."""
        async with self._lock:
            return await report.page_data(
                self.world, await self._audit(), you=self.you.address, key=self.key
            )

    async def reply(self, mail: object, text: object) -> None:
        """Let the newcomer reply to a mail, by id in the page; raise RequestRefused if unknown."""
        delivery = report.find_delivery(self.world, self.you.address, mail)
        if delivery is None or not isinstance(text, str) or not text.strip():
            raise RequestRefused(
                "There is no such mail, or no text; choose a mail that you received."
            )
        async with self._lock:
            self._written += 1
            at = self.world.clock()
            draft = clients.MailDraft(
                self.you.name,
                self.you.address,
                text.strip().replace("\r\n", "\n"),
                at.astimezone(self.you.zone),
                self._written,
            )
            answer = clients.reply(self.you.client, draft, delivery.mail)
            await self.world.do(Act(at, self.you, "post", answer, draft.text))
            await self.world.live_until(at + _MINUTE)

    async def pass_time(self, until: object) -> None:
        """Let an hour or a day pass, or all time until the newcomer's next mail."""
        now, mailbox = self.world.clock(), self.world.system.mailboxes[self.you.address]
        before = len(mailbox)
        async with self._lock:
            if until == "mail":
                await self.world.live_until(now + _LONGEST_WAIT, lambda: len(mailbox) > before)
            elif isinstance(until, str) and until in _STEPS:
                await self.world.live_until(now + _STEPS[until])
            else:
                raise RequestRefused("Time goes until the next mail, for an hour, or for a day.")

    async def _audit(self) -> Audit:
        return await audit(self.world, 0.0)


@contextmanager
def serve_page(served: ServedDemo, port: int = 0) -> Iterator[str]:
    """Serve the page for as long as the `with` block lasts, and provide its URL."""
    loop = asyncio.get_running_loop()

    def wait(coroutine: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, loop).result(_TIMEOUT)

    handler = type("Handler", (_Handler,), {"served": served, "wait": staticmethod(wait)})
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, name="page", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    served: ServedDemo
    wait: Callable[[Coroutine[Any, Any, Any]], Any]

    def do_GET(self) -> None:
        asked = urlsplit(self.path)
        if not self._is_local():
            self._send_json(HTTPStatus.FORBIDDEN, {"error": "Open this page by the address told."})
        elif asked.path == "/":
            self._send(HTTPStatus.OK, "text/html", self.wait(self.served.page()))
        elif asked.path == "/data.json" and parse_qs(asked.query).get("key") == [self.served.key]:
            self._send_json(HTTPStatus.OK, self.wait(self.served.data()))
        else:
            self._send_json(HTTPStatus.NOT_FOUND, {"error": "There is nothing here."})

    def do_POST(self) -> None:
        try:
            wish = self._read_request()
            self.wait(self._carry_out(wish))
        except RequestRefused as refused:
            self._send_json(HTTPStatus.BAD_REQUEST, {"error": str(refused)})
        else:
            self._send_json(HTTPStatus.OK, {"ok": True})

    def _carry_out(self, wish: dict[str, object]) -> Coroutine[Any, Any, None]:
        match self.path:
            case "/reply":
                return self.served.reply(wish.get("mail"), wish.get("text"))
            case "/time":
                return self.served.pass_time(wish.get("until"))
        raise RequestRefused("There is nothing here.")

    def _read_request(self) -> dict[str, object]:
        length = self.headers.get("Content-Length", "")
        if not self._is_local() or not length.isdecimal() or int(length) > _LONGEST:
            raise RequestRefused("That can not be read; reload the page.")
        try:
            wish = json.loads(self.rfile.read(int(length)))
        except ValueError as error:
            raise RequestRefused("That can not be read; reload the page.") from error
        if not isinstance(wish, dict) or wish.get("key") != self.served.key:
            raise RequestRefused("The page is of an earlier demo; reload it.")
        return wish

    def _is_local(self) -> bool:
        """Return whether the browser asked for this address, not for a name that leads here."""
        return self.headers.get("Host", "").partition(":")[0] in {"127.0.0.1", "localhost"}

    def _send_json(self, status: HTTPStatus, value: object) -> None:
        self._send(status, "application/json", json.dumps(value, ensure_ascii=False))

    def _send(self, status: HTTPStatus, media_type: str, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", f"{media_type}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Log nothing: the terminal belongs to the demo."""
