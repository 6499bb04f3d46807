"""The test mail of `doctor`: how it is made, and what is read from it on arrival."""

import pytest

from maildriver.domain.token import SiteAddress
from maildriver.operator.doctor.test_mail import make_probe, read_arrival, read_authserv_id

OWN = SiteAddress("course@example.org")


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("mx.example.org; spf=pass", "mx.example.org"),
        (" mx.example.org 1;\r\n dkim=pass", "mx.example.org"),
        ("(a comment) mx.example.org (another); none", "mx.example.org"),
        ('"mx.example.org"; none', "mx.example.org"),
        ("mx.example.org", "mx.example.org"),
        ("spf=pass (sender IP is 1.2.3.4) smtp.mailfrom=example.org; dkim=pass", ""),
        ("two words; none", ""),
        ("mx\u202eevil; none", ""),
        ("", ""),
    ],
)
def test_the_name_of_the_server_is_read_only_where_it_is_a_name(value: str, name: str) -> None:
    assert read_authserv_id(value) == name


def test_a_test_mail_goes_to_a_detail_from_a_bounce_address_with_a_token() -> None:
    probe = make_probe(OWN, detail=True, verp=True)

    recipient, sender = OWN.parse(probe.recipient), OWN.parse(probe.sender)
    assert recipient is not None
    assert recipient.detail.startswith("doctor-")
    assert recipient.token is None
    assert sender is not None
    assert sender.bounce
    assert OWN.token_of(probe.message_id) == sender.token
    assert b"\r\nAuto-Submitted: auto-generated\r\n" in probe.raw
    assert make_probe(OWN, detail=True, verp=True).message_id != probe.message_id


def test_a_test_mail_is_known_though_its_message_id_was_replaced() -> None:
    probe = make_probe(OWN, detail=True, verp=True)
    changed = probe.raw.replace(probe.message_id.encode(), b"<other@provider>")

    found = read_arrival(probe, "INBOX", b"Return-Path: <a@b.example>\r\n" + changed)

    assert found is not None
    assert found.return_path == "a@b.example"
    assert found.authserv_id == ""


def test_a_delivery_report_about_the_test_mail_is_not_taken_for_it() -> None:
    probe = make_probe(OWN, detail=True, verp=True)
    report = (
        f"Message-ID: <r@mx>\r\nIn-Reply-To: {probe.message_id}\r\nTo: {probe.sender}\r\n"
        f"Subject: Undelivered: {probe.subject}\r\n\r\n"
    )

    assert read_arrival(probe, "INBOX", report.encode()) is None
