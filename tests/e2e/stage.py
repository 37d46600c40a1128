"""The on-air drawing alone in a real browser: no server, every state at will, time by hand.

Knows what a view and a tally look like (PROTOCOL.md) and nothing of how they come to be. Whoever
wants the whole way from ballot to picture takes test_show_night or test_pixel.
"""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Route, ViewportSize

STATIC = Path(__file__).resolve().parents[2] / "static"
HOST = "http://stage.test"
SCREEN: ViewportSize = {"width": 1920, "height": 1080}
NOW = 1_700_000_000_000
Plain = dict[str, Any]

PAGE = """<!doctype html><meta charset="utf-8">
<link rel="stylesheet" href="/static/vendor/noto-sans-sc-5.3.1/wght.css">
<link rel="stylesheet" href="/static/shared/tokens.css">
<link rel="stylesheet" href="/static/overlay/overlay.css">
<link rel="stylesheet" href="/static/themes/THEME/theme.css">
<body>
<script type="module">
import { createStage } from "/static/overlay/graphics.js";
import { picturesOf } from "/static/overlay/picture.js";
import { EMPTY, apply } from "/static/overlay/state.js";

const FRAME_MS = 20;  // of 1080i50
const query = new URLSearchParams(location.search);
const root = document.createElement("div");
const screen = document.createElement("div");
root.className = "stage dark";
screen.className = "screen";
screen.append(root);
document.body.append(screen);
document.body.dataset.background = query.get("bg");
const language = query.get("lang");
const stage = createStage(root, language);
let state = EMPTY;
let now = Number(query.get("now"));
let auto = false;
const times = [];
const drawn = [];

function draw(dt_ms, cut) {
  const from = performance.now();
  now += dt_ms;
  stage.show(picturesOf(state, "programme", now, language), dt_ms, Boolean(cut));
  drawn.push(performance.now() - from);
}
window.tell = (message) => { state = { ...apply(state, message), origin: location.origin }; };
window.draw = draw;
window.at = (ms) => { now = ms; };
window.advance = (ms) => { for (let at = 0; at < ms; at += FRAME_MS) draw(FRAME_MS); };
window.times = times;
window.drawn = drawn;
// Everything that comes in is in, with its fonts and pictures, and has arrived.
window.settled = async () => {
  const boxes = () => [...document.querySelectorAll(".box")];
  const images = () => [...document.images].filter((image) => image.src);
  const shown = (box) => Number(box.style.opacity) === 1;
  const there = () => boxes().every(shown) && images().every((image) => image.naturalWidth);
  for (let left = 500; left > 0 && !there(); left -= 1) {
    draw(FRAME_MS);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await document.fonts.ready;
  draw(FRAME_MS);
  // Sizes that are watched are told with a frame of the browser's own.
  await new Promise((told) => requestAnimationFrame(() => requestAnimationFrame(told)));
  window.advance(1500);
};
// Frames as the browser gives them; times: when each was, drawn: how long its drawing took, ms.
window.run = () => {
  let last = 0;
  const frame = (at) => {
    draw(last ? at - last : 0);
    times.push(at);
    last = at;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
};
document.title = "ready";
</script>"""

QR = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 29 29">
<path fill="#FFF" d="M0 0h29v29H0z"/>
<path d="M2 2h7v7H2zM20 2h7v7h-7zM2 20h7v7H2zM11 3h2v4h-2zM15 4h3v3h-3zM11 11h4v3h-4zM18 12h6v2h-6z
M3 12h5v3H3zM12 17h3v7h-3zM18 17h3v3h-3zM23 20h4v5h-4z"/></svg>"""


@contextmanager
def stage(
    browser: Browser, lang: str = "zh", bg: str = "transparent", theme: str = "plain"
) -> Iterator[Page]:
    """A page with one empty stage."""
    context = browser.new_context(viewport=SCREEN)
    page = context.new_page()
    page.set_default_timeout(10_000)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.route(f"{HOST}/**", _serve)
    page.goto(f"{HOST}/?lang={lang}&bg={bg}&theme={theme}&now={NOW}")
    page.wait_for_function("document.title === 'ready'")
    yield page
    context.close()
    assert errors == []


