"""The files of a raw mail, taken out of it in the jail: their bytes are only carried about."""

from maildriver.inbound.files import Came
from maildriver.mail.message import files
from maildriver.mail.truncated import beginning
from maildriver.sandbox.process import Jail


async def files_of_mail(jail: Jail, raw: bytes, *, is_cut: bool) -> tuple[tuple[Came, ...], bool]:
    """Return the files of a mail, and whether its text is whole.

    Where `is_cut`, only the beginning of the mail was fetched, and its last part is not whole.
    """
    found = await jail.call_within(time_for(raw), files, raw)
    if not is_cut:
        return tuple(Came(file, content) for file, content in found), True
    start = await jail.call_within(time_for(raw), beginning, raw)
    came = (Came(file, content, file.sha256 == start.cut) for file, content in found)
    return tuple(came), start.text_is_whole


def time_for(raw: bytes) -> float:
    """Return the seconds within which a mail must be read: mere size is no bomb."""
    return 2.0 + len(raw) / 2_000_000
