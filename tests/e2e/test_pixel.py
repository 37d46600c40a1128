"""Every ballot is seen on air, in the page and in the browser's own picture of it, in time."""

from __future__ import annotations

import statistics

from playwright.sync_api import Browser

from loadtest.pixel import watch
from tests.e2e.conftest import Server

VOTES = 10
PIXEL_MS_MEDIAN_MAX = 250


def test_a_ballot_changes_the_picture_within_a_quarter_of_a_second(
    server: Server, browser: Browser
) -> None:
    delays = watch(browser, server.url, server.first_link, VOTES)
    assert len(delays.dom) == len(delays.count) == len(delays.pixel) == VOTES
    # Nothing is seen before it was sent; the count turns over after the first number moved.
    assert all(delay > -delays.clock_error for delay in delays.dom)
    assert all(first <= named for first, named in zip(delays.dom, delays.count, strict=True))
    assert statistics.median(delays.pixel) <= PIXEL_MS_MEDIAN_MAX
