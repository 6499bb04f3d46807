"""A share of `make fuzz`: whatever strangers send, it is stored, and nothing breaks on it."""

import os
from pathlib import Path

import pytest
from fuzz.ingest import LIMIT, prepared
from fuzz.inputs import KINDS
from fuzz.work import try_inputs, try_messages

SEED = os.environ.get("MAILDRIVER_SEED", "1")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fuzz") / "template"
    prepared(folder)
    return folder


def test_no_small_input_breaks_what_reads_it() -> None:
    found = try_inputs(f"{SEED}/share", 10_000)

    assert [failure.why for failure in found.failures] == []
    assert found.slow == 0
    assert len(KINDS) == 6, "headers, senders, addresses, tokens, commands, results"


def test_every_broken_mail_is_settled_or_held(tmp_path: Path, template: Path) -> None:
    found = try_messages(template, tmp_path / "site", f"{SEED}/share", 200)

    assert [failure.why for failure in found.failures] == []
    assert found.worst < LIMIT
    assert sum(found.states.values()) == 200
    assert set(found.states) <= {"done", "held", "dropped"}


def test_what_breaks_is_seen(
    tmp_path: Path, template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(_: bytes) -> None:
        raise ValueError("it broke")

    monkeypatch.setattr("maildriver.inbound.intake.read_mail", breaks)

    found = try_messages(template, tmp_path / "site", "1", 2)

    assert "it broke" in found.failures[0].why
    assert found.states == {"held": 2}
