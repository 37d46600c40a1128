"""Vote to pixel: from a ballot on the wire to a changed picture in a real browser.

    .venv/bin/python -m loadtest.pixel [--votes 200] [--quick]

Starts a server of its own on loopback and headless Chromium on the overlay at
1920 × 1080, takes the live bar on air, opens a run, and lets one seat after the
other join and cast its first ballot over a WebSocket, at every phase of the
beat. Time runs from just before the ballot is sent until

    dom    the page changed anything: a MutationObserver, called in the frame
           in which the first number moved;
    count  the bar's "57 / 200" names the ballot. Numbers roll, and one that
           goes up by one turns over half way: some 85 ms after `dom`;
    pixel  the browser holds a picture whose bar differs: the first frame of
           Page.startScreencast in which a pixel of the bar is another colour,
           by the time the browser gives it.

`dom` and `count` are read off the page's clock, which is compared with ours:
`clock_error_ms` is the bound of what that adds. `pixel` is in the machine's
time like ours, and includes that the browser copies the frame out of its
compositor, which no screen waits for: it is an upper bound of the picture's
age. A television's own delay is not in it.
"""

from __future__ import annotations

import base64
import io
import platform
import random
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import click
from PIL import Image, ImageChops
from playwright.sync_api import Browser, CDPSession, FloatRect, Page, sync_playwright
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from livevote.audience import fetch, fetch_cookie
from livevote.core.plain import to_plain
from livevote.demo.episode import rules, seats
from livevote.wire.codec import from_json, to_json
from loadtest.arithmetic import percentile

VOTES = 200
VOTES_QUICK = 40
SCREEN = {"width": 1920, "height": 1080}
# As the end-to-end tests start it: no calls to the makers of the browser.
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
START_S_MAX = 30.0
SEEN_MS_MAX = 5_000
# A picture that has not moved for this long has come to rest.
STILL_MS = 200
# Ballots are sent this far apart at random, so that they meet the beat at every phase.
PHASE_MS = 200
CLOCK_LOOKS = 20
# Less than this of 255 may be the JPEG's doing, not the page's.
COLOUR_STEP = 12
VALUES = (1, 1, 2, 3)

NOW = "() => performance.timeOrigin + performance.now()"

# Fonts are there and the bar has come in.
ON_AIR = """() => document.querySelector(".box.bar").style.opacity === "1" """

# Remembers when anything in the page changed, and when the count of ballots did.
WATCH = """() => {
  const now = () => performance.timeOrigin + performance.now();
  const count = () => document.querySelector(".bar .right .turnout .text").textContent;
  let first = 0, last = 0, counted = 0, was = "";
  // An attribute that is written with the value it has is no change.
  const changed = (each) => each.type !== "attributes"
    || each.oldValue !== each.target.getAttribute(each.attributeName);
  new MutationObserver((records) => {
    if (!records.some(changed)) return;
    last = now();
    first = first || last;
    if (!counted && count() !== was) counted = last;
  }).observe(document.body, {
    subtree: true, childList: true, characterData: true,
    attributes: true, attributeOldValue: true,
  });
  const rest = (still_ms) => now() - last >= still_ms;
  const until = (there, within_ms) => new Promise((resolve, reject) => {
    const from = now();
    const look = () => {
      if (there()) resolve({first, counted, text: count()});
      else if (now() - from > within_ms) reject(new Error("not seen in " + within_ms + " ms"));
      else setTimeout(look, 20);
    };
    look();
  });
  window.watch = {
    still: async (still_ms, within_ms) => {
      await until(() => rest(still_ms), within_ms);
      first = counted = 0;
      was = count();
    },
    seen: (still_ms, within_ms) => until(() => counted && rest(still_ms), within_ms),
  };
}"""


class Void(Exception):
    """What was measured is not what was to be measured."""


