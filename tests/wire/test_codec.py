"""JSON and MessagePack carry the same values, and rubbish in either is only ever BadInput."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livevote.core import event as ev
from livevote.core.plain import EVENTS, logged_from_plain, logged_to_plain
from livevote.errors import BadInput
from livevote.wire.codec import CODECS, JSON, MSGPACK, Codec
from livevote.wire.inbound import parse

# What both can hold: integers of 64 bits, finite numbers, maps with text keys.
integers = st.integers(-(2**63), 2**64 - 1)
plain_values = st.recursive(
    st.none()
    | st.booleans()
    | integers
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=20,
)
codecs = pytest.mark.parametrize("codec", CODECS.values(), ids=list(CODECS))


@codecs
@given(plain=plain_values)
def test_a_value_comes_back_as_it_was(codec: Codec, plain: Any) -> None:
    assert codec.decode(codec.encode(plain)) == plain


@given(plain_values)
def test_our_json_is_everybodys_json(plain: Any) -> None:
    assert json.loads(JSON.encode(plain)) == plain
    assert JSON.decode(json.dumps(plain)) == plain


def test_the_encodings_are_found_by_their_subprotocol() -> None:
    assert {name: codec.binary for name, codec in CODECS.items()} == {
        "livevote.json": False,
        "livevote.msgpack": True,
    }
    assert all(codec.subprotocol == name for name, codec in CODECS.items())


@pytest.mark.parametrize("name", EVENTS)
@given(data=st.data())
def test_every_event_can_be_stored_and_read_back(name: str, data: st.DataObject) -> None:
    event = data.draw(st.from_type(EVENTS[name]))
    logged = ev.Logged(412, 1_700_000_000_000, "导播", event)
    for codec in CODECS.values():
        assert logged_from_plain(codec.decode(codec.encode(logged_to_plain(logged)))) == logged


# --- rubbish ---


def read(codec: Codec, data: bytes | str) -> None:
    """Decode and parse as the server does. Any exception but BadInput fails the test."""
    with suppress(BadInput):
        parse(codec.decode(data))


@codecs
@given(data=st.binary(max_size=200))
def test_random_bytes_are_bad_input(codec: Codec, data: bytes) -> None:
    read(codec, data)


@codecs
@given(data=st.text(alphabet=st.characters(exclude_categories=()), max_size=200))
def test_random_text_is_bad_input(codec: Codec, data: str) -> None:
    """Lone surrogates too: whatever a transport lets through."""
    read(codec, data)


@codecs
@given(
    plain=st.sampled_from(
        [
            {"t": "cast", "run": "3f9a", "seq": 1, "value": 87},
            {"t": "command", "id": "7", "name": "open", "args": {"run": "3f9a"}, "expect": 41},
        ]
    ),
    data=st.data(),
)
def test_a_message_with_a_byte_changed_cut_or_added_is_read_or_refused(
    codec: Codec, plain: dict[str, Any], data: st.DataObject
) -> None:
    sent = bytearray(codec.encode(plain))
    at = data.draw(st.integers(0, len(sent) - 1))
    new = data.draw(st.binary(max_size=3))
    sent[at : at + data.draw(st.integers(0, 3))] = new
    read(codec, bytes(sent))


@pytest.mark.parametrize(
    ("codec", "data"),
    [
        (JSON, b""),
        (JSON, b'{"t": "hello"'),
        (JSON, b'{"t": NaN}'),
        (JSON, b'{"t": Infinity}'),
        (JSON, b"\xff\xfe"),
        (JSON, '"\ud800"'),
        (JSON, b'"\\ud800"'),
        (JSON, b"[" * 100_000),
        (JSON, b"{}{}"),
        (MSGPACK, b""),
        (MSGPACK, "text"),
        (MSGPACK, b"\xc1"),
        (MSGPACK, b"\x80\x80"),
        (MSGPACK, b"\x91" * 100_000),
        (MSGPACK, b"\xdd\xff\xff\xff\xff"),
        (MSGPACK, b"\xdf\xff\xff\xff\xff"),
        (MSGPACK, b"\xc6\xff\xff\xff\xff"),
        (MSGPACK, b"\xa2\xff\xfe"),
        (MSGPACK, msgpack.packb({1: 2})),
        (MSGPACK, msgpack.packb([0] * 10_001)),
        (MSGPACK, msgpack.packb({str(i): 0 for i in range(10_001)})),
    ],
    ids=lambda given: repr(given)[:40],
)
def test_what_is_malformed_or_too_much_is_refused(codec: Codec, data: bytes | str) -> None:
    with pytest.raises(BadInput):
        codec.decode(data)


@pytest.mark.parametrize(
    "value", [msgpack.Timestamp(1, 0), msgpack.ExtType(5, b"x"), b"hello"], ids=repr
)
def test_types_that_only_messagepack_has_are_no_messages(value: Any) -> None:
    for plain in (value, {"t": value}, {"t": "ping", "c": value}, {"t": "ping", "c": [value]}):
        with pytest.raises(BadInput):
            parse(MSGPACK.decode(msgpack.packb(plain)))
