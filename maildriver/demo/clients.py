"""Mail programs of students, each with its own way of quoting."""

import math
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from html import escape
from textwrap import wrap

from maildriver.demo.letters import html_of, text_of


@dataclass(frozen=True, slots=True)
class MailDraft:
    """The text that a person writes, before the mail program adds anything."""

    name: str
    address: str
    text: str
    at: datetime  # on their own clock
    number: int  # of this mail among those of the person


@dataclass(frozen=True, slots=True)
class _Quoted:
    """A mail of ours that a reply quotes."""

    sender: str
    address: str
    subject: str
    to: str
    date: datetime
    text: str
    html: str


#: Returns the text and, where the program writes one, the HTML of a reply.
_ReplyStyle = Callable[[MailDraft, _Quoted], tuple[str, str | None]]


def new_mail(draft: MailDraft, to: str, subject: str) -> EmailMessage:
    """Return a new mail that is not a reply."""
    mail = EmailMessage()
    mail["From"] = formataddr((draft.name, draft.address))
    mail["To"] = to
    mail["Subject"] = subject
    mail["Date"] = format_datetime(draft.at)
    mail["Message-ID"] = f"<{draft.number}.{draft.address}>"
    mail.set_content(draft.text + "\n")
    return mail


def reply(
    client: str, draft: MailDraft, to: EmailMessage, under: int | None = None
) -> EmailMessage:
    """Return a reply; with `under`, the text is below the quoted post of that number."""
    quoted = _quoted(to)
    if under is None:
        text, html = _REPLY_STYLES[client](draft, quoted)
    else:
        text, html = _inline_reply(draft, quoted, under), None
    mail = new_mail(draft, str(to["Reply-To"]), f"Re: {to['Subject']}")
    mail["In-Reply-To"] = mail["References"] = str(to["Message-ID"])
    mail.set_content(text, cte="quoted-printable")
    if html is not None:
        mail.add_alternative(html, subtype="html", cte="quoted-printable")
    return mail


