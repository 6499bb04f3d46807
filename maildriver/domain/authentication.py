"""What the receiving server found out about a sender (Authentication-Results, RFC 8601)."""

import re
from collections.abc import Sequence
from typing import Literal

Verdict = Literal["pass", "fail", "none"]

_COMMENT = re.compile(r"\([^()]*\)")
_RESULT = re.compile(r"(dmarc|dkim|spf)\s*=\s*([a-z]+)")


def authentication(values: Sequence[str], authserv_id: str) -> Verdict:
    """Return what the topmost header of our own server says; without one, `none`.

    Anybody can write such a header into a message. Only the one on top was added last, by
    the server that we fetch from, and only if it bears the name that the operator gave.
    """
    if not authserv_id or not values:
        return "none"
    text = _COMMENT.sub(" ", values[0]).lower()
    name, _, results = text.partition(";")
    if name.split()[:1] != [authserv_id.lower()] or '"' in text:
        return "none"
    found = dict[str, set[str]]()
    for method, result in _RESULT.findall(results):
        found.setdefault(method, set()).add(result)
    if "dmarc" in found:
        return (
            "pass"
            if found["dmarc"] == {"pass"}
            else "fail"
            if "fail" in found["dmarc"]
            else "none"
        )
    if found.get("spf") == {"fail"} and found.get("dkim", {"fail"}) == {"fail"}:
        return "fail"
    return "none"
