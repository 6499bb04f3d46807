"""Reports and automatic replies as mail systems write them, and people who write of such."""

import pytest
from quoting.reports import Report, reports
from support.shipped_words import explain

MACHINES = {"bounce", "auto-reply", "challenge", "feedback-report", "read-receipt"}


def ids(report: Report) -> str:
    return report.name


@pytest.mark.parametrize("report", reports("bounces*.reports"), ids=ids)
def test_a_report_is_known_and_so_is_who_was_not_reached(report: Report) -> None:
    found = explain("report", report.raw)
    assert found.kind == "bounce"
    assert {each.address for each in found.bounces} == set(report.addresses)
    assert {each.permanent for each in found.bounces} == {report.kind == "hard"}


@pytest.mark.parametrize("report", reports("challenges.reports"), ids=ids)
def test_who_asks_for_a_proof_is_a_challenge(report: Report) -> None:
    assert explain("challenge", report.raw).kind == "challenge"


@pytest.mark.parametrize("report", reports("receipts.reports"), ids=ids)
def test_a_receipt_without_its_part_is_one(report: Report) -> None:
    assert explain("receipt", report.raw).kind == "read-receipt"


@pytest.mark.parametrize("report", reports("auto_replies*.reports"), ids=ids)
def test_an_automatic_reply_is_known(report: Report) -> None:
    found = explain("reply", report.raw)
    assert found.kind == "auto-reply"
    assert found.commands == ()


@pytest.mark.parametrize("report", reports("people_*.reports"), ids=ids)
def test_a_person_is_no_machine_whatever_they_write_of(report: Report) -> None:
    assert explain("person", report.raw).kind not in MACHINES


def test_there_are_enough_of_each() -> None:
    patterns = ("bounces*.reports", "auto_replies*.reports", "people_*.reports")
    assert [len(reports(pattern)) >= 60 for pattern in patterns] == [True, True, True]
