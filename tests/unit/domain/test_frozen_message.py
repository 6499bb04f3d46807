"""The frozen form of a message."""

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildriver.domain import frozen_message

HASH = hashlib.sha256(b"a file").hexdigest()


def test_a_frozen_message_is_text_and_hashes_in_turn() -> None:
    file, segment = frozen_message.BlobPart(HASH), frozen_message.BlobPart(HASH, verbatim=True)
    parts = b"head" + file.marker + b"tail" + segment.marker

    assert list(frozen_message.split_parts(parts)) == [b"head", file, b"tail", segment]
    assert (file.wire_bytes(b"abc"), segment.wire_bytes(b"abc")) == (b"YWJj\r\n", b"abc")


def test_a_frozen_message_with_something_else_where_a_hash_belongs_is_a_bug() -> None:
    with pytest.raises(ValueError, match="where a hash belongs"):
        list(frozen_message.split_parts(b"head\0nonsense\0tail"))


@given(st.binary(max_size=2000))
def test_an_encoded_attachment_is_base64_in_short_lines(raw: bytes) -> None:
    encoded = frozen_message.encode_attachment(raw)

    assert base64.b64decode(encoded) == raw
    assert all(len(line) <= 76 for line in encoded.split(b"\r\n"))
    assert encoded == b"" or encoded.endswith(b"\r\n")
