"""A viewer votes on a phone and proves it: the page does the arithmetic, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.e2e.conftest import PHONE, Open, Server, accessible, own_episode

DESKTOP = (1280, 900)
NAME = {"zh": "问政", "en": "Questioning"}
SEGMENT = {
    "id": "water",
    "unit": {"zh": "台州市水利局", "en": "Water Resources"},
    "post": {"zh": "局长", "en": "Director"},
    "question": "",
    "pledge": "",
}


def open_vote(context: BrowserContext, server: Server) -> None:
    """The owner makes an episode and opens its vote, over the API."""
    post, episode = own_episode(context, server, NAME)

    def order(name: str, **args: Any) -> None:
        post(f"/api/episodes/{episode}/command", name=name, args=args)

    order("set_rundown", segments=[SEGMENT])
    order("arm", segment="water")
    state = context.request.get(f"{server.url}/api/episodes/{episode}").json()
    order("open", run=state["view"]["runs"][-1]["id"])


def without_ed25519(page: Page) -> None:
    """As in a browser of some years ago."""
    page.add_init_script(
        "crypto.subtle && (SubtleCrypto.prototype.importKey = "
        "() => Promise.reject(new DOMException('', 'NotSupportedError')));"
    )


def test_a_phone_proves_that_its_ballot_is_counted(
    browser: Any, server: Server, open_page: Open, snap: Callable[..., None]
) -> None:
    owner = browser.new_context()
    open_vote(owner, server)
    owner.close()
    phone = open_page("/", PHONE, phone=True)
    phone.locator("#keys button").first.click()
    link = phone.get_by_role("link", name="核对")
    expect(link).to_be_visible()
    snap(phone, "receipt-link-phone")
    accessible(phone)
    href = link.get_attribute("href") or ""
    assert re.fullmatch(r"/receipt#\w+\.\w+\.1\.[0-9A-Z]{12}", href)
    with phone.context.expect_page() as opened:
        link.click()
    page = opened.value
    proven = page.get_by_role("heading", name="已计入 R01 轮，第 1 号")
    expect(proven).to_be_visible(timeout=10_000)
    expect(page.locator("#checks .is_true")).to_have_count(3)
    expect(page.locator("#verdict_say")).to_contain_text("共 1 张")
    snap(page, "receipt-proven-phone")
    accessible(page)
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Counted in run R01 at number 1")).to_be_visible()
    page.get_by_text("Checkpoint and verifier key").click()
    expect(page.locator("#note")).to_contain_text("— livevote ")
    page.close()

    desk = open_page("/receipt", DESKTOP, "en-GB")
    expect(desk.locator("#answer")).to_be_hidden()
    snap(desk, "receipt-empty-desktop")
    accessible(desk)
    field = desk.get_by_label("Receipt")
    check = desk.get_by_role("button", name="Check")

    def says(typed: str, heading: str) -> None:
        field.fill(typed)
        check.click()
        expect(desk.get_by_role("heading", name=heading)).to_be_visible()

    episode, run, index, receipt = href.partition("#")[2].split(".")
    says("R01 1", "This is not a whole receipt")
    says(f"{episode} {run} {index} {receipt[::-1]}", "This receipt does not fit the log")
    snap(desk, "receipt-wrong-desktop")
    accessible(desk)
    dashed = "-".join((receipt[:4], receipt[4:8], receipt[8:])).lower()
    says(f"{episode} R01 {index} {dashed}", "Counted in run R01 at number 1")
    snap(desk, "receipt-proven-desktop")

    told: list[Any] = []

    def bent(route: Route) -> None:
        """A server that lies about the value."""
        answer = route.fetch()
        plain = answer.json()
        plain["ballot"]["value"] += 1
        told.append(plain)
        route.fulfill(response=answer, json=plain)

    desk.route("**/api/receipt", bent)
    says(href, "The proof does not hold")
    assert told
    expect(desk.locator("#checks .is_false")).to_have_count(1)
    snap(desk, "receipt-differs-desktop")
    accessible(desk)
    desk.unroute("**/api/receipt")

    desk.route("**/api/receipt", lambda route: route.abort())
    says(href, "The server does not answer")
    desk.unroute("**/api/receipt")

    def not_yet_once(route: Route) -> None:
        body = {"code": "not_yet", "message": "", "retry": True, "retry_after_ms": 2000}
        route.fulfill(status=503, json=body)

    desk.route("**/api/receipt", not_yet_once, times=1)
    says(href, "Not yet")
    expect(desk.get_by_role("heading", name="Counted in run R01")).to_be_visible()

    old = open_page("/login", DESKTOP, "en-GB")
    without_ed25519(old)
    old.goto(server.url + href)
    expect(old.get_by_role("heading", name="The server says: counted in run R01")).to_be_visible()
    expect(old.locator("#checks .is_null")).to_have_count(1)
    snap(old, "receipt-unchecked-desktop")
    accessible(old)
