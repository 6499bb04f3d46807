"""Authentication-Results: only what our own server wrote on top counts."""

import pytest

from maildriver.mail.authentication import authentication

ID = "mx.example.net"


@pytest.mark.parametrize(
    ("results", "verdict"),
    [
        ("dmarc=pass header.from=example.org", "pass"),
        ("dkim=pass; spf=pass; dmarc=pass", "pass"),
        ("dkim=pass; spf=pass; dmarc=fail", "fail"),
        ("dmarc=pass; dmarc=fail", "fail"),
        ("dmarc=fail; dmarc=pass", "fail"),
        ("dmarc=none; spf=fail", "none"),
        ("dmarc = pass", "pass"),
        ("DMARC=PASS", "pass"),
        ("dmarc=pass (p=none dis=none)", "pass"),
        ("dmarc=temperror", "none"),
        ("spf=fail", "fail"),
        ("spf=fail; dkim=fail", "fail"),
        ("spf=fail; dkim=pass", "none"),
        ("spf=softfail", "none"),
        ("spf=pass; dkim=pass", "none"),
        ("dkim=fail", "none"),
        ("none", "none"),
        ("", "none"),
    ],
)
def test_what_our_server_found_is_read(results: str, verdict: str) -> None:
    assert authentication([f"{ID}; {results}"], ID) == verdict
    assert authentication([f"{ID} 1;\r\n\t{results}"], ID.upper()) == verdict
    assert authentication([f"(a remark) {ID} (another); {results}"], ID) == verdict


def test_without_a_header_nothing_is_known() -> None:
    assert authentication([], ID) == "none"


def test_a_header_that_was_written_below_ours_does_not_count() -> None:
    values = [f"{ID}; dmarc=fail", f"{ID}; dmarc=pass"]
    assert authentication(values, ID) == "fail"
    assert authentication([f"{ID}; spf=pass", f"{ID}; dmarc=pass"], ID) == "none"


@pytest.mark.parametrize(
    "name", ["mx.evil.example", "", "example.net", f"{ID}.evil.example", f"x{ID}", f"evil {ID}"]
)
def test_another_servers_word_does_not_count(name: str) -> None:
    assert authentication([f"{name}; dmarc=pass"], ID) == "none"
    assert authentication([f"{name}; dmarc=fail"], ID) == "none"


def test_where_the_operator_gave_no_name_no_header_counts() -> None:
    assert authentication([f"{ID}; dmarc=pass"], "") == "none"
    assert authentication(["; dmarc=pass"], "") == "none"


@pytest.mark.parametrize(
    "results",
    [
        "spf=pass (dmarc=pass)",
        "spf=pass (a (b; dmarc=pass) c; dmarc=pass)",
        "spf=pass smtp.mailfrom=dmarc=pass@evil.example",
        'spf=pass smtp.mailfrom="; dmarc=pass"@evil.example',
        'spf=pass smtp.mailfrom="a; dmarc=pass',
        "spf=pass (a; dmarc=pass",
        "x-dmarc=pass",
    ],
)
def test_what_a_sender_could_have_written_is_no_pass(results: str) -> None:
    assert authentication([f"{ID}; {results}"], ID) != "pass"


@pytest.mark.parametrize(
    "results",
    [
        'spf=none smtp.mailfrom="a b"@evil.example; dmarc=fail',
        "spf=none (a remark; of two parts); dmarc=fail (p=reject)",
        'spf=none smtp.mailfrom="a\\"b"@evil.example; dmarc=fail',
        'spf=none smtp.mailfrom="(a"@evil.example; dmarc=fail',
        "spf=none smtp.mailfrom=(a@evil.example; dmarc=fail",
    ],
)
def test_a_senders_odd_address_does_not_hide_a_failure(results: str) -> None:
    assert authentication([f"{ID}; {results}"], ID) == "fail"
