"""What TXT records say about the mail of a domain."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildriver.operator.doctor.dns_records import (
    Dmarc,
    Signature,
    aligns,
    best_signature,
    dmarc_domains,
    judge_dkim,
    judge_dmarc,
    judge_spf,
    parse_tags,
    read_dmarc,
    read_signature,
    spf_records,
)

OTHER = "google-site-verification=abc"
SPF = "v=spf1 include:_spf.example.net ~all"


def test_a_domain_without_spf_is_told_what_to_add() -> None:
    found = judge_spf("example.org", [OTHER])

    assert not found.good
    assert found.text == "example.org has no SPF record"
    assert "Add a TXT record at example.org" in found.remedy


def test_one_spf_record_is_good_and_shown() -> None:
    found = judge_spf("example.org", [OTHER, SPF])

    assert found.good
    assert found.text == f"example.org: {SPF}"
    assert found.remedy == ""


def test_two_spf_records_are_an_error() -> None:
    found = judge_spf("example.org", [SPF, "V=SPF1 -all"])

    assert not found.good
    assert "2 SPF records" in found.text
    assert "Merge them into one" in found.remedy


@pytest.mark.parametrize("text", ["v=spf10 -all", "v=spf1-all", " v=spf1 -all", "spf2.0/pra"])
def test_what_only_looks_like_spf_is_none(text: str) -> None:
    assert spf_records([text]) == []


def test_dmarc_is_asked_for_at_the_domain_and_above_it_but_not_at_a_suffix() -> None:
    assert dmarc_domains("Course.School.example.org") == [
        "course.school.example.org",
        "school.example.org",
        "example.org",
    ]
    assert dmarc_domains("example.org") == ["example.org"]


def test_a_dmarc_policy_of_the_organisation_holds_below_it() -> None:
    record = read_dmarc([OTHER, "v=DMARC1; p=reject; sp=none; adkim=s"])

    assert record == Dmarc("reject", "none", strict=True)
    found = judge_dmarc("course.example.org", record, "example.org")
    assert found.good
    assert found.text == "course.example.org: the policy is none, set by example.org"
    assert judge_dmarc("example.org", record, "example.org").text.endswith("policy is reject")


@pytest.mark.parametrize(
    "texts",
    [
        [],
        ["v=DMARC1; p=none", "v=DMARC1; p=reject"],
        ["p=none; v=DMARC1"],
        ["v=DMARC1"],
        ["v=DMARC10; p=none"],
        ["v=DMARC1; p=maybe"],
    ],
)
def test_what_is_no_dmarc_record_counts_as_none(texts: list[str]) -> None:
    assert read_dmarc(texts) is None
    assert "v=DMARC1; p=none" in judge_dmarc("example.org", read_dmarc(texts)).remedy


def test_an_unknown_policy_with_a_place_for_reports_counts_as_none() -> None:
    assert read_dmarc(["v=DMARC1; p=maybe; rua=mailto:a@example.org"]) == Dmarc("none", "none")


def test_a_signature_is_read_though_it_is_folded() -> None:
    value = "v=1; a=rsa-sha256; d=Example.\r\n\torg;\r\n s=key 1; bh=a; b=x=;"

    found = read_signature(value)

    assert found == Signature("example.org", "key1")
    assert found.key_name == "key1._domainkey.example.org"


@pytest.mark.parametrize(
    "value", ["", "d=example.org", "s=a", "d=a b.c!; s=x", "d=.; s=.", "d=x..y; s=k", "d=; s="]
)
def test_a_signature_that_names_nobody_is_none(value: str) -> None:
    assert read_signature(value) is None


@pytest.mark.parametrize(
    ("domain", "signer", "organisation", "relaxed", "strict"),
    [
        ("example.org", "example.org", "", True, True),
        ("course.example.org", "example.org", "", True, False),
        ("example.org", "mail.example.org", "", True, False),
        ("course.example.org", "mail.example.org", "example.org", True, False),
        ("course.example.org", "mail.example.org", "", False, False),
        ("example.org", "badexample.org", "", False, False),
        ("example.org", "provider.net", "", False, False),
        ("example.org", "org", "", False, False),
        ("a.org", "b.org", "org", False, False),
    ],
)
def test_alignment_is_of_the_organisation_or_of_the_very_domain(
    domain: str, signer: str, organisation: str, relaxed: bool, strict: bool
) -> None:
    assert aligns(domain, signer, organisation) is relaxed
    assert aligns(domain, signer, organisation, strict=True) is strict


def test_of_two_signatures_the_one_that_speaks_for_us_is_told() -> None:
    values = ["d=provider.net; s=p", "garbage", "d=example.org; s=own"]

    assert best_signature("example.org", values) == Signature("example.org", "own")
    assert best_signature("example.org", values[:2]) == Signature("provider.net", "p")
    assert best_signature("example.org", []) is None


KEY = "v=DKIM1; k=rsa; p=MIGf"


@pytest.mark.parametrize(
    ("signer", "key", "words"),
    [
        ("", [], "has no DKIM signature"),
        ("example.org", [], "there is no key at s1._domainkey.example.org"),
        ("example.org", ["v=DKIM1; p="], "the key has been revoked"),
        ("provider.net", [KEY], "is not aligned with example.org"),
    ],
)
def test_dkim_that_does_not_count_has_a_remedy(signer: str, key: list[str], words: str) -> None:
    found = judge_dkim("example.org", Signature(signer, "s1") if signer else None, key)

    assert not found.good
    assert words in found.text
    assert found.remedy


def test_an_aligned_signature_with_a_key_is_good() -> None:
    assert judge_dkim("example.org", Signature("example.org", "s1"), [OTHER, KEY]).good
    assert judge_dkim("a.example.org", Signature("example.org", "s1"), [KEY]).good
    assert not judge_dkim("a.example.org", Signature("example.org", "s1"), [KEY], strict=True).good


@given(st.lists(st.text(max_size=80), max_size=3), st.text(max_size=40))
def test_garbage_never_raises(texts: list[str], domain: str) -> None:
    texts = [*texts, *(f"v=DMARC1;{text}" for text in texts), *(f"d=x;s={t}" for t in texts)]

    assert "\n" not in judge_spf("example.org", [f"v=spf1 {text}" for text in texts]).text
    judge_dmarc(domain, read_dmarc(texts), domain)
    judge_dkim(domain, best_signature(domain, texts), texts)
    assert len(dmarc_domains(domain)) >= 1
    assert all(name == name.lower() for text in texts for name in parse_tags(text))
