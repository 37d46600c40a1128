"""Values to plain maps and back: nothing is lost, nothing is guessed, errors say where."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from copy import deepcopy
from enum import Enum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livevote.core import command as cmd
from livevote.core import event as ev
from livevote.core.names import Names
from livevote.core.plain import (
    COMMANDS,
    EVENTS,
    command_from_plain,
    event_from_plain,
    event_to_plain,
    from_plain,
    logged_from_plain,
    logged_to_plain,
    snake,
    to_plain,
)
from livevote.core.rules import Rules
from livevote.core.scale import SATISFACTION
from livevote.errors import BadInput

from .examples import WATER, rules, some_result

PLAIN_TYPES = (dict, list, str, int, bool, type(None))
Path = tuple[str | int, ...]


def nodes(plain: Any, at: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every value in a plain map with its path."""
    yield at, plain
    if isinstance(plain, (dict, list)):
        for key, inner in plain.items() if isinstance(plain, dict) else enumerate(plain):
            yield from nodes(inner, (*at, key))


def put(plain: Any, path: Path, value: Any) -> Any:
    """A copy with another value at the path."""
    copied = deepcopy(plain)
    place = copied
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return copied


def dotted(path: Path, where: str = "") -> str:
    return ".".join(part for part in (where, *map(str, path)) if part)


# --- there and back ---


@pytest.mark.parametrize("name", EVENTS)
@given(st.data())
def test_every_event_comes_back_as_it_was(name: str, data: st.DataObject) -> None:
    event = data.draw(st.from_type(EVENTS[name]))
    plain = event_to_plain(event)
    assert plain["type"] == name
    assert event_from_plain(plain) == event
    assert plain["type"] == name, "reading a map does not use it up"


@pytest.mark.parametrize("name", COMMANDS)
@given(st.data())
def test_every_command_comes_back_as_it_was(name: str, data: st.DataObject) -> None:
    command = data.draw(st.from_type(COMMANDS[name]))
    assert command_from_plain(name, to_plain(command)) == command


@given(
    st.builds(ev.Logged, event=st.sampled_from([ev.TitleSet(Names("治水")), ev.RunPaused("r1")]))
)
def test_a_logged_event_comes_back_as_it_was(logged: ev.Logged) -> None:
    assert logged_from_plain(logged_to_plain(logged)) == logged


@given(rules())
def test_a_plain_value_is_made_of_maps_lists_texts_and_integers(drawn: Rules) -> None:
    armed = ev.RunArmed("r1", "R01", "water", 1, drawn, drawn.hash(), {"studio": 3})
    for path, value in nodes(event_to_plain(armed)):
        assert isinstance(value, PLAIN_TYPES), dotted(path)
        assert not isinstance(value, Enum), dotted(path)


def test_names_on_the_wire_are_the_class_names_in_snake_case() -> None:
    assert snake("RunOpened") == "run_opened"
    assert COMMANDS["ask_void"] is cmd.AskVoid
    assert EVENTS["run_armed"] is ev.RunArmed
    assert len(COMMANDS) == len(cmd.Command.__subclasses__())
    assert len(EVENTS) == len(ev.Event.__subclasses__())


def test_a_field_with_a_default_may_be_left_out() -> None:
    """Events are stored forever: what was written before a field was added can be read."""
    assert event_from_plain({"type": "run_opened", "run": "r1"}) == ev.RunOpened("r1", 0)
    assert command_from_plain("open", {"run": "r1"}) == cmd.Open("r1", -1)


# --- what is wrong is refused, with its place ---

WHOLE: dict[str, cmd.Command] = {
    "set_rules": cmd.SetRules(Rules(scale=SATISFACTION)),
    "set_rundown": cmd.SetRundown((WATER, WATER)),
    "reveal": cmd.Reveal("r1", some_result()),
    "verify": cmd.Verify("r1", True, 3),
}


def wrong_types(value: Any) -> list[Any]:
    """Values of another type than this one's, the near ones that are easily guessed too."""
    if isinstance(value, bool):
        return [0, 1, "true", []]
    if isinstance(value, int):
        return [str(value), float(value), True, [value], {}, b"7"]
    if isinstance(value, str):
        return [7, [value], {value: value}, True, value.encode()]
    if isinstance(value, list):
        return ["", "abc", {}, {"0": 1}, 7, None]
    return ["", "zh", [], [["zh", "甲"]], 7, True]


