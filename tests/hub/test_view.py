"""What leaves the process: its shape, and what is never in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livevote.core import command as cmd
from livevote.core import event as ev
from livevote.core.model import Episode, Graphic, GraphicKind, Run
from livevote.core.names import Names
from livevote.core.phase import Phase
from livevote.core.plain import to_plain
from livevote.core.result import compute
from livevote.core.rules import Admission, Channel, Panel, PanelRole, Rules, Visibility
from livevote.core.scale import SMILEY
from livevote.core.tally import Tally
from livevote.export.material import may_show
from livevote.hub import view
from livevote.wire.codec import CODECS
from tests.core.examples import Story, rules, told
from tests.hub.room import HELD, OFF, ONLINE, RULES, STUDIO

URL = "http://studio.example/"
ARMED = cmd.Arm("water", run="r1")
OPEN = (ARMED, cmd.Open("r1", duration_ms=60_000))
CLOSED = (*OPEN, cmd.Close("r1"), cmd.Finish("r1", 3))
VERIFIED = (*CLOSED, cmd.Verify("r1", matches=True, size=3))
TALLY = Tally({"studio": {80: 2, 60: 1}, "online": {10: 5}}, 8)

BEFORE_REVEAL: dict[Phase, tuple[cmd.Command, ...]] = {
    Phase.ARMED: (ARMED,),
    Phase.OPEN: OPEN,
    Phase.PAUSED: (*OPEN, cmd.Pause("r1")),
    Phase.CLOSING: (*OPEN, cmd.Close("r1")),
    Phase.CLOSED: CLOSED,
    Phase.VERIFIED: VERIFIED,
}


def after(*commands: cmd.Command, given: Rules = RULES) -> Story:
    return told(*commands, rules=given)


def revealed(given: Rules = RULES, tally: Tally = TALLY) -> Story:
    story = after(*VERIFIED, given=given)
    run = story.run("r1")
    return story.ask(cmd.Reveal("r1", compute(run.rules, run.eligible, tally)))


def everything(story: Story) -> dict[str, Any]:
    """All that leaves for anybody."""
    episode = story.episode
    return {
        "voter": view.voter(episode, "studio"),
        "viewer": view.voter(episode, "online"),
        "overlay": view.overlay(episode, URL),
        "staff": view.staff(episode, URL, story.log),
    }


# --- shapes, as PROTOCOL.md prints them ---

SEGMENT = "id position of unit post film question pledge due target lookback"
RUN = (
    "id code segment attempt phase visibility change_allowed opened_ms deadline_ms left_ms "
    "closed_ms later_ms grace_ms duration_ms rules_hash unit decimals scale panels bands eligible"
)
STAFF_RUN = RUN + (
    " armed_ms finished_ms size verified_by verification revealed_ms result rerun_reason "
    "void_reason void_asked_by voided_by correction corrections moves"
)
RESULT = "unit figure exact level n N online panels satisfied size"
PANEL_RESULT = "panel n N weight role figure satisfied counts quorum_met counts_in_result"
OVERLAY = "episode blanked preview programme board deliveries vote_url"
STAFF = OVERLAY + " segments current rules rules_hash runs seats log"


def has(plain: Mapping[str, Any] | None, names: str) -> None:
    assert plain is not None
    assert set(plain) == set(names.split())


def test_what_a_voter_sees_has_its_shape() -> None:
    seen = view.voter(revealed().episode, "studio")
    has(seen, "episode segment run result panel panel_name channels")
    has(seen["episode"], "id show title")
    has(seen["segment"], SEGMENT)
    has(seen["run"], RUN)
    has(seen["run"]["scale"], "kind low high step points_min points_max buckets")
    has(seen["run"]["scale"]["buckets"][0], "value points name satisfied face")
    has(seen["run"]["panels"][0], "id name admission role weight estimator quorum")
    has(seen["run"]["bands"][0], "floor level name")
    has(seen["result"], RESULT)
    has(seen["result"]["panels"][0], PANEL_RESULT)


def test_what_an_overlay_sees_has_its_shape() -> None:
    story = revealed().ask(cmd.Cue("board"), cmd.Take("bar"))
    seen = view.overlay(story.episode, URL)
    has(seen, OVERLAY)
    has(seen["preview"], "kind segment run result")
    has(seen["programme"][0], "kind segment run result")
    has(seen["board"][0], "rank segment run figure level n N online unit post")


def test_what_staff_see_has_its_shape() -> None:
    story = revealed().ask(cmd.JoinSeat("A-01", 1))
    seen = view.staff(story.episode, URL, story.log)
    has(seen, STAFF)
    has(seen["segments"][0], SEGMENT)
    has(seen["runs"][0], STAFF_RUN)
    has(seen["seats"][0], "label block panel generation joined")
    has(seen["log"][0], "revision at_ms by type text")
    assert seen["seats"][0]["joined"] is True
    assert seen["seats"][1] == {
        "label": "A-02",
        "block": "A",
        "panel": "studio",
        "generation": 1,
        "joined": False,
    }


def test_an_empty_episode_can_be_seen() -> None:
    story = Story().happen(ev.EpisodeMade("e1", Names("问政"), Names("五水")))
    seen = everything(story)
    assert seen["voter"]["segment"] is seen["voter"]["run"] is seen["voter"]["result"] is None
    assert seen["overlay"]["programme"] == seen["overlay"]["board"] == []
    assert seen["overlay"]["preview"] is None
    for codec in CODECS.values():
        assert codec.decode(codec.encode(seen)) == seen


@given(rules())
def test_any_rules_can_be_encoded_and_read_back_the_same(given: Rules) -> None:
    seen = everything(after(ARMED, given=changed_seats(given)))
    for codec in CODECS.values():
        assert codec.decode(codec.encode(seen)) == seen


def changed_seats(given: Rules) -> Rules:
    """The small episode's seats sit in a panel called studio."""
    first, *rest = given.panels
    studio = replace(first, id="studio", admission=Admission.SEATS)
    others = (replace(panel, admission=Admission.SEATS) for panel in rest)
    return replace(given, panels=(studio, *others))


