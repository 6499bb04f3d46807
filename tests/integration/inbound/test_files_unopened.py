"""Files that burst whoever opens them go through unopened, and no name of one is ever opened."""

import struct
import subprocess
import sys
import zlib
from email.message import EmailMessage
from email.policy import SMTP

from maildriver.inbound.files import files_of_mail
from maildriver.mail.file_policy import decide_file
from maildriver.sandbox.process import Sandbox

_MEMORY = 400_000_000  # less than any of them unpacks to


def gigabyte_of_zeros() -> bytes:
    """Return a gzip file (RFC 1952) of 1 MB: the same compressed megabyte, a thousand times."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = deflate.compress(b"\0" * 1_000_000) + deflate.flush(zlib.Z_FULL_FLUSH)
    end = deflate.flush() + struct.pack("<II", 0, 1_000_000_000)
    return b"\x1f\x8b\x08\0\0\0\0\0\x02\xff" + block * 1000 + end


def picture_of_a_billion_pixels() -> bytes:
    """Return a PNG of some bytes that would take 4 GB to be shown."""
    header = struct.pack(">IIBBBBB", 31_623, 31_623, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in (
            (b"IHDR", header),
            (b"IDAT", zlib.compress(b"\0" * 999)),
            (b"IEND", b""),
        )
    )


async def test_bombs_come_out_as_they_went_in() -> None:
    bombs = {"42.gz": gigabyte_of_zeros(), "sky.png": picture_of_a_billion_pixels()}
    mail = EmailMessage()
    mail["From"] = "ada@example.org"
    mail.set_content("Look.")
    for name, content in bombs.items():
        mail.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    sandbox = Sandbox(memory=_MEMORY)
    try:
        came, is_whole = await files_of_mail(sandbox, mail.as_bytes(policy=SMTP), is_cut=False)
    finally:
        await sandbox.close()

    assert is_whole
    assert {each.file.name: each.content for each in came} == bombs
    assert [decide_file(each.file, ()).state for each in came] == ["held", "passed"]


def test_no_name_of_a_file_is_ever_opened() -> None:
    """Python tells of every file that is opened: while a mail is read, none is."""
    code = """
import sys
from maildriver.mail.file_policy import decide_file
from maildriver.mail.message import read_files, read_mail

names = ["../../etc/passwd", "/etc/passwd", "C:/x", "con", "a.exe", "a.jpg", "~/.ssh/id", "|ls"]
parts = "".join(
    f'--cut\\nContent-Type: image/png; name="{name}"\\nContent-ID: <{n}>\\n\\nx\\n'
    for n, name in enumerate(names)
)
head = "From: a@example.org\\nContent-Type: multipart/mixed; boundary=cut\\n\\n"
raw = f"{head}{parts}--cut--\\n"
read_mail(raw.encode())
opened = []
sys.addaudithook(lambda event, args: event == "open" and opened.append(args))
found = read_files(raw.encode())
assert [len(content) for _, content in found] == [1] * len(names), found
for file, _ in found:
    decide_file(file, ())
print(opened)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")
