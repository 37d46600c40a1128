"""Faults in a small size that takes seconds; LIVEVOTE_FAULTS=full makes it the size of the bar.
Figures are printed and kept in artefacts/faults.txt."""

from __future__ import annotations

import os

import pytest

from tests.figures import Say, nothing_stays_open, pytest_asyncio_loop_factories, teller

__all__ = ["FULL", "Say", "nothing_stays_open", "pytest_asyncio_loop_factories", "say"]

FULL = os.environ.get("LIVEVOTE_FAULTS") == "full"


@pytest.fixture
def say(request: pytest.FixtureRequest) -> Say:
    """Tell a figure."""
    return teller(request, "full" if FULL else "short", "faults.txt")
