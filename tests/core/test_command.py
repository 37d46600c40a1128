"""What people ask for: the events that follow, or a refusal that says where and why."""

from __future__ import annotations

import pytest

from livevote.core import command as cmd
from livevote.core import event as ev
from livevote.core.command import DECISIONS, Asked, Command, decide
from livevote.core.model import Graphic, GraphicKind, Seat, Segment
from livevote.core.names import Names
from livevote.core.phase import Phase
from livevote.core.rules import PANELS, Rules, Verification
from livevote.errors import BadInput, NotAllowed, NotFound, Refusal, WrongPhase

from .examples import HOUSING, SEATS, WATER, Story, changed, some_result, told

ARM, OPEN, CLOSE = cmd.Arm("water", run="r1"), cmd.Open("r1"), cmd.Close("r1")
FINISH, VERIFY = cmd.Finish("r1", 3), cmd.Verify("r1", True, 3)
REVEAL = cmd.Reveal("r1", some_result())
ROADS = Segment("roads", Names("台州市交通局"))
STUDIO, ONLINE = PANELS

TO: dict[Phase, tuple[Command, ...]] = {
    Phase.ARMED: (ARM,),
    Phase.OPEN: (ARM, OPEN),
    Phase.PAUSED: (ARM, OPEN, cmd.Pause("r1")),
    Phase.CLOSING: (ARM, OPEN, CLOSE),
    Phase.CLOSED: (ARM, OPEN, CLOSE, FINISH),
    Phase.VERIFIED: (ARM, OPEN, CLOSE, FINISH, VERIFY),
    Phase.REVEALED: (ARM, OPEN, CLOSE, FINISH, VERIFY, REVEAL),
}


def in_phase(phase: Phase) -> Story:
    """The small episode with the run r1 of the water segment in this phase."""
    story = told(*TO[phase])
    assert story.run("r1").phase is phase
    return story


def events(story: Story, command: Command, by: str = "director") -> tuple[ev.Event, ...]:
    return decide(story.episode, command, Asked(by, story.now_ms))


def refused(story: Story, command: Command, by: str = "director") -> Refusal:
    with pytest.raises(Refusal) as caught:
        events(story, command, by)
    return caught.value


def test_every_command_has_a_decision() -> None:
    assert set(DECISIONS) == set(Command.__subclasses__())


# --- before the show ---


def test_names_and_texts_are_cleaned_of_line_breaks() -> None:
    title = Names(" 五水\n共治 ", "Five \t Waters")
    assert events(told(), cmd.SetTitle(title)) == (ev.TitleSet(Names("五水 共治", "Five Waters")),)
    untidy = Segment("s", Names("", " Roads "), Names(" 局长 "), "a\nb", " c ", "十月底前\n完成")
    tidy = Segment("s", Names("Roads", "Roads"), Names("局长"), "a b", "c", "十月底前 完成")
    assert events(told(), cmd.SetRundown((untidy,))) == (ev.RundownSet((tidy,)),)
    assert events(told(), cmd.InsertSegment(untidy, "housing")) == (
        ev.SegmentInserted(tidy, "housing"),
    )


def many_segments(count: int) -> tuple[Segment, ...]:
    return tuple(changed(ROADS, id=f"s{i}") for i in range(count))


def many_seats(count: int) -> tuple[Seat, ...]:
    return tuple(Seat(f"S-{i}") for i in range(count))


