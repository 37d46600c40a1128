"""What the server sends is the same in both encodings."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livevote.wire import outbound
from livevote.wire.codec import JSON, MSGPACK
from livevote.wire.inbound import KINDS
from livevote.wire.outbound import MESSAGES, Counted, Outbound, TallyFrame

texts = st.text(max_size=12)
integers = st.integers(-(2**53), 2**53)
json_maps = st.dictionaries(
    texts,
    st.recursive(
        st.none() | st.booleans() | integers | texts,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
        max_leaves=6,
    ),
    max_size=4,
)
# A field of a type that is not here fails the test: then it needs a strategy.
OF_TYPE: dict[str, st.SearchStrategy[Any]] = {
    "int": integers,
    "str": texts,
    "bool": st.booleans(),
    "float": st.floats(0, 1e6),
    "dict[str, Any]": json_maps,
    "dict[str, Any] | None": st.none() | json_maps,
    "dict[str, int]": st.dictionaries(texts, integers, max_size=4),
    "list[str]": st.lists(texts, max_size=4),
    "list[dict[str, Any]]": st.lists(json_maps, max_size=3),
}


def messages(cls: type[Outbound]) -> st.SearchStrategy[Outbound]:
    return st.builds(cls, **{field.name: OF_TYPE[str(field.type)] for field in fields(cls)})


@pytest.mark.parametrize("cls", MESSAGES, ids=lambda cls: cls.t)
@given(st.data())
def test_both_encodings_give_the_same_plain_map(cls: type[Outbound], data: st.DataObject) -> None:
    message = data.draw(messages(cls))
    plain = message.plain()
    assert JSON.decode(JSON.encode(plain)) == plain
    assert MSGPACK.decode(MSGPACK.encode(plain)) == plain


@pytest.mark.parametrize("cls", MESSAGES, ids=lambda cls: cls.t)
def test_a_message_has_a_name_and_says_what_it_means(cls: type[Outbound]) -> None:
    assert cls.t
    assert cls.t not in KINDS, "a name means the same in both directions or is another name"
    assert not (cls.__doc__ or "").startswith(f"{cls.__name__}(")
    assert "t" not in {field.name for field in fields(cls)}


def test_every_message_of_the_module_is_listed_once() -> None:
    written = {cls.__name__ for cls in Outbound.__subclasses__()}
    assert sorted(cls.__name__ for cls in MESSAGES) == sorted(written)
    assert all(getattr(outbound, cls.__name__) is cls for cls in MESSAGES)


def test_a_message_is_a_map_with_its_name_first() -> None:
    counted = Counted("3f9a", 2, 87, 412, "7K3MQ9TX2B4C", again=False)
    assert list(counted.plain().items()) == [
        ("t", "counted"),
        ("run", "3f9a"),
        ("seq", 2),
        ("value", 87),
        ("index", 412),
        ("receipt", "7K3MQ9TX2B4C"),
        ("again", False),
    ]


def test_a_held_tally_says_null() -> None:
    frame = TallyFrame("3f9a", 412, 188, 200, 9, None)
    assert JSON.decode(JSON.encode(frame.plain()))["live"] is None
