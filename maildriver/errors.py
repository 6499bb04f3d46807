"""Exceptions that maildriver raises on purpose.

MaildriverError
  ConfigError                the operator must correct maildriver.toml
  CourseError                the author must correct a course folder
  AddressError               an address that maildriver does not write to
  RosterError                the operator must correct lines of a roster
  NotFoundError              no such student, course or message
  BusyError                  another process holds the lock: try later
  SchemaError                the database was made by another version
  StoreError                 the database did not accept a change
  MailAccountError           a mail account fails: no message is at fault
    LoginError               the server refuses our user name or password
    TlsError                 the server does not prove its identity
    UnreachableError         the server does not answer
      FloodError             the server sends more than it was asked for
    NoRoomError              the disk is too full to store more mail

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
    """The settings cannot be used."""

    hint = "Correct maildriver.toml, then run the command again."


class CourseError(MaildriverError):
    """A course cannot be used."""

    hint = "See all faults with: maildriver check"


class AddressError(MaildriverError):
    """A text is not an address that maildriver writes to."""

    hint = "Write it as name@example.org: letters, digits and .!#$%&'*+/=?^_`{|}~- before the @."


class RosterError(MaildriverError):
    """Some lines of a roster cannot be used; nobody was enrolled."""

    hint = "Correct these lines, or enrol the good ones with --skip-bad."


class NotFoundError(MaildriverError):
    """A named student, course, file or message does not exist."""


class BusyError(MaildriverError):
    """Another process holds a lock that this one needs."""

    hint = "Stop that process first, or wait until it ends."


class SchemaError(MaildriverError):
    """The database was made by another version of maildriver."""

    hint = "Stop all processes of this site, then run: maildriver upgrade"


class MailAccountError(MaildriverError):
    """A mail account cannot be used as a whole, so no message is to blame."""


class LoginError(MailAccountError):
    """The server refuses the user name or the password."""


class TlsError(MailAccountError):
    """The server did not prove its name, or offers no encryption where we require it."""


class UnreachableError(MailAccountError):
    """The server does not answer."""


class FloodError(UnreachableError):
    """The server sends more than it was asked for."""


class NoRoomError(MailAccountError):
    """There is too little room left on the disk to store more mail."""

    hint = "Make room; until then mail stays in its mailbox, and nothing is lost."


class StoreError(MaildriverError):
    """The database did not accept a change, for instance because the disk is full."""

    hint = "Nothing was lost: what was not written is tried again."