def wrong() -> list[tuple[str, Path, Any]]:
    """Each place of each command above with each wrong type."""
    return [
        (name, path, bad)
        for name, command in WHOLE.items()
        for path, value in nodes(to_plain(command))
        if path
        for bad in wrong_types(value)
    ]


def test_every_wrong_type_at_every_place_is_refused_with_the_path() -> None:
    cases = wrong()
    assert len(cases) > 500
    for name, path, bad in cases:
        with pytest.raises(BadInput) as refused:
            command_from_plain(name, put(to_plain(WHOLE[name]), path, bad))
        assert refused.value.where == dotted(path, "args"), (name, path, bad)
        assert str(refused.value)


@pytest.mark.parametrize(
    ("name", "args", "where", "text"),
    [
        ("open", {}, "args.run", "missing"),
        ("open", {"run": 7}, "args.run", "expected text, got int"),
        ("open", {"run": "r1", "duration_ms": True}, "args.duration_ms", "whole number, got bool"),
        ("open", {"run": "r1", "duration_ms": 5.0}, "args.duration_ms", "whole number, got float"),
        ("open", {"run": "r1", "loud": 1}, "args", "unknown: loud"),
        ("open", {"run": "r1", "loud": 1, b"x": 2}, "args", "unknown: b'x', loud"),
        ("blank", {"run": "r1"}, "args", "unknown: run"),
        ("verify", {"run": "r1", "matches": 1}, "args.matches", "true or false, got int"),
        ("set_rundown", {"segments": {}}, "args.segments", "expected a list, got dict"),
        ("set_rundown", {"segments": [{"id": "s"}]}, "args.segments.0.unit", "missing"),
        (
            "set_rundown",
            {"segments": [{"id": "s", "unit": {"zh": "甲"}}, {"id": "t", "unit": {"de": "A"}}]},
            "args.segments.1.unit",
            "unknown: de",
        ),
        (
            "set_rules",
            {"rules": {"scale": {"kind": "stars"}}},
            "args.rules.scale.kind",
            "'stars' is not a valid ScaleKind",
        ),
        ("open", [], "args", "the arguments are a map"),
        ("open", None, "args", "the arguments are a map"),
        ("launch", {}, "name", "there is no command 'launch'"),
        ("", {}, "name", "there is no command ''"),
        ([], {}, "name", "there is no command []"),
    ],
)
def test_the_answer_says_where_and_what(name: Any, args: Any, where: str, text: str) -> None:
    with pytest.raises(BadInput) as refused:
        command_from_plain(name, args)
    assert refused.value.where == where
    assert text in str(refused.value)


@pytest.mark.parametrize("plain", [{}, {"type": "launched"}, {"type": 7}, {"type": []}])
def test_an_event_of_an_unknown_type_is_refused(plain: dict[str, Any]) -> None:
    with pytest.raises(BadInput) as refused:
        event_from_plain(plain)
    assert refused.value.where == "type"


@pytest.mark.parametrize("plain", ["zh", "", [], 7, None, {"zh": None}, {"zh": "甲", "de": "A"}])
def test_a_value_that_is_not_a_map_of_its_fields_is_refused(plain: Any) -> None:
    with pytest.raises(BadInput):
        from_plain(Names, plain)


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=8) | st.binary(max_size=2), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.sampled_from(sorted(COMMANDS)), json_like)
def test_whatever_is_sent_as_arguments_only_bad_input_comes_back(name: str, args: Any) -> None:
    with suppress(BadInput):  # any other exception fails the test
        command_from_plain(name, args)


@given(st.sampled_from(sorted(WHOLE)), st.data())
def test_rubbish_anywhere_inside_a_command_is_bad_input_too(name: str, data: st.DataObject) -> None:
    plain = to_plain(WHOLE[name])
    path, _ = data.draw(st.sampled_from([node for node in nodes(plain) if node[0]]))
    with suppress(BadInput):
        command_from_plain(name, put(plain, path, data.draw(json_like)))
