"""Raw mails for the tests of intake, written in place."""

HEADER = "From: Anna <anna@example.org>\nTo: course@example.net\nSubject: Re: 3. Moons\n"


def mail(body: str = "yes\n", **headers: str) -> bytes:
    """Return a raw mail; a header's name is written with _ for -."""
    fields = {"from": "Anna <anna@example.org>", "to": "course@example.net"} | headers
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in fields.items() if value]
    return ("\n".join(lines) + "\n\n" + body).encode("utf-8", "surrogateescape")


def multipart(*parts: str, kind: str = "mixed", **headers: str) -> bytes:
    """Return a mail of parts, each with its own header."""
    body = "".join(f"--cut\n{part}\n" for part in parts) + "--cut--\n"
    return mail(body, content_type=f'multipart/{kind}; boundary="cut"', **headers)


def report(
    recipient: str = "anna@example.org",
    action: str = "failed",
    status: str = "5.1.1",
    text: str = "smtp; 550 5.1.1 user unknown",
    **headers: str,
) -> bytes:
    """Return a delivery report (RFC 3464)."""
    return multipart(
        "Content-Type: text/plain\n\nYour mail did not arrive.",
        "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.net\n\n"
        f"Final-Recipient: rfc822; {recipient}\nAction: {action}\nStatus: {status}\n"
        f"Diagnostic-Code: {text}\n",
        "Content-Type: message/rfc822\n\nMessage-ID: <xac56tlpozke7wykwxaa4ymo@example.net>\n"
        "Subject: 3. Moons\n\nThe lesson.",
        kind="report; report-type=delivery-status",
        **({"from": "Mail Delivery System <MAILER-DAEMON@mx.example.net>"} | headers),
    )
