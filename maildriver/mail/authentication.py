"""The receiving server's verdict on the sender (Authentication-Results, RFC 8601)."""

import re
from collections.abc import Sequence
from typing import Literal

AuthenticationResult = Literal["pass", "fail", "none"]

_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_COMMENT = re.compile(r"\([^()]*\)")
_RESULT = re.compile(r"\s*(dmarc|dkim|spf)\s*=\s*([a-z]+)")
_FAILURE = re.compile(r"dmarc\s*=\s*fail")
_DEEPEST_COMMENT = 5
_MOST_HEADERS = 10


def authentication(values: Sequence[str], authserv_id: str) -> AuthenticationResult:
    """Return the verdict of our own server; `none` if it gave none.

    Anybody can write Authentication-Results into a message. Only the topmost headers are from
    the server that we fetch from, and only if their authserv-id is the one that the operator
    configured. A server may add several, one for each filter: any failure counts.
    """
    if not authserv_id:
        return "none"
    found: list[AuthenticationResult] = []
    for value in values[:_MOST_HEADERS]:
        verdict = _own_verdict(value[:8192].lower(), authserv_id.lower())
        if verdict is None:
            break
        found.append(verdict)
    if "fail" in found:
        return "fail"
    return found[0] if found else "none"


def _own_verdict(whole: str, authserv_id: str) -> AuthenticationResult | None:
    """Return the verdict of one header; None if it has another authserv-id."""
    text = _without_comments(whole)
    name, _, results = text.partition(";")
    if name.split()[:1] != [authserv_id]:
        return None
    if any(mark in text for mark in '"()'):  # an unbalanced address must not hide a failure
        return "fail" if _FAILURE.search(whole) else "none"
    found = dict[str, set[str]]()
    for each in results.split(";"):  # only where a result begins: an address may look like one
        if match := _RESULT.match(each):
            found.setdefault(match[1], set()).add(match[2])
    return _verdict(found)


def _without_comments(text: str) -> str:
    """Return a header without comments and quoted strings: the sender controls both."""
    text = _QUOTED.sub(" ", text)
    for _ in range(_DEEPEST_COMMENT):
        text = _COMMENT.sub(" ", text)
    return text


def _verdict(found: dict[str, set[str]]) -> AuthenticationResult:
    if "dmarc" in found:
        if "fail" in found["dmarc"]:
            return "fail"
        return "pass" if found["dmarc"] == {"pass"} else "none"
    if found.get("spf") == {"fail"} and found.get("dkim", {"fail"}) == {"fail"}:
        return "fail"
    return "none"
