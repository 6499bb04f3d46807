"""`init` on a terminal: what it asks, and what it makes of the answers."""

import os
import pty
import select
import sys
from collections.abc import Sequence
from pathlib import Path

from maildriver.settings.site import load_settings


def on_a_terminal(command: Sequence[str], answers: Sequence[str]) -> tuple[str, int]:
    """Return what a program writes to a terminal on which these lines are typed, and its code."""
    child, terminal = pty.fork()
    if child == 0:
        os.execv(sys.executable, [sys.executable, "-m", "maildriver", *command])
    os.write(terminal, "".join(f"{answer}\n" for answer in answers).encode())
    shown = b""
    while select.select([terminal], [], [], 120)[0]:
        try:
            shown += os.read(terminal, 4096)
        except OSError:  # the end of the child closes it
            break
    os.close(terminal)
    return shown.decode().replace("\r\n", "\n"), os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_it_asks_again_for_what_it_cannot_read_and_fills_in_the_rest(tmp_path: Path) -> None:
    site = tmp_path / "school"

    shown, code = on_a_terminal(
        ["init", str(site)], ["teacher", "teacher@example.org", "9", "4", "Night School"]
    )

    assert code == 0, shown
    assert 'Error: invalid address "teacher"' in shown
    assert (
        "Error: unknown provider '9'; choose from gmail, microsoft, fastmail, own, other." in shown
    )
    assert "mail for teacher+anything@example.org" in shown
    (site / "mail.secret").write_text("secret\n")
    settings = load_settings(site, {})
    assert settings.site.name == "Night School"
    assert settings.site.address == settings.site.operator == "teacher@example.org"
    assert settings.smtp.host == "mail.example.org"


def test_it_asks_nothing_where_there_is_a_site_already(tmp_path: Path) -> None:
    (tmp_path / "maildriver.toml").write_text("")

    shown, code = on_a_terminal(["init", str(tmp_path)], [])

    assert code == 1
    assert "already exists" in shown
    assert "mail address" not in shown
