"""Natural keys: written as text, and read back."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildriver.domain import keys
from maildriver.domain.ids import EnrolmentId, MailId, PostId

DAY = date(2026, 3, 2)
#: The text of a key is part of every token, so it can never change.
WRITTEN = {
    keys.Packet(EnrolmentId(3), "finding-north"): "packet:3:finding-north:0",
    keys.Digest(EnrolmentId(3), DAY): "digest:3:2026-03-02",
    keys.News(EnrolmentId(3), "news/2026-03-02-meteors"): "news:3:news/2026-03-02-meteors",
    keys.Confirm(EnrolmentId(3), DAY): "confirm:3:2026-03-02",
    keys.Welcome(EnrolmentId(3), DAY): "welcome:3:2026-03-02",
    keys.Probe(EnrolmentId(3), DAY): "probe:3:2026-03-02",
    keys.Note(MailId(12), "paused"): "note:12:paused",
    keys.Receipt(EnrolmentId(3), MailId(12)): "receipt:3:12",
    keys.Change(EnrolmentId(3), MailId(12), MailId(14)): "change:3:12:14",
    keys.Relay(PostId(5), EnrolmentId(3)): "relay:5:3",
    keys.Hold(MailId(12), EnrolmentId(3)): "hold:12:3",
    keys.Notice("0123456789abcdef", DAY): "notice:0123456789abcdef:2026-03-02",
}


@pytest.mark.parametrize(("key", "text"), WRITTEN.items(), ids=WRITTEN.values())
def test_a_key_is_written_as_it_always_was_and_read_back(key: keys.Key, text: str) -> None:
    assert str(key) == text
    assert keys.parse(text) == key
    assert type(key).parse(text) == key


def test_each_kind_of_key_has_a_case_here() -> None:
    assert {type(key) for key in WRITTEN} == set(keys._KEYS.values())


def test_the_keys_of_a_kind_with_the_same_first_fields_begin_alike() -> None:
    assert str(keys.Relay(PostId(5), EnrolmentId(3))).startswith(keys.Relay.beginning(PostId(5)))
    assert not str(keys.Relay(PostId(51), EnrolmentId(3))).startswith(keys.Relay.beginning(5))


@pytest.mark.parametrize(
    "text", ["", "relay", "relay:5", "relay:5:3:1", "relay:five:3", "digest:3:2026-02-30", "x:1"]
)
def test_what_is_no_key_is_none(text: str) -> None:
    assert keys.parse(text) is None


def test_a_key_of_another_kind_is_none() -> None:
    assert keys.Hold.parse("relay:5:3") is None


@given(st.text())
def test_no_text_raises(text: str) -> None:
    keys.parse(text)
