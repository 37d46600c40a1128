"""Whatever bytes come in: a value, or a Refusal. Nothing else is ever raised."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from livevote.core.plain import command_from_plain, from_plain
from livevote.core.rules import Rules
from livevote.errors import Refusal
from livevote.export import rows
from livevote.hub.roles import COMMAND_ROLES
from livevote.wire.codec import CODECS, to_json, to_msgpack
from livevote.wire.inbound import KINDS, parse

MANY = settings(
    max_examples=300, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)
NAMES = ["t", "run", "seq", "value", "v", "channel", "episode", "token", "id", "name", "args", "c"]
SCALARS = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text()
PLAIN = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=8), inner, max_size=6)
    ),
    max_leaves=20,
)


def taken(take: Any, *args: Any) -> None:
    try:
        take(*args)
    except Refusal:
        return


@MANY
@given(PLAIN, st.sampled_from([*KINDS, "", "Hello"]))
def test_messages(plain: Any, kind: str) -> None:
    taken(parse, plain)
    if isinstance(plain, dict):
        taken(parse, {**plain, "t": kind})


@pytest.mark.parametrize("codec", CODECS)
@MANY
@given(st.binary(max_size=400) | st.text(max_size=200))
def test_encodings(codec: str, data: bytes | str) -> None:
    taken(CODECS[codec].decode, data)


@pytest.mark.parametrize("codec", CODECS)
@MANY
@given(PLAIN, st.integers(0, 400), st.binary(max_size=4))
def test_encodings_that_are_nearly_right(codec: str, plain: Any, at: int, noise: bytes) -> None:
    try:
        good = to_msgpack(plain) if CODECS[codec].binary else to_json(plain)
    except (ValueError, TypeError, OverflowError):
        return  # this encoding has no such value
    taken(CODECS[codec].decode, good[:at] + noise + good[at:])


@MANY
@given(PLAIN)
def test_rules(plain: Any) -> None:
    taken(lambda: from_plain(Rules, plain).check())


@pytest.mark.parametrize("name", COMMAND_ROLES)
@settings(max_examples=30, deadline=None, database=None)
@given(PLAIN)
def test_commands(name: str, plain: Any) -> None:
    taken(command_from_plain, name, plain)


@pytest.mark.parametrize("kind", ["rundown", "roster"])
@settings(max_examples=60, deadline=None, database=None)
@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode), st.integers(0, 3))
def test_spreadsheets(kind: str, data: bytes, shape: int) -> None:
    csv = rows.template(kind, "csv")[0]
    whole = [data, csv + data, b"PK\x03\x04" + data, b"\xef\xbb\xbf" + data][shape]
    taken(rows.read, kind, whole, lambda: "id", Rules().panels)
