"""The README's pictures, taken from the running demonstration: `python -m tests.e2e.pictures`."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from livevote.core.disclosure import unit_id
from livevote.core.names import Names
from tests.e2e.conftest import LIVEVOTE, PHONE, QUIET, SCREEN, TABLET, said_until

PICTURES = Path(__file__).resolve().parents[2] / ".pictures"
LOCALES = {"zh": "zh-CN", "en": "en-GB"}
RUN_S_MAX = 30.0
BEST = {"zh": re.compile("^满意"), "en": re.compile("^Satisfied")}


@dataclass
class Demo:
    """What `livevote demo` printed: passwords by name, links of the free seats and the overlay, the
    show's id."""

    url: str
    passwords: dict[str, str]
    seats: list[str]
    overlay: str
    show: str


@contextmanager
def demo() -> Iterator[Demo]:
    with tempfile.TemporaryDirectory(prefix="lv") as data:
        process = subprocess.Popen(
            [LIVEVOTE, "demo", "--data", data, "--port", "0", "--phones", "120"],
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            yield _read(process)
        finally:
            process.terminate()
            process.wait(20)


def _read(process: subprocess.Popen[str]) -> Demo:
    text = said_until(process, "the audience is here", 90)
    [url] = re.findall(r"livevote is on (\S+)", text)
    [overlay] = re.findall(r"overlay +(\S+/overlay#\S+)", text)
    passwords = dict(re.findall(r"sign in as +(\w+) +password (\S+)", text))
    [show] = re.findall(r"/record/(\w+)", text)
    return Demo(url, passwords, re.findall(r"a free seat +(\S+)", text), overlay, show)


class Show:
    """The episode, directed over HTTP."""

    def __init__(self, browser: Browser, demo: Demo) -> None:
        self._demo = demo
        self.staff = self._sign_in(browser, "producer")  # who may direct, too
        self.verifier = self._sign_in(browser, "verifier")
        self.supervision = self._sign_in(browser, "supervision")
        self.episode = self.staff.request.get(f"{demo.url}/api/session").json()["on"]

    def _sign_in(self, browser: Browser, name: str) -> BrowserContext:
        context = browser.new_context()
        body = {"name": name, "password": self._demo.passwords[name]}
        headers = {"origin": self._demo.url}
        answer = context.request.post(f"{self._demo.url}/api/login", data=body, headers=headers)
        assert answer.ok, answer.text()
        return context

    def do(self, name: str, by: BrowserContext | None = None, **args: Any) -> None:
        url = f"{self._demo.url}/api/episodes/{self.episode}/command"
        answer = (by or self.staff).request.post(
            url, data={"name": name, "args": args}, headers={"origin": self._demo.url}
        )
        assert answer.ok, answer.text()

    def view(self) -> dict[str, Any]:
        answer = self.staff.request.get(f"{self._demo.url}/api/episodes/{self.episode}")
        view: dict[str, Any] = answer.json()["view"]
        return view

    def run(self) -> dict[str, Any]:
        run: dict[str, Any] = self.view()["runs"][-1]
        return run

    def arm(self, segment: str, pledge: str) -> str:
        self.do("choose_segment", segment=segment)
        self.do("set_pledge", segment=segment, pledge=pledge)
        self.do("arm", segment=segment)
        return str(self.run()["id"])

    def finish(self, run: str) -> None:
        self.do("close", run=run)
        deadline = time.monotonic() + RUN_S_MAX
        while self.run()["phase"] != "closed":
            assert time.monotonic() < deadline
        self.do("verify", by=self.verifier, run=run)
        self.do("reveal", run=run)


class Camera:
    """Opens pages in one language and takes pictures."""

    def __init__(self, browser: Browser, demo: Demo, lang: str) -> None:
        self._browser = browser
        self._demo = demo
        self.lang = lang

    def open(
        self, path: str, size: tuple[int, int], state: Any = None, *, phone: bool = False
    ) -> Page:
        context = self._browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            locale=LOCALES[self.lang],
            storage_state=state,
            is_mobile=phone,
            has_touch=phone,
        )
        page = context.new_page()
        page.set_default_timeout(10_000)
        answer = page.goto(path if path.startswith("http") else self._demo.url + path)
        assert answer
        assert answer.ok, f"{path}: {answer.status}"
        return page

    def take(self, page: Page, name: str) -> None:
        page.wait_for_timeout(900)  # let what moves come to rest: it is a picture, not a test
        page.screenshot(path=PICTURES / f"{name}-{self.lang}.jpg", type="jpeg", quality=82)


def overlay_on_picture(demo: Demo, lang: str) -> str:
    base, _, token = demo.overlay.partition("#")
    return f"{base}?bg=photo&lang={'both' if lang == 'zh' else lang}#{token}"