LONG = "长" * (cmd.TEXT_MAX + 1)
BEFORE_THE_SHOW: list[tuple[Command, type[Refusal], str]] = [
    (cmd.SetTitle(Names("  ")), BadInput, "title"),
    (cmd.SetTitle(Names("长" * 121)), BadInput, "title.zh"),
    (cmd.SetTitle(Names("短", "x" * 121)), BadInput, "title.en"),
    (cmd.SetRundown((WATER, WATER)), BadInput, "segments"),
    (cmd.SetRundown(many_segments(cmd.SEGMENTS_MAX + 1)), BadInput, "segments"),
    (cmd.SetRundown((WATER, Segment("", Names("交通局")))), BadInput, "segments.1.id"),
    (cmd.SetRundown((Segment("x" * 33, Names("交通局")),)), BadInput, "segments.0.id"),
    (cmd.SetRundown((Segment("s", Names()),)), BadInput, "segments.0.unit"),
    (cmd.SetRundown((changed(WATER, question=LONG),)), BadInput, "segments.0.question"),
    (cmd.InsertSegment(WATER), BadInput, "segment.id"),
    (cmd.InsertSegment(ROADS, "nowhere"), NotFound, "before"),
    (cmd.InsertSegment(changed(ROADS, film=LONG)), BadInput, "segment.film"),
    (cmd.EditSegment(ROADS), NotFound, "segment"),
    (cmd.EditSegment(changed(WATER, post=Names("长" * 121))), BadInput, "segment.post.zh"),
    (cmd.SetPledge("roads", "十月底前完成"), NotFound, "segment"),
    (cmd.SetPledge("water", LONG), BadInput, "pledge"),
    (cmd.SetRoster((Seat(""),)), BadInput, "seats.0.label"),
    (cmd.SetRoster((Seat("A" * 17),)), BadInput, "seats.0.label"),
    (cmd.SetRoster((Seat("A"), Seat("B"), Seat("A"))), BadInput, "seats.2.label"),
    (cmd.SetRoster((Seat("A", panel="experts"),)), BadInput, "seats.0.panel"),
    (cmd.SetRoster((Seat("A", panel="online"),)), BadInput, "seats.0.panel"),
    (cmd.SetRoster(many_seats(cmd.SEATS_MAX + 1)), BadInput, "seats"),
    (cmd.SetRules(Rules(decimals=9)), BadInput, "decimals"),
    (cmd.SetRules(Rules(panels=(ONLINE,))), BadInput, "panels"),
    (cmd.JoinSeat("Z-99", 1), NotFound, ""),
    (cmd.JoinSeat("A-01", 2), NotAllowed, ""),
    (cmd.JoinSeat("A-01", 0), NotAllowed, ""),
    (cmd.ReissueSeat("Z-99"), NotFound, "seat"),
    (cmd.ChooseSegment("roads"), NotFound, "segment"),
]


@pytest.mark.parametrize(("command", "refusal", "where"), BEFORE_THE_SHOW)
def test_what_is_wrong_before_the_show_is_refused_with_its_place(
    command: Command, refusal: type[Refusal], where: str
) -> None:
    answer = refused(told(), command)
    assert type(answer) is refusal
    assert answer.where == where


def test_the_limits_themselves_are_allowed() -> None:
    story = told()
    story.ask(cmd.SetTitle(Names("长" * 120)), cmd.SetPledge("water", LONG[1:]))
    story.ask(cmd.SetRoster((Seat("长" * 16),)), cmd.SetRoster(many_seats(cmd.SEATS_MAX)))
    story.ask(cmd.InsertSegment(changed(ROADS, id="x" * 32)))
    story.ask(cmd.SetRundown(many_segments(cmd.SEGMENTS_MAX)))
    assert refused(story, cmd.InsertSegment(ROADS)).where == "segment"


def test_a_pledge_changes_the_pledge_and_nothing_else() -> None:
    story = told(cmd.EditSegment(changed(WATER, question="何时截污？")))
    story.ask(cmd.SetPledge("water", "十月底前完成"))
    assert story.episode.segments[0] == changed(WATER, question="何时截污？", pledge="十月底前完成")
    story = in_phase(Phase.OPEN).ask(cmd.SetPledge("water", "十月底前完成"))
    assert story.episode.segments[0].pledge == "十月底前完成"


def test_a_segment_with_a_run_stays_in_the_rundown() -> None:
    story = told(ARM, cmd.AskVoid("r1", "误操作"))
    answer = refused(story, cmd.SetRundown((HOUSING,)))
    assert "台州市水利局 has a ballot run" in str(answer)
    story.ask(cmd.SetRundown((HOUSING, changed(WATER, film="暗访片"))))


def test_a_segment_on_air_stays_in_the_rundown() -> None:
    story = told(cmd.Take("bar", "housing"))
    assert "台州市建设局 is on air" in str(refused(story, cmd.SetRundown((WATER,))))
    story.ask(cmd.Out(), cmd.SetRundown((WATER,)))


