"""What one writes with the standard library and aiosmtplib: a mail built and sent for each."""

import asyncio
import json
import sys
import time
from collections import deque
from email.message import EmailMessage
from email.utils import make_msgid
from pathlib import Path

import aiosmtplib

_CONNECTIONS = 8


async def main(port: int, file: bytes, number: int) -> None:
    left = deque(range(number))
    start, before = time.perf_counter(), time.process_time()
    await asyncio.gather(*(_work(port, file, left) for _ in range(_CONNECTIONS)))
    found = {"seconds": time.perf_counter() - start, "cpu": time.process_time() - before}
    sys.stdout.write(json.dumps(found) + "\n")


async def _work(port: int, file: bytes, left: deque[int]) -> None:
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False) as client:
        while left:
            await client.send_message(_message(left.popleft(), file))


def _message(number: int, file: bytes) -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Night School <course@example.org>"
    message["To"] = f"student-{number}@example.net"
    message["Subject"] = "1. The pole"
    message["Message-ID"] = make_msgid(domain="example.org")
    message["Reply-To"] = f"course+{number:024}@example.org"
    message["List-Unsubscribe"] = f"<mailto:course+{number:024}@example.org?subject=leave>"
    text = f"Go out tonight, Zoë {number}, and look for the pole. " * 12
    message.set_content(text)
    message.add_alternative(f"<html><body><p>{text}</p></body></html>" * 3, subtype="html")
    if file:
        message.add_attachment(file, maintype="application", subtype="pdf", filename="a.pdf")
    return message


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), Path(sys.argv[2]).read_bytes(), int(sys.argv[3])))
