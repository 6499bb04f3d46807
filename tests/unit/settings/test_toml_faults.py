"""Faults in the settings: all of them at once, each with its line and a sentence."""

from functools import partial
from pathlib import Path

import pytest
from support.settings_files import FULL, SMALL, Write, write_settings

from maildriver.errors import ConfigError
from maildriver.settings.site import load_settings


@pytest.fixture
def write(tmp_path: Path) -> Write:
    return partial(write_settings, tmp_path)


def message(site: Path, **environ: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load_settings(site, environ)
    return str(caught.value)


def test_all_faults_are_told_at_once_in_the_order_of_the_file(write: Write) -> None:
    text = (
        FULL.replace('name = "Night School"', "name = 7")
        .replace("port = 2525", "port = 99999")
        .replace("connections", "conections")
        .replace('"90s"', '"90 parsecs"')
        .replace("[web]", "[wbe]")
        .replace('"50KB"', '"50"')
        .replace('host = "::1"', "")
    )
    assert message(write(text)).splitlines() == [
        "maildriver.toml:2: site.name: 7 is not text; put it in quotes",
        "maildriver.toml:11: smtp.port: 99999 is not a port (1 to 65535)",
        'maildriver.toml:15: smtp.conections: unknown key; did you mean "connections"?',
        (
            'maildriver.toml:17: smtp.unsure_after: invalid duration "90 parsecs";'
            " write it as 90s, 15m, 12h or 180d"
        ),
        'maildriver.toml:20: imap.host: is missing; for example: host = "mail.example.org"',
        'maildriver.toml:32: wbe: unknown section; did you mean "web"?',
        'maildriver.toml:37: check.html_warn: invalid size "50"; write it as 512KB, 25MB or 24MiB',
    ]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"course@example.org"  ', '"course"  ', '3: site.address: invalid address "course"'),
        ("course@example.org", "x" * 38 + "@example.org", "3: site.address: has more than 31"),
        ('"-"', '"++"', '4: site.subaddress: invalid separator "++"'),
        ("ops@", "ops", '5: site.operator: invalid address "opsexample.org"'),
        ("Lane", "\\u0007", "6: site.imprint: 'Night School, 1 Long \\x07"),
        ('"Night School"', '""', "2: site.name: must not be empty"),
        ('"smtp.example.org"', '"smtp://example.org"', "10: smtp.host: "),
        ('"smtp.example.org"', '""', '10: smtp.host: invalid host name ""'),
        ("2525", '"abc"', '11: smtp.port: "abc" is not a whole number'),
        ("2525", "2.5", "11: smtp.port: 2.5 is not a whole number"),
        ("2525", "[1]", "11: smtp.port: [1] is not a whole number"),
        ("2525", "0", "11: smtp.port: 0 is not a port (1 to 65535)"),
        ('"starttls"', '"ssl"', '12: smtp.security: "ssl" is not one of tls, starttls, none'),
        (
            '"starttls"',
            '"none"',
            '12: smtp.security: "none" works only for a server on this machine, not smtp',
        ),
        ('password_file = "secrets/smtp"', "", "13: smtp.user: needs a password_file or a token"),
        (
            'file = "secrets/smtp"',
            'file = "x"\ntoken_command = "y"',
            "15: smtp.token_command: cannot be combined",
        ),
        ("connections = 2", "connections = 0", "15: smtp.connections: 0 is less than 1"),
        ("connections = 2", "connections = 101", "15: smtp.connections: 101 is more than 100"),
        ("false", '"maybe"', '16: smtp.verp: "maybe" is neither true nor false'),
        ('"90s"', "90", '17: smtp.unsure_after: invalid duration "90"'),
        ("30/min, ", "30/min, x", '18: smtp.rate: invalid rate "x2000/day"; write it as 30/min'),
        ("'a course'", "'a course", "24: imap.token_command: "),
        ('"INBOX", "Course, all"', "", "25: imap.mailbox: must have at least one entry"),
        ('"INBOX"', '""', "25: imap.mailbox: must not be empty"),
        ('"INBOX"', "7", "25: imap.mailbox: 7 is not text; put it in quotes"),
        ('"10MiB"', "25", '26: imap.max_size: invalid size "25"'),
        ("postgresql+psycopg", "mysql", "30: database.url: the URL must begin with postgresql+"),
        ("https://school", "http://school", "33: web.base_url: "),
        ("https://school.example.org/mail/", "school", "33: web.base_url: "),
        ("[::1]:8080", "8080", '34: web.listen: invalid listen address "8080"'),
        ("[::1]:8080", "::1:99999", "34: web.listen: "),
        ("[web]", "web = 1\n[wbe]", "32: database.web: unknown key"),
    ],
)
def test_a_fault_is_told_with_its_line_and_a_sentence(
    write: Write, old: str, new: str, told: str
) -> None:
    assert old in FULL
    assert f"maildriver.toml:{told}" in message(write(FULL.replace(old, new, 1)))


def test_what_is_missing_is_told_with_an_example(write: Write) -> None:
    assert message(write("")).splitlines() == [
        'maildriver.toml: imap.host: is missing; for example: host = "mail.example.org"',
        'maildriver.toml: imap.user: is missing; for example: user = "course@example.org"',
        ('maildriver.toml: site.address: is missing; for example: address = "course@example.org"'),
        'maildriver.toml: site.name: is missing; for example: name = "Night School"',
        ('maildriver.toml: site.operator: is missing; for example: operator = "ops@example.org"'),
        'maildriver.toml: smtp.host: is missing; for example: host = "mail.example.org"',
    ]


def test_a_section_that_is_written_as_a_key_is_told(write: Write) -> None:
    told = message(write("smtp = 5\n" + SMALL.replace("[smtp]", "[site.x]")))
    assert "maildriver.toml:1: smtp: must be a section: put [smtp] on its own line" in told
    assert "maildriver.toml:7: site.x: unknown section" in told


def test_a_password_in_a_url_is_not_repeated(write: Write) -> None:
    text = SMALL + '[database]\nurl = "mysql://user:secret@example.org/x"\n'
    assert "secret@" not in message(write(text))


def test_a_file_that_is_not_toml_is_told_with_its_line(write: Write) -> None:
    assert message(write(SMALL + "[web\n")).startswith("maildriver.toml:13: Expected ']'")
    assert message(write("x = '''")).startswith("maildriver.toml")


def test_a_file_in_another_encoding_is_told(write: Write) -> None:
    site = write(SMALL)
    (site / "maildriver.toml").write_bytes(SMALL.replace("Night", "N\xe4cht").encode("latin-1"))
    assert message(site) == "maildriver.toml: the file is not UTF-8 text"


def test_a_folder_without_settings_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings(tmp_path, {})
    assert str(caught.value) == f"no maildriver.toml in {tmp_path}"
    assert caught.value.hint == "Go to the folder of the site, or name it with --site DIR."


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "maildriver.toml").mkdir()
    assert "maildriver.toml: Is a directory" in message(tmp_path)


def test_a_fault_in_the_environment_names_the_variable(write: Write) -> None:
    told = message(
        write(SMALL),
        MAILDRIVER_SMTP__PORT="99999",
        MAILDRIVER_SMTP__HSOT="x",
        MAILDRIVER_SMPT__HOST="x",
    )
    assert told.splitlines() == [
        'MAILDRIVER_SMPT__HOST: unknown section "smpt"; did you mean "smtp"?',
        'MAILDRIVER_SMTP__HSOT: unknown key; did you mean "host"?',
        "MAILDRIVER_SMTP__PORT: 99999 is not a port (1 to 65535)",
    ]