def drawing(night: int) -> bytes:
    """Return a picture of the moon, lit as on some night (PNG, ISO 15948)."""
    size, light = 96, math.cos(night * 0.9)
    rows = bytearray()
    for y in range(-size // 2, size // 2):
        edge = math.sqrt(max(0, 1600 - y * y))
        lit = [edge > 0 and light * edge < x < edge for x in range(-size // 2, size // 2)]
        rows += b"\0" + bytes(235 if each else 40 for each in lit)
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", size, size, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(bytes(rows), 9)),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def auto_reply(draft: MailDraft, to: EmailMessage) -> EmailMessage:
    """Return the auto-reply of a person who is away (RFC 3834)."""
    mail = new_mail(draft, str(to["Reply-To"]), f"Automatic reply: {to['Subject']}")
    mail["In-Reply-To"] = mail["References"] = str(to["Message-ID"])
    mail["Auto-Submitted"] = "auto-replied"
    return mail


def delivery_report(
    to: EmailMessage, envelope_sender: str, address: str, at: datetime
) -> EmailMessage:
    """Return the delivery report of a mail server that knows no such mailbox (RFC 3464)."""
    domain = address.rpartition("@")[2]
    mail = EmailMessage()
    mail["From"] = formataddr(("Mail Delivery System", f"MAILER-DAEMON@{domain}"))
    mail["To"] = envelope_sender
    mail["Subject"] = "Undelivered Mail Returned to Sender"
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = f"<report.{str(to['Message-ID'])[1:25]}@{domain}>"
    mail["Auto-Submitted"] = "auto-replied"
    mail["Content-Type"] = 'multipart/report; report-type=delivery-status; boundary="report"'
    mail.set_payload(
        "--report\r\nContent-Type: text/plain\r\n\r\n"
        f"<{address}>: this mailbox has been closed.\r\n"
        "--report\r\nContent-Type: message/delivery-status\r\n\r\n"
        f"Reporting-MTA: dns; {domain}\r\n\r\n"
        f"Final-Recipient: rfc822; {address}\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 mailbox closed\r\n\r\n--report--\r\n"
    )
    return mail


def _quoted(mail: EmailMessage) -> _Quoted:
    sender = mail["From"].addresses[0]
    return _Quoted(
        sender.display_name,
        sender.addr_spec,
        str(mail["Subject"]),
        str(mail["To"]),
        mail["Date"].datetime,
        text_of(mail).rstrip(),
        html_of(mail),
    )


def _gmail(draft: MailDraft, quoted: _Quoted) -> tuple[str, str]:
    at = quoted.date.astimezone(draft.at.tzinfo)
    hour = f"{at:%I:%M %p}".lstrip("0")
    says = f"On {at:%a, %b} {at.day}, {at:%Y} at {hour} {quoted.sender} <{quoted.address}> wrote:"
    html = (
        f'<div dir="ltr">{_divs(draft.text)}</div><br>'
        '<div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">'
        f"{escape(says)}<br></div>"
        '<blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;border-left:1px solid '
        f'rgb(204,204,204);padding-left:1ex">{quoted.html}</blockquote></div>'
    )
    return f"{draft.text}\n\n{_wrapped(says)}\n\n{_quote(quoted.text)}\n", html


def _outlook(draft: MailDraft, quoted: _Quoted) -> tuple[str, str]:
    at = quoted.date.astimezone(draft.at.tzinfo)
    head = {
        "From": f"{quoted.sender} <{quoted.address}>",
        "Sent": f"{at:%A, %B} {at.day}, {at:%Y %I:%M %p}",
        "To": quoted.to,
        "Subject": quoted.subject,
    }
    lines = "\n".join(f"{name}: {value}" for name, value in head.items())
    bold = "<br>".join(f"<b>{name}:</b> {escape(value)}" for name, value in head.items())
    html = (
        f'<html><head></head><body dir="ltr"><div class="elementToProof">{_divs(draft.text)}</div>'
        '<div id="appendonsend"></div><hr style="display:inline-block;width:98%" tabindex="-1">'
        '<div id="divRplyFwdMsg" dir="ltr"><font face="Calibri, sans-serif" style="font-size:11pt"'
        f' color="#000000">{bold}</font><div>&nbsp;</div></div><div>{quoted.html}</div>'
        "</body></html>"
    )
    return f"{draft.text}\n\n{'_' * 32}\n{lines}\n\n{quoted.text}\n", html


def _apple(draft: MailDraft, quoted: _Quoted, signature: str = "") -> tuple[str, str]:
    at = quoted.date.astimezone(draft.at.tzinfo)
    says = f"On {at.day} {at:%b %Y}, at {at:%H:%M}, {quoted.sender} <{quoted.address}> wrote:"
    text = f"{draft.text}\n\n{signature}{_quote(_wrapped(says))}\n> \n{_quote(quoted.text)}\n"
    closing = f'<div dir="ltr"><br>{escape(signature.strip())}</div>' if signature else ""
    html = (
        '<html><head><meta http-equiv="content-type" content="text/html; charset=utf-8"></head>'
        f'<body style="overflow-wrap: break-word;">{_divs(draft.text)}{closing}'
        '<br id="lineBreakAtBeginningOfMessage"><div><br><blockquote type="cite">'
        f'<div>{escape(says)}</div><br class="Apple-interchange-newline">'
        f"<div>{quoted.html}</div></blockquote></div><br></body></html>"
    )
    return text, html


def _phone(draft: MailDraft, quoted: _Quoted) -> tuple[str, str]:
    return _apple(draft, quoted, "Sent from my iPhone\n\n")


def _thunderbird(draft: MailDraft, quoted: _Quoted) -> tuple[str, None]:
    """Return a reply in plain text below the quotation, as Thunderbird can be set to write."""
    at = quoted.date.astimezone(draft.at.tzinfo)
    says = f"On {at:%d/%m/%Y %H:%M}, {quoted.sender} wrote:"
    name = draft.name
    return f"{says}\n{_quote(quoted.text)}\n\n{draft.text}\n\n-- \n{name}\n", None


def _inline_reply(draft: MailDraft, quoted: _Quoted, under: int) -> str:
    """Return a reply with the text right below one quoted post of a digest."""
    lines = [f"> {line}".rstrip() for line in quoted.text.splitlines()]
    first = next(n for n, line in enumerate(lines) if line.startswith(f"> [#{under} "))
    end = next(
        (n for n in range(first + 2, len(lines)) if not lines[n].startswith("> | ")), len(lines)
    )
    says = f"On {quoted.date:%d/%m/%Y %H:%M}, {quoted.sender} wrote:"
    return "\n".join([says, *lines[:end], "", draft.text, "", *lines[end:], ""])


_REPLY_STYLES: dict[str, _ReplyStyle] = {
    "Gmail": _gmail,
    "Outlook": _outlook,
    "Apple Mail": _apple,
    "Thunderbird": _thunderbird,
    "phone": _phone,
}


def _divs(text: str) -> str:
    return "".join(
        f"<div>{escape(line)}</div>" if line else "<div><br></div>" for line in text.split("\n")
    )


def _quote(text: str) -> str:
    return "\n".join(f"> {line}" if line else ">" for line in text.splitlines())


def _wrapped(text: str) -> str:
    return "\n".join(wrap(text, 76, break_long_words=False, break_on_hyphens=False))