def _serve(route: Route) -> None:
    path = route.request.url.removeprefix(HOST).partition("?")[0]
    path = re.sub("^/theme/", "/static/themes/jade/", path)
    file = STATIC / path.removeprefix("/static/")
    if path == "/":
        [theme] = re.findall(r"theme=(\w+)", route.request.url)
        route.fulfill(body=PAGE.replace("THEME", theme), content_type="text/html")
    elif path == "/qr/vote.svg":
        route.fulfill(body=QR, content_type="image/svg+xml")
    elif file.is_file():
        kind = "font/woff2" if file.suffix == ".woff2" else mimetypes.guess_type(file.name)[0]
        route.fulfill(body=file.read_bytes(), content_type=kind or "text/plain")
    else:
        route.fulfill(status=404)


def put_on_air(page: Page, *told: Plain, cut: bool = True) -> None:
    """Tell the stage its messages; with cut, draw until all of it stands."""
    for message in told:
        page.evaluate("tell", message)
    page.evaluate("(cut) => draw(0, cut)", cut)
    if cut:
        # Fonts and the QR code are asked for at the first frame; the picture waits for them.
        page.evaluate("settled()")


# --- what may be on air ---

UNIT = {"zh": "台州市水利局", "en": "Taizhou Water Resources Bureau"}
POST = {"zh": "局长", "en": "Director"}
LONG_UNIT = {
    "zh": "台州市五水共治工作领导小组办公室暨城镇污水处理设施建设推进协调中心",
    "en": "Taizhou Leading Group Office for the Joint Treatment of Five Waters and the Coordination"
    " of Urban Sewage Works",
}
LONG_POST = {
    "zh": "党组书记、常务副主任兼推进协调中心主任",
    "en": "Party Secretary, Executive Deputy Director and Head of Coordination",
}
PLEDGE = "年底前公布每个村的污水处理设施接管时间表"
QUESTION = "村里的生活污水什么时候能全部接管？"
LONG_PLEDGE = (
    "九十天内公布全市每个村的污水处理设施接管时间表，六十天内在十二个重点排口装上在线监测，"
    "年底前完成二十个小区的雨污分流管网改造，并每月向群众代表报告一次进展，接受现场复核"
)
BUCKETS = [
    {
        "value": 1,
        "points": 100,
        "name": {"zh": "满意", "en": "Satisfied"},
        "satisfied": True,
        "face": "happy",
    },
    {
        "value": 2,
        "points": 60,
        "name": {"zh": "基本满意", "en": "Fairly satisfied"},
        "satisfied": True,
        "face": "plain",
    },
    {
        "value": 3,
        "points": 0,
        "name": {"zh": "不满意", "en": "Not satisfied"},
        "satisfied": False,
        "face": "sad",
    },
]
PANELS = [
    {
        "id": "studio",
        "name": {"zh": "现场群众代表", "en": "Studio citizens"},
        "admission": "seats",
        "role": "counting",
        "weight": 700,
        "estimator": {"kind": "mean"},
    },
    {
        "id": "online",
        "name": {"zh": "场外观众", "en": "Viewers"},
        "admission": "viewers",
        "role": "counting",
        "weight": 300,
        "estimator": {"kind": "mean"},
    },
]
BANDS = [
    {"floor": 80, "level": "good", "name": {"zh": "满意", "en": "Good"}},
    {"floor": 60, "level": "mid", "name": {"zh": "基本满意", "en": "Fair"}},
    {"floor": -1000, "level": "poor", "name": {"zh": "不满意", "en": "Poor"}},
]


LOOKBACK = {
    "text": PLEDGE,
    "due": "2026-06-30",
    "dues": ["2025-12-31"],
    "state": "overdue",
    "days_late": 147,
    "evidence": 12,
    "difference": "-12.5",
    "then": {
        "unit": "points",
        "figure": "72.5",
        "level": "mid",
        "level_name": {"zh": "基本满意", "en": "Fair"},
        "n": 188,
        "N": 200,
        "online": 12034,
    },
    "now": {
        "figure": "60.0",
        "level": "mid",
        "level_name": {"zh": "基本满意", "en": "Fair"},
        "n": 190,
        "N": 200,
        "online": 9041,
    },
}


def segment(**changes: Any) -> Plain:
    made = {
        "id": "s1",
        "position": 1,
        "of": 3,
        "unit": UNIT,
        "post": POST,
        "film": "",
        "question": QUESTION,
        "pledge": PLEDGE,
        "due": "2027-06-30",
        "target": "",
        "lookback": LOOKBACK,
    }
    return {**made, **changes}