def test_the_roster_is_frozen_while_a_run_is_under_way() -> None:
    for phase in (Phase.ARMED, Phase.OPEN, Phase.PAUSED, Phase.CLOSING):
        assert isinstance(refused(in_phase(phase), cmd.SetRoster(SEATS)), WrongPhase)
    in_phase(Phase.CLOSED).ask(cmd.SetRoster(SEATS))


def test_rules_must_have_the_panels_in_which_seats_are() -> None:
    rules = Rules(panels=(STUDIO,))
    assert events(told(), cmd.SetRules(rules)) == (ev.RulesSet(rules),)
    experts = Rules(panels=(changed(STUDIO, id="experts"),))
    assert "seat A-01 sits in panel 'studio'" in str(refused(told(), cmd.SetRules(experts)))
    assert events(told(cmd.SetRoster(())), cmd.SetRules(experts)) == (ev.RulesSet(experts),)


def test_a_seat_takes_one_tablet_per_code() -> None:
    story = told(cmd.JoinSeat("A-01", 1))
    assert "already has a tablet" in str(refused(story, cmd.JoinSeat("A-01", 1)))
    story.ask(cmd.ReissueSeat("A-01"))
    assert "replaced by a newer one" in str(refused(story, cmd.JoinSeat("A-01", 1)))
    assert events(story, cmd.JoinSeat("A-01", 2)) == (ev.SeatJoined("A-01", 2),)
    assert events(story, cmd.ReissueSeat("A-01")) == (ev.SeatReissued("A-01", 3),)


# --- the runs ---


def test_only_the_current_segment_can_be_chosen_while_its_run_is_under_way() -> None:
    story = in_phase(Phase.OPEN)
    assert isinstance(refused(story, cmd.ChooseSegment("housing")), WrongPhase)
    assert events(story, cmd.ChooseSegment("water")) == ()
    assert events(in_phase(Phase.CLOSED), cmd.ChooseSegment("housing")) == (
        ev.SegmentChosen("housing"),
    )


def test_arming_freezes_the_rules_and_counts_the_seats() -> None:
    (armed,) = events(told(), ARM)
    assert armed == ev.RunArmed(
        "r1", "R01", "water", 1, Rules(), Rules().hash(), {"studio": 3}, rerun_reason=""
    )


def test_the_zero_check_must_show_no_ballot() -> None:
    answer = refused(told(), cmd.Arm("water", run="r1", ballots_found=2))
    assert isinstance(answer, WrongPhase)
    assert "2 ballots" in str(answer)


def test_one_run_at_a_time() -> None:
    for phase in (Phase.ARMED, Phase.OPEN, Phase.PAUSED, Phase.CLOSING):
        answer = refused(in_phase(phase), cmd.Arm("housing", run="r2"))
        assert str(answer) == f"run R01 is {phase}; one run at a time"
    in_phase(Phase.CLOSED).ask(cmd.Arm("housing", run="r2"))


def test_a_re_run_needs_a_reason() -> None:
    story = in_phase(Phase.CLOSED)
    assert refused(story, cmd.Arm("water", " \n", "r2")).where == "reason"
    assert refused(story, cmd.Arm("water", "长" * 301, "r2")).where == "reason"
    story.ask(cmd.Arm("water", " 计票设备\n断电 ", "r2"))
    run = story.run("r2")
    assert (run.code, run.attempt, run.rerun_reason) == ("R02", 2, "计票设备 断电")


def test_after_a_void_run_no_reason_is_needed() -> None:
    story = told(ARM, cmd.AskVoid("r1", "误操作"), cmd.Arm("water", run="r2"))
    assert (story.run("r2").code, story.run("r2").attempt) == ("R02", 2)


@pytest.mark.parametrize(
    ("rules_ms", "asked_ms", "lasts_ms"),
    [
        (60_000, -1, 60_000),
        (60_000, 0, 0),
        (60_000, 5_000, 5_000),
        (60_000, 3_600_000, 3_600_000),
        (0, -1, 0),
        (0, 30_000, 30_000),
    ],
)
def test_a_run_lasts_as_the_rules_or_the_director_say(
    rules_ms: int, asked_ms: int, lasts_ms: int
) -> None:
    story = told(ARM, rules=Rules(duration_ms=rules_ms))
    deadline_ms = story.now_ms + lasts_ms if lasts_ms else 0
    assert events(story, cmd.Open("r1", asked_ms)) == (ev.RunOpened("r1", deadline_ms),)


