"""Pictures of every graphic on air, from the drawing alone: `python -m tests.e2e.stills`.

Into artefacts/on-air/: stills at full size in every language, state and theme; of each graphic a
strip of its way in and out, frame by frame at 50 Hz. Small ones for the README in .pictures/, the
strips with some of the frames. How
smooth 30 s of ten tallies a second were on this machine is printed.
"""

from __future__ import annotations

import io
import shutil
from itertools import pairwise
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.e2e import stage as made
from tests.e2e.conftest import QUIET
from tests.e2e.stage import OF_NO_SEGMENT, graphic, put_on_air, result, run, stage, state, tally
from tests.e2e.test_overlay import KINDS, MOMENTS, counting_down, show, told

ROOT = Path(__file__).resolve().parents[2]
STILLS = ROOT / "artefacts" / "on-air"
SMALL = ROOT / ".pictures"
SMALL_PX = (960, 540)
STRIP_PX = (384, 216)
SMALL_STRIP_PX = (240, 135)
FRAME_MS = 20
IN_FRAMES, OUT_FRAMES = 17, 11
# Of those, which the README's strips show: a row in, a row out.
CHOSEN_FRAMES = (0, 2, 4, 7, 10, 16, *(IN_FRAMES + i for i in (0, 2, 4, 6, 8, 10)))
PACE_S = 30
LANGS = ("zh", "en", "both")
# The README's, beside those of the demonstration: which moment of which graphic.
CHOSEN = {
    **{"side": "open", "pledge": "all of them", "question": "open"},
    **{"lookback": "open", "delivery": "open"},
}


def picture(page: Page) -> Image.Image:
    return Image.open(io.BytesIO(page.screenshot())).convert("RGB")


def stills(browser: Browser, theme: str, lang: str) -> None:
    with stage(browser, lang, "photo", theme) as page:
        for kind in KINDS:
            for moment in MOMENTS if kind not in OF_NO_SEGMENT else ("open", "waiting"):
                show(page, kind, moment)
                taken = picture(page)
                name = f"{kind}-{moment.replace(' ', '-')}-{lang}-{theme}"
                taken.save(STILLS / f"{name}.png")
                if (theme, CHOSEN.get(kind)) == ("plain", moment) and lang != "both":
                    small(taken, f"overlay-{kind}-{lang}")


def small(taken: Image.Image, name: str) -> None:
    taken.resize(SMALL_PX, Image.Resampling.LANCZOS).save(SMALL / f"{name}.jpg", quality=80)


def strip(browser: Browser, kind: str) -> None:
    """Six frames in a row, in and then out. A frame is one of 1080i50's fields."""
    with stage(browser, "zh", "photo") as page:
        here = told(page, graphic(kind), rows=made.board())
        put_on_air(page, here, tally(result()))
        put_on_air(page, told(page))
        put_on_air(page, {**here, "epoch": "strip"}, tally(result()), cut=False)
        page.wait_for_timeout(600)  # the stage's patience with fonts
        frames = [frame(page) for _ in range(IN_FRAMES)]
        page.evaluate("advance(400)")
        page.evaluate("tell", {**state(), "epoch": "gone"})
        frames += [frame(page) for _ in range(OUT_FRAMES)]
    lay(frames).save(STILLS / f"strip-{kind}.jpg", quality=80)
    some = [frames[i].resize(SMALL_STRIP_PX, Image.Resampling.LANCZOS) for i in CHOSEN_FRAMES]
    lay(some).save(SMALL / f"strip-{kind}.jpg", quality=75)


def frame(page: Page) -> Image.Image:
    page.evaluate(f"draw({FRAME_MS})")
    return picture(page).resize(STRIP_PX, Image.Resampling.LANCZOS)


def movement(browser: Browser) -> None:
    """The board comes again with another order: what rows do until they stand."""
    rows = made.board(6)
    swapped = [rows[2], rows[0], rows[1], *rows[3:]]
    ranked = [
        {**row, "rank": place, "figure": was["figure"], "level": was["level"]}
        for place, (row, was) in enumerate(zip(swapped, rows, strict=True), 1)
    ]
    with stage(browser, "zh", "photo") as page:
        put_on_air(page, told(page, graphic("board"), rows=rows))
        put_on_air(page, told(page))
        put_on_air(page, told(page, graphic("board"), rows=ranked), cut=False)
        page.wait_for_timeout(600)
        frames = []
        for wait_ms in (400, 700, 100, 60, 60, 60, 60, 60, 100, 200, 300, 400):
            page.evaluate(f"advance({wait_ms})")
            frames.append(picture(page).resize(STRIP_PX, Image.Resampling.LANCZOS))
    sheet = lay(frames)
    sheet.save(STILLS / "strip-board-moves.jpg", quality=80)
    height = SMALL_PX[0] * sheet.height // sheet.width
    sheet.resize((SMALL_PX[0], height)).save(SMALL / "overlay-board-moves.jpg", quality=80)


def lay(frames: list[Image.Image], columns: int = 6) -> Image.Image:
    width, height = frames[0].size
    sheet = Image.new("RGB", (columns * width, -(-len(frames) // columns) * height))
    for place, each in enumerate(frames):
        sheet.paste(each, (place % columns * width, place // columns * height))
    return sheet


def pace(browser: Browser) -> str:
    with stage(browser) as page:
        on_air = told(page, graphic("bar", run=run(panels=made.PANELS)), graphic("countdown"))
        put_on_air(page, on_air, tally(result()))
        page.evaluate("window.run()")
        counting_down(page, PACE_S)
        times, drawn = page.evaluate("[times, drawn]")
    gaps = sorted(after - at for at, after in pairwise(times))
    late = sum(gap > 2 * FRAME_MS for gap in gaps)
    return (
        f"{len(gaps)} frames in {PACE_S} s: longest {gaps[-1]:.0f} ms, {late} over 40 ms; "
        f"drawing one takes {sorted(drawn)[len(drawn) // 2]:.1f} ms, at most {max(drawn):.1f} ms"
    )


def main() -> None:
    for folder in (STILLS, SMALL):
        folder.mkdir(parents=True, exist_ok=True)
    chromium = shutil.which("chromium")
    assert chromium, "chromium is missing: run scripts/setup test"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(QUIET))
        print(pace(browser))
        for kind in KINDS:
            strip(browser, kind)
        movement(browser)
        for lang in LANGS:
            stills(browser, "plain", lang)
        stills(browser, "jade", "zh")
        browser.close()
    print(f"{len(list(STILLS.iterdir()))} pictures in {STILLS.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
