"""The values of every mail: site frame, reader, frozen message."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from maildriver.domain.token import SiteAddress


@dataclass(frozen=True, slots=True)
class SiteFrame:
    """The name, address, imprint and templates that all mails of a site share."""

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
class FrozenMessage:
    """A message in its final bytes; domain.frozen_message has the format of `parts`."""

    mail_from: str
    subject: str
    parts: bytes
    segments: Mapping[str, bytes] = field(default_factory=dict)  # shared with others, by hash


@dataclass(frozen=True, slots=True)
class RenderedMessage(FrozenMessage):
    """A frozen message together with its text and its HTML."""

    text: str = ""  # the plain text part
    html: str = ""