@dataclass
class Studio:
    """The server under test, as a producer and director see it."""

    url: str
    cookie: str = ""
    episode: str = ""
    run: str = ""

    def post(self, path: str, body: dict[str, Any]) -> Any:
        return fetch(self.url, "POST", path, body, self.cookie)

    def get(self, path: str) -> Any:
        return fetch(self.url, "GET", f"/api/episodes/{self.episode}{path}", None, self.cookie)

    def command(self, name: str, **args: Any) -> None:
        self.post(f"/api/episodes/{self.episode}/command", {"name": name, "args": args})

    def prepare(self, first_link: str, seat_count: int) -> None:
        """From the owner's one-time link to an armed run with its bar on air."""
        body = {"token": first_link.partition("#")[2], "password": "for this load test only"}
        self.cookie = fetch_cookie(self.url, "/api/claim", body)
        name = {"zh": "压力测试", "en": "Load test"}
        show = self.post("/api/shows", {"name": name})
        self.episode = self.post("/api/episodes", {"show": show["id"], "title": name})["id"]
        self.command("set_rules", rules=to_plain(rules(grace_ms=200)))
        self.command("set_rundown", segments=[{"id": "s1", "unit": name}])
        self.command("set_roster", seats=to_plain(seats(seat_count)))
        self.post("/api/on", {"episode": self.episode})
        self.command("arm", segment="s1")
        self.command("take", kind="bar", segment="s1")
        self.run = self.get("")["view"]["runs"][-1]["id"]

    def overlay(self) -> str:
        link: str = self.post(f"/api/episodes/{self.episode}/overlay-link", {})["url"]
        return link

    @contextmanager
    def tablet(self, link: str) -> Iterator[ClientConnection]:
        """A seat joins as its tablet does."""
        episode, label, generation, code = link.partition("#")[2].split(".")
        body = {"episode": episode, "seat": label, "generation": int(generation), "code": code}
        cookie = fetch_cookie(self.url, "/api/seat", body)
        with connect(
            f"ws{self.url[4:]}/socket",
            origin=Origin(self.url),
            subprotocols=[Subprotocol("livevote.json")],
            additional_headers={"Cookie": cookie},
            compression=None,
        ) as socket:
            socket.send(to_json({"t": "hello", "v": 1, "channel": "voter"}).decode())
            told(socket, "state")
            yield socket

    def close_and_verify(self) -> None:
        """Refused where recount and tally differ."""
        self.command("close", run=self.run)
        deadline = time.monotonic() + START_S_MAX
        while self.get("")["view"]["runs"][-1]["phase"] != "closed":
            if time.monotonic() > deadline:
                raise Void("the run did not close")
            time.sleep(0.05)
        self.command("verify", run=self.run)


def told(socket: ClientConnection, what: str) -> None:
    """Read on until a message of that kind."""
    while from_json(socket.recv(timeout=10))["t"] != what:
        pass


@dataclass
class Camera:
    """What the browser shows, frame by frame, with the second at which it was there."""

    session: CDPSession
    frames: list[tuple[float, bytes]] = field(default_factory=list)

    def start(self) -> None:
        self.session.on("Page.screencastFrame", self._take)
        options = {"format": "jpeg", "quality": 90, "everyNthFrame": 1}
        size = {"maxWidth": SCREEN["width"], "maxHeight": SCREEN["height"]}
        self.session.send("Page.startScreencast", options | size)

    def _take(self, frame: dict[str, Any]) -> None:
        self.session.send("Page.screencastFrameAck", {"sessionId": frame["sessionId"]})
        picture = base64.b64decode(frame["data"])
        self.frames.append((float(frame["metadata"]["timestamp"]), picture))

    def changed_at(self, since_s: float, box: tuple[int, int, int, int]) -> float:
        """When the first frame came in whose box differs from what was there before. Drops all
        frames but the last."""
        before = [picture for at_s, picture in self.frames if at_s <= since_s]
        after = [(at_s, picture) for at_s, picture in self.frames if at_s > since_s]
        del self.frames[:-1]
        if not before:
            raise Void("the browser sent no picture before the ballot")
        was = cut(before[-1], box)
        for at_s, picture in after:
            if differ(was, cut(picture, box)):
                return at_s
        raise Void(f"no pixel changed in {len(after)} frames")


def cut(picture: bytes, box: tuple[int, int, int, int]) -> Image.Image:
    image = Image.open(io.BytesIO(picture))
    if image.size != (SCREEN["width"], SCREEN["height"]):
        raise Void(f"the picture is {image.size}, not {SCREEN}")
    return image.convert("RGB").crop(box)


def differ(one: Image.Image, other: Image.Image) -> bool:
    bands = ImageChops.difference(one, other).getextrema()
    return any(int(most) > COLOUR_STEP for _, most in bands)  # type: ignore[misc]


def clock_of(page: Page) -> tuple[float, float]:
    """(how far the page's clock is ahead, the bound of the error), both in ms."""
    best, ahead = float("inf"), 0.0
    for _ in range(CLOCK_LOOKS):
        before = time.time() * 1000
        theirs = page.evaluate(NOW)
        after = time.time() * 1000
        if (after - before) / 2 < best:
            best, ahead = (after - before) / 2, theirs - (before + after) / 2
    return ahead, best


def whole(box: FloatRect | None) -> tuple[int, int, int, int]:
    if box is None:
        raise Void("the bar is not on air")
    left, top = int(box["x"]), int(box["y"])
    return left, top, int(box["x"] + box["width"]), int(box["y"] + box["height"])


@dataclass
class Delays:
    """Of each ballot, in ms."""

    dom: list[float] = field(default_factory=list)
    count: list[float] = field(default_factory=list)
    pixel: list[float] = field(default_factory=list)
    clock_error: float = 0.0


