"""Mails of ours as their readers see them."""

import re
from email.message import EmailMessage
from typing import NamedTuple

_POST = re.compile(r"\[#(\d+) ")
_ANSWER = re.compile(r"\S+\+\S+-(\d+)@\S+")
_LESSON = re.compile(r"(\d+)\. ")
_BODY = re.compile(r"<body[^>]*>(.*)</body>", re.DOTALL)


def text_of(mail: EmailMessage) -> str:
    """Return the plain text of a mail."""
    part = mail.get_body(("plain",))
    return "" if part is None else str(part.get_content()).replace("\r\n", "\n")


def html_of(mail: EmailMessage) -> str:
    """Return the body of the HTML of a mail; empty if the mail has no HTML."""
    part = mail.get_body(("html",))
    whole = "" if part is None else str(part.get_content())
    inner = _BODY.search(whole)
    return inner[1] if inner else whole


def lesson_of(mail: EmailMessage) -> int | None:
    """Return the number of the lesson in a packet; None for any other mail."""
    match = _LESSON.match(str(mail["Subject"]))
    return int(match[1]) if match else None


class ShownPost(NamedTuple):
    """A post as a digest shows it."""

    number: int
    title: str  # the title above the post
    answer_address: str  # the address for an answer; empty if the post cannot be answered


def posts_in(mail: EmailMessage) -> list[ShownPost]:
    """Return the posts that a digest shows, in its order."""
    text, title, found = text_of(mail), "", []
    answers = {int(match[1]): match[0].strip("<>") for match in _ANSWER.finditer(text)}
    lines = text.splitlines()
    for line, below in zip(lines, [*lines[1:], ""], strict=True):
        post = _POST.match(line)
        if post is not None:
            number = int(post[1])
            found.append(ShownPost(number, title, answers.get(number, "")))
        elif line and below and not below.strip("-"):
            title = line
    return found


def token_of(mail: EmailMessage) -> str:
    """Return the token of a mail of ours, from its Message-ID."""
    return str(mail["Message-ID"]).strip("<> ").partition("@")[0]
