"""Everything maildriver raises on purpose.

MaildriverError
  ConfigError                maildriver.toml needs its operator
  CourseError                a course folder needs its author
  AddressError               this is no address we would write to
  RosterError                lines of a roster need mending
  NotFoundError              no such student, course or message
  BusyError                  another process holds what we need: try later
  SchemaError                the database was made by another version
  StoreError                 the database did not take a change
  MailAccountError           the mail account refuses us: no message is at fault
    LoginError               it refuses our name or password
    TlsError                 it does not prove who it is
    UnreachableError         it does not answer

The command line prints the message and, below it, `hint`; nothing else.
"""


class MaildriverError(Exception):
    """Base of every deliberate error."""

    hint = ""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        if hint is not None:
            self.hint = hint


class ConfigError(MaildriverError):
    """The settings cannot be used as they stand."""

    hint = "Correct maildriver.toml, then run the command again."


class CourseError(MaildriverError):
    """A course cannot be used as it stands."""

    hint = "See all faults with: maildriver check"


class AddressError(MaildriverError):
    """A text is not an address that maildriver writes to."""

    hint = "Write it as name@example.org: letters, digits and .!#$%&'*+/=?^_`{|}~- before the @."


class RosterError(MaildriverError):
    """Some lines of a roster cannot be used; nobody was enrolled."""

    hint = "Correct these lines, or enrol the good ones with --skip-bad."


class NotFoundError(MaildriverError):
    """What was named does not exist here."""


class BusyError(MaildriverError):
    """Another process holds what this one needs."""

    hint = "Try again when it has ended."


class SchemaError(MaildriverError):
    """The database was made by another version of maildriver."""

    hint = "Stop all processes of this site, then run: maildriver upgrade"


class MailAccountError(MaildriverError):
    """The mail account refuses us as a whole, so no message is to blame."""


class LoginError(MailAccountError):
    """The server refuses the user name or the password."""


class TlsError(MailAccountError):
    """The server did not prove its name, or offers no encryption where we ask for it."""


class UnreachableError(MailAccountError):
    """The server does not answer."""


class FloodError(UnreachableError):
    """The server sends more than it was asked for."""


class NoRoomError(MailAccountError):
    """There is too little room left on the disk to take in more mail."""

    hint = "Make room; until then mail stays in its mailbox, and nothing is lost."


class StoreError(MaildriverError):
    """The database did not take a change, for instance because the disk is full."""

    hint = "Nothing was lost: what was not written is tried again."
