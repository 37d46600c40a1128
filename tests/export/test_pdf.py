"""The report, read back as text and as pictures."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from livevote.core import command as cmd
from livevote.core.model import Segment
from livevote.core.names import Names
from livevote.core.rules import Rules
from livevote.export import pdf
from livevote.export.material import Material
from livevote.export.words import DURABILITY
from tests.export.reading import made, pdf_page, pdf_text
from tests.export.sample import FONTS, STUDIO, UNITS, Evening, before, material


def words_of(of: Material) -> str:
    """The text without any white space: layout breaks lines, not words."""
    return "".join(pdf_text(made("pdf", of)).split())


def bare(text: str) -> str:
    return "".join(text.split())


def test_ten_segments_take_less_than_five_seconds() -> None:
    before_s = time.process_time()
    made("pdf", material())
    assert time.process_time() - before_s < 5


def test_chinese_text_comes_back() -> None:
    text = words_of(material())
    for unit in UNITS:
        assert bare(unit.zh) in text
        assert bare(unit.en) in text
    for segment in material().episode.segments:
        assert bare(segment.pledge) in text


def test_every_run_has_its_figure_its_hash_and_n_of_n() -> None:
    text = words_of(material())
    for run in material().episode.runs:
        assert run.rules_hash in text
        if run.result:
            assert run.result.figure in text
            for row in run.result.panels:
                shown = f"n={row.n}/N={row.N}" if row.N else f"n={row.n}"
                assert shown in text or run.id == "run5"  # run6 stands for that segment


def test_why_a_run_is_void_or_was_repeated_is_told() -> None:
    text = words_of(material())
    assert "作废原因whyvoid：现场平板断网" in text
    assert "askedbydirector，确认confirmedbyproducer" in text
    assert "重投原因whyagain：题目念错，重新评分" in text
    assert "迟到未计late,notcounted3" in text


def test_a_held_run_says_that_it_is_held() -> None:
    text = words_of(material())
    assert "公布前保密helduntilrevealed" in text
    assert "Studio137/200" in text


def test_the_font_has_every_character_that_is_drawn(caplog: pytest.LogCaptureFixture) -> None:
    for of in (material(), before().material(durability="not_durable"), very_long()):
        made("pdf", of)
    assert "missing" not in caplog.text


def test_an_evening_that_has_not_begun_has_a_report() -> None:
    text = words_of(before().material())
    assert "还没有公布的结果" in text
    assert "尚未评分的环节" in text


@pytest.mark.parametrize("durability", DURABILITY)
def test_the_cover_says_how_safe_the_votes_were(durability: str) -> None:
    assert bare(DURABILITY[durability].zh) in words_of(before().material(durability=durability))


def test_no_votes_one_vote_and_still_open() -> None:
    evening = before(Rules())
    evening.vote(evening.open("s1", "run1"), 0, 0).close("run1").reveal("run1")
    evening.vote(evening.open("s2", "run2"), 1, 0).close("run2").reveal("run2")
    evening.vote(evening.open("s3", "run3"), 30, 20)
    text = words_of(evening.material())
    assert "无结果：评分团都未达到最低票数" in text
    assert "没有选票novotes" in text
    assert "1·100.0%" in text
    assert "未公布，计至目前countedsofar" in text


def very_long() -> Material:
    name = "很长的单位名称测试" * 13
    long = Segment(
        "s1",
        Names(name, "A very long English name of a unit " * 3),
        Names("局长" * 50),
        question="很长的问题，" * 300,
        pledge="承诺 with English words，" * 80,
    )
    evening = before(replace(Rules(), panels=(replace(STUDIO, name=Names(name[:80])),)))
    evening.ask(cmd.SetTitle(Names(name, "x" * 120)), cmd.SetRundown((long,)))
    return evening.scored("s1", "run1", 150, 0).material()


def test_very_long_texts_are_all_there() -> None:
    of = very_long()
    segment = of.episode.segments[0]
    lines = pdf_text(made("pdf", of)).splitlines()
    text = bare("".join(line for line in lines if "据修订" not in line))  # without page feet
    for part in (segment.unit.zh, segment.question, segment.pledge):
        assert bare(part)[:400] in text


@pytest.mark.parametrize("of", [material(), very_long()], ids=["whole", "long"])
def test_nothing_is_drawn_in_the_margins(of: Material, tmp_path: Path) -> None:
    data = made("pdf", of)
    pages = pdf_text(data).count("\f")
    assert pages > 3
    for page in range(1, pages + 1):
        picture = Image.open(pdf_page(data, tmp_path, 50, page))
        width, height = picture.size
        inner = Image.new("L", picture.size, 255)
        box = (int(width * 0.08), int(height * 0.04), int(width * 0.925), int(height * 0.98))
        picture.paste(inner.crop(box), box)
        assert picture.getextrema() == (255, 255), page


def test_a_full_bar_is_as_long_as_its_ground(tmp_path: Path) -> None:
    """100 %: the only bar of the distribution that is drawn reaches its end."""
    evening = before(Rules())
    evening.vote(evening.open("s1", "run1"), 1, 0).close("run1").reveal("run1")
    data = made("pdf", evening.material())
    picture = Image.open(pdf_page(data, tmp_path, 100, 3)).convert("L")
    rows = [_dark(picture, y) for y in range(picture.height)]
    longest = max(rows)
    # 92 mm of bar at 100 dpi, in the green of a satisfied value.
    assert abs(longest - 92 / 25.4 * 100) <= 4


def _dark(picture: Image.Image, y: int) -> int:
    """The longest run of pixels between ink and ground on a line."""
    best = run = 0
    for x in range(picture.width):
        run = run + 1 if 90 < int(str(picture.getpixel((x, y)))) < 180 else 0
        best = max(best, run)
    return best


def test_fonts_that_are_not_there_are_named(tmp_path: Path) -> None:
    assert (FONTS / "unicode.json").exists()
    with pytest.raises(FileNotFoundError, match=r"unicode\.json"):
        pdf.make(Evening().material(), tmp_path)