# --- voters ---


@pytest.mark.parametrize(
    ("panels", "panel", "seen", "named"),
    [
        ((STUDIO, ONLINE), "studio", "studio", True),
        ((STUDIO, ONLINE), "online", "online", True),
        ((STUDIO,), "online", "", False),
        ((STUDIO, replace(ONLINE, role=OFF)), "online", "", True),
        ((replace(ONLINE, id="crowd"), STUDIO), "online", "", False),
        ((STUDIO, ONLINE), "", "", False),
    ],
    ids=["seat", "viewer", "no panel", "panel off", "another id", "nobody"],
)
@pytest.mark.parametrize("armed", [True, False], ids=["in a run", "before any run"])
def test_a_voter_is_told_of_a_panel_only_where_their_ballot_goes_in_one(
    panels: tuple[Panel, ...], panel: str, seen: str, named: bool, armed: bool
) -> None:
    commands = (ARMED,) if armed else ()
    found = view.voter(after(*commands, given=replace(RULES, panels=panels)).episode, panel)
    assert found["panel"] == seen
    assert (found["panel_name"] is not None) == named


def test_the_frozen_rules_decide_about_the_panel_not_those_for_later() -> None:
    story = after(ARMED).ask(cmd.SetRules(replace(RULES, panels=(STUDIO,))))
    assert view.voter(story.episode, "online")["panel"] == "online"


def test_a_voter_is_about_the_run_under_way_then_about_the_current_segment() -> None:
    story = after()
    assert view.voter(story.episode, "studio")["segment"]["id"] == "water"
    story.ask(cmd.Arm("housing", run="r1"))
    assert view.voter(story.episode, "studio")["segment"]["id"] == "housing"
    assert view.voter(story.episode, "studio")["run"]["id"] == "r1"
    story.ask(cmd.AskVoid("r1", "错"))
    assert view.voter(story.episode, "studio")["run"]["phase"] == "void"
    story.ask(cmd.ChooseSegment("water"))
    seen = view.voter(story.episode, "studio")
    assert (seen["segment"]["id"], seen["run"]) == ("water", None)


