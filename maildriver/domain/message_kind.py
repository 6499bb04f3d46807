"""The kinds of mail that we send: one row each, with all that depends on the kind.

    kind      a reply is    outlives   beside
    packet    post                     sent in a slot, withdrawn when the course clock stops
    digest    post                     sent in a slot
    news      post                     sent in a slot
    confirm   confirmation
    welcome   post          pause
    note      post          leave      a note: counted against the caps of RFC 3834
    receipt   post          leave      a note; `undo` means the post
    asked     yes-or-no     leave      a note; the answer decides about another's mail
    relay     post          pause
    hold      decision      pause      the answer decides about another's mail
    probe     post          pause
    notice    nothing

A room above adds rows of its own (see app.features); it needs no other place to do so.
"""

from dataclasses import dataclass
from typing import Literal

#: What a reply to a mail is, before its text is read for commands. A room may add others.
Reply = str
#: Until when a mail that is not sent yet stays: what stops later sends lets it go on.
Outlives = Literal["", "pause", "leave"]


@dataclass(frozen=True, slots=True)
class MessageKind:
    """One kind of mail that we send."""

    name: str
    reply: Reply = "post"
    outlives: Outlives = ""
    #: Sent in a slot of the reader's cadence: moved to their next own hour when that is over.
    in_slot: bool = False
    #: Made anew for a new address: it proves that the address can be written to.
    greets: bool = False
    #: It responds to a mail, and is counted so that two machines cannot answer each other.
    is_note: bool = False
    #: The answer may change how the mail of somebody else is decided.
    about_others: bool = False
    #: `undo` in reply to it means the post that it speaks of.
    undoes_post: bool = False
    #: The key of the line, among the labels `reply`, that says who reads an answer.
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

#: The names of the kinds that prove a new address.
GREETINGS = (CONFIRM.name, WELCOME.name)

CORE = (
    PACKET, DIGEST, NEWS, CONFIRM, WELCOME, NOTE, RECEIPT, ASKED, RELAY, HOLD, PROBE, NOTICE,
)  # fmt: skip
