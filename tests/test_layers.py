"""The layers, held: a fence that is only a custom leaks.

    errors, core ← {wire, store, export} ← hub ← web ← server ← {workers, demo} ← cli

wire, store and export do not see each other. This reads the imports of every module, also those
inside functions and under TYPE_CHECKING: what a layer names, it knows.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import livevote

ROOT = Path(livevote.__file__).parent

_RULES = {"errors", "core"}
_MIDDLE = {*_RULES, "wire", "export"}

# What each place may import of ours, besides itself.
SEES: dict[str, set[str]] = {
    "__init__": set(),
    "__main__": {"cli"},
    "errors": set(),
    "log": set(),
    "config": _RULES,
    "core": {"errors"},
    "wire": _RULES,
    "store": _RULES,
    "export": _RULES,
    "hub": {*_MIDDLE, "store"},
    "web": {*_MIDDLE, "hub"},
    "server": {*_MIDDLE, "store", "hub", "web", "config", "log"},
    "workers": {*_MIDDLE, "store", "hub", "config", "log", "server"},
    "doctor": {*_MIDDLE, "store", "hub"},
    # A program of its own: it knows of the server what any client knows.
    "audience": {*_RULES, "wire"},
    "demo": {*_MIDDLE, "audience", "store", "hub", "web", "config", "log", "server"},
    # Talks to other people's programs; knows nothing of votes.
    "push": {"errors"},
    "cli": {
        *_MIDDLE,
        "store",
        "hub",
        "web",
        "config",
        "log",
        "server",
        "workers",
        "doctor",
        "audience",
        "demo",
        "push",
    },
}

# What a place must do without, of other people's.
WITHOUT: dict[str, set[str]] = {
    # Pure: no clock, no chance, no input or output, no encoding.
    "core": {
        "asyncio",
        "redis",
        "starlette",
        "orjson",
        "msgpack",
        "logging",
        "os",
        "time",
        "random",
    },
    "wire": {"asyncio"},
    "hub": {"starlette", "uvicorn", "redis"},
    "web": {"redis"},
}

# Who alone may import a package of other people's: a place, or one module of it.
ONLY: dict[str, set[str]] = {
    "msgpack": {"wire", "store"},
    "orjson": {"wire"},
    "altcha": {"web.work"},
    "starlette.websockets": {"web.socket"},
    # The synthetic audience is a client: it sits at the other end of the line.
    "websockets": {"web.transport", "audience", "push.obs"},
    "uvicorn": {"web.transport", "web.http", "web.app", "server"},
}


def modules() -> Iterator[tuple[str, str]]:
    """(name below livevote, source) of every module: ("core.phase", …)."""
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        if len(parts) > 1 and parts[-1] == "__init__":
            parts = parts[:-1]
        yield ".".join(parts), path.read_text()


def imports(source: str) -> Iterator[str]:
    """Every name that is imported, absolute: `from a import b` is a and a.b, for b may be a
    module."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "imports of ours are absolute, so that they can be read here"
            yield str(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def offences(module: str, source: str) -> set[str]:
    """What this module imports and must not, as sentences."""
    place = module.split(".")[0]
    if place not in SEES:
        return {f"livevote.{module} is in no known place: give it a row in SEES"}
    found = set()
    for name in imports(source):
        ours, _, rest = name.partition("livevote.")
        target = rest.split(".")[0] if not ours else ""
        if target in SEES and target not in SEES[place] | {place}:
            found.add(f"livevote.{module} imports livevote.{target}")
        found |= {
            f"livevote.{module} imports {package}"
            for package in WITHOUT.get(place, set())
            if within(name, package)
        }
        found |= {
            f"livevote.{module} imports {package}, which is for {', '.join(sorted(allowed))}"
            for package, allowed in ONLY.items()
            if within(name, package) and not {module, place} & allowed
        }
    return found


def test_no_module_looks_where_it_must_not() -> None:
    found = sorted(sentence for module in modules() for sentence in offences(*module))
    assert not found, "\n" + "\n".join(found)


def test_every_module_is_read() -> None:
    names = {name for name, _ in modules()}
    assert {"errors", "core", "core.phase", "store.store", "web.socket", "cli"} <= names
    assert {name.split(".")[0] for name in names} <= set(SEES)


def test_the_layers_are_in_the_order_of_the_design() -> None:
    """Nobody sees one who sees them: the table itself has no circle."""
    for place, seen in SEES.items():
        assert all(place not in SEES[other] for other in seen), place
    assert not SEES["wire"] & {"store", "export"}
    assert not SEES["store"] & {"wire", "export"}
    assert not SEES["export"] & {"wire", "store"}
    assert "config" not in SEES["hub"] | SEES["web"]
    assert "store" not in SEES["web"]


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("core.phase", "import time"),
        ("core.phase", "from os import path"),
        ("core.phase", "from livevote.hub.clock import Clock"),
        ("core.phase", "def f():\n    import random"),
        ("errors", "from livevote.core import phase"),
        ("wire.codec", "import asyncio.queues"),
        ("wire.codec", "from livevote.store.keys import RunKey"),
        ("store.store", "import orjson"),
        ("store.store", "from livevote.wire import codec"),
        ("export.tables", "from livevote.hub import view"),
        ("export.tables", "import livevote.wire.codec"),
        ("hub.hub", "if TYPE_CHECKING:\n    from redis.asyncio import Redis"),
        ("hub.hub", "from livevote.config import Settings"),
        ("hub.hub", "from livevote import config"),
        ("hub.hub", "import msgpack"),
        ("web.socket", "import websockets"),
        ("web.api", "import uvicorn.config"),
        ("web.api", "from livevote.store.store import Store"),
        ("web.api", "from starlette import websockets"),
        ("web.api", "import websockets.server"),
        ("web.api", "from livevote import server"),
        ("server", "from livevote.cli import main"),
        ("config", "from livevote.hub.hub import Hub"),
        ("demo.run", "from livevote import cli"),
        ("attic.old", "import this"),
    ],
)
def test_a_leak_is_seen(module: str, source: str) -> None:
    assert offences(module, source)


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("core.phase", "from livevote.errors import WrongPhase"),
        ("core.plain", "import osprey, timeit"),
        ("hub.hub", "from livevote.store.store import Store"),
        ("hub.hub", "from livevote import __version__"),
        ("web.socket", "from starlette.websockets import WebSocket"),
        ("server", "from livevote import config, log"),
        ("cli", "from livevote import server"),
    ],
)
def test_what_is_allowed_is_allowed(module: str, source: str) -> None:
    assert not offences(module, source)