def test_a_voter_sees_a_result_once_it_is_revealed() -> None:
    result = view.voter(revealed().episode, "studio")["result"]
    assert result["figure"] == "54.3"  # (700 × 73.33 + 300 × 10) / 1000
    assert (result["n"], result["N"], result["online"]) == (3, 3, 5)


# --- panels and weights ---


def test_a_panel_that_is_off_is_not_shown_and_an_advisory_one_weighs_nothing() -> None:
    advisory = replace(ONLINE, id="crowd", role=PanelRole.ADVISORY, weight=300)
    off = replace(STUDIO, id="experts", role=OFF)
    given = replace(RULES, panels=(STUDIO, advisory, off))
    shown = view.voter(after(ARMED, given=given).episode, "studio")["run"]["panels"]
    assert [(panel["id"], panel["role"], panel["weight"]) for panel in shown] == [
        ("studio", "counting", 700),
        ("crowd", "advisory", 0),
    ]


def test_labels_and_points_of_a_scale_are_told() -> None:
    given = replace(RULES, scale=SMILEY)
    scale = view.voter(after(ARMED, given=given).episode, "studio")["run"]["scale"]
    assert (scale["kind"], scale["points_min"], scale["points_max"]) == ("labels", 0, 100)
    assert scale["buckets"][0] == {
        "value": 1,
        "points": 100,
        "name": {"zh": "笑脸", "en": "Smiley"},
        "satisfied": True,
        "face": "happy",
    }


# --- graphics and the board ---


def test_a_graphic_shows_its_segments_run_and_no_result_before_reveal() -> None:
    story = after(*VERIFIED).ask(cmd.Take("result"))
    [shown] = view.overlay(story.episode, URL)["programme"]
    assert (shown["kind"], shown["segment"]["id"], shown["run"]["id"]) == ("result", "water", "r1")
    assert shown["result"] is None
    [shown] = view.overlay(revealed().ask(cmd.Take("result")).episode, URL)["programme"]
    assert shown["result"]["figure"] == "54.3"


def test_the_board_graphic_is_about_everyone() -> None:
    [shown] = view.overlay(after().ask(cmd.Take("board")).episode, URL)["programme"]
    assert shown == {"kind": "board", "segment": None, "run": None, "result": None}


def test_blanked_graphics_are_kept_for_restore() -> None:
    seen = view.overlay(after(cmd.Take("bar"), cmd.Blank()).episode, URL)
    assert seen["blanked"] is True
    assert len(seen["programme"]) == 1


def test_the_board_ranks_revealed_segments_with_turnout() -> None:
    [row] = view.overlay(revealed().episode, URL)["board"]
    assert (row["rank"], row["segment"], row["figure"], row["n"], row["N"]) == (
        1,
        "water",
        "54.3",
        3,
        3,
    )
    assert row["unit"] == {"zh": "台州市水利局", "en": "Water Resources"}


# --- held means held ---


@pytest.mark.parametrize("visibility", Visibility)
@pytest.mark.parametrize("phase", [*BEFORE_REVEAL, Phase.REVEALED])
def test_counts_may_be_shown_live_or_once_they_are_revealed(
    phase: Phase, visibility: Visibility
) -> None:
    given = replace(RULES, visibility=visibility)
    story = (
        revealed(given) if phase is Phase.REVEALED else after(*BEFORE_REVEAL[phase], given=given)
    )
    run = story.run("r1")
    assert run.phase is phase
    may = visibility is Visibility.LIVE or phase is Phase.REVEALED
    assert may_show(run) is may
    full, _ = view.tally_frames(run, TALLY)
    assert (full.live is not None) is may


@pytest.mark.parametrize("visibility", Visibility)
@pytest.mark.parametrize("phase", [*BEFORE_REVEAL, Phase.REVEALED])
def test_voters_get_turnout_only_in_frames(phase: Phase, visibility: Visibility) -> None:
    given = replace(RULES, visibility=visibility)
    story = (
        revealed(given) if phase is Phase.REVEALED else after(*BEFORE_REVEAL[phase], given=given)
    )
    full, turnout = view.tally_frames(story.run("r1"), TALLY)
    assert turnout.live is None
    assert (turnout.run, turnout.size, turnout.n, turnout.N, turnout.online) == ("r1", 8, 3, 3, 5)
    assert replace(full, live=None) == turnout


