"""Kinds of outgoing mail, one row each.

    kind      a reply is    outlives   remarks
    packet    post                     sent in a slot, withdrawn when the course clock stops
    digest    post                     sent in a slot
    news      post                     sent in a slot
    confirm   confirmation
    welcome   post          pause
    note      post          leave      a note: counted against the caps of RFC 3834
    receipt   post          leave      a note; `undo` means the post
    asked     yes-or-no     leave      a note; the reply decides about another mail
    relay     post          pause
    hold      decision      pause      the reply decides about another mail
    probe     post          pause
    notice    nothing

A row has all that depends on the kind. Rooms above add rows of their own: see app.features.
"""

from dataclasses import dataclass
from typing import Literal

#: The meaning of a reply, apart from any command in its text. A room may add others.
Reply = str
#: What an unsent mail outlives: nothing, a pause, or also the end of the enrolment.
Outlives = Literal["", "pause", "leave"]


@dataclass(frozen=True, slots=True)
class MessageKind:
    """One kind of mail that we send."""

    name: str
    reply: Reply = "post"
    outlives: Outlives = ""
    #: Sent in a slot of the reader's cadence; moved to the next sending hour if late.
    in_slot: bool = False
    #: Written again for a new address, to prove that mail arrives there.
    greets: bool = False
    #: A response to a mail; counted, so that two machines cannot answer each other (RFC 3834).
    is_note: bool = False
    #: The reply may change the decision about a mail of somebody else.
    about_others: bool = False
    #: The reply `undo` means the post that the mail is about.
    undoes_post: bool = False
    #: The key, among the labels `reply`, of the line that says who reads a reply.
    footer: str = "command"


PACKET = MessageKind("packet", in_slot=True)
DIGEST = MessageKind("digest", in_slot=True, footer="digest")
NEWS = MessageKind("news", in_slot=True)
CONFIRM = MessageKind("confirm", reply="confirmation", greets=True, footer="")
WELCOME = MessageKind("welcome", outlives="pause", greets=True)
NOTE = MessageKind("note", outlives="leave", is_note=True)
RECEIPT = MessageKind(
    "receipt", outlives="leave", is_note=True, undoes_post=True, footer="receipt"
)
ASKED = MessageKind(
    "asked", reply="yes-or-no", outlives="leave", is_note=True, about_others=True, footer="asked"
)
RELAY = MessageKind("relay", outlives="pause", footer="one")
HOLD = MessageKind("hold", reply="decision", outlives="pause", about_others=True, footer="held")
PROBE = MessageKind("probe", outlives="pause")
NOTICE = MessageKind("notice", reply="", footer="")

#: The names of the kinds that are written again for a new address.
GREETINGS = (CONFIRM.name, WELCOME.name)

CORE = (
    PACKET, DIGEST, NEWS, CONFIRM, WELCOME, NOTE, RECEIPT, ASKED, RELAY, HOLD, PROBE, NOTICE,
)  # fmt: skip
