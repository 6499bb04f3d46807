"""Signed and encrypted mail, made by OpenSSL as people's programs make it."""

import base64
import subprocess
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from support.deadlines import is_done_within
from support.raw_mails import mail, multipart
from support.require import require
from support.shipped_words import explain

from maildriver.mail.kind.classify import SenderFacts, classify
from maildriver.mail.message import read_files, read_mail
from maildriver.mail.mime.smime import Unreadable, unwrap_smime

TEXT = "Content-Type: text/plain; charset=utf-8\n\nGrüße, es war Io.\n".encode()
TWO_PARTS = multipart(
    "Content-Type: text/plain; charset=utf-8\n\nGrüße, es war Io.\n",
    'Content-Type: image/png; name="moon.png"\n\npng',
    **{"from": "", "to": ""},
)
HTML = b"Content-Type: text/html\n\n<p>Gr&uuml;&szlig;e, es war Io.</p>\n"

Openssl = Callable[[bytes, str], bytes]


@pytest.fixture(scope="module")
def openssl(tmp_path_factory: pytest.TempPathFactory) -> Openssl:
    """What runs a command of OpenSSL on a message, with a key of Anna's at hand."""
    require("openssl")
    folder: Path = tmp_path_factory.mktemp("smime")

    def run(message: bytes, command: str) -> bytes:
        words = ["openssl", *command.split()]
        done = subprocess.run(words, cwd=folder, input=message, capture_output=True, check=True)
        return done.stdout

    run(b"", "req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -subj /CN=Anna")
    return run


SIGNED = {
    "detached": "smime -sign -signer cert.pem -inkey key.pem",
    "opaque": "smime -sign -nodetach -signer cert.pem -inkey key.pem",
    "opaque, in pieces": "cms -sign -nodetach -stream -signer cert.pem -inkey key.pem",
    "opaque, with no certificate": "cms -sign -nodetach -nocerts -signer cert.pem -inkey key.pem",
    "opaque, as it stands": "cms -sign -nodetach -binary -signer cert.pem -inkey key.pem",
}


@pytest.mark.parametrize("how", SIGNED)
@pytest.mark.parametrize("held", [TEXT, TWO_PARTS, HTML], ids=["text", "parts", "html"])
def test_a_signed_mail_is_read_as_the_mail_it_holds(
    openssl: Openssl, how: str, held: bytes
) -> None:
    raw = b"From: anna@example.org\nSubject: Re: 3. Moons\n" + openssl(held, SIGNED[how])
    found = read_mail(raw)
    assert found.body.text.strip() == "Grüße, es war Io."
    assert [each.name for each in found.files] == ["moon.png"] * (held == TWO_PARTS)
    assert [content for _, content in read_files(raw)] == [b"png"] * (held == TWO_PARTS)
    assert (found.subject, classify(found, SenderFacts()).kind) == ("Re: 3. Moons", "post")


def test_a_mail_signed_twice_is_read(openssl: Openssl) -> None:
    raw = TEXT
    for how in ("opaque", "opaque, in pieces", "detached"):
        raw = openssl(raw, SIGNED[how])
    assert read_mail(b"From: anna@example.org\n" + raw).body.text.strip() == "Grüße, es war Io."


def test_a_signed_mail_is_known_by_its_name_too(openssl: Openssl) -> None:
    der = openssl(TEXT, SIGNED["opaque"] + " -outform DER")
    encoded = base64.encodebytes(der).decode()
    kind = 'application/octet-stream; name="smime.p7m"'
    raw = mail(encoded, content_type=kind, content_transfer_encoding="base64")
    assert read_mail(raw).body.text.strip() == "Grüße, es war Io."
    assert read_mail(raw).files == ()


ENCRYPTED = {
    "S/MIME": "smime -encrypt -aes256 cert.pem",
    "S/MIME, in pieces": "cms -encrypt -stream -aes256 cert.pem",
    "S/MIME, with a tag": "cms -encrypt -aes-256-gcm cert.pem",
}


@pytest.mark.parametrize("how", ENCRYPTED)
def test_an_encrypted_mail_is_held_and_says_so(openssl: Openssl, how: str) -> None:
    raw = b"From: anna@example.org\n" + openssl(TEXT, ENCRYPTED[how])
    _is_held(raw)
    _is_held(b"From: anna@example.org\n" + openssl(raw, SIGNED["opaque"]))


def _is_held(raw: bytes) -> None:
    found = explain("x", raw)
    assert (found.kind, found.reply) == ("empty", "")
    assert found.rule == "it is encrypted; ask its writer to send it again as plain text"
    assert read_mail(raw).files == ()


