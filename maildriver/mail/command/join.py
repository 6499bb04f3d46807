"""Requests to join a course: subject `join night-sky`, or mail to `…+join-night-sky@`."""

import re

from maildriver.domain.token import SiteAddress
from maildriver.mail.kind.auto_reply import bare_subject
from maildriver.mail.message import Mail

_SLUG = r"(?P<slug>[a-z0-9]+(?:-[a-z0-9]+)*)"
_DETAIL = re.compile(rf"join-{_SLUG}")
_SUBJECT = re.compile(rf"(?:please )?(?:join|anmelden|beitreten)[ :]+{_SLUG}\.?", re.IGNORECASE)


def requested_course(mail: Mail, site_address: SiteAddress | None) -> str:
    """Return the slug of the course that a mail asks to join; empty if it asks for none.

    The course may not exist: the caller must check.
    """
    if site_address is not None:
        for address in mail.recipients:
            recipient = site_address.parse(address)
            if recipient is not None and (match := _DETAIL.fullmatch(recipient.detail)):
                return match["slug"]
    match = _SUBJECT.fullmatch(bare_subject(mail.subject).strip())
    return match["slug"].lower() if match else ""
