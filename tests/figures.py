"""What tests that attack and break things have in common: the server's event loop, figures that are
told, and no socket that outlives its test. For conftest.py files to take what they need."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import pytest
import uvloop

from tests.e2e.conftest import ARTEFACTS
from tests.hostile.wire import shut_all

Say = Callable[[str], None]


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    return {"uvloop": uvloop.new_event_loop}


def teller(request: pytest.FixtureRequest, size: str, file_name: str) -> Say:
    """Tells a figure of a test: prints it, and keeps it in artefacts/."""
    ARTEFACTS.mkdir(exist_ok=True)
    name = request.node.originalname.removeprefix("test_")

    def said(figure: str) -> None:
        line = f"{name} ({size}): {figure}"
        print(line)
        with (ARTEFACTS / file_name).open("a") as file:
            file.write(line + "\n")

    return said


@pytest.fixture(autouse=True)
def nothing_stays_open() -> Iterator[None]:
    yield
    shut_all()