def test_a_voided_held_run_stays_held() -> None:
    story = after(*CLOSED, given=HELD).ask(cmd.AskVoid("r1", "错"))
    story.ask(cmd.ConfirmVoid("r1"), by="producer")
    assert not may_show(story.run("r1"))


def test_a_live_frame_is_the_result_so_far() -> None:
    run = after(*OPEN).run("r1")
    full, _ = view.tally_frames(run, TALLY)
    assert full.live == to_plain(compute(run.rules, run.eligible, TALLY))


def test_a_revealed_frame_is_the_sealed_result_whatever_the_store_says_now() -> None:
    run = revealed().run("r1")
    full, turnout = view.tally_frames(run, Tally({"studio": {0: 3}}, 9))
    assert full.live == to_plain(run.result)
    assert turnout.size == 8


@st.composite
def two_counts(draw: st.DrawFn) -> tuple[Rules, dict[str, int], Tally, Tally]:
    """Held rules, and two tallies with the same turnout in each panel."""
    given = replace(draw(rules()), visibility=Visibility.HELD)
    one: dict[str, dict[int, int]] = {}
    other: dict[str, dict[int, int]] = {}
    eligible: dict[str, int] = {}
    size = 0
    values = st.sampled_from([bucket.value for bucket in given.scale.buckets])
    for panel in given.panels:
        n = draw(st.integers(0, 6))
        size += n
        for counts in (one, other):
            row = counts.setdefault(panel.id, {})
            for value in draw(st.lists(values, min_size=n, max_size=n)):
                row[value] = row.get(value, 0) + 1
        if panel.admission is Admission.SEATS:
            eligible[panel.id] = n + draw(st.integers(0, 3))
    return given, eligible, Tally(one, size), Tally(other, size)


@given(two_counts(), st.sampled_from([p for p in Phase if p is not Phase.REVEALED]))
def test_frames_of_a_held_run_do_not_depend_on_what_was_voted(
    drawn: tuple[Rules, dict[str, int], Tally, Tally], phase: Phase
) -> None:
    given, eligible, one, other = drawn
    run = Run("r1", "R01", "water", 1, phase, given, given.hash(), eligible, 1)
    for codec in CODECS.values():
        assert [codec.encode(frame.plain()) for frame in view.tally_frames(run, one)] == [
            codec.encode(frame.plain()) for frame in view.tally_frames(run, other)
        ]


@given(two_counts())
def test_the_same_frames_differ_where_the_run_is_not_held(
    drawn: tuple[Rules, dict[str, int], Tally, Tally],
) -> None:
    """So that the test above cannot pass by comparing nothing."""
    given, eligible, one, other = drawn
    live = replace(given, visibility=Visibility.LIVE)
    run = Run("r1", "R01", "water", 1, Phase.OPEN, live, live.hash(), eligible, 1)
    shown = {panel.id for panel in live.panels if panel.role is not PanelRole.OFF}
    same = all(one.panel(panel) == other.panel(panel) for panel in shown)
    frames = [view.tally_frames(run, tally)[0] for tally in (one, other)]
    assert (frames[0] == frames[1]) is same


@pytest.mark.parametrize("phase", BEFORE_REVEAL)
def test_no_state_before_reveal_holds_a_result(phase: Phase) -> None:
    seen = everything(after(*BEFORE_REVEAL[phase], given=HELD).ask(cmd.Take("result")))
    assert seen["voter"]["result"] is seen["viewer"]["result"] is None
    assert seen["overlay"]["programme"][0]["result"] is None
    assert seen["overlay"]["board"] == []
    assert [run["result"] for run in seen["staff"]["runs"]] == [None]


# --- the log for people ---


def lines(story: Story) -> list[tuple[str, str]]:
    return [(line["type"], line["text"]) for line in everything(story)["staff"]["log"]]


