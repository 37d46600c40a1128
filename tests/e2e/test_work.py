"""A phone that must work before it may vote: it does so by itself and says what it does."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.conftest import PHONE, Open, Server, start_server, stop_server
from tests.e2e.test_crash import Room

TRIES = "100000"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    started = start_server(tmp_path_factory.mktemp("work"), "--viewer-work", TRIES)
    yield started
    stop_server(started)


@pytest.fixture(scope="module")
def room(server: Server) -> Room:
    """An open vote that phones land in."""
    room = Room(server)
    room.post("/api/on", {"episode": room.episode})
    return room


def vote(page: Page) -> None:
    page.locator("#keys .key").first.click()
    expect(page.locator("#ballot")).to_have_class("counted")


def test_a_phone_works_says_so_and_votes(
    room: Room, open_page: Open, snap: Callable[..., None]
) -> None:
    page = open_page("/receipt", PHONE, phone=True)  # not the voter's page yet
    held: list[Route] = []
    page.route("**/api/viewer", lambda route: held.append(route))
    with page.expect_request("**/api/viewer") as asked:
        page.goto(room.url)
        expect(page.locator("#title")).to_have_text("正在验证本机")
    snap(page, "checking")
    page.locator("#lang").click()
    expect(page.locator("#title")).to_have_text("Checking this device")
    expect(page.locator("#say")).to_contain_text("nothing to do")
    body: dict[str, str] = asked.value.post_data_json or {}
    assert body["episode"] == room.episode
    assert body["altcha"]
    held[0].continue_()
    vote(page)
    # Opened again it is known, and does not work again.
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.reload()
    expect(page.locator("#ballot")).to_have_class("counted")
    assert not [url for url in requests if "solve.js" in url or "challenge" in url]


def test_a_solution_that_is_refused_is_made_anew(room: Room, open_page: Open) -> None:
    page = open_page("/receipt", PHONE, phone=True)  # not the voter's page yet
    tries: list[Route] = []

    def first_is_used(route: Route) -> None:
        """As after an answer that was lost: the solution is used, and there is no cookie."""
        tries.append(route)
        if len(tries) == 1:
            route.fetch()
            page.context.clear_cookies()
        route.continue_()

    page.route("**/api/viewer", first_is_used)
    with page.expect_response(lambda found: found.url.endswith("/api/viewer")) as refused:
        page.goto(room.url)
    assert refused.value.json()["where"] == "used"
    vote(page)
    assert len(tries) == 2
