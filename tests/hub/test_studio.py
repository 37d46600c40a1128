"""One episode's live side: who votes where, who has voted, what the count is."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest

from livevote.core import command as cmd
from livevote.core import event as ev
from livevote.core.ballot import Answer, Ballot, Outcome
from livevote.core.model import Seat, SeatState
from livevote.core.rules import Panel, PanelRole, Rules
from livevote.core.scale import SATISFACTION
from livevote.core.tally import Tally
from livevote.errors import BadValue, NotAllowed, NotEligible, NotOpen
from livevote.hub.director import Director
from livevote.hub.fanout import Audience, Outbox
from livevote.hub.studio import Member, Studio, Voter
from livevote.store.keys import RunKey
from livevote.wire.codec import JSON
from livevote.wire.inbound import Cast
from tests.core.examples import Story, told
from tests.hub.room import ONLINE, RULES, STUDIO

SEAT = Voter("seat", "A-01")
VIEWER = Voter("viewer", "v1")
ARMED = cmd.Arm("water", run="r1")


class Told:
    """A director that only holds an episode."""

    def __init__(self, story: Story) -> None:
        self._story = story

    @property
    def episode(self) -> object:
        return self._story.episode


def studio(story: Story, key: bytes = b"k" * 32) -> Studio:
    return Studio(cast(Director, Told(story)), key)


def rules(*panels: Panel) -> Rules:
    return replace(RULES, panels=panels)


def ballot(found: Studio, voter: Voter = SEAT, value: int = 80, run: str = "r1") -> Ballot:
    key, made = found.ballot(voter, Cast(run, 4, value), 1234)
    assert key == RunKey("e1", run)
    assert (made.seq, made.value, made.received_ms) == (4, value, 1234)
    assert made.voter == found.pseudonym(voter)
    return made


# --- who is who ---


def test_voters_are_pseudonyms_that_say_nothing_and_never_collide() -> None:
    one, other = studio(told()), studio(told(), b"other key")
    found = {
        house.pseudonym(voter)
        for house in (one, other)
        for voter in (SEAT, Voter("viewer", "A-01"), Voter("seat", "A-02"))
    }
    assert len(found) == 6
    assert all(len(name) == 16 and b"A-01" not in name for name in found)
    assert one.pseudonym(SEAT) == studio(told()).pseudonym(SEAT)


def test_seats_are_found_by_their_pseudonyms_also_after_a_new_roster() -> None:
    story = told()
    house = studio(story)
    assert set(house.seat_of().values()) == {"A-01", "A-02", "B-01"}
    assert house.seat_of()[house.pseudonym(SEAT)] == "A-01"
    assert house.seat_of() is house.seat_of()
    story.ask(cmd.SetRoster((Seat("Z-09"),)))
    assert house.seat_of() == {house.pseudonym(Voter("seat", "Z-09")): "Z-09"}


def test_a_seats_cookie_opens_its_generation_only() -> None:
    story = told(cmd.JoinSeat("A-01", 1))
    house = studio(story)
    house.check_seat("A-01", 1)
    story.ask(cmd.ReissueSeat("A-01"))
    for generation in (1, 3):
        with pytest.raises(NotAllowed, match="seat A-01 was issued anew; scan the new code"):
            house.check_seat("A-01", generation)
    story.ask(cmd.JoinSeat("A-01", 2))
    house.check_seat("A-01", 2)


@pytest.mark.parametrize("seat", ["A-02", "Z-09", ""])
def test_a_cookie_of_a_seat_that_nobody_joined_or_that_is_not_there_opens_nothing(
    seat: str,
) -> None:
    with pytest.raises(NotAllowed):
        studio(told(cmd.JoinSeat("A-01", 1))).check_seat(seat, 1)


def test_a_seat_that_left_the_roster_and_came_back_does_not_open_to_its_old_tablet() -> None:
    story = told(cmd.JoinSeat("A-01", 1))
    roster = story.episode.seats
    story.ask(cmd.SetRoster(roster[1:]))
    house = studio(story)
    with pytest.raises(NotAllowed):
        house.check_seat("A-01", 1)
    story.ask(cmd.SetRoster(roster), cmd.ReissueSeat("A-01"))
    with pytest.raises(NotAllowed):
        house.check_seat("A-01", 1)
    assert story.episode.seat_states["A-01"] == SeatState(2, joined=False)


# --- panels ---


def test_voters_sit_in_the_panel_of_their_seat_or_in_that_of_the_viewers() -> None:
    house = studio(told(rules=rules(STUDIO, ONLINE)))
    assert (house.panel_of(SEAT), house.panel_of(VIEWER)) == ("studio", "online")
    assert house.panel_of(Voter("seat", "Z-09")) == ""


def test_without_a_panel_for_them_viewers_sit_nowhere() -> None:
    off = replace(ONLINE, role=PanelRole.OFF)
    assert studio(told(rules=rules(STUDIO))).panel_of(VIEWER) == ""
    assert studio(told(rules=rules(STUDIO, off))).panel_of(VIEWER) == ""


def test_the_rules_of_the_shown_run_decide_before_those_of_the_episode() -> None:
    crowd = replace(ONLINE, id="crowd")
    story = told(ARMED, rules=rules(STUDIO, ONLINE))
    story.ask(cmd.SetRules(rules(STUDIO, crowd)))
    house = studio(story)
    assert house.panel_of(VIEWER) == "online"
    story.ask(cmd.AskVoid("r1", "错"))
    assert house.panel_of(VIEWER) == "online", "voters are still told of the void run"
    story.ask(cmd.ChooseSegment("housing"))
    assert house.panel_of(VIEWER) == "crowd"
    story.ask(cmd.Arm("water", run="r2"))
    assert house.panel_of(VIEWER) == "crowd"


# --- ballots ---


def test_a_ballot_goes_into_the_voters_panel() -> None:
    house = studio(told(ARMED, rules=rules(STUDIO, ONLINE)))
    assert ballot(house, SEAT).panel == "studio"
    assert ballot(house, VIEWER).panel == "online"


def test_a_ballot_for_a_run_that_is_not_there_is_refused() -> None:
    house = studio(told(ARMED))
    for run in ("r2", ""):
        with pytest.raises(NotOpen):
            house.ballot(SEAT, Cast(run, 1, 80), 0)


@pytest.mark.parametrize("value", [-1, 101, 1_000_000, 50])
def test_a_value_that_is_not_on_the_scale_is_refused(value: int) -> None:
    house = studio(told(ARMED, rules=replace(RULES, scale=SATISFACTION)))
    with pytest.raises(BadValue) as told_:
        ballot(house, SEAT, value)
    assert told_.value.where == "value"
    assert [ballot(house, SEAT, good).value for good in (1, 2, 3)] == [1, 2, 3]


@pytest.mark.parametrize(
    ("voter", "panels"),
    [
        (VIEWER, (STUDIO,)),
        (VIEWER, (STUDIO, replace(ONLINE, role=PanelRole.OFF))),
        (SEAT, (replace(STUDIO, role=PanelRole.OFF), ONLINE)),
        (Voter("seat", "Z-09"), (STUDIO, ONLINE)),
    ],
    ids=["no viewers", "viewers off", "studio off", "no such seat"],
)
def test_who_sits_in_no_panel_that_takes_ballots_is_not_eligible(
    voter: Voter, panels: tuple[Panel, ...]
) -> None:
    house = studio(told(ARMED, rules=rules(*panels)))
    with pytest.raises(NotEligible):
        house.ballot(voter, Cast("r1", 1, 80), 0)


def test_an_advisory_panel_takes_ballots() -> None:
    advisory = replace(ONLINE, role=PanelRole.ADVISORY, weight=0)
    house = studio(told(ARMED, rules=rules(STUDIO, advisory)))
    assert ballot(house, VIEWER).panel == "online"


def test_a_seat_whose_panel_the_frozen_rules_do_not_have_is_not_eligible() -> None:
    story = told(ARMED, rules=rules(STUDIO, ONLINE))
    story.happen(ev.RosterSet((Seat("A-01", "A", "experts"),)))
    with pytest.raises(NotEligible):
        ballot(studio(story))


def test_a_ballot_for_an_earlier_run_is_made_by_that_runs_rules() -> None:
    story = told(ARMED, cmd.AskVoid("r1", "错"), rules=rules(STUDIO, ONLINE))
    story.ask(cmd.SetRules(rules(STUDIO)), cmd.Arm("water", run="r2"))
    house = studio(story)
    assert ballot(house, VIEWER, run="r1").panel == "online"
    with pytest.raises(NotEligible):
        ballot(house, VIEWER, run="r2")


# --- counts ---


def committed(house: Studio, run: str, *pairs: tuple[Voter, Answer]) -> None:
    ballots = [Ballot(house.pseudonym(voter), "studio", 1, 80, 0) for voter, _ in pairs]
    house.note_committed(run, ballots, [Outcome(answer, 1) for _, answer in pairs])


def test_the_seats_whose_ballots_are_durable_have_voted() -> None:
    house = studio(told(ARMED))
    house.watch("r1")
    committed(house, "r1", (SEAT, Answer.COUNTED), (Voter("seat", "A-02"), Answer.AGAIN))
    committed(house, "r1", (VIEWER, Answer.COUNTED), (Voter("seat", "Z-09"), Answer.COUNTED))
    assert house.voted == {"A-01", "A-02"}


@pytest.mark.parametrize("answer", [a for a in Answer if a not in (Answer.COUNTED, Answer.AGAIN)])
def test_a_seat_whose_ballot_was_refused_has_not_voted(answer: Answer) -> None:
    house = studio(told(ARMED))
    house.watch("r1")
    committed(house, "r1", (SEAT, answer))
    assert house.voted == set()


def test_a_ballot_of_another_run_marks_no_seat() -> None:
    house = studio(told(ARMED))
    house.watch("r2")
    committed(house, "r1", (SEAT, Answer.COUNTED))
    assert house.voted == set()
    house.watch("r1")
    committed(house, "r1", (SEAT, Answer.COUNTED))
    house.watch("r1")
    assert house.voted == {"A-01"}
    house.watch("r2")
    assert house.voted == set()


def test_only_a_newer_tally_is_kept_and_only_news_are_shown() -> None:
    house = studio(told(ARMED))
    assert house.note_tally("r1", Tally({}, 0)), "a new run"
    assert not house.note_tally("r1", Tally({}, 0))
    assert house.note_tally("r1", Tally({"studio": {80: 2}}, 2))
    assert not house.note_tally("r1", Tally({"studio": {80: 1}}, 1))
    assert house.tally.size == 2
    assert house.note_tally("r2", Tally({}, 0)), "another run, though smaller"
    assert (house.tally_run, house.tally.size) == ("r2", 0)


def test_a_change_of_phase_is_news_although_no_ballot_came() -> None:
    house = studio(told(ARMED))
    house.note_tally("r1", Tally({}, 1))
    house.dirty = True
    assert house.note_tally("r1", Tally({}, 1))
    assert not house.note_tally("r1", Tally({}, 1))


# --- members ---


def member(role: str, who: str) -> Member:
    return Member(Outbox(JSON, Audience("e1", "voter")), role, who)


def test_the_seats_that_are_here_are_those_with_a_tablet() -> None:
    house = studio(told())
    for role, who in (("seat", "A-01"), ("seat", "B-01"), ("viewer", "v1"), ("staff", "desk")):
        house.members[member(role, who)] = None
    assert house.seats_online() == {"A-01", "B-01"}
    assert [viewer.who for viewer in house.of_role("viewer")] == ["v1"]
    # Two tablets that race for a seat are one seat.
    house.members[member("seat", "A-01")] = None
    assert house.seats_online() == {"A-01", "B-01"}


def test_a_member_can_leave_while_all_are_gone_through() -> None:
    house = studio(told())
    for number in range(3):
        house.members[member("viewer", str(number))] = None
    for viewer in house.of_role("viewer"):
        del house.members[viewer]
    assert house.members == {}
