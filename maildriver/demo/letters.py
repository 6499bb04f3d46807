"""Mails as their reader sees them."""

import re
from email.message import EmailMessage

_POST = re.compile(r"\[#(\d+) ")
_LESSON = re.compile(r"(\d+)\. ")
_BODY = re.compile(r"<body[^>]*>(.*)</body>", re.DOTALL)


def text_of(mail: EmailMessage) -> str:
    """Return the plain text of a mail."""
    part = mail.get_body(("plain",))
    return "" if part is None else str(part.get_content()).replace("\r\n", "\n")


def html_of(mail: EmailMessage) -> str:
    """Return what the HTML of a mail shows; empty if it has none."""
    part = mail.get_body(("html",))
    whole = "" if part is None else str(part.get_content())
    inner = _BODY.search(whole)
    return inner[1] if inner else whole


def lesson_of(mail: EmailMessage) -> int | None:
    """Return the number of the lesson that a packet brings; None if it is no packet."""
    match = _LESSON.match(str(mail["Subject"]))
    return int(match[1]) if match else None


def posts_in(mail: EmailMessage) -> list[tuple[int, str]]:
    """Return the posts that a digest shows, in its order: number, and the title above it."""
    lines, title, found = text_of(mail).splitlines(), "", []
    for line, below in zip(lines, [*lines[1:], ""], strict=True):
        post = _POST.match(line)
        if post is not None:
            found.append((int(post[1]), title))
        elif line and below and not below.strip("-"):
            title = line
    return found


def address_of_post(mail: EmailMessage, number: int) -> str:
    """Return the address that answers one post of a digest; empty if the digest has none."""
    match = re.search(rf"(\S+\+\S+-{number}@\S+)", text_of(mail))
    return match[1].strip("<>") if match else ""


def token_of(mail: EmailMessage) -> str:
    """Return the token of a mail of ours, by which the outbox knows it."""
    return str(mail["Message-ID"]).strip("<> ").partition("@")[0]
