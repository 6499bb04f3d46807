"""`maildriver doctor` on a real mail system."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from support.deadlines import slowness, wait_until
from support.doctor import NO_DNS, edit, facts
from support.servers.mailstack import MailStack
from support.servers.ports import free_ports
from support.site import TestSite

from maildriver.database.schema import inbox


def test_a_provider_that_can_all_passes(mail_site: TestSite, mailstack: MailStack) -> None:
    done = mail_site.call("doctor", *NO_DNS)

    lines = dict(line.split(": ", 1) for line in done.stdout.splitlines())
    assert "accepts mail without a login (no encryption, on this machine)" in lines["smtp"]
    assert f"as {mail_site.address} (no encryption" in lines["imap"]
    assert re.fullmatch(r"arrived in INBOX after [0-9.]+ s", lines["test mail"])
    detailed = mail_site.address.replace("@", "+detail@")
    assert lines["sub-addressing"] == f"works: mail to {detailed} arrives"
    assert lines["envelope sender"].startswith("kept")
    assert lines["authserv-id"] == "none in this mail, and none is trusted"
    assert lines["settings"] == "match what the server supports"
    assert [line for line in lines if line in {"spf", "dmarc", "dkim"}] == []
    assert "not all known" in lines["dns"]
    assert done.stderr.startswith("Sent a test mail to ")
    [mail] = mailstack.mailbox(mail_site.address)
    assert b"Auto-Submitted: auto-generated" in mail
    with mailstack.session(mail_site.address) as imap:
        imap.select("INBOX", readonly=True)
        assert imap.search(None, "UNSEEN")[1] == [b"1"], "no flag is changed"


def test_an_account_that_was_paused_and_is_mended_is_used_at_once(mail_site: TestSite) -> None:
    secret = mail_site.folder / "mail.secret"
    secret.write_text("wrong\n")
    ended = mail_site.call("run", "--once", expect=4)
    assert "lift the pause once it is fixed: maildriver doctor" in ended.stderr
    assert "maildriver doctor" in mail_site.call("status").stdout
    mail_site.call("doctor", *NO_DNS, expect=1)
    mail_site.call("run", "--once", expect=4)
    secret.write_text("secret\n")

    done = mail_site.call("doctor", *NO_DNS)

    assert "imap pause: login works again, pause lifted" in done.stdout
    mail_site.call("run", "--once")
    assert "paused" not in mail_site.call("status").stdout


def test_json_goes_to_stdout_alone(mail_site: TestSite) -> None:
    done = mail_site.call("doctor", "--json", *NO_DNS)

    found = facts(done)
    assert found["settings"] == {"site.subaddress": "+", "smtp.verp": True}
    assert found["folder"] == "INBOX"
    assert found["seconds"] < 30 * slowness()
    assert found["written"] == []
    assert found["sub-addressing"]["state"] == "good"
    assert "sub-addressing: works" in done.stderr


def test_a_site_that_runs_leaves_the_test_mail_alone(mail_site: TestSite) -> None:
    mail_site.call("run", "--once")
    mail_site.call("doctor", *NO_DNS)
    mail_site.call("run", "--once")

    kinds = [row.kind for row in mail_site.rows(sa.select(inbox.c.kind))]
    assert set(kinds) <= {"stranger", "loop"}
    assert mail_site.json("status")["outbox"] == {}


def test_a_wrong_password_is_told_after_one_login_at_each_server(
    tmp_path: Path,
    mailstack: MailStack,
    new_address: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    site, address = TestSite(tmp_path / "site"), new_address("course")
    ports = mailstack.ports
    site.write_settings(
        address, smtp=ports.submission, imap=ports.imap, user=address, password="wrong"
    )
    file = site.folder / "maildriver.toml"
    plain = f'host = "127.0.0.1"\nport = {ports.submission}\nsecurity = "none"'
    secure = f'host = "localhost"\nport = {ports.submission}\nsecurity = "starttls"'
    file.write_text(file.read_text().replace(plain, secure))
    monkeypatch.setenv("SSL_CERT_FILE", str(mailstack.certificate))
    logs = (mailstack.folder / "postfix.log", mailstack.folder / "dovecot/log")
    before = [len(log.read_text()) for log in logs]
    refused = (r"(authentication failed):", r"imap-login: .*auth failed, (\d) attempts")

    def logged() -> list[list[str]]:
        new = (log.read_text()[start:] for log, start in zip(logs, before, strict=True))
        return [re.findall(words, text) for words, text in zip(refused, new, strict=True)]

    done = site.call("doctor", *NO_DNS, expect=1)

    wait_until(lambda: all(logged()), 60, "the servers have not logged it")
    assert logged() == [["authentication failed"], ["1"]]
    assert re.search(rf"^smtp: .*refuses {address}", done.stdout, re.MULTILINE)
    assert re.search(rf"^imap: .*refuses {address}", done.stdout, re.MULTILINE)
    assert "Check `user` and the password under [imap]" in done.stderr
    assert mailstack.mailbox(address) == []

    (site.folder / "mail.secret").write_text(mailstack.password)
    done = site.call("doctor", *NO_DNS)

    assert f"logged in to localhost:{ports.submission} as {address} (STARTTLS; password)" in (
        done.stdout
    )


def test_a_missing_password_file_is_the_operators_to_mend(mail_site: TestSite) -> None:
    (mail_site.folder / "mail.secret").unlink()

    done = mail_site.call("doctor", *NO_DNS, expect=1)

    assert "imap: password file" in done.stdout
    assert "Correct [imap] in maildriver.toml, or the file that it names." in done.stderr


def test_a_mailbox_that_is_not_there_is_the_operators_to_mend(mail_site: TestSite) -> None:
    edit(mail_site, "[imap]", '[imap]\nmailbox = ["INBOX", "Courses"]')

    done = mail_site.call("doctor", *NO_DNS, expect=1)

    assert "does not open the mailbox 'Courses'" in done.stdout
    assert "Correct `mailbox` under [imap]" in done.stderr


@pytest.mark.parametrize("closed", ["smtp", "imap"])
def test_a_server_that_is_away_is_told_and_means_later(
    closed: str, tmp_path: Path, mailstack: MailStack, new_address: Callable[..., str]
) -> None:
    ports = {"smtp": mailstack.ports.smtp, "imap": mailstack.ports.imap}
    ports[closed] = free_ports(1)[0]
    site = TestSite(tmp_path / "site")
    site.write_settings(new_address("course"), smtp=ports["smtp"], imap=ports["imap"])

    done = site.call("doctor", *NO_DNS, expect=4)

    assert re.search(rf"^{closed}: .*cannot be reached", done.stdout, re.MULTILINE)
    assert f"Check `host` and `port` under [{closed}]" in done.stderr
    assert "Traceback" not in done.stderr


def test_sub_addressed_mail_that_does_not_come_is_told(mail_site: TestSite) -> None:
    edit(mail_site, "[site]", '[site]\nsubaddress = "-"')  # such mail goes to another mailbox

    done = mail_site.call("doctor", "--timeout", "10", *NO_DNS, expect=1)

    assert "test mail: arrived in INBOX" in done.stdout
    assert "sub-addressing: does not work (such mail does not arrive)" in done.stdout
    assert 'Write subaddress = "" under [site], or run: maildriver doctor --write' in done.stderr
    assert 'settings: --write would change site.subaddress from "-" to ""' in done.stdout
    assert "settings: --write would change smtp.verp from true to false" in done.stdout


def test_write_changes_these_lines_and_keeps_the_rest(mail_site: TestSite) -> None:
    edit(mail_site, "[site]", '# Ours.\n[site]\nsubaddress = "-"   # as the provider says')
    file = edit(mail_site, "[smtp]", "[smtp]  # their server\nverp = true # yes")
    file.chmod(0o640)
    before = file.read_text()

    done = mail_site.call("doctor", "--write", "--timeout", "10", *NO_DNS)

    after = file.read_text()
    assert after == before.replace('subaddress = "-" ', 'subaddress = "" ').replace(
        "verp = true # yes", "verp = false # yes"
    )
    assert file.stat().st_mode & 0o777 == 0o640
    number = after.splitlines().index('subaddress = ""   # as the provider says') + 1
    written = f'maildriver.toml:{number}: subaddress = ""   # as the provider says'
    assert f"settings: written: {written}" in done.stdout
    assert mail_site.call("doctor", *NO_DNS).stdout.count("settings: they say") == 0, (
        "sub-addressing with + works after all"
    )
