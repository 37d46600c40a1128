"""What clients send is read strictly: each field by its type, and where it is wrong is said."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livevote.errors import BadInput
from livevote.wire import inbound
from livevote.wire.codec import CODECS, Codec
from livevote.wire.inbound import (
    CHANNELS,
    DRAWN_MAX,
    KINDS,
    TEXT_MAX,
    VERSION,
    Cast,
    Drawn,
    Hello,
    Inbound,
    Order,
    Ping,
    parse,
)

HELLO = {"t": "hello", "v": VERSION, "channel": "voter"}
CAST = {"t": "cast", "run": "3f9a", "seq": 1, "value": 87}
PING = {"t": "ping", "c": 1_700_000_000_000}
ORDER = {"t": "command", "id": "7", "name": "open"}
DRAWN = {"t": "drawn", "width": 1920, "height": 1080, "fps": 50, "size": 412}
LEAST: dict[str, dict[str, Any]] = {
    str(plain["t"]): plain for plain in (HELLO, CAST, PING, ORDER, DRAWN)
}

ACCEPTED: list[tuple[dict[str, Any], Inbound]] = [
    (HELLO, Hello(1, "voter", "", "", "", 0)),
    (
        {**HELLO, "channel": "staff", "episode": "e1", "token": "x", "epoch": "5", "rev": 41},
        Hello(VERSION, "staff", "e1", "x", "5", 41),
    ),
    (CAST, Cast("3f9a", 1, 87)),
    ({**CAST, "value": -10, "seq": 2**31 - 1}, Cast("3f9a", 2**31 - 1, -10)),
    (PING, Ping(1_700_000_000_000)),
    (ORDER, Order("7", "open", {}, 0)),
    (
        {**ORDER, "args": {"run": "3f9a"}, "expect": 41},
        Order("7", "open", {"run": "3f9a"}, 41),
    ),
    (DRAWN, Drawn(1920, 1080, 50, 412)),
    ({**DRAWN, "agent": "OBS/30"}, Drawn(1920, 1080, 50, 412, "OBS/30")),
    ({**DRAWN, "host": "vmix"}, Drawn(1920, 1080, 50, 412, "", "vmix")),
]


@pytest.mark.parametrize(("plain", "message"), ACCEPTED)
@pytest.mark.parametrize("codec", CODECS.values(), ids=list(CODECS))
def test_a_message_is_read_from_either_encoding(
    codec: Codec, plain: dict[str, Any], message: Inbound
) -> None:
    assert parse(codec.decode(codec.encode(plain))) == message


PARTS = st.none() | st.booleans() | st.integers(-2, 2) | st.integers() | st.text(max_size=3)


@given(
    st.fixed_dictionaries(
        {"t": st.just("cast")},
        optional={
            "run": PARTS | st.just("r" * TEXT_MAX) | st.just("r" * (TEXT_MAX + 1)),
            "seq": PARTS | st.sampled_from([2**31 - 1, 2**31]),
            "value": PARTS,
        },
    )
)
def test_the_quick_way_for_a_ballot_reads_as_the_way_for_all_messages(plain: Any) -> None:
    def read(how: Callable[[Any], Inbound]) -> object:
        try:
            return how(plain)
        except BadInput as error:
            return str(error), error.where

    assert read(parse) == read(inbound.by_the_table)


def test_every_kind_is_tried_here() -> None:
    assert set(LEAST) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_fields_of_a_newer_client_are_passed_over(kind: str) -> None:
    newer = {**LEAST[kind], "colour": "red", "more": [1, {"a": None}]}
    assert parse(newer) == parse(LEAST[kind])


@pytest.mark.parametrize(
    ("kind", "field"), [(kind, name) for kind, plain in LEAST.items() for name in plain]
)
def test_a_field_that_is_missing_is_named(kind: str, field: str) -> None:
    plain = {name: value for name, value in LEAST[kind].items() if name != field}
    with pytest.raises(BadInput) as refused:
        parse(plain)
    assert refused.value.where == field


FULL: dict[str, dict[str, Any]] = {
    "hello": {**HELLO, "episode": "e1", "token": "", "epoch": "5", "rev": 0},
    "cast": CAST,
    "ping": PING,
    "command": {**ORDER, "args": {}, "expect": 0},
    "drawn": {**DRAWN, "agent": "", "host": ""},
}
OTHER_TYPES: dict[type, list[Any]] = {
    int: ["1", 1.0, True, None, [1], {}],
    str: [1, b"voter", None, ["voter"], {}, True],
    dict: [[], "", "{}", None, 0],
}


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        (kind, field, value)
        for kind, plain in FULL.items()
        for field, right in plain.items()
        for value in OTHER_TYPES[type(right)]
    ],
)
def test_a_field_of_another_type_is_refused_by_name(kind: str, field: str, value: Any) -> None:
    parse(FULL[kind])
    with pytest.raises(BadInput) as refused:
        parse({**FULL[kind], field: value})
    assert refused.value.where == field


@pytest.mark.parametrize(
    ("plain", "where"),
    [
        ({"t": ""}, "t"),
        ({"t": "vote"}, "t"),
        ({"t": "state"}, "t"),
        ({}, "t"),
        ({"t": ["hello"]}, "t"),
        ({**HELLO, "v": VERSION + 1}, "v"),
        ({**HELLO, "v": 0}, "v"),
        ({**HELLO, "channel": "director"}, "channel"),
        ({**HELLO, "channel": ""}, "channel"),
        ({**CAST, "seq": 0}, "seq"),
        ({**CAST, "seq": -1}, "seq"),
        ({**CAST, "seq": 2**31}, "seq"),
    ],
)
def test_what_could_be_read_but_makes_no_sense_is_refused(
    plain: dict[str, Any], where: str
) -> None:
    with pytest.raises(BadInput) as refused:
        parse(plain)
    assert refused.value.where == where


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        (kind, field)
        for kind, plain in FULL.items()
        for field, value in plain.items()
        if isinstance(value, str) and field not in ("t", "channel")
    ],
)
def test_a_text_has_an_end(kind: str, field: str) -> None:
    parse({**FULL[kind], field: "票" * TEXT_MAX})
    with pytest.raises(BadInput) as refused:
        parse({**FULL[kind], field: "票" * (TEXT_MAX + 1)})
    assert refused.value.where == field


@pytest.mark.parametrize("plain", [None, 7, "hello", [HELLO], b"hello", 1.5, True])
def test_a_message_is_a_map(plain: Any) -> None:
    with pytest.raises(BadInput):
        parse(plain)


def test_an_unknown_version_is_told_which_one_is_spoken() -> None:
    with pytest.raises(BadInput, match=f"version {VERSION}"):
        parse({**HELLO, "v": 2})
    with pytest.raises(BadInput, match=", ".join(CHANNELS)):
        parse({**HELLO, "channel": "tv"})


# --- fuzz ---

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=TEXT_MAX + 20)
    | st.binary(max_size=8)
)
anything = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=8) | st.binary(max_size=2), inner, max_size=4)
    ),
    max_leaves=10,
)


@given(anything)
def test_whatever_is_sent_only_bad_input_comes_back(plain: Any) -> None:
    with suppress(BadInput):  # any other exception fails the test
        parse(plain)


@given(st.sampled_from(sorted(KINDS)), st.data())
def test_a_message_with_rubbish_in_some_fields_is_read_or_refused(
    kind: str, data: st.DataObject
) -> None:
    names = st.sampled_from(sorted(FULL[kind]))
    rubbish = data.draw(st.dictionaries(names, anything, max_size=3))
    plain = {**FULL[kind], **rubbish}
    with suppress(BadInput):
        assert type(parse(plain)) is KINDS[plain["t"]]


@pytest.mark.parametrize("field", DRAWN_MAX)
def test_a_heartbeat_is_within_bounds(field: str) -> None:
    for value in (0, DRAWN_MAX[field]):
        parse({**DRAWN, field: value})
    for value in (-1, DRAWN_MAX[field] + 1):
        with pytest.raises(BadInput) as refused:
            parse({**DRAWN, field: value})
        assert refused.value.where == field