def test_a_line_says_whom_it_concerns_and_why() -> None:
    story = after(cmd.JoinSeat("A-01", 1), cmd.ReissueSeat("A-01"), cmd.Take("bar"), *CLOSED)
    story.ask(cmd.AskVoid("r1", "话筒坏了"))
    story.ask(cmd.Report("store_down", "the store did not answer for 3.0 s", "r1"))
    story.ask(cmd.ConfirmVoid("r1"), by="producer")
    story.ask(cmd.Arm("housing", run="r2"), cmd.SetPledge("water", "年底前"))
    assert lines(story)[4:] == [
        ("seat_joined", "A-01"),
        ("seat_reissued", "A-01"),
        ("graphic_taken", "bar · 台州市水利局"),
        ("run_armed", "R01 · 台州市水利局"),
        ("run_opened", "R01"),
        ("run_closing", "R01"),
        ("run_closed", "R01"),
        ("void_asked", "R01 · 话筒坏了"),
        ("incident", "R01 · the store did not answer for 3.0 s"),
        ("run_voided", "R01 · 话筒坏了"),
        ("run_armed", "R02 · 台州市建设局"),
        ("segment_edited", "台州市水利局"),
    ]


def test_a_rerun_says_why() -> None:
    story = revealed().ask(cmd.Arm("water", "计时有误", run="r2"))
    assert lines(story)[-1] == ("run_armed", "R02 · 台州市水利局 · 计时有误")


def test_a_graphic_that_is_cleared_or_is_about_nobody_has_a_line() -> None:
    story = after(cmd.Cue("board"), cmd.Cue(""), cmd.Take("board"))
    assert lines(story)[-3:] == [
        ("graphic_cued", "board"),
        ("graphic_cued", ""),
        ("graphic_taken", "board"),
    ]


def test_no_line_holds_a_figure() -> None:
    story = revealed().ask(cmd.Take("result"))
    taken, opened = story.log[-1].event, story.log[-2].event
    assert isinstance(taken, ev.GraphicTaken)
    assert isinstance(opened, ev.RunRevealed)
    assert taken.figure == opened.result.figure == "54.3"
    assert not any("54" in text for _, text in lines(story))


def test_the_newest_forty_events_are_shown() -> None:
    story = after(*[cmd.Blank(), cmd.Restore()] * 30)
    shown = everything(story)["staff"]["log"]
    assert [line["revision"] for line in shown] == list(range(25, 65))
    assert shown[-1]["by"] == "director"


def test_every_event_there_is_can_be_described() -> None:
    """None may fail for want of a field: the console would stay empty."""
    graphic = Graphic(GraphicKind.BAR, "water")
    episode = after(ARMED).episode
    samples: dict[str, Any] = {
        "run": "r1",
        "segment": episode.segments[0],
        "seat": "A-01",
        "graphic": graphic,
        "kind": "note",
        "text": "a sentence",
        "reason": "why",
    }
    for kind in ev.Event.__subclasses__():
        names = kind.__dataclass_fields__
        event = kind(**{name: samples.get(name, 0) for name in names})
        text = view.describe(episode, ev.Logged(1, 0, "director", event))
        assert isinstance(text, str)
        assert ("R01" in text) == ("run" in names)


def test_staff_see_what_can_be_done_next() -> None:
    found: Episode = after(*OPEN).episode
    [run] = view.staff(found, URL, [])["runs"]
    assert run["moves"] == ["extend", "pause", "close", "void"]
    assert run["verification"] == "automatic"


def test_viewers_alone_hear_of_channels_and_everybody_how_much_later_viewers_close() -> None:
    tv = Channel("tv", Names("电视"), 8_000)
    story = told(cmd.SetRules(replace(RULES, panels=(STUDIO, ONLINE), channels=(tv,))), *OPEN)
    phone, tablet = view.voter(story.episode, ONLINE.id), view.voter(story.episode, STUDIO.id)
    assert phone["channels"] == [to_plain(tv)]
    assert tablet["channels"] == view.voter(story.episode, "")["channels"] == []
    assert phone["run"]["later_ms"] == tablet["run"]["later_ms"] == 8_000
    closed = story.ask(cmd.Pause("r1")).ask(cmd.Close("r1"))
    assert view.voter(closed.episode, ONLINE.id)["run"]["later_ms"] == 0