@pytest.mark.parametrize("asked_ms", [1, 4_999, 3_600_001])
def test_a_run_of_no_sensible_length_is_refused(asked_ms: int) -> None:
    assert refused(in_phase(Phase.ARMED), cmd.Open("r1", asked_ms)).where == "duration_ms"


@pytest.mark.parametrize("by_ms", [0, 999, -15_000, 600_001])
def test_an_extension_of_no_sensible_length_is_refused(by_ms: int) -> None:
    assert refused(in_phase(Phase.OPEN), cmd.Extend("r1", by_ms)).where == "by_ms"


def test_the_deadline_moves_by_what_it_is_extended() -> None:
    story = in_phase(Phase.OPEN)
    deadline_ms = story.run("r1").deadline_ms
    assert events(story, cmd.Extend("r1")) == (ev.RunExtended("r1", deadline_ms + 15_000),)
    for by_ms in (1_000, 600_000):
        assert events(story, cmd.Extend("r1", by_ms)) == (
            ev.RunExtended("r1", deadline_ms + by_ms),
        )


def test_a_run_without_a_deadline_cannot_be_extended() -> None:
    story = told(ARM, cmd.Open("r1", 0))
    assert isinstance(refused(story, cmd.Extend("r1")), WrongPhase)


def test_a_pause_keeps_what_is_left_and_at_least_a_millisecond() -> None:
    story = in_phase(Phase.OPEN)
    deadline_ms = story.run("r1").deadline_ms
    story.now_ms = deadline_ms - 1_234
    assert events(story, cmd.Pause("r1")) == (ev.RunPaused("r1", 1_234),)
    story.now_ms = deadline_ms + 50
    assert events(story, cmd.Pause("r1")) == (ev.RunPaused("r1", 1),)


def test_a_pause_without_a_deadline_resumes_without_one() -> None:
    story = told(ARM, cmd.Open("r1", 0), cmd.Pause("r1"))
    assert events(story, cmd.Resume("r1")) == (ev.RunResumed("r1", 0),)


def test_close_takes_the_moment_that_the_store_saw() -> None:
    story = in_phase(Phase.OPEN)
    assert events(story, cmd.Close("r1", 123)) == (ev.RunClosing("r1", 123),)
    assert events(story, CLOSE) == (ev.RunClosing("r1", story.now_ms),)
    assert events(in_phase(Phase.PAUSED), CLOSE) == (ev.RunClosing("r1", story.now_ms),)


def test_who_asks_to_verify_claims_nothing() -> None:
    assert cmd.Verify("r1") == cmd.Verify("r1", False, 0)
    assert isinstance(events(in_phase(Phase.CLOSED), cmd.Verify("r1"))[0], ev.Incident)


def test_a_recount_that_differs_verifies_nothing_and_is_logged() -> None:
    story = in_phase(Phase.CLOSED)
    (incident,) = events(story, cmd.Verify("r1", False, 4), by="verifier")
    assert isinstance(incident, ev.Incident)
    assert (incident.kind, incident.run) == ("recount_differs", "r1")
    assert story.happen(incident).run("r1").phase is Phase.CLOSED


def test_the_server_verifies_only_where_the_rules_say_so() -> None:
    assert isinstance(refused(in_phase(Phase.CLOSED), VERIFY, by="server"), NotAllowed)
    automatic = Rules(verification=Verification.AUTOMATIC)
    story = told(*TO[Phase.CLOSED], rules=automatic)
    assert events(story, VERIFY, by="server") == (ev.RunVerified("r1", 3),)


def test_a_result_is_not_revealed_while_somebody_wants_the_run_void() -> None:
    story = in_phase(Phase.VERIFIED).ask(cmd.AskVoid("r1", "误操作"), by="producer")
    assert "producer asked to void" in str(refused(story, REVEAL))
    story.ask(cmd.DropVoid("r1"), REVEAL)


def test_a_reveal_needs_the_servers_result() -> None:
    assert refused(in_phase(Phase.VERIFIED), cmd.Reveal("r1")).where == "result"


