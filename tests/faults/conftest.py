"""Faults in a small size that takes seconds; LIVEVOTE_FAULTS=full makes it the size of the bar.
Figures are printed and kept in artefacts/faults.txt."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator

import pytest
import uvloop

from tests.e2e.conftest import ARTEFACTS
from tests.hostile.wire import shut_all

FULL = os.environ.get("LIVEVOTE_FAULTS") == "full"

Say = Callable[[str], None]


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    return {"uvloop": uvloop.new_event_loop}


@pytest.fixture
def say(request: pytest.FixtureRequest) -> Say:
    """Tell a figure."""
    ARTEFACTS.mkdir(exist_ok=True)
    name = request.node.originalname.removeprefix("test_")

    def said(figure: str) -> None:
        line = f"{name} ({'full' if FULL else 'short'}): {figure}"
        print(line)
        with (ARTEFACTS / "faults.txt").open("a") as file:
            file.write(line + "\n")

    return said


@pytest.fixture(autouse=True)
def nothing_stays_open() -> Iterator[None]:
    yield
    shut_all()
