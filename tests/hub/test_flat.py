"""Flat fields: every value under a name of its own, and nothing in them that is held."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livevote.core.fold import empty
from livevote.core.model import Run
from livevote.core.phase import Phase
from livevote.core.scale import SATISFACTION
from livevote.core.tally import Tally
from livevote.hub import flat, view
from livevote.hub.feed import KEYED, PUBLIC
from livevote.hub.flat import Moment
from livevote.hub.studio import Studio, Voter
from livevote.wire.codec import to_json
from tests.hub.room import HELD, NOON_MS, RULES, Room

SEAT = Voter("seat", "A-01")


def of(room: Room, studio: Studio, part: str = KEYED) -> Moment:
    return room.hub.feed.page(studio, part).moment


async def counted(room: Room, studio: Studio) -> None:
    run = studio.episode.run_shown
    assert run
    await room.make_beat().pull(studio, run)


async def test_an_episode_from_waiting_to_revealed(room: Room) -> None:
    studio = await room.episode(replace(RULES, scale=SATISFACTION, duration_ms=90_000))
    waiting = flat.current(of(room, studio))
    assert (waiting["phase"], waiting["n"], waiting["N"], waiting["unit_en"]) == (
        "none",
        0,
        3,
        "Water Resources",
    )
    run = await room.opened_run(studio)
    await room.vote(studio, SEAT, run, 2)
    await room.vote(studio, Voter("viewer", "v1"), run, 1)
    await counted(room, studio)
    room.time.pass_ms(30_001)
    told = flat.current(of(room, studio))
    expected = {
        "phase": "open",
        "phase_en": "Open",
        "unit_en": "Water Resources",
        "position_text": "1/2",
        "left_s": 60,
        "countdown_text": "1:00",
        "n": 1,
        "N": 3,
        "n_text": "1/3",
        "turnout_pct": 33.3,
        "turnout_text": "33.3 %",
        "online": 1,
        "held": False,
        "figure": 72.0,  # 0.7 × 60 + 0.3 × 100
        "figure_text": "72.0",
        "figure_unit_zh": "分",
        "level": "mid",
        "level_zh": "基本满意",
        "choice1_name_zh": "满意",
        "choice1_count": 1,
        "choice1_pct": 50.0,
        "choice1_text": "50.0 %",
        "choice3_name_en": "Not satisfied",
        "choice3_count": 0,
        "panel2_name_en": "Viewers",
        "panel2_figure": 100.0,
    }
    assert expected.items() <= told.items()
    await room.revealed(studio, run)
    sealed = flat.current(of(room, studio, PUBLIC))
    assert (sealed["phase"], sealed["figure_text"], sealed["choice2_count"]) == (
        "revealed",
        "72.0",
        1,
    )
    [row] = flat.segments(of(room, studio, PUBLIC))
    assert (row["rank"], row["figure"], row["unit_zh"]) == (1, 72.0, "台州市水利局")


@pytest.mark.parametrize("part", [PUBLIC, KEYED])
async def test_a_held_run_says_the_same_whatever_was_voted(room: Room, part: str) -> None:
    """Two runs with the same turnout and other votes: no byte may differ that is not of a name or
    a time."""
    said = []
    for value in (10, 90):
        studio = await room.episode(HELD)
        run = await room.opened_run(studio)
        await room.vote(studio, SEAT, run, value)
        await counted(room, studio)
        await room.closed(studio, run)
        moment = replace(of(room, studio, part), now_ms=NOON_MS)
        forms = [flat.current(moment), *flat.rows(moment), *flat.segments(moment)]
        assert all(row["n"] in (1, None) for row in forms)
        assert forms[0]["held"] is True
        said.append(to_json(forms).replace(studio.episode.id.encode(), b"E"))
    assert said[0] == said[1]


async def test_only_the_key_opens_running_figures(room: Room) -> None:
    studio = await room.episode()
    run = await room.opened_run(studio)
    await room.vote(studio, SEAT, run, 80)
    await counted(room, studio)
    public, keyed = (flat.current(of(room, studio, part)) for part in (PUBLIC, KEYED))
    assert (public["figure"], public["figure_text"], public["held"]) == (None, "", True)
    assert public["n"] == keyed["n"] == 1
    assert keyed["figure"] == 80.0
    assert {name for name in public if public[name] != keyed[name]} >= {"figure", "choice3_count"}


async def test_what_is_not_scored_yet_is_not_told(room: Room) -> None:
    studio = await room.episode()
    [current] = flat.segments(of(room, studio))
    assert (current["segment"], current["phase"], current["n_text"]) == ("water", "none", "")
    await room.opened_run(studio)
    assert b"Housing" not in to_json(flat.segments(of(room, studio)))


async def test_the_number_never_goes_back_and_the_mark_tells_every_change(room: Room) -> None:
    studio = await room.episode(replace(RULES, duration_ms=60_000))
    seqs, marks = [], []

    def note() -> None:
        moment = of(room, studio)
        seqs.append(moment.seq)
        marks.append(moment.mark)

    note()
    for segment in ("water", "housing"):
        run = await room.opened_run(studio, segment)
        note()
        await room.vote(studio, SEAT, run, 80)
        await counted(room, studio)
        note()
        room.time.pass_ms(1_000)
        note()
        await room.revealed(studio, run)
        note()
    assert seqs == sorted(seqs)
    assert len(set(marks)) == len(marks)


@given(
    counts=st.dictionaries(
        st.sampled_from(["studio", "online"]),
        st.dictionaries(st.integers(0, 100), st.integers(1, 500), max_size=8),
    )
)
def test_the_choices_are_all_ballots_and_their_shares_a_whole(
    counts: dict[str, dict[int, int]],
) -> None:
    moment = made(counts)
    told = flat.current(moment)
    places = [f"choice{i}" for i in range(1, 11)]
    total = sum(sum(row.values()) for row in counts.values())
    assert sum(int(told[f"{place}_count"] or 0) for place in places) == total
    assert "choice11_count" not in told
    if total:
        assert sum(float(told[f"{place}_pct"] or 0) for place in places) == pytest.approx(100, 0.01)
    assert len(flat.rows(moment)) == 10
    for place, row in zip(places, flat.rows(moment), strict=True):
        assert row["choice_count"] == told[f"{place}_count"]
        assert row["figure_text"] == told["figure_text"]
    for value in told.values():
        assert value is None or isinstance(value, str | int | float | bool)


def made(counts: dict[str, dict[int, int]]) -> Moment:
    run = Run("r", "R01", "s", 1, Phase.OPEN, RULES, "", {"studio": 9}, armed_ms=1, opened_ms=1)
    episode = replace(empty("e"), runs=(run,))
    frame, _ = view.tally_frames(run, Tally(counts, 7))
    return Moment(episode, frame, NOON_MS, stale=False)


def test_without_an_episode_the_names_are_the_same() -> None:
    assert flat.current(Moment(empty(""), None, 0, True))["phase"] == "none"
