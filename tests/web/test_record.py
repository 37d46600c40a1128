"""The public record: what it says, and above all what it does not say yet."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined

import livevote.web
from livevote.core.model import Episode, LookBack, Run, Seat, Segment, Then
from livevote.core.names import Names
from livevote.core.phase import Phase
from livevote.core.plain import from_plain
from livevote.core.pledge import State
from livevote.core.result import compute
from livevote.core.rules import PANELS, Admission, Panel, PanelRole, Rules
from livevote.core.scale import ONE_TO_FIVE, POINTS_100, SATISFACTION
from livevote.core.tally import Tally
from livevote.export.rules_text import rules_in_words
from livevote.web.record import bars, record
from livevote.web.words import LANGS, WORDS

HERE = Path(__file__).parent

WATER = Segment(
    "water",
    Names("台州市水利局", "Taizhou Water Resources Bureau"),
    Names("局长", "Director"),
    question="河道排污口为什么整改两年还在排？",
    pledge="2027-03-31 前封堵全部 12 个排污口",
)
ROAD = Segment("road", Names("路桥区", "Luqiao District"), Names("区长", "District head"))
SECRET = Segment("secret", Names("椒江区", "Jiaojiang District"), question="还没有播出的提问")

COUNTS = Tally({"studio": {1: 120, 2: 50, 3: 18}, "online": {1: 300, 3: 100}}, size=612)


def a_run(number: int, segment: str, **changes: Any) -> Run:
    rules = changes.pop("rules", Rules())
    run = Run(
        id=f"run-{number}",
        code=f"R{number:02d}",
        segment=segment,
        attempt=1,
        phase=Phase.OPEN,
        rules=rules,
        rules_hash=rules.hash(),
        eligible={"studio": 200},
        armed_ms=1_790_000_000_000,
        opened_ms=1_790_000_010_000,
    )
    return replace(run, **changes)


def revealed(number: int, segment: str, tally: Tally = COUNTS, **changes: Any) -> Run:
    rules = changes.get("rules", Rules())
    result = compute(rules, {"studio": 200}, tally)
    return a_run(number, segment, phase=Phase.REVEALED, result=result, **changes)


def an_episode(*runs: Run) -> Episode:
    return Episode(
        "e1",
        Names("台州全媒体问政", "Taizhou All-Media Questioning"),
        Names("五水共治", "Five Waters"),
        1_790_000_000_000,
        segments=(WATER, ROAD, SECRET),
        seats=(Seat("A-01", "A"),),
        runs=runs,
    )


def page(context: dict[str, Any], template: str = "episode.html") -> str:
    folder = Path(livevote.web.__path__[0]) / "templates"
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["when"] = lambda ms: f"@{ms}"
    return environment.get_template(template).render(context)


def test_a_segment_enters_the_record_when_its_first_run_is_armed() -> None:
    before = record(an_episode(), "zh")
    assert before["segments"] == []
    assert before["segments_left"] == 3
    after = record(an_episode(a_run(1, "water", phase=Phase.ARMED)), "zh")
    assert [segment["unit"] for segment in after["segments"]] == ["台州市水利局"]
    assert "还没有播出的提问" not in page(after)


@pytest.mark.parametrize(
    "phase", [Phase.OPEN, Phase.PAUSED, Phase.CLOSING, Phase.CLOSED, Phase.VERIFIED, Phase.VOID]
)
def test_no_count_is_in_the_record_before_reveal(phase: Phase) -> None:
    # A result that slipped into the model must still not reach the page.
    run = replace(revealed(1, "water"), phase=phase)
    context = record(an_episode(run), "en")
    (shown,) = context["segments"][0]["runs"]
    assert shown["result"] is None
    assert shown["panels"] == []
    assert shown["missing"]
    html = page(context)
    assert not any(figure in html for figure in ("612 entries", "188 of 200", "78.4", "7365/94"))


def test_the_figure_comes_with_turnout_level_and_exact_fraction() -> None:
    context = record(an_episode(revealed(1, "water")), "zh")
    result = context["segments"][0]["runs"][0]["result"]
    # 0.7 × (120·100 + 50·60)/188 + 0.3 × 75 = 78.35…, a mid level
    assert result["figure"] == "78.4"
    assert result["exact"] == "7365/94"
    assert (result["level"], result["level_name"], result["shape"]) == ("mid", "基本满意", "○")
    assert (result["n"], result["N"], result["online"]) == (188, 200, 400)
    html = page(context)
    assert "200 席中 188 票" in html
    assert "7365/94" in html


@pytest.mark.parametrize("phase", [Phase.VERIFIED, Phase.REVEALED])
def test_a_look_back_tells_then_and_once_it_is_revealed_now_and_the_difference(
    phase: Phase,
) -> None:
    rules = Rules()
    earlier = compute(rules, {"studio": 200}, Tally({"studio": {1: 100}, "online": {1: 9}}, 109))
    then = Then(Names("上一期", "The one before"), "R03", 1, earlier, rules, rules.hash())
    found = LookBack(
        *("p1", 7, "2026-11-20", WATER.pledge, "2026-11-11", State.VERIFIED),
        days_late=11,
        claimed_day="2026-11-22",
        then=then,
    )
    run = replace(revealed(1, "water"), phase=phase)
    again = replace(an_episode(run), segments=(replace(WATER, lookback=found), ROAD, SECRET))
    context = record(again, "en")
    html = page(context)
    told = context["segments"][0]["lookback"]
    assert (told["then"], told["then_title"]) == ("100.0 points", "The one before")
    for text in ("Pledge no. 7, due 2026-11-11", "claimed done on 2026-11-22", "11 days late"):
        assert text in html
    aired = phase is Phase.REVEALED
    assert (told["now"], told["difference"]) == (("78.4 points", "-21.6") if aired else (None, ""))
    assert ("−21.6" in html) is aired
    assert [row["looks_back"] for row in context["board"]] == [True] * aired


def test_the_hash_can_be_checked_from_the_page_alone() -> None:
    context = record(an_episode(revealed(1, "water")), "zh")
    (used,) = context["rules"]
    assert hashlib.sha256(used["canonical"].encode()).hexdigest() == used["hash"]
    assert context["segments"][0]["runs"][0]["rules_hash"] == used["hash"]
    assert page(context).count(used["hash"]) == 2


def test_a_rerun_stands_and_the_earlier_figure_says_so() -> None:
    again = Tally({"studio": {1: 150}}, size=150)
    second = revealed(2, "water", again, attempt=2, rerun_reason="投票器故障")
    context = record(an_episode(revealed(1, "water"), second), "zh")
    first, last = context["segments"][0]["runs"]
    assert first["replaced_by"] == "R02"
    assert last["replaced_by"] == ""
    assert [row["code"] for row in context["board"]] == ["R02"]
    assert "投票器故障" in page(context)


def test_a_void_run_shows_its_reason_and_that_two_confirmed() -> None:
    void = a_run(
        1,
        "water",
        phase=Phase.VOID,
        void_reason="选错了单位",
        void_asked_by="dir-1",
        voided_by="prod-1",
    )
    html = page(record(an_episode(void), "zh"))
    assert "选错了单位" in html
    assert "由两人确认作废" in html
    assert "dir-1" not in html


def test_an_asked_void_is_not_public_while_nobody_confirmed() -> None:
    asked = a_run(1, "water", void_reason="选错了单位", void_asked_by="dir-1")
    assert "选错了单位" not in page(record(an_episode(asked), "zh"))


def test_no_ballots_is_said_in_words_and_divides_nothing() -> None:
    context = record(an_episode(revealed(1, "water", Tally())), "en")
    run = context["segments"][0]["runs"][0]
    assert run["result"]["figure"] == ""
    assert all(bar["percent"] == "" for panel in run["panels"] for bar in panel["bars"])
    html = page(context)
    assert "No result" in html
    assert "nobody voted" in html
    # On the board it has no rank.
    assert context["board"][0]["rank"] == 0


def test_names_from_people_are_escaped() -> None:
    nasty = replace(WATER, unit=Names("<script>alert(1)</script>", ""), pledge='"><img src=x>')
    episode = replace(an_episode(revealed(1, "water")), segments=(nasty,))
    html = page(record(episode, "zh"))
    assert "<script>" not in html
    assert "<img" not in html
    assert "&lt;script&gt;" in html


def test_a_fine_scale_is_drawn_in_ranges_that_keep_every_vote() -> None:
    rules = Rules(scale=POINTS_100)
    tally = Tally({"studio": {0: 1, 9: 2, 10: 4, 89: 8, 90: 16, 100: 32}})
    row = compute(rules, {"studio": 200}, tally).panels[0]
    drawn = bars(rules.scale, row, 1, "zh")
    assert [bar["name"] for bar in drawn][:2] == ["90–100", "80–89"]
    assert [bar["count"] for bar in drawn] == [48, 8, 0, 0, 0, 0, 0, 0, 4, 3]
    assert sum(bar["count"] for bar in drawn) == row.n
    assert [bar["satisfied"] for bar in drawn] == [True] * 4 + [False] * 6


def test_labels_and_short_scales_have_a_bar_per_value_best_first() -> None:
    row = compute(Rules(), {}, COUNTS).panels[0]
    assert [bar["name"] for bar in bars(SATISFACTION, row, 1, "en")] == [
        "Satisfied",
        "Fairly satisfied",
        "Not satisfied",
    ]
    five = compute(Rules(scale=ONE_TO_FIVE), {}, Tally({"studio": {5: 1}})).panels[0]
    assert [bar["name"] for bar in bars(ONE_TO_FIVE, five, 1, "en")] == ["5", "4", "3", "2", "1"]


def test_advisory_and_below_quorum_panels_are_called_so() -> None:
    experts = Panel(
        "experts", Names("专家", "Experts"), Admission.SEATS, PanelRole.ADVISORY, weight=500
    )
    strict = (PANELS[0], replace(PANELS[1], quorum=1000), experts)
    tally = Tally({**COUNTS.counts, "experts": {1: 3}})
    context = record(an_episode(revealed(1, "water", tally, rules=Rules(panels=strict))), "zh")
    studio, online, third = context["segments"][0]["runs"][0]["panels"]
    assert (studio["weight"], studio["below_quorum"]) == ("70", False)
    assert online["below_quorum"]
    assert (third["counting"], third["weight"], third["below_quorum"]) == (False, "", False)
    assert "未达最低票数" in page(context)


CASES = json.loads((HERE / "rules_in_words.json").read_text())


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
@pytest.mark.parametrize("lang", LANGS)
def test_rules_in_words(case: dict[str, Any], lang: str) -> None:
    rules = from_plain(Rules, case["rules"])
    rules.check()
    assert rules_in_words(rules, lang) == case[lang]


def test_every_word_is_there_in_both_languages_with_the_same_placeholders() -> None:
    def holes(text: str) -> set[str]:
        return {part.split("}")[0] for part in text.split("{")[1:]}

    assert set(WORDS["zh"]) == set(WORDS["en"])
    for key, text in WORDS["zh"].items():
        assert text
        assert holes(text) == holes(WORDS["en"][key]), key


@pytest.mark.parametrize("lang", LANGS)
def test_the_list_of_episodes(lang: str) -> None:
    listed = {"id": "e1", "title": "五水共治", "on": True, "segments": 10, "revealed": 3}
    shows = [
        {"id": "s1", "name": "问政", "episodes": [listed]},
        {"id": "s2", "name": "空", "episodes": []},
    ]
    html = page({"lang": lang, "t": WORDS[lang], "shows": shows}, "episodes.html")
    assert f"/episodes/e1?lang={lang}" in html
    assert WORDS[lang]["on_now"] in html
    assert WORDS[lang]["no_episodes_of_show"] in html
    empty = page({"lang": lang, "t": WORDS[lang], "shows": []}, "episodes.html")
    assert WORDS[lang]["no_episodes"] in empty


@pytest.mark.parametrize(("status", "key"), [(404, "error.404"), (500, "error")])
def test_an_error_says_what_to_do(status: int, key: str) -> None:
    context = {"lang": "zh", "t": WORDS["zh"], "status": status, "message": "<b>"}
    html = page(context, "error.html")
    assert WORDS["zh"][key] in html
    assert str(status) in html
    # What the server says in English is not for a page that is merely missing.
    assert ("&lt;b&gt;" in html) == (status == 500)
