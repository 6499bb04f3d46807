"""Who may do what: the whole table."""

from typing import get_args

import pytest
from support.raw_mails import mail

from maildriver.commands.table import COMMANDS
from maildriver.mail.authentication import AuthenticationResult
from maildriver.mail.kind.classify import (
    Needs,
    Permission,
    SenderFacts,
    Trust,
    may,
    may_write_to_student,
    trust,
)
from maildriver.mail.message import read_mail

TABLE: dict[Needs, tuple[Permission, Permission, Permission, Permission]] = {
    # needs:   full  token          sender         none
    "token":  ("do", "do-and-tell", "do-and-tell", "ignore"),
    "sender": ("do", "hold",        "do-and-tell", "ignore"),
    "full":   ("do", "hold",        "hold",        "ignore"),
}  # fmt: skip
COLUMNS: tuple[Trust, ...] = ("full", "token", "sender", "none")


def test_the_table_has_every_need_and_every_trust() -> None:
    assert set(TABLE) == set(get_args(Needs))
    assert set(COLUMNS) == set(get_args(Trust))


def test_each_command_needs_what_it_did() -> None:
    needs = {each.name: each.needs for each in COMMANDS}
    assert {name for name in needs if needs[name] == "token"} == {"leave", "pause"}
    assert {name for name in needs if needs[name] == "full"} == {"withdraw", "restore", "edit"}


@pytest.mark.parametrize("needs", TABLE)
@pytest.mark.parametrize(("column", "trusted"), list(enumerate(COLUMNS)))
def test_each_may_do_what_the_table_says(needs: Needs, column: int, trusted: Trust) -> None:
    assert may(needs, trusted) == TABLE[needs][column]


@pytest.mark.parametrize(
    ("sender", "token", "enrolled", "authentication", "trusted"),
    [
        ("anna@example.org", "packet", True, "pass", "full"),
        ("anna@example.org", "packet", True, "none", "full"),
        ("ANNA@Example.ORG", "packet", True, "none", "full"),
        ("anna@example.org", "packet", True, "fail", "token"),
        ("bob@example.org", "packet", True, "pass", "token"),
        ("bob@example.org", "packet", False, "pass", "token"),
        ("a@example.org, b@example.org", "packet", True, "pass", "token"),
        ("anna@example.org", "", True, "pass", "sender"),
        ("anna@example.org", "", True, "none", "sender"),
        ("anna@example.org", "", True, "fail", "none"),
        ("bob@example.org", "", False, "pass", "none"),
        ("", "", False, "none", "none"),
        ("", "", True, "none", "none"),
    ],
)
def test_trust_is_a_token_and_a_sender_who_has_not_failed(
    sender: str, token: str, enrolled: bool, authentication: AuthenticationResult, trusted: Trust
) -> None:
    known = SenderFacts(
        token_kind=token,
        recipient_address="anna@example.org" if token else "",
        sender_enrolled=enrolled,
        authentication=authentication,
    )
    assert trust(read_mail(mail("x", **{"from": sender})), known) == trusted


@pytest.mark.parametrize(
    ("sender", "authentication", "vouched", "trusted"),
    [
        ("anna@work.example", "none", False, "full"),
        ("ANNA@Work.Example", "pass", False, "full"),
        ("anna@work.example", "fail", False, "token"),
        ("bob@work.example", "none", False, "token"),
        ("bob@work.example", "none", True, "full"),
    ],
)
def test_an_alias_and_the_students_own_word_are_as_good_as_the_address(
    sender: str, authentication: AuthenticationResult, vouched: bool, trusted: Trust
) -> None:
    known = SenderFacts(
        token_kind="packet",
        recipient_address="anna@example.org",
        recipient_writes_from=("anna@work.example",),
        sender_confirmed=vouched,
        authentication=authentication,
    )
    assert trust(read_mail(mail("x", **{"from": sender})), known) == trusted


@pytest.mark.parametrize(
    ("headers", "authentication", "answered"),
    [
        ({}, "none", True),
        ({}, "pass", True),
        ({}, "fail", False),
        ({"list-id": "<stars.example.org>"}, "pass", False),
        ({"precedence": "list"}, "none", False),
        ({"from": "a@example.org, b@example.org"}, "none", False),
    ],
)
def test_no_list_and_no_forgery_makes_us_write(
    headers: dict[str, str], authentication: AuthenticationResult, answered: bool
) -> None:
    came = read_mail(mail("x", **({"from": "anna@example.org"} | headers)))
    assert may_write_to_student(came, SenderFacts(authentication=authentication)) == answered


def test_a_token_without_an_owner_trusts_nobody_fully() -> None:
    assert trust(read_mail(mail("x", **{"from": ""})), SenderFacts(token_kind="packet")) == "token"