def run(**changes: Any) -> Plain:
    made = {
        "id": "r1",
        "code": "R01",
        "segment": "s1",
        "attempt": 1,
        "phase": "open",
        "visibility": "live",
        "change_allowed": True,
        "opened_ms": NOW - 20_000,
        "deadline_ms": NOW + 40_000,
        "left_ms": 0,
        "closed_ms": 0,
        "grace_ms": 2000,
        "rules_hash": "",
        "unit": "points",
        "decimals": 1,
        "scale": {
            "kind": "labels",
            "low": 0,
            "high": 100,
            "step": 1,
            "points_min": 0,
            "points_max": 100,
            "buckets": BUCKETS,
        },
        "panels": PANELS,
        "bands": BANDS,
        "eligible": {"studio": 200},
    }
    return {**made, **changes}


def result(
    studio: Sequence[int] = (117, 53, 18), online: Sequence[int] = (7020, 3311, 1703)
) -> Plain:
    """As the rules above make it: means in points, 7 to 3."""
    panels, parts = [], []
    for name, counts, weight, N in (("studio", studio, 7, 200), ("online", online, 3, 0)):
        n = sum(counts)
        mean = (
            sum(c * points for c, points in zip(counts, (100, 60, 0), strict=True)) / n
            if n
            else None
        )
        if mean is not None:
            parts.append((weight, mean))
        panels.append(
            {
                "panel": name,
                "n": n,
                "N": N,
                "weight": weight * 100,
                "role": "counting",
                "figure": "" if mean is None else f"{mean:.1f}",
                "satisfied": "",
                "counts": [[i, count] for i, count in enumerate(counts, 1)],
                "quorum_met": n > 0,
                "counts_in_result": n > 0,
            }
        )
    whole = sum(weight for weight, _ in parts)
    mean = sum(weight * value for weight, value in parts) / whole if whole else None
    return {
        "unit": "points",
        "figure": "" if mean is None else f"{mean:.1f}",
        "exact": "",
        "level": None
        if mean is None
        else "good"
        if mean >= 80
        else "mid"
        if mean >= 60
        else "poor",
        "n": sum(studio),
        "N": 200,
        "online": sum(online),
        "satisfied": "",
        "size": sum(studio) + sum(online),
        "panels": panels,
    }


OF_NO_SEGMENT = ("board", "delivery")


def graphic(kind: str, **changes: Any) -> Plain:
    whole = kind in OF_NO_SEGMENT
    made = {"kind": kind, "segment": None if whole else segment(), "run": None if whole else run()}
    return {**made, "result": None, **changes}


def board(count: int = 8, first: int = 0) -> list[Plain]:
    names = ["水利局", "环保局", "住建局", "农办", "交通局", "卫生局", "国土局", "城管局"]
    english = ["Water", "Environment", "Housing", "Farming", "Transport", "Health", "Land", "City"]
    rows = []
    for place in range(count):
        which = (place + first) % len(names)
        figure = 91.4 - place * 5.3
        rows.append(
            {
                "rank": place + 1,
                "segment": f"s{which}",
                "run": f"r{which}",
                "figure": f"{figure:.1f}",
                "level": "good" if figure >= 80 else "mid" if figure >= 60 else "poor",
                "n": 188 - place,
                "N": 200,
                "online": 12034 - 311 * place,
                "unit": {"zh": f"台州市{names[which]}", "en": f"{english[which]} Bureau"},
                "post": POST,
            }
        )
    return rows


def state(*programme: Plain, rev: int = 1, rows: Sequence[Plain] = ()) -> Plain:
    view = {
        "episode": {
            "id": "e1",
            "show": {"zh": "台州全媒体问政", "en": "Taizhou All-Media Questioning"},
            "title": {"zh": "五水共治", "en": "Five Waters"},
        },
        "blanked": False,
        "preview": None,
        "programme": list(programme),
        "board": list(rows),
        "deliveries": [
            {
                "rank": row["rank"],
                "unit": row["unit"],
                "all": 9,
                "due": 8,
                "kept": 8 - place % 8,
                "in_time": 7 - place % 8,
                "days_late": 31 * place,
                "percent": f"{100 - 12.5 * (place % 8):.1f}",
            }
            for place, row in enumerate(rows)
        ],
        "vote_url": "https://vote.example.cn/",
    }
    return {"t": "state", "epoch": "a", "rev": rev, "view": view}


def tally(counted: Plain | None, n: int = 188, online: int = 12034, size: int = 0) -> Plain:
    if counted:
        n, online, size = counted["n"], counted["online"], size or counted["size"]
    made = {"t": "tally", "run": "r1", "n": n, "N": 200, "online": online}
    return {**made, "size": size or n + online, "live": counted}
