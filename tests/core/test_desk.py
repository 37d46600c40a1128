"""The question desk's rules: stages, dates, what is public, and what an erasure leaves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from livevote.core import desk as core
from livevote.core import event as ev
from livevote.core.case import (
    STEPS,
    WAITING,
    Case,
    Desk,
    Erasure,
    Kind,
    Limits,
    Moderation,
    Rating,
    Stage,
    Step,
    Target,
    Unit,
    after,
    steps_from,
)
from livevote.core.command import Asked
from livevote.core.desk import (
    AcceptCase,
    AnswerCase,
    AskAgain,
    DeskCommand,
    EraseCase,
    FileCase,
    ForwardCase,
    HandleCase,
    HidePost,
    PromoteCase,
    RateCase,
    ReclassifyCase,
    RefuseCase,
    ReturnCase,
    SetDesk,
    ShowPost,
    WithdrawCase,
    decide,
    due_ms,
    fold,
)
from livevote.core.names import Names
from livevote.core.plain import event_from_plain, event_to_plain
from livevote.errors import BadInput, Busy, NotAllowed, NotFound, Refusal, WrongPhase

ZONE = ZoneInfo("Asia/Shanghai")
UNITS = (Unit("water", Names("水利局", "Water")), Unit("roads", Names("交通局", "Roads")))
PHOTO = "ab" * 32


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp() * 1000)


TUESDAY = at("2026-11-24 15:00")


class Book:
    """A desk and its log."""

    def __init__(self, now_ms: int = TUESDAY) -> None:
        self.desk = Desk()
        self.log: list[ev.Logged] = []
        self.now_ms = now_ms

    def do(self, command: DeskCommand, by: str = "desk") -> Sequence[ev.Event]:
        events = decide(self.desk, command, Asked(by, self.now_ms), ZONE)
        logged = [
            ev.Logged(place, self.now_ms, by, event)
            for place, event in enumerate(events, self.desk.revision + 1)
        ]
        self.log += logged
        self.desk = fold(self.desk, logged)
        return events

    def file(self, **changes: Any) -> Case:
        filing = FileCase(Kind.ENQUIRY, "water", "河水", "河水为什么黑？", "居民", "13800000000")
        [filed] = self.do(replace(filing, **changes), "filer")
        assert isinstance(filed, ev.CaseFiled)
        return self.desk.cases[filed.case]

    def case(self, case: str = "Q000001") -> Case:
        return self.desk.cases[case]


@pytest.fixture
def book() -> Book:
    book = Book()
    book.do(SetDesk(UNITS))
    return book


def answered(book: Book, **changes: Any) -> Case:
    case = book.file(**changes)
    book.do(AcceptCase(case.id, "water", Kind.ENQUIRY))
    book.do(AnswerCase(case.id, "已经派人处理。", "排水科科长"))
    return book.case(case.id)


# --- the table ---


def test_every_step_leads_somewhere_and_ends_are_ends() -> None:
    assert {step for _, step in STEPS} == set(Step)
    assert {stage for stage, _ in STEPS} == set(Stage)
    for stage in (Stage.CLOSED, Stage.REFUSED, Stage.WITHDRAWN):
        assert steps_from(stage) == (Step.ERASE,)
        assert after(stage, Step.ERASE) is stage
    for stage in WAITING:
        assert after(stage, Step.ERASE) is Stage.WITHDRAWN
    with pytest.raises(WrongPhase, match="possible now: accept, refuse"):
        after(Stage.FILED, Step.ANSWER)


def test_every_event_of_the_desk_is_folded_and_every_personal_field_exists() -> None:
    folded = {ev.DeskSet, ev.CaseFiled, *core.CHANGES}
    assert set(core.SEALED) <= folded
    for kind, sealed in core.SEALED.items():
        assert set(sealed) <= {field.name for field in fields(kind)}
    texts = {"title", "text", "name", "contact", "reason"}
    for kind in folded:
        personal = {field.name for field in fields(kind)} & texts
        assert personal == set(core.SEALED.get(kind, {})), kind


# --- dates ---


@pytest.mark.parametrize(
    ("start", "days", "over"),
    [
        ("2026-11-24 15:00", 1, "2026-11-26 00:00"),
        ("2026-11-24 00:00", 1, "2026-11-26 00:00"),
        ("2026-11-27 23:59", 1, "2026-12-01 00:00"),
        ("2026-11-28 09:00", 1, "2026-12-01 00:00"),
        ("2026-11-24 15:00", 5, "2026-12-02 00:00"),
        ("2026-09-30 09:00", 1, "2026-10-09 00:00"),
    ],
)
def test_a_limit_ends_at_midnight_after_its_last_working_day(
    start: str, days: int, over: str
) -> None:
    assert due_ms(at(start), days, ZONE) == at(over)


def test_each_kind_has_its_time_and_a_complex_case_has_more(book: Book) -> None:
    days = {Kind.ENQUIRY: 2, Kind.COMPLAINT: 5, Kind.SUGGESTION: 5}
    for kind in Kind:
        case = book.file(kind=kind)
        assert case.due_ms == due_ms(TUESDAY, 1, ZONE)
        book.do(AcceptCase(case.id, "water", kind))
        assert book.case(case.id).due_ms == due_ms(TUESDAY, days[kind], ZONE)
    case = book.file()
    book.do(AcceptCase(case.id, "water", Kind.ENQUIRY, hard=True))
    assert book.case(case.id).due_ms == due_ms(TUESDAY, 15, ZONE)


def test_limits_are_settings_and_cases_under_way_keep_their_dates(book: Book) -> None:
    case = book.file()
    book.do(SetDesk(UNITS, Limits(accept=3, enquiry=9)))
    assert book.case(case.id).due_ms == due_ms(TUESDAY, 1, ZONE)
    book.do(AcceptCase(case.id, "water", Kind.ENQUIRY))
    assert book.case(case.id).due_ms == due_ms(TUESDAY, 9, ZONE)


def test_forwarding_shifts_the_clock_and_keeps_what_it_said(book: Book) -> None:
    case = book.file()
    book.do(AcceptCase(case.id, "water", Kind.ENQUIRY))
    book.do(HandleCase(case.id, "排水科科长"))
    before = book.case().due_ms
    book.now_ms = at("2026-11-26 10:00")
    book.do(ForwardCase(case.id, "roads", "路面积水归交通局"))
    moved = book.case()
    assert (moved.unit, moved.handler, moved.stage) == ("roads", "", Stage.WITH_UNIT)
    assert moved.due_ms == due_ms(book.now_ms, 2, ZONE) > before
    [forward] = moved.forwards
    assert (forward.source, forward.unit, forward.due_ms) == ("water", "roads", before)
    with pytest.raises(BadInput):
        book.do(ForwardCase(case.id, "roads", "again"))


def test_a_unit_hands_back_what_is_not_its_own_and_the_desk_finds_whose_it_is(book: Book) -> None:
    case = book.file()
    book.do(AcceptCase(case.id, "water", Kind.ENQUIRY))
    before = book.case().due_ms
    book.now_ms = at("2026-11-26 10:00")
    book.do(ReturnCase(case.id, "县道归交通局"))
    back = book.case()
    assert (back.stage, back.due_ms) == (Stage.FILED, due_ms(book.now_ms, 1, ZONE))
    [forward] = back.forwards
    assert (forward.source, forward.unit, forward.due_ms) == ("water", "", before)
    book.do(AcceptCase(case.id, "roads", Kind.ENQUIRY))
    assert book.case().due_ms == due_ms(book.now_ms, 2, ZONE)
    book.do(AnswerCase(case.id, "已安排。", "养护科科长"))
    book.do(AskAgain(case.id, "何时？"), "filer")
    with pytest.raises(WrongPhase):
        book.do(ReturnCase(case.id, "不归我们"))


def test_handing_back_and_forwarding_come_to_an_end(book: Book) -> None:
    case = book.file()
    for _ in range(core.FORWARDS_MAX):
        book.do(AcceptCase(case.id, "water", Kind.ENQUIRY))
        book.do(ReturnCase(case.id, "不归我们"))
    book.do(AcceptCase(case.id, "water", Kind.ENQUIRY))
    for last in (ReturnCase(case.id, "again"), ForwardCase(case.id, "roads", "again")):
        with pytest.raises(WrongPhase, match="somebody must answer"):
            book.do(last)


def test_who_acts_for_a_unit_takes_up_its_own_case_as_filed_and_once(book: Book) -> None:
    case = book.file()

    def refused(command: DeskCommand, unit: str = "water") -> type[Refusal]:
        with pytest.raises(Refusal) as found:
            core.check_unit(book.desk, command, unit)
        return found.type

    take_up = AcceptCase(case.id, "water", Kind.ENQUIRY)
    core.check_unit(book.desk, take_up, "water")
    assert refused(take_up, "roads") is NotFound
    assert refused(AnswerCase("Q000009", "x", "y")) is NotFound
    assert refused(SetDesk(UNITS)) is NotFound
    for changes in ({"unit": "roads"}, {"kind": Kind.COMPLAINT}, {"hard": True}):
        assert refused(replace(take_up, **changes)) is NotAllowed
    book.do(take_up)
    book.do(ReturnCase(case.id, "不归我们"))
    # Or a unit could give itself more time, again and again.
    assert refused(take_up) is NotAllowed


def test_calling_a_case_complex_counts_from_where_the_clock_started(book: Book) -> None:
    case = book.file()
    book.do(AcceptCase(case.id, "water", Kind.ENQUIRY))
    book.now_ms = at("2026-11-25 10:00")
    book.do(ReclassifyCase(case.id, Kind.COMPLAINT, True, "需现场勘查"))
    assert book.case().due_ms == due_ms(TUESDAY, 15, ZONE)


def test_overdue_is_what_is_owed_after_its_time(book: Book) -> None:
    case = book.file()
    assert not case.overdue(case.due_ms - 1)
    assert case.overdue(case.due_ms)
    book.do(AcceptCase(case.id, "water", Kind.ENQUIRY))
    book.now_ms = book.case().due_ms
    assert book.case().overdue(book.now_ms)
    book.do(AnswerCase(case.id, "晚了", "科长"))
    assert not book.case().overdue(book.now_ms + 1)
    assert book.case().posts[-1].late


# --- a case's way ---


def test_a_question_goes_to_its_second_answer_and_the_vote(book: Book) -> None:
    case = answered(book)
    book.do(AskAgain(case.id, "什么时候完成？"), "filer")
    assert book.case().stage is Stage.ASKED_AGAIN
    assert book.case().due_ms == due_ms(TUESDAY, 2, ZONE)
    book.do(AnswerCase(case.id, "周五以前。"))
    again = book.case()
    assert [post.by for post in again.posts] == ["", "排水科科长", "", "排水科科长"]
    assert again.stage is Stage.ANSWERED_AGAIN
    with pytest.raises(WrongPhase):
        book.do(AskAgain(case.id, "再问"))
    book.do(RateCase(case.id, Rating.FAIR), "filer")
    assert (book.case().rating, book.case().stage) == (Rating.FAIR, Stage.CLOSED)
    with pytest.raises(WrongPhase):
        book.do(RateCase(case.id, Rating.SATISFIED))


def test_an_answer_names_the_office_that_gives_it(book: Book) -> None:
    case = book.file()
    book.do(AcceptCase(case.id, "water", Kind.ENQUIRY))
    with pytest.raises(BadInput) as refused:
        book.do(AnswerCase(case.id, "好的"))
    assert refused.value.where == "post"


def test_a_refusal_gives_its_reason(book: Book) -> None:
    case = book.file()
    with pytest.raises(BadInput):
        book.do(RefuseCase(case.id, "  "))
    book.do(RefuseCase(case.id, "不属于受理范围"))
    assert book.case().refused_for == "不属于受理范围"
    assert book.case().to_moderate == ()


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"title": "\n \u200b"}, "title"),
        ({"title": "长" * 81}, "title"),
        ({"text": ""}, "text"),
        ({"text": "长" * 4001}, "text"),
        ({"unit": "nobody"}, "unit"),
        ({"contact": "1" * 121}, "contact"),
        ({"photos": (PHOTO,) * 4}, "photos"),
        ({"photos": ("../../etc/passwd",)}, "photos"),
    ],
)
def test_a_filing_that_is_wrong_says_where(book: Book, change: dict[str, Any], where: str) -> None:
    with pytest.raises(BadInput) as refused:
        book.file(**change)
    assert refused.value.where == where
    assert not book.desk.cases


def test_text_keeps_its_paragraphs_and_loses_what_is_not_text(book: Book) -> None:
    case = book.file(title=" 河\u202e水 \n黑 ", text="一 \r\n\r\n\r\n\r\n二\u0000\u200b")
    assert (case.title, case.posts[0].text) == ("河水 黑", "一\n\n二")


def test_a_desk_that_is_closed_or_full_takes_nothing(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    book.do(SetDesk(UNITS, taking=False))
    with pytest.raises(WrongPhase):
        book.file()
    book.do(SetDesk(UNITS))
    monkeypatch.setattr(core, "OPEN_MAX", 1)
    case = book.file()
    with pytest.raises(Busy):
        book.file()
    book.do(WithdrawCase(case.id))
    book.file()
    monkeypatch.setattr(core, "CASES_MAX", 2)
    book.do(WithdrawCase("Q000002"))
    with pytest.raises(Busy):
        book.file()


@pytest.mark.parametrize(
    ("command", "where"),
    [
        (SetDesk((Unit("A B", Names("甲")),)), "units.0.id"),
        (SetDesk((Unit("a", Names("")),)), "units.0.name"),
        (SetDesk((UNITS[0], UNITS[0])), "units"),
        (SetDesk(UNITS, Limits(accept=0)), "limits.accept"),
        (SetDesk((UNITS[1],)), "units"),
        (SetDesk(()), "units"),
    ],
)
def test_a_desk_is_not_set_wrongly(book: Book, command: SetDesk, where: str) -> None:
    book.file()
    with pytest.raises(BadInput) as refused:
        book.do(command)
    assert refused.value.where == where


def test_numbers_go_on_after_the_highest(book: Book) -> None:
    assert [book.file().id, book.file().id] == ["Q000001", "Q000002"]
    with pytest.raises(NotFound):
        book.do(WithdrawCase("Q000003"))


# --- what the public may read ---


def test_nothing_is_public_before_it_is_let_through(book: Book) -> None:
    case = answered(book, photos=(PHOTO,))
    assert not case.public
    assert case.to_moderate == (0, 1)
    book.do(ShowPost(case.id, 0, text="河水为什么黑？（有删节）", title="河水"))
    assert book.case().public
    assert book.case().posts[0].shown_photos == ()
    assert book.case().to_moderate == (1,)
    with pytest.raises(BadInput):
        book.do(ShowPost(case.id, 0, photos=("cd" * 32,)))
    book.do(ShowPost(case.id, 0, photos=(PHOTO,)))
    assert book.case().posts[0].shown_text == "河水为什么黑？"
    book.do(HidePost(case.id, 0))
    assert not book.case().public
    assert book.case().posts[0].shown_text == ""


def test_what_the_filer_keeps_back_nobody_publishes_or_airs(book: Book) -> None:
    case = answered(book, may_publish=False)
    assert case.to_moderate == ()
    with pytest.raises(NotAllowed):
        book.do(ShowPost(case.id, 0))
    with pytest.raises(NotAllowed):
        book.do(PromoteCase(case.id, Target.SHOW, "s1", "e1"))
    book.do(PromoteCase(case.id, Target.PLEDGE, "p1"))


def test_a_case_becomes_the_same_thing_once(book: Book) -> None:
    case = book.file()
    with pytest.raises(WrongPhase):
        book.do(PromoteCase(case.id, Target.SHOW, "s1", "e1"))
    book.do(AcceptCase(case.id, "water", Kind.ENQUIRY))
    book.do(PromoteCase(case.id, Target.SHOW, "s1", "e1"))
    with pytest.raises(WrongPhase):
        book.do(PromoteCase(case.id, Target.SHOW, "s2", "e1"))
    book.do(PromoteCase(case.id, Target.SHOW, "s1", "e2"))
    assert [made.episode for made in book.case().promotions] == ["e1", "e2"]


# --- erasure ---


def test_contact_is_erased_and_the_case_goes_on(book: Book) -> None:
    case = book.file()
    book.do(EraseCase(case.id, Erasure.CONTACT))
    kept = book.case()
    assert (kept.name, kept.contact, kept.title, kept.stage) == ("", "", "河水", Stage.FILED)
    assert book.do(EraseCase(case.id, Erasure.CONTACT)) == ()
    book.do(EraseCase(case.id, Erasure.ALL))
    assert (book.case().title, book.case().stage) == ("", Stage.WITHDRAWN)
    assert book.do(EraseCase(case.id, Erasure.ALL)) == ()


def test_events_from_outside_name_only_what_a_desk_would(book: Book) -> None:
    for event in (
        ev.CaseWithdrawn("../Q1"),
        ev.EpisodeForgotten(),
        ev.PostShown("Q000001", 0, "", "", ("../x",)),
    ):
        with pytest.raises(BadInput):
            core.check_names(event)
    core.check_names(ev.DeskSet(UNITS, Limits(), True))


# --- everything in any order ---

TEXTS = st.sampled_from(["河水为什么黑？", "路灯不亮", "a second line\n\nand more"])
KINDS = st.sampled_from(Kind)


class AnyOrder(RuleBasedStateMachine):
    """Filers and staff do what they can, and what they cannot, while days go by."""

    @initialize()
    def open(self) -> None:
        self.book = Book()
        self.book.do(SetDesk(UNITS))

    def try_to(self, command: DeskCommand) -> None:
        before = self.book.desk
        try:
            self.book.do(command)
        except Refusal:
            assert self.book.desk is before, "what is refused changes nothing"

    @property
    def cases(self) -> st.SearchStrategy[str]:
        return st.sampled_from(sorted(self.book.desk.cases))

    @rule(hours=st.integers(1, 100))
    def time_goes_by(self, hours: int) -> None:
        self.book.now_ms += hours * 3_600_000

    @rule(kind=KINDS, unit=st.sampled_from(UNITS), text=TEXTS, publish=st.booleans())
    def file(self, kind: Kind, unit: Unit, text: str, publish: bool) -> None:
        if len(self.book.desk.cases) < 4:
            self.try_to(FileCase(kind, unit.id, "标题", text, "称呼", "电话", (PHOTO,), publish))

    @precondition(lambda self: self.book.desk.cases)
    @rule(data=st.data(), kind=KINDS, hard=st.booleans(), text=TEXTS, unit=st.sampled_from(UNITS))
    def anything(self, data: st.DataObject, kind: Kind, hard: bool, text: str, unit: Unit) -> None:
        case = data.draw(self.cases)
        place = data.draw(st.integers(0, 4))
        self.try_to(
            data.draw(
                st.sampled_from(
                    [
                        AcceptCase(case, unit.id, kind, hard),
                        AcceptCase(case, unit.id, kind, hard),
                        RefuseCase(case, text),
                        ForwardCase(case, unit.id, text),
                        ReturnCase(case, text),
                        ReclassifyCase(case, kind, hard, text),
                        HandleCase(case, "科长"),
                        AnswerCase(case, text, "科长"),
                        AnswerCase(case, text, "科长"),
                        AskAgain(case, text),
                        RateCase(case, Rating.FAIR),
                        WithdrawCase(case),
                        EraseCase(case, Erasure.CONTACT),
                        EraseCase(case, Erasure.ALL),
                        ShowPost(case, place, text),
                        HidePost(case, place),
                        PromoteCase(case, Target.SHOW, "s1", "e1"),
                    ]
                )
            )
        )

    @invariant()
    def the_log_gives_the_state(self) -> None:
        if hasattr(self, "book"):
            assert fold(Desk(), self.book.log) == self.book.desk

    @invariant()
    def a_log_whose_keys_are_gone_gives_the_same_state(self) -> None:
        """What was sealed and cannot be opened reads ""; nobody can tell from memory either."""
        if hasattr(self, "book"):
            gone = {
                (logged.event.case, part)
                for logged in self.book.log
                if isinstance(logged.event, ev.CaseErased)
                for part in (Erasure if logged.event.part is Erasure.ALL else (Erasure.CONTACT,))
            }
            log = [replace(e, event=blanked(e.event, gone)) for e in self.book.log]
            assert fold(Desk(), log) == self.book.desk

    @invariant()
    def each_case_is_as_the_rules_say(self) -> None:
        for case in self.book.desk.cases.values() if hasattr(self, "book") else ():
            assert bool(case.due_ms) == (case.stage in WAITING)
            assert not case.due_ms or case.due_ms > case.filed_ms
            answers = sum(bool(post.by) for post in case.posts)
            assert answers <= 2
            assert answers or case.rating is None
            for post in case.posts:
                if post.moderation is not Moderation.SHOWN:
                    assert (post.shown_text, post.shown_photos) == ("", ())
            if case.erased == Erasure.ALL:
                assert case.stage not in WAITING
                assert not case.public
                assert not any(post.text or post.photos for post in case.posts)
            if case.erased:
                assert (case.name, case.contact) == ("", "")
            if not case.may_publish:
                assert not case.public
                assert not [p for p in case.promotions if p.to is Target.SHOW]


def blanked(event: ev.Event, gone: set[tuple[str, Erasure]]) -> ev.Event:
    sealed = core.SEALED.get(type(event), {})
    case = getattr(event, "case", "")
    empty = {field: "" for field, part in sealed.items() if (case, part) in gone}
    plain = event_to_plain(event)
    return event_from_plain({**plain, **empty})


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
