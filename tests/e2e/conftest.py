"""A real server and a real browser for the end-to-end tests. Pictures go to artefacts/."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

LIVEVOTE = Path(sys.executable).with_name("livevote")
ARTEFACTS = Path(__file__).resolve().parents[2] / "artefacts"
PASSWORD = "a long password"
# What is waited for comes at once on a machine that is free; it is the machine that may be busy.
PATIENCE_MS = 20_000
expect.set_options(timeout=PATIENCE_MS)
TABLET = (1280, 800)
PHONE = (390, 844)
SCREEN = (1920, 1080)
# No calls to the makers of the browser: the network is closed in CI and in studios.
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass
class Server:
    """A `livevote serve` process. first_link: the owner's one-time link."""

    url: str
    first_link: str
    process: subprocess.Popen[str]


def said_until(process: subprocess.Popen[str], word: str, within_s: float) -> str:
    """What a process says up to the line with `word`; one that does not say it is ended."""
    assert process.stdout is not None
    too_late = threading.Timer(within_s, process.kill)
    too_late.start()
    text = ""
    for line in process.stdout:
        text += line
        if word in line:
            break
    too_late.cancel()
    assert word in text, f"it did not say {word!r} in {within_s} s: {text}"
    return text


def start_server(data: Path, *options: str, stderr: IO[str] | None = None) -> Server:
    process = subprocess.Popen(
        [LIVEVOTE, "serve", "--data", data, "--port", "0", *options],
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
    )
    text = said_until(process, "Ctrl-C", 30)
    found = re.search(r"livevote is on (\S+)", text)
    link = re.search(r"one-time link\): (\S+)", text)
    assert found, text
    return Server(found[1], link[1] if link else "", process)


def stop_server(server: Server) -> None:
    server.process.terminate()
    server.process.wait(20)
    if server.process.stdout:
        server.process.stdout.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    started = start_server(tmp_path_factory.mktemp("e2e"))
    yield started
    stop_server(started)


# Not for the whole session: Playwright keeps a loop running in this thread until it stops, and
# the async tests of other packages need one of their own.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    assert chromium, "chromium is missing: run scripts/setup test"
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=list(QUIET))
        yield launched
        launched.close()


Open = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser, server: Server) -> Iterator[Open]:
    """Opens a page in a context of its own; fails the test for any error on its console."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def opened(
        path: str,
        size: tuple[int, int] = SCREEN,
        lang: str = "zh-CN",
        context: BrowserContext | None = None,
        phone: bool = False,
    ) -> Page:
        if context is None:
            width, height = size
            context = browser.new_context(
                viewport={"width": width, "height": height},
                locale=lang,
                has_touch=phone,
                is_mobile=phone,
                accept_downloads=True,
            )
            contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: errors.append(f"{path}: {error}"))
        page.on(
            "console",
            lambda message: (
                errors.append(f"{path}: {message.text}")
                if message.type == "error"
                and "Failed to load resource" not in message.text
                and "WebSocket connection" not in message.text
                else None
            ),
        )
        page.goto(path if path.startswith("http") else server.url + path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture
def snap(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Keeps a picture for people to look at."""
    ARTEFACTS.mkdir(exist_ok=True)

    def snapped(page: Page, name: str, *, see_through: bool = False) -> None:
        page.screenshot(path=ARTEFACTS / f"{name}.png", omit_background=see_through)

    return snapped


def accessible(page: Page) -> None:
    """axe finds nothing of WCAG 2 A and AA."""
    options = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
    found = Axe().run(page, options=options)
    problems = [
        f"{v['id']}: {v['help']}: {[node['html'][:120] for node in v['nodes'][:3]]}"
        for v in found.response["violations"]
    ]
    assert problems == [], f"{page.url}: {problems}"


Post = Callable[..., Any]


def own_episode(context: BrowserContext, server: Server, name: dict[str, str]) -> tuple[Post, str]:
    """The owner claims the account and puts an episode on, over the API. How to post as the owner
    (path, fields of the body → the answer), and the episode's id."""

    def post(path: str, **body: Any) -> Any:
        headers = {"origin": server.url}
        answer = context.request.post(server.url + path, data=body, headers=headers)
        assert answer.ok, answer.text()
        return answer.json() if answer.body() else None

    post("/api/claim", token=server.first_link.partition("#")[2], password=PASSWORD)
    show = post("/api/shows", name=name)["id"]
    episode: str = post("/api/episodes", show=show, title=name)["id"]
    post("/api/on", episode=episode)
    return post, episode
