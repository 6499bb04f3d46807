"""Sixty heads of mails, and what each says of its sender: forged, folded, cut, contradictory."""

import pytest

from maildriver.mail.authentication import AuthenticationResult, authentication
from maildriver.mail.message import read_mail

ID = "mx.example.net"
OURS, THEIRS = f"Authentication-Results: {ID}", "Authentication-Results: mx.evil.example"
FROM = "From: anna@example.org"
HOP = "Received: from client.test by mx.example.net; Tue, 24 Nov 2026 08:00:00 +0000"

FIXTURES: list[tuple[AuthenticationResult, str]] = [
    # What our own server says.
    ("pass", f"{OURS}; dmarc=pass header.from=example.org\n{HOP}"),
    ("pass", f"{HOP}\n{OURS}; dmarc=pass header.from=example.org"),
    ("pass", f"{OURS}; spf=pass smtp.mailfrom=example.org; dkim=pass header.d=a.org; dmarc=pass"),
    ("pass", f"{OURS};\n\tspf=pass smtp.mailfrom=example.org;\n\tdmarc=pass (p=REJECT)"),
    ("pass", f"{OURS} 1; dmarc=pass"),
    ("pass", "authentication-results: MX.EXAMPLE.NET; DMARC=Pass"),
    ("pass", f"{OURS} (a remark); dmarc (another) = pass".replace(" (another) ", "")),
    ("pass", f"{OURS}; dkim=fail; spf=fail; dmarc=pass"),
    ("pass", f"{OURS}; dmarc=pass policy.dmarc=none"),
    ("pass", f"{OURS}; arc=none; dmarc=pass; bimi=skipped"),
    ("pass", f'{OURS}; dmarc=pass reason="it is fine"'),
    ("pass", f"{OURS}; iprev=fail; auth=pass; dmarc=pass"),
    ("fail", f"{OURS}; dmarc=fail"),
    ("fail", f"{OURS};\n dmarc=fail\n (p=none)"),
    ("fail", f"{OURS}; spf=pass; dkim=pass; dmarc=fail header.from=example.org"),
    ("fail", f"{OURS}; dmarc=pass; dmarc=fail"),
    ("fail", f"{OURS}; dmarc=fail; dmarc=pass"),
    ("fail", f"{OURS}; spf=fail; dkim=fail"),
    ("fail", f"{OURS}; spf=fail"),
    ("fail", f'{OURS}; dmarc=fail reason="dmarc=pass"'),
    ("fail", f"{OURS}; spf=pass\n{OURS}; dmarc=fail"),
    ("fail", f"{OURS}; dmarc=pass\n{OURS}; dmarc=fail"),
    ("fail", f"{OURS}; dkim=none\n{OURS}; spf=pass\n{OURS}; dmarc=fail"),
    ("none", f"{OURS}; none"),
    ("none", f"{OURS}"),
    ("none", f"{OURS};"),
    ("none", f"{OURS}; spf=pass"),
    ("none", f"{OURS}; dkim=pass header.d=example.org"),
    ("none", f"{OURS}; spf=softfail; dkim=none"),
    ("none", f"{OURS}; spf=fail; dkim=pass"),
    ("none", f"{OURS}; dmarc=temperror"),
    ("none", f"{OURS}; dmarc=permerror"),
    ("none", f"{OURS}; dmarc=bestguesspass"),
    ("none", f"{OURS}; dmarc=none; spf=fail"),
    ("none", f"{OURS}; dmarc=pass; dmarc=none"),
    ("none", f"{OURS}; spf=pass\n{OURS}; dmarc=pass"),
    # What somebody else says, or says in our name.
    ("none", f"{THEIRS}; dmarc=pass"),
    ("none", f"{THEIRS}; dmarc=fail"),
    ("none", f"{THEIRS}; dmarc=pass\n{OURS}; dmarc=pass"),
    ("none", f"{THEIRS}; spf=pass\n{HOP}\n{OURS}; dmarc=pass"),
    ("fail", f"{OURS}; dmarc=fail\n{HOP}\n{OURS}; dmarc=pass"),
    ("fail", f"{OURS}; dmarc=fail\n{THEIRS}; dmarc=pass"),
    ("none", f"{OURS}; dmarc=none\n{HOP}\n{OURS}; dmarc=pass"),
    ("none", f"{OURS}.evil.example; dmarc=pass"),
    ("none", f"Authentication-Results: evil.{ID}; dmarc=pass"),
    ("none", f"Authentication-Results: evil.example {ID}; dmarc=pass"),
    ("none", f"Authentication-Results: (evil) ; {ID}; dmarc=pass"),
    ("none", f'Authentication-Results: "{ID}"; dmarc=pass'),
    ("none", "Authentication-Results: ; dmarc=pass"),
    ("none", "Authentication-Results: dmarc=pass"),
    ("none", f"X-Authentication-Results: {ID}; dmarc=pass"),
    ("none", f"ARC-Authentication-Results: i=1; {ID}; dmarc=pass"),
    ("none", f"Authentication-Results:\0 {ID}; dmarc=pass"),
    ("none", f"Subject: {OURS}; dmarc=pass"),
    # What a sender gets into the word of our server.
    ("none", f"{OURS}; spf=none (dmarc=pass)"),
    ("none", f"{OURS}; spf=none (a (nested; dmarc=pass) remark)"),
    ("none", f'{OURS}; spf=none reason="; dmarc=pass"'),
    ("none", f"{OURS}; spf=none smtp.mailfrom=dmarc=pass@evil.example"),
    ("none", f'{OURS}; spf=none smtp.mailfrom="a; dmarc=pass'),
    ("none", f"{OURS}; spf=none (unclosed; dmarc=pass"),
    ("none", f"{OURS}; spf=none smtp.helo=a)b; dmarc=pass"),
    ("none", f"{OURS}; x-dmarc=pass"),
    ("none", f"{OURS}; dmarcx=pass"),
    ("none", f"{OURS}; =pass; dmarc="),
    ("fail", f"{OURS}; spf=none smtp.mailfrom=(a@evil.example; dmarc=fail"),
]


def test_there_are_sixty() -> None:
    assert len({head for _, head in FIXTURES}) == len(FIXTURES) >= 60


@pytest.mark.parametrize(("verdict", "head"), FIXTURES)
def test_each_head_says_what_it_says(verdict: AuthenticationResult, head: str) -> None:
    for raw in (f"{head}\n{FROM}\n\nyes\n", f"{FROM}\n{head}\n\nyes\n"):
        for found in (read_mail(raw.encode()), read_mail(raw.replace("\n", "\r\n").encode())):
            values = found.headers.get("authentication-results", ())
            assert authentication(values, ID) == verdict
            assert authentication(values, "") == "none", "nobody's word is believed"