def session(browser: Browser, demo: Demo, show: Show) -> None:
    """Segments one after the other, pictures of each moment."""
    cameras = {lang: Camera(browser, demo, lang) for lang in LOCALES}
    segments = [segment["id"] for segment in show.view()["segments"] if not segment["lookback"]]
    staff_state = show.staff.storage_state()
    each: dict[str, dict[str, Page]] = {}
    for place, (lang, camera) in enumerate(cameras.items()):
        each[lang] = {
            "tablet": camera.open(demo.seats[place], TABLET),
            "phone": camera.open("/", PHONE, phone=True),
            "director": camera.open("/director", SCREEN, staff_state),
            "overlay": camera.open(overlay_on_picture(demo, lang), SCREEN),
        }

    def all_take(kind: str, name: str) -> None:
        for lang, camera in cameras.items():
            camera.take(each[lang][kind], name)

    pledges = [
        "（演示）90 天内公布每个村的接管时间表",
        "（演示）60 天内在 12 个排口装上在线监测",
        "（演示）年底前完成 20 个小区的管网改造",
    ]
    for number, pledge in enumerate(pledges):
        run = show.arm(segments[number], pledge)
        first = number == 0
        if first:
            show.do("take", kind="call", segment=segments[number])
        show.do("open", run=run, duration_ms=60_000)
        if first:
            all_take("overlay", "overlay-call")
            all_take("tablet", "tablet-open")
            all_take("phone", "phone-open")
        show.do("take", kind="bar", segment=segments[number])
        show.do("take", kind="countdown", segment=segments[number])
        for lang in LOCALES:
            for kind in ("tablet", "phone"):
                each[lang][kind].get_by_role("button", name=BEST[lang]).click()
        if first:
            all_take("director", "director")
            all_take("overlay", "overlay-bar")
            all_take("tablet", "tablet-counted")
            all_take("phone", "phone-counted")
        each["zh"]["overlay"].wait_for_timeout(6000)
        show.finish(run)
        if first:
            show.do("take", kind="result", segment=segments[number])
            all_take("overlay", "overlay-result")
    show.do("take", kind="board")
    all_take("overlay", "overlay-board")
    for lang, camera in cameras.items():
        for tab in ("rundown", "rules", "results"):
            page = camera.open(f"/producer#{tab}", (1366, 768), staff_state)
            camera.take(page, f"producer-{tab}")
            page.context.close()
        page = camera.open(f"/episodes/{show.episode}?lang={lang}", TABLET)
        camera.take(page, "record")
        page.context.close()


# Made up, for the picture of a budget: two years, so that they can be compared.
BUDGET_UNIT = "台州市水利局"
BUDGET_HEAD = (
    "单位,单位英文,年度,预算或决算,项目,金额（元）,"
    "其中三公合计（元）,因公出国境（元）,公车购置（元）,公车运行（元）,公务接待（元）"
)
BUDGET_ROWS = (
    "2025,预算,（演示）河道治理,1100000.00,,,,,",
    "2025,预算,（演示）机关运行,310000.00,56000.00,0,0,45000.00,11000.00",
    "2025,预算,合计,1410000.00,56000.00,0,0,45000.00,11000.00",
    "2026,预算,（演示）河道治理,1200000.00,,,,,",
    "2026,预算,（演示）机关运行,300000.00,50000.00,0,0,42000.00,8000.00",
    "2026,预算,合计,1500000.00,50000.00,0,0,42000.00,8000.00",
)


def follow_up(browser: Browser, demo: Demo, show: Show) -> None:
    """What happens between the episodes, and what everybody may read."""
    url = f"{demo.url}/api/shows/{demo.show}/disclosure/budgets"
    unit = f"{BUDGET_UNIT},Taizhou Water Resources Bureau"
    rows = "\n".join([BUDGET_HEAD, *(f"{unit},{row}" for row in BUDGET_ROWS)])
    answer = show.staff.request.post(
        url, data=rows.encode(), headers={"origin": demo.url, "content-type": "text/csv"}
    )
    assert answer.ok, answer.text()
    record = f"/record/{demo.show}"
    pages = {
        "open-record": (record, None),
        "open-record-pledges": (f"{record}/pledges", None),
        "open-record-budget": (f"{record}/budgets/{unit_id(Names(BUDGET_UNIT))}", None),
        "question": ("/questions/Q000001", None),
        "ledger": ("/ledger#pledges", show.supervision.storage_state()),
        "desk": ("/desk#all/Q000001", show.staff.storage_state()),
    }
    for lang in LOCALES:
        camera = Camera(browser, demo, lang)
        for name, (path, state) in pages.items():
            page = camera.open(path, TABLET, state)
            camera.take(page, name)
            page.context.close()


def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    chromium = shutil.which("chromium")
    assert chromium, "chromium is missing: run scripts/setup test"
    with sync_playwright() as playwright, demo() as shown:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(QUIET))
        show = Show(browser, shown)
        session(browser, shown, show)
        follow_up(browser, shown, show)
        browser.close()


if __name__ == "__main__":
    main()