def test_a_mail_encrypted_with_pgp_is_held_and_says_so() -> None:
    armour = "-----BEGIN PGP MESSAGE-----\n\nhQEMA0\n=abcd\n-----END PGP MESSAGE-----\n"
    _is_held(
        multipart(
            "Content-Type: application/pgp-encrypted\n\nVersion: 1\n",
            f'Content-Type: application/octet-stream; name="encrypted.asc"\n\n{armour}',
            kind="encrypted; protocol=application/pgp-encrypted",
        )
    )
    _is_held(mail(armour))


def test_a_mail_signed_with_pgp_is_read_as_its_text() -> None:
    signature = "-----BEGIN PGP SIGNATURE-----\n\niQEz\n-----END PGP SIGNATURE-----\n"
    apart = multipart(
        "Content-Type: text/plain\n\nIt was Io.\n",
        f'Content-Type: application/pgp-signature; name="signature.asc"\n\n{signature}',
        "Content-Type: application/pgp-keys; name=key.asc\n\nx",
        kind="signed; protocol=application/pgp-signature",
    )
    head = "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n"
    within = mail(f"{head}It was Io.\n- -- was it?\n{signature}\nbelow\n")
    assert read_mail(apart).body.text.strip() == "It was Io."
    assert read_mail(apart).files == ()
    assert read_mail(within).body.text == "It was Io.\n-- was it?\n\n\nbelow\n"
    assert read_mail(mail(f"{head}It broke off.\n")).body.text == f"{head}It broke off.\n"


def test_words_beside_something_encrypted_are_a_post(openssl: Openssl) -> None:
    der = base64.encodebytes(
        openssl(TEXT, "smime -encrypt -aes256 -outform DER cert.pem")
    ).decode()
    raw = multipart(
        "Content-Type: text/plain\n\nCan you read this?\n",
        f"Content-Type: application/pkcs7-mime\nContent-Transfer-Encoding: base64\n\n{der}",
    )
    assert explain("x", raw).kind == "post"


def test_a_packed_mail_is_unpacked() -> None:
    assert unwrap_smime(_packed(zlib.compress(TEXT))) == TEXT
    assert unwrap_smime(_packed(zlib.compress(b"x" * 50_000_000))) == b"x" * 10_000_000
    assert unwrap_smime(_packed(b"no zlib")) is Unreadable.BROKEN


def _packed(packed: bytes) -> bytes:
    """Return CompressedData (RFC 3274); OpenSSL is mostly built without it."""
    held = _of(0x30, bytes.fromhex("06092a864886f70d010701"), _of(0xA0, _of(0x04, packed)))
    algorithm = _of(0x30, bytes.fromhex("060b2a864886f70d0109100308"))
    data = _of(0x30, bytes.fromhex("020100"), algorithm, held)
    return _of(0x30, bytes.fromhex("060b2a864886f70d0109100109"), _of(0xA0, data))


def _of(tag: int, *held: bytes) -> bytes:
    content = b"".join(held)
    return bytes((tag, 0x84)) + len(content).to_bytes(4, "big") + content


def test_what_breaks_off_or_lies_is_a_file_and_no_error(openssl: Openssl) -> None:
    for how in ("opaque", "opaque, in pieces"):
        whole = openssl(TEXT, SIGNED[how] + " -outform DER")
        for size in range(0, len(whole), 7):
            unwrap_smime(whole[:size])
        for place in range(120):
            for lie in (b"\xff\xff", b"\x80\x80", b"\x00\x00", b"\x84\xff"):
                unwrap_smime(whole[:place] + lie + whole[place + 2 :])
    raw = mail("no ASN.1", content_type="application/pkcs7-mime; name=smime.p7m")
    assert [each.name for each in read_mail(raw).files] == ["smime.p7m"]
    assert unwrap_smime(b"") is Unreadable.BROKEN


@pytest.mark.alone
@pytest.mark.parametrize(
    "content",
    [b"\x30\x80" * 500_000, b"\x30\x80\x06\x00" * 200_000, b"\x24\x80" * 400_000,
     _packed(b"")[:60] + b"\x04\x00" * 500_000],
    ids=["sequences", "names", "pieces", "small pieces"],
)  # fmt: skip
def test_a_bomb_of_asn_1_is_refused_within_a_second(content: bytes) -> None:
    head = bytes.fromhex(
        "308006092a864886f70d010702a08030800201013100308006092a864886f70d010701a080"
    )
    for bomb in (content, head + content, head + b"\x24\x80" + content):
        assert is_done_within(0.5, partial(unwrap_smime, bomb))


def test_a_bomb_within_a_signed_mail_is_not_parsed(openssl: Openssl) -> None:
    bomb = b"Content-Type: multipart/mixed; boundary=x\n\n" + b"--x\n\n" * 1000
    raw = b"From: anna@example.org\n" + openssl(bomb, SIGNED["opaque"])
    found = read_mail(raw)
    assert found.body.text == ""
    assert [each.name for each in found.files] == ["smime.p7m"]
