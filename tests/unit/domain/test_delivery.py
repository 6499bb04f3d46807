"""What becomes of a message after each way in which an attempt can end."""

from datetime import UTC, datetime, timedelta

import pytest

from maildriver.domain.delivery import (
    BROKEN_WAIT,
    MAX_UNSURE,
    RETRY_AFTER,
    Accepted,
    AccountPaused,
    Broken,
    Decision,
    Deferred,
    Failed,
    Held,
    Refused,
    Sent,
    Stage,
    Unanswered,
    Unsure,
    decide,
)

NOW = datetime(2026, 3, 29, 0, 55, tzinfo=UTC)
UNSURE_AFTER = timedelta(minutes=30)


def decided(
    outcome: Accepted | Refused | Broken | Unanswered, attempts: int = 0, unsure_count: int = 0
) -> Decision:
    return decide(outcome, attempts, unsure_count, NOW, UNSURE_AFTER)


def test_an_accepted_message_is_sent() -> None:
    assert decided(Accepted(250, "2.0.0 taken")) == Sent(250, "2.0.0 taken")


@pytest.mark.parametrize("stage", ["connect", "mail", "rcpt", "data"])
def test_a_broken_connection_is_tried_again_soon_then_later_and_later(stage: Stage) -> None:
    broken = Broken(stage, "it broke")
    for attempts, wait in enumerate((BROKEN_WAIT, *RETRY_AFTER)):
        assert decided(broken, attempts) == Deferred(0, "it broke", NOW + wait)


def test_a_message_that_breaks_every_connection_is_held_for_a_person() -> None:
    decision = decided(Broken("data", "it broke"), attempts=len(RETRY_AFTER) + 1)
    assert isinstance(decision, Held)
    assert decision.text == "the connection broke at each of 19 attempts: it broke"


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data", "dot"])
@pytest.mark.parametrize("code", [421, 450, 451, 452])
def test_a_refusal_for_now_is_tried_again_later_and_later(stage: Stage, code: int) -> None:
    refused = Refused(stage, code, "4.3.0 later")
    for attempts, wait in enumerate(RETRY_AFTER):
        assert decided(refused, attempts) == Deferred(code, "4.3.0 later", NOW + wait)
    assert decided(refused, len(RETRY_AFTER)) == Failed(code, "4.3.0 later")


def test_we_try_for_four_to_five_days() -> None:
    assert timedelta(days=4) <= sum(RETRY_AFTER, timedelta()) <= timedelta(days=5)
    assert list(RETRY_AFTER) == sorted(RETRY_AFTER)


@pytest.mark.parametrize(
    ("code", "text", "is_bad"),
    [
        (550, "5.1.1 no such user", True),
        (550, "5.1.2 no such host", True),
        (551, "5.1.6 moved", True),
        (556, "5.1.10 takes no mail", True),
        (550, "5.4.4 no route", True),
        (550, "no such user", True),
        (550, "", True),
        (553, "no such user", False),
        (550, "5.7.1 blocked by policy", False),
        (550, "5.2.1 disabled", False),
        (554, "relay access denied", False),
        (550, "5.1.1.7 is the address of a host", True),
        (553, "5.1.1.7 is the address of a host", False),
    ],
)
def test_a_refused_recipient_fails_and_is_bad_where_the_reply_says_so(
    code: int, text: str, is_bad: bool
) -> None:
    assert decided(Refused("rcpt", code, text)) == Failed(code, text, address_is_bad=is_bad)


@pytest.mark.parametrize(
    ("code", "text"), [(552, "mailbox full"), (552, "5.2.2 full"), (550, "5.2.2 over quota")]
)
def test_a_full_mailbox_is_tried_again_and_never_bad(code: int, text: str) -> None:
    refused = Refused("rcpt", code, text)
    assert decided(refused, 1) == Deferred(code, text, NOW + RETRY_AFTER[1])
    assert decided(refused, len(RETRY_AFTER)) == Failed(code, text, address_is_bad=False)


@pytest.mark.parametrize("stage", ["data", "dot"])
@pytest.mark.parametrize("attempts", [0, 99])
@pytest.mark.parametrize("code", [550, 552, 554])
def test_refused_content_is_held_for_a_person(stage: Stage, attempts: int, code: int) -> None:
    text = "5.1.1 whatever it says"
    assert decided(Refused(stage, code, text), attempts) == Held(code, text)


@pytest.mark.parametrize(
    ("stage", "code", "text"),
    [
        ("mail", 550, "5.7.1 sender not allowed"),
        ("mail", 552, "5.2.2 your quota"),
        ("mail", 530, "log in first"),
        ("connect", 554, "go away"),
        ("rcpt", 530, "5.7.0 log in first"),
        ("rcpt", 550, "5.1.8 sender rejected"),
        ("rcpt", 553, "5.1.7 sender rejected"),
    ],
)
def test_a_server_that_refuses_us_pauses_the_account(stage: Stage, code: int, text: str) -> None:
    assert decided(Refused(stage, code, text), attempts=99) == AccountPaused(f"{code} {text}")


@pytest.mark.parametrize("unsure_count", range(MAX_UNSURE))
def test_an_unanswered_dot_waits_for_the_copy_or_a_bounce(unsure_count: int) -> None:
    expected = Unsure("no answer", NOW + UNSURE_AFTER)
    assert decided(Unanswered("no answer"), 99, unsure_count) == expected


@pytest.mark.parametrize("unsure_count", [MAX_UNSURE, MAX_UNSURE + 1])
def test_a_message_that_is_never_answered_is_held(unsure_count: int) -> None:
    text = f"sent {unsure_count + 1} times, and never answered: no answer"
    assert decided(Unanswered("no answer"), 0, unsure_count) == Held(0, text)


@pytest.mark.parametrize("code", [421, 451, 550, 552, 553, 554])
@pytest.mark.parametrize("stage", ["mail", "rcpt", "data", "dot"])
def test_only_a_refused_recipient_makes_an_address_bad(stage: Stage, code: int) -> None:
    for text in ("", "5.1.1 unknown"):
        decision = decided(Refused(stage, code, text))
        if isinstance(decision, Failed) and decision.address_is_bad:
            assert stage == "rcpt"
            assert code >= 550
