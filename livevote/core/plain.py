"""Our values to plain maps, lists, strings and integers, and back. No bytes: that is wire's.

Events and commands carry their kind: {"type": "run_opened", …}.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar, get_args, get_origin

import cattrs
from cattrs.cols import homogenous_tuple_structure_factory
from cattrs.errors import (
    AttributeValidationNote,
    BaseValidationError,
    ForbiddenExtraKeysError,
    IterableValidationNote,
)

from livevote.core import command, event, ledger
from livevote.errors import BadInput

T = TypeVar("T")

_converter = cattrs.Converter(
    forbid_extra_keys=True,
    detailed_validation=True,
    unstruct_collection_overrides={tuple: list},
)


def _integer(value: Any, _: Any) -> int:
    # cattrs would take "7", 7.9 and True for 7; a vote or a weight must not be guessed.
    if type(value) is not int:
        raise ValueError(f"expected a whole number, got {type(value).__name__}")
    return value


def _string(value: Any, cls: type[str]) -> str:
    if not isinstance(value, str):
        raise ValueError(f"expected text, got {type(value).__name__}")
    return cls(value)  # an enum of texts refuses what it does not list


def _boolean(value: Any, _: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"expected true or false, got {type(value).__name__}")
    return value


def _is_tuple(cls: Any) -> bool:
    return get_origin(cls) is tuple


def _list(cls: Any, converter: cattrs.Converter) -> Callable[[Any, Any], Any]:
    if get_args(cls)[-1] is Ellipsis:
        structure = homogenous_tuple_structure_factory(cls, converter)
    else:
        structure = converter.gen_structure_hetero_tuple(cls)

    def from_list(value: Any, _: Any) -> Any:
        # cattrs would take anything that can be walked: {} or "" for no segments at all.
        if not isinstance(value, (list, tuple)):
            raise ValueError(f"expected a list, got {type(value).__name__}")
        return structure(value, cls)

    return from_list


_converter.register_structure_hook(int, _integer)
_converter.register_structure_hook(str, _string)
_converter.register_structure_hook(bool, _boolean)
_converter.register_structure_hook_factory(_is_tuple, _list)
_converter.register_unstructure_hook(StrEnum, lambda text: text.value)


def snake(name: str) -> str:
    """RunOpened → run_opened."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def _kinds(root: type[Any]) -> dict[str, type[Any]]:
    return {snake(cls.__name__): cls for cls in root.__subclasses__()}


EVENTS: dict[str, type[event.Event]] = _kinds(event.Event)
COMMANDS: dict[str, type[command.Command]] = _kinds(command.Command)
LEDGER_COMMANDS: dict[str, type[ledger.Command]] = _kinds(ledger.Command)


def to_plain(value: Any) -> Any:
    """Dataclasses to maps, tuples to lists, enums to their text."""
    return _converter.unstructure(value)


def from_plain(cls: type[T], plain: Any, where: str = "") -> T:
    """The value back. Raises BadInput with the place of the first thing that is wrong."""
    try:
        return _converter.structure(plain, cls)
    except (BaseValidationError, ValueError, TypeError, KeyError, AttributeError) as error:
        place, text = _first(error)
        path = ".".join(part for part in (where, place) if part)
        raise BadInput(text, where=path) from None


def event_to_plain(value: event.Event) -> dict[str, Any]:
    return {"type": snake(type(value).__name__), **to_plain(value)}


def event_from_plain(plain: dict[str, Any]) -> event.Event:
    return _typed(EVENTS, plain, "event")


def logged_to_plain(logged: event.Logged) -> dict[str, Any]:
    return {
        "revision": logged.revision,
        "at_ms": logged.at_ms,
        "by": logged.by,
        "event": event_to_plain(logged.event),
    }


def logged_from_plain(plain: dict[str, Any]) -> event.Logged:
    return event.Logged(
        plain["revision"], plain["at_ms"], plain["by"], event_from_plain(plain["event"])
    )


def command_from_plain(name: str, args: Any) -> command.Command:
    """A command by its wire name. Raises BadInput for an unknown name or a wrong argument."""
    return _named(COMMANDS, name, args)


def ledger_command_from_plain(name: str, args: Any) -> ledger.Command:
    """The same for the ledger's."""
    return _named(LEDGER_COMMANDS, name, args)


def _named(kinds: dict[str, type[T]], name: str, args: Any) -> T:
    if not isinstance(args, dict):
        raise BadInput("the arguments are a map", where="args")
    cls = kinds.get(name) if isinstance(name, str) else None
    if cls is None:
        raise BadInput(f"there is no command {name!r}", where="name")
    return from_plain(cls, args, "args")


def _typed(kinds: dict[str, type[T]], plain: dict[str, Any], what: str) -> T:
    rest = dict(plain)
    kind = rest.pop("type", "")
    cls = kinds.get(kind) if isinstance(kind, str) else None
    if cls is None:
        raise BadInput(f"there is no {what} {plain.get('type')!r}", where="type")
    return from_plain(cls, rest)


def _first(error: BaseException) -> tuple[str, str]:
    """(path, what is wrong) of the first innermost error."""
    if isinstance(error, BaseValidationError):
        inner = error.exceptions[0]
        notes = getattr(inner, "__notes__", [])
        step = next((_step(note) for note in notes if _step(note)), "")
        place, text = _first(inner)
        return ".".join(part for part in (step, place) if part), text
    if isinstance(error, ForbiddenExtraKeysError):
        return "", f"unknown: {', '.join(sorted(map(str, error.extra_fields)))}"
    if isinstance(error, KeyError):
        return "", "missing"
    if isinstance(error, ValueError) and str(error):
        return "", str(error).splitlines()[0]
    return "", "this is not of the expected form"


def _step(note: Any) -> str:
    """The field or index that cattrs names in a note."""
    if isinstance(note, AttributeValidationNote):
        return note.name
    return str(note.index) if isinstance(note, IterableValidationNote) else ""
