"""What every mail of a site is made from: who sends, who reads, and what comes out."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from maildriver.domain.token import SiteAddress


@dataclass(frozen=True, slots=True)
class SiteFrame:
    """What stands around every mail of a site."""

    name: str
    address: SiteAddress
    imprint: str = ""
    verp: bool = True
    overrides: Mapping[str, str] = field(default_factory=dict)  # templates, by their path


@dataclass(frozen=True, slots=True)
class Reader:
    """The person a mail is written to."""

    name: str
    address: str
    language: str
    zone: str


@dataclass(frozen=True, slots=True)
class Frozen:
    """A message that will never change again. See domain.frozen_message for `parts`."""

    mail_from: str
    subject: str
    parts: bytes
    segments: Mapping[str, bytes] = field(default_factory=dict)  # what it shares, by hash


@dataclass(frozen=True, slots=True)
class Whole(Frozen):
    """A message together with what it says."""

    text: str = ""  # its plain text part
    html: str = ""
