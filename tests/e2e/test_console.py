"""The director's console on the smallest screen that it is made for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Browser, expect

from livevote.core.plain import to_plain
from livevote.demo.episode import seats
from tests.e2e.conftest import Open, Server, accessible, own_episode
from tests.e2e.test_receipt import NAME, SEGMENT

LAPTOP = (1280, 720)
SEATS = 200

# What one would have to scroll to, or cannot read. The rundown scrolls by design.
LOST = """() => {
  const cut = (node) => {
    const { top, bottom } = node.getBoundingClientRect();
    if (bottom > innerHeight) return true;
    for (let at = node.parentElement; at; at = at.parentElement) {
      const edge = at.getBoundingClientRect();
      const shows = getComputedStyle(at).overflowY === "visible";
      if (!shows && (bottom > edge.bottom + 1 || top < edge.top - 1)) return true;
    }
    return false;
  };
  const wide = (node) => node.scrollWidth > node.closest("button").clientWidth;
  const shown = (node) => node.checkVisibility();
  const find = (names) => [...document.querySelectorAll(names)].filter(shown);
  return [
    ...find("button:not(.segment-press), input, textarea").filter(cut),
    ...find(".seat-map, .legend, .on-air, .rules code").filter(cut),
    ...find(".cues .name, .controls .name, .others .name, .primary .name").filter(wide),
  ].map((node) => node.className + " " + node.textContent);
}"""


def test_every_control_is_in_view_on_a_small_laptop(
    browser: Browser, server: Server, open_page: Open, snap: Callable[..., None]
) -> None:
    owner = browser.new_context()
    post, episode = own_episode(owner, server, NAME)

    def order(name: str, **args: Any) -> None:
        post(f"/api/episodes/{episode}/command", name=name, args=args)

    order("set_rundown", segments=[SEGMENT])
    order("set_roster", seats=to_plain(seats(SEATS)))
    order("arm", segment="water")
    order("take", kind="bar", segment="water")
    order("take", kind="countdown", segment="water")
    run = owner.request.get(f"{server.url}/api/episodes/{episode}").json()["view"]["runs"][-1]
    order("open", run=run["id"])
    for lang in ("zh", "en"):
        page = open_page(f"/director?episode={episode}&lang={lang}", context=owner)
        page.set_viewport_size({"width": LAPTOP[0], "height": LAPTOP[1]})
        expect(page.locator(".phase-open")).to_be_visible()
        expect(page.locator(".seats-line")).to_contain_text(f"0/{SEATS}")
        assert page.evaluate(LOST) == []
        accessible(page)
        snap(page, f"director-laptop-{lang}")
        page.close()
    owner.close()
