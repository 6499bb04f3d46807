"""Addresses that maildriver writes to, by a grammar stricter than the RFC's.

A local part is a dot-atom in ASCII and a domain is a host name: no quotes, no comments, no
control characters. An accepted address means the same to every library and server that
reads it later, so that `RCPT TO:<x>` on the wire has the stored x, letter by letter
(RFC 5321 4.1.2, without Quoted-string and address-literal).
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from maildriver.domain.did_you_mean import quoted
from maildriver.errors import AddressError

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+{_LABEL}")

# RFC 5321 4.5.3.1. A path has 256 octets, of which two are the angle brackets.
_MAX_LOCAL = 64
_MAX_LABEL = 63
_MAX_DOMAIN = 253
_MAX_ADDRESS = 254

# A From header is a sequence of these. Each can match in one way only, so that parsing any
# header needs linear time at most.
_SPACE = re.compile(r"[ \t]+")
_COMMENT = re.compile(r"\((?:[^()<>@\\]|\\.)*\)")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_ANGLE = re.compile(r"<[ \t]*([^<> \t]+)[ \t]*>")
_WORD = re.compile(r'[^ \t"(),:;<>@\[\]\\]+')
_ADDR_SPEC = re.compile(r'[^ \t"(),:;<>@\[\]\\]+@[A-Za-z0-9.-]+')
_FOLD = re.compile(r"\r?\n(?=[ \t])")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f]")
_MAX_HEADER = 4096


def parse_address(text: str) -> str:
    """Return the address: the local part as given, the domain in lower case and in ASCII.

    Raises AddressError with a sentence about what is wrong.
    """
    local, at, domain = text.rpartition("@")
    if not at:
        raise _address_error(text, "it has no @")
    if _LOCAL.fullmatch(local) is None:
        raise _address_error(text, _local_fault(local))
    if len(local) > _MAX_LOCAL:
        raise _address_error(text, f"the part before the @ is longer than {_MAX_LOCAL} characters")
    try:
        host = _parse_domain(domain)
    except ValueError as error:
        raise _address_error(text, str(error)) from None
    if len(local) + 1 + len(host) > _MAX_ADDRESS:
        raise _address_error(text, f"it is longer than {_MAX_ADDRESS} characters")
    return f"{local}@{host}"


def canonical(address: str) -> str:
    """Return the form in which two addresses are compared: all in lower case."""
    return address.lower()


def base_address_of(address: str) -> str:
    """Return one form for all spellings of an address that reach the same mailbox.

    A detail after + is left out, and so are dots at Gmail, which ignores them. This form is
    for counting only: mail always goes to the address as it was given.
    """
    local, _, domain = address.lower().rpartition("@")
    name = local.partition("+")[0]
    if domain in {"gmail.com", "googlemail.com"}:
        name = name.replace(".", "")
    return f"{name}@{domain}"


def single_from(values: Sequence[str]) -> str | None:
    """Return the one address in the From headers of a message, or None if it is ambiguous.

    `values` are the headers as they came, with encoded words not decoded. There must be one
    header, with one mailbox that can be read in one way only: some parsers read
    `alice@good.example<bob@bad.example>` as alice, and others as bob (CVE-2023-27043).
    Never raises.
    """
    if len(values) != 1 or len(values[0]) > _MAX_HEADER:
        return None
    text = _FOLD.sub("", values[0])
    if _CONTROL.search(text):
        return None
    found = _one_mailbox(text)
    # Some readers decode an encoded word before they look for the address.
    if found is None or "=?" in found:
        return None
    try:
        exact = parse_address(found) == _lower_domain(found)
    except AddressError:
        return None
    return found if exact else None


# -- parts -------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def _parse_domain(text: str) -> str:
    """Return a domain in lower-case ASCII; raise ValueError with the reason as a clause.

    The result is cached, since the students of a class share few domains.
    """
    odd = next((char for char in text if not _is_domain_character(char)), "")
    if odd:
        raise ValueError(f"its domain contains {_character_name(odd)}")
    if len(text) > _MAX_DOMAIN:
        raise ValueError(f"its domain is longer than {_MAX_DOMAIN} characters")
    domain = text.lower()
    if not text.isascii() or "xn--" in domain:
        domain = _to_ascii(text)
    fault = _domain_fault(domain)
    if fault:
        raise ValueError(fault)
    return domain


def _to_ascii(text: str) -> str:
    """Return the ASCII form of an internationalised domain (IDNA 2008)."""
    # Few addresses need this library, and its import would slow down every command.
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415

    try:
        checked = validate_email(
            f"x@{text}",
            check_deliverability=False,
            test_environment=True,  # allows .test, for trials
            globally_deliverable=False,
        )
    except EmailNotValidError as error:
        why = str(error).rstrip(".")
        raise ValueError(why[:1].lower() + why[1:]) from None
    return checked.ascii_domain.lower()


def _domain_fault(domain: str) -> str:
    """Return what keeps an ASCII text from being a host name (RFC 1123 2.1), or ""."""
    labels = domain.split(".")
    tests = (
        (not domain, "there is nothing after the @"),
        (not all(labels), "misplaced dot after the @"),
        (len(labels) < 2, f"its domain {quoted(domain)} has no dot"),
        (len(domain) > _MAX_DOMAIN, f"its domain is longer than {_MAX_DOMAIN} characters"),
        (max(map(len, labels)) > _MAX_LABEL, "a part of its domain is longer than 63 characters"),
        (_DOMAIN.fullmatch(domain) is None, "a part of its domain begins or ends with a hyphen"),
        (labels[-1].isdecimal(), f"its domain {quoted(domain)} ends in a number"),
    )
    return next((fault for wrong, fault in tests if wrong), "")


def _is_domain_character(char: str) -> bool:
    """Return whether a domain may hold a character; IDNA 2008 decides on others than ASCII."""
    return char.isalnum() or char in ".-" if char.isascii() else char.isprintable()


def _local_fault(local: str) -> str:
    if not local:
        return "there is nothing before the @"
    if "@" in local:
        return "it has more than one @"
    odd = next((char for char in local if char != "." and not re.fullmatch(_ATOM, char)), "")
    if odd:
        return f"{_character_name(odd)} is not allowed before the @"
    return "misplaced dot before the @"


def _character_name(char: str) -> str:
    names = {" ": "a space", '"': "a quotation mark", "@": "a second @"}
    if char in names:
        return names[char]
    if char.isprintable():
        return f"the character {quoted(char)}"
    return f"the unprintable character U+{ord(char):04X}"


def _address_error(text: str, why: str) -> AddressError:
    return AddressError(f"invalid address {quoted(text)}: {why}")


# -- From headers ------------------------------------------------------------------


def _one_mailbox(text: str) -> str | None:
    """Return the addr-spec of a header that is exactly one mailbox (RFC 5322 3.4)."""
    found: str | None = None
    named = False
    position = 0
    while position < len(text):
        if match := _SPACE.match(text, position) or _COMMENT.match(text, position):
            pass
        elif found is not None:
            return None
        elif match := _ANGLE.match(text, position):
            found = match[1]
        elif not named and (match := _ADDR_SPEC.match(text, position)):
            found = match[0]
        elif match := _QUOTED.match(text, position) or _WORD.match(text, position):
            named = True
        else:
            return None
        position = match.end()
    return found


def _lower_domain(address: str) -> str:
    local, _, domain = address.rpartition("@")
    return f"{local}@{domain.lower()}"