def watch(browser: Browser, url: str, first_link: str, votes: int, seed: int = 1) -> Delays:
    """Cast `votes` first ballots on a fresh server and time each. Raises Void where a ballot did
    not change the picture, or the run does not verify."""
    chance = random.Random(seed)  # noqa: S311 - an audience, no key
    studio = Studio(url)
    studio.prepare(first_link, votes)
    links = [seat["link"] for seat in studio.get("/seats")]
    context = browser.new_context(viewport={"width": 1920, "height": 1080})
    try:
        page = context.new_page()
        page.goto(studio.overlay())
        studio.command("open", run=studio.run)
        page.locator(".box.bar .status[data-tone=live]").wait_for()
        page.wait_for_function(ON_AIR)
        page.evaluate(WATCH)
        camera = Camera(context.new_cdp_session(page))
        camera.start()
        delays = Delays()
        for number, link in enumerate(links, 1):
            with studio.tablet(link) as socket:
                one_ballot(studio, page, camera, socket, number, chance, delays)
        studio.close_and_verify()
        return delays
    finally:
        context.close()


def one_ballot(
    studio: Studio,
    page: Page,
    camera: Camera,
    socket: ClientConnection,
    number: int,
    chance: random.Random,
    delays: Delays,
) -> None:
    ahead_ms, error_ms = clock_of(page)  # each time: clocks are moved by those who keep them
    page.evaluate("([still, max]) => watch.still(still, max)", [STILL_MS, SEEN_MS_MAX])
    page.wait_for_timeout(chance.random() * PHASE_MS)
    cast = {"t": "cast", "run": studio.run, "seq": 1, "value": chance.choice(VALUES)}
    message = to_json(cast).decode()
    sent_ms = time.time() * 1000
    socket.send(message)
    seen = page.evaluate("([still, max]) => watch.seen(still, max)", [STILL_MS, SEEN_MS_MAX])
    told(socket, "counted")
    if seen["text"] != str(number):
        raise Void(f"{number} ballots, but the bar says {seen['text']}")
    box = whole(page.locator(".box.bar").bounding_box())
    delays.dom.append(seen["first"] - ahead_ms - sent_ms)
    delays.count.append(seen["counted"] - ahead_ms - sent_ms)
    delays.pixel.append(camera.changed_at(sent_ms / 1000, box) * 1000 - sent_ms)
    delays.clock_error = max(delays.clock_error, error_ms)


@contextmanager
def server() -> Iterator[tuple[str, str]]:
    """(address, the owner's one-time link) of a `livevote serve` with a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="lv") as data:
        process = subprocess.Popen(  # noqa: S603 - our own server
            [sys.executable, "-m", "livevote", "serve", "--data", data, "--port", "0"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        too_late = threading.Timer(START_S_MAX, process.kill)
        too_late.start()
        try:
            said = ""
            for line in process.stdout or ():
                said += line
                if "Ctrl-C" in line:
                    break
            too_late.cancel()
            [url] = re.findall(r"livevote is on (\S+)", said)
            [link] = re.findall(r"one-time link\): (\S+)", said)
            yield url, link
        finally:
            too_late.cancel()
            process.terminate()
            process.wait(20)
            if process.stdout:
                process.stdout.close()


def summary(delays: Delays) -> dict[str, float]:
    found = {"votes": float(len(delays.pixel)), "clock_error_ms": delays.clock_error}
    for name in ("dom", "count", "pixel"):
        ordered = sorted(getattr(delays, name))
        found |= {f"{name}_p{p}_ms": percentile(ordered, p) for p in (50, 99)}
        found[f"{name}_max_ms"] = ordered[-1]
    return found


def measure(quick: bool, votes: int = 0) -> dict[str, float]:
    """p50, p99 and the worst of each delay in ms, the bound of the clocks' error, and how many
    ballots. votes: 0 for the usual number. Raises Void, and RuntimeError without a browser."""
    chromium = shutil.which("chromium")
    if not chromium:
        raise RuntimeError("chromium is missing: run scripts/setup test")
    votes = votes or (VOTES_QUICK if quick else VOTES)
    with server() as (url, link), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(QUIET))
        try:
            return summary(watch(browser, url, link, votes))
        finally:
            browser.close()


@click.command()
@click.option("--votes", default=0, type=click.IntRange(0, 2000), help="0 for 200, or 40 if quick.")
@click.option("--quick", is_flag=True)
def main(votes: int, quick: bool) -> None:
    """Measure the delay from a ballot on the wire to a changed picture on the overlay."""
    found = measure(quick, votes)
    click.echo(f"{platform.platform()}, Python {platform.python_version()}")
    click.echo(f"{found['votes']:.0f} first ballots of as many seats; from sending to, in ms:")
    for name, what in (("dom", "page"), ("count", "count"), ("pixel", "picture")):
        shown = "  ".join(f"{p} {found[f'{name}_{p}_ms']:.0f}" for p in ("p50", "p99", "max"))
        click.echo(f"  {what:8} {shown}")
    click.echo(f"clocks within {found['clock_error_ms']:.2f} ms; recount = tally")


if __name__ == "__main__":
    main()