@pytest.mark.parametrize("phase", TO)
def test_who_can_void_a_run(phase: Phase) -> None:
    """Nobody after reveal; one person before ballots could come in; two in between."""
    story, ask = in_phase(phase), cmd.AskVoid("r1", " 误\n操作 ")
    if phase is Phase.REVEALED:
        assert isinstance(refused(story, ask), WrongPhase)
        return
    if phase is Phase.ARMED:
        assert events(story, ask) == (ev.RunVoided("r1", "误 操作", "director"),)
        return
    assert events(story, ask) == (ev.VoidAsked("r1", "误 操作"),)
    story.ask(ask)
    assert isinstance(refused(story, cmd.ConfirmVoid("r1")), NotAllowed)
    voided = (ev.RunVoided("r1", "误 操作", "director"),)
    assert events(story, cmd.ConfirmVoid("r1"), by="producer") == voided


def test_void_needs_a_reason_and_somebody_who_asked() -> None:
    story = in_phase(Phase.OPEN)
    assert refused(story, cmd.AskVoid("r1", "  ")).where == "reason"
    assert refused(story, cmd.AskVoid("r1", "长" * 301)).where == "reason"
    assert isinstance(refused(story, cmd.ConfirmVoid("r1"), by="producer"), WrongPhase)
    assert events(story, cmd.DropVoid("r1")) == ()


ASK = cmd.AskCorrection("r1", " 席位\nA-01 的设备有误 ", "设备故障")


@pytest.mark.parametrize("phase", TO)
def test_only_what_was_revealed_is_corrected(phase: Phase) -> None:
    story = in_phase(phase)
    for command in (ASK, cmd.DropCorrection("r1"), cmd.ConfirmCorrection("r1")):
        if phase is not Phase.REVEALED:
            assert isinstance(refused(story, command), WrongPhase)
    if phase is Phase.REVEALED:
        asked = ev.CorrectionAsked("r1", "席位 A-01 的设备有误", "设备故障")
        assert events(story, ASK) == (asked,)


def test_a_correction_needs_a_second_account_and_leaves_the_sealed_result() -> None:
    story = in_phase(Phase.REVEALED)
    sealed, board = story.run("r1").result, story.episode.board()
    story.ask(ASK)
    assert isinstance(refused(story, cmd.ConfirmCorrection("r1")), NotAllowed)
    assert story.run("r1").corrections == ()
    story.ask(cmd.ConfirmCorrection("r1"), by="verifier")
    run = story.run("r1")
    [correction] = run.corrections
    assert (correction.asked_by, correction.confirmed_by) == ("director", "verifier")
    assert (run.result, run.phase, run.correction) == (sealed, Phase.REVEALED, None)
    assert story.episode.board() == board
    assert isinstance(refused(story, cmd.ConfirmCorrection("r1"), by="verifier"), WrongPhase)


def test_what_the_second_person_read_cannot_be_changed_under_their_hand() -> None:
    story = in_phase(Phase.REVEALED).ask(ASK)
    assert isinstance(refused(story, cmd.AskCorrection("r1", "another", "text")), WrongPhase)
    story.ask(cmd.DropCorrection("r1"))
    assert events(story, cmd.DropCorrection("r1")) == ()
    assert isinstance(refused(story, cmd.ConfirmCorrection("r1"), by="producer"), WrongPhase)


def test_a_correction_says_what_is_right_and_why() -> None:
    story = in_phase(Phase.REVEALED)
    assert refused(story, cmd.AskCorrection("r1", " ", "why")).where == "text"
    assert refused(story, cmd.AskCorrection("r1", "what", "")).where == "reason"
    assert refused(story, cmd.AskCorrection("r1", "长" * 301, "why")).where == "text"
    assert isinstance(refused(story, cmd.AskCorrection("nobody", "a", "b")), NotFound)


MOVING: list[tuple[Command, set[Phase]]] = [
    (OPEN, {Phase.ARMED}),
    (cmd.Extend("r1"), {Phase.OPEN}),
    (cmd.Pause("r1"), {Phase.OPEN}),
    (cmd.Resume("r1"), {Phase.PAUSED}),
    (CLOSE, {Phase.OPEN, Phase.PAUSED}),
    (FINISH, {Phase.CLOSING}),
    (VERIFY, {Phase.CLOSED}),
    (REVEAL, {Phase.VERIFIED}),
    (cmd.AskVoid("r1", "误操作"), set(TO) - {Phase.REVEALED}),
    (cmd.DropVoid("r1"), set(TO) - {Phase.REVEALED}),
]


@pytest.mark.parametrize("phase", TO)
@pytest.mark.parametrize(("command", "allowed"), MOVING)
def test_each_command_is_possible_in_its_phases_only(
    command: Command, allowed: set[Phase], phase: Phase
) -> None:
    story = in_phase(phase)
    if phase in allowed:
        events(story, command)
    else:
        assert isinstance(refused(story, command), WrongPhase)


@pytest.mark.parametrize("command", [*(command for command, _ in MOVING), cmd.ConfirmVoid("r1")])
def test_a_run_that_is_not_there_is_not_found(command: Command) -> None:
    answer = refused(told(), command)
    assert isinstance(answer, NotFound)
    assert answer.where == "run"


# --- the graphics ---


def test_a_graphic_shows_the_current_segment_unless_another_is_named() -> None:
    bar = Graphic(GraphicKind.BAR, "water")
    assert events(told(), cmd.Cue("bar")) == (ev.GraphicCued(bar),)
    assert events(told(), cmd.Cue("bar", "housing")) == (
        ev.GraphicCued(Graphic(GraphicKind.BAR, "housing")),
    )
    assert events(told(), cmd.Cue()) == (ev.GraphicCued(None),)


def test_the_board_shows_no_single_segment() -> None:
    board = ev.GraphicTaken(Graphic(GraphicKind.BOARD))
    assert events(told(), cmd.Take("board", "housing")) == (board,)


def test_what_goes_on_air_is_logged_with_the_figure_it_showed() -> None:
    result = Graphic(GraphicKind.RESULT, "water")
    assert events(told(), cmd.Take("result")) == (ev.GraphicTaken(result),)
    assert events(in_phase(Phase.OPEN), cmd.Take("result")) == (ev.GraphicTaken(result, "r1"),)
    assert events(in_phase(Phase.REVEALED), cmd.Take("result")) == (
        ev.GraphicTaken(result, "r1", "80.0"),
    )


def test_take_puts_the_preview_on_air() -> None:
    story = told(cmd.Cue("call", "housing"))
    on_air = ev.GraphicTaken(Graphic(GraphicKind.CALL, "housing"))
    assert events(story, cmd.Take()) == (on_air,)
    assert isinstance(refused(told(), cmd.Take()), WrongPhase)


@pytest.mark.parametrize("command", [cmd.Cue("ticker"), cmd.Take("ticker"), cmd.Out("ticker")])
def test_a_graphic_that_does_not_exist_is_refused(command: Command) -> None:
    assert refused(told(), command).where == "kind"


@pytest.mark.parametrize("command", [cmd.Cue("bar", "roads"), cmd.Take("bar", "roads")])
def test_a_graphic_of_a_segment_that_is_not_there_is_refused(command: Command) -> None:
    assert refused(told(), command).where == "segment"


def test_there_is_no_bar_without_a_segment() -> None:
    assert refused(told(cmd.SetRundown(())), cmd.Take("bar")).where == "segment"


def test_out_takes_off_what_is_on() -> None:
    bar, clock = Graphic(GraphicKind.BAR, "water"), Graphic(GraphicKind.COUNTDOWN, "water")
    story = told(cmd.Take("bar"), cmd.Take("countdown"))
    assert events(story, cmd.Out()) == (ev.GraphicOut(bar), ev.GraphicOut(clock))
    assert events(story, cmd.Out("countdown")) == (ev.GraphicOut(clock),)
    assert events(story, cmd.Out("board")) == ()


def test_blank_and_restore_say_so_once() -> None:
    story = told()
    assert events(story, cmd.Restore()) == ()
    assert events(story, cmd.Blank()) == (ev.GraphicsBlanked(),)
    story.ask(cmd.Blank())
    assert events(story, cmd.Blank()) == ()
    assert events(story, cmd.Restore()) == (ev.GraphicsRestored(),)


def test_an_incident_is_kept_as_it_was_reported() -> None:
    report = cmd.Report("store_down", "no answer for 2 s", "r1")
    assert events(told(), report, by="server") == (
        ev.Incident("store_down", "no answer for 2 s", "r1"),
    )
