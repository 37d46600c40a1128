"""The question desk, one command at a time, sealed in the store; and what an erasure leaves."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from livevote.core import event as ev
from livevote.core.case import Erasure, Kind, Rating, Stage, Unit
from livevote.core.desk import (
    AcceptCase,
    AnswerCase,
    AskAgain,
    EraseCase,
    FileCase,
    ForwardCase,
    RateCase,
    SetDesk,
    ShowPost,
)
from livevote.core.names import Names
from livevote.errors import BadInput, Busy, NotFound, StoreDown, StoreNonsense
from livevote.hub.company import Company
from livevote.hub.desk import KEYS, LOG, QuestionDesk, command_from_plain
from livevote.hub.seal import new_keys, seal, unseal
from livevote.store.embedded import EmbeddedServer
from livevote.wire.codec import from_msgpack, to_msgpack
from tests.hub.room import NOON_MS, Line

ZONE = ZoneInfo("Asia/Shanghai")
UNITS = (Unit("water", Names("水利局", "Water")),)
ASKED = FileCase(Kind.ENQUIRY, "water", "河水发黑", "河水为什么黑？", "居民甲", "13800000000")
PERSONAL = ("河水发黑", "河水为什么黑？", "居民甲", "13800000000", "已经派人处理。")


def a_desk(store: Line) -> QuestionDesk:
    return QuestionDesk(store, Company(), lambda: NOON_MS, ZONE)


async def loaded(store: Line) -> QuestionDesk:
    desk = a_desk(store)
    await desk.load()
    return desk


@pytest.fixture
async def desk(store: Line) -> QuestionDesk:
    desk = await loaded(store)
    await desk.command(SetDesk(UNITS), "producer")
    return desk


async def stored(store: Line) -> bytes:
    return b"".join([data async for data in store.events(LOG)])


async def agrees(desk: QuestionDesk, store: Line) -> None:
    assert (await loaded(store)).now == desk.now


async def answered(desk: QuestionDesk) -> str:
    case = await desk.file(ASKED, "digest")
    await desk.command(AcceptCase(case, "water", Kind.ENQUIRY), "producer")
    await desk.command(AnswerCase(case, "已经派人处理。", "科长"), "producer")
    await desk.command(ShowPost(case, 0), "producer")
    return case


async def test_a_desk_that_is_being_read_says_so(store: Line) -> None:
    with pytest.raises(Busy):
        _ = a_desk(store).now


async def test_a_case_is_there_again_after_a_restart_and_not_a_word_in_the_clear(
    desk: QuestionDesk, store: Line
) -> None:
    case = await answered(desk)
    await desk.command(AskAgain(case, "何时完成？"), "filer")
    await agrees(desk, store)
    found = (await loaded(store)).now.cases[case]
    assert (found.title, found.name, found.stage) == ("河水发黑", "居民甲", Stage.ASKED_AGAIN)
    data = await stored(store)
    assert all(text.encode() not in data for text in (*PERSONAL, "何时完成？"))
    assert await desk.digest(case) == "digest"
    with pytest.raises(NotFound):
        await desk.digest("Q000002")


async def test_erasing_the_contact_leaves_the_question(desk: QuestionDesk, store: Line) -> None:
    case = await answered(desk)
    await desk.command(EraseCase(case, Erasure.CONTACT), "filer")
    await agrees(desk, store)
    kept = desk.now.cases[case]
    assert (kept.contact, kept.title) == ("", "河水发黑")
    # It goes on, and what is written from now on can be read.
    await desk.command(AskAgain(case, "何时完成？"), "filer")
    assert (await loaded(store)).now.cases[case].posts[-1].text == "何时完成？"


async def test_erasing_all_destroys_the_keys_and_the_log_still_reads(
    desk: QuestionDesk, store: Line
) -> None:
    case, other = await answered(desk), await answered(desk)
    before = [data async for data in store.events(LOG)]
    await desk.command(EraseCase(case, Erasure.ALL), "filer")
    assert [data async for data in store.events(LOG)][: len(before)] == before
    await agrees(desk, store)
    assert desk.now.cases[case].posts[1].text == ""
    assert desk.now.cases[other].posts[1].text == "已经派人处理。"
    history = await (await loaded(store)).history()
    [filed] = [e.event for e in history if isinstance(e.event, ev.CaseFiled)][:1]
    assert (filed.title, filed.text, filed.contact) == ("", "", "")
    assert await desk.digest(case) == "digest", "the password still opens what is left"


async def test_a_crash_between_the_erasure_and_its_key_is_made_good(
    desk: QuestionDesk, store: Line
) -> None:
    case = await answered(desk)
    [(name, record)] = (await store.records(KEYS)).items()
    await desk.command(EraseCase(case, Erasure.ALL), "filer")
    await store.put(KEYS, name, record)  # as it was when we were killed
    again = await loaded(store)
    assert again.now.cases[case].erased == Erasure.ALL
    assert await store.get(KEYS, name) != record
    assert again.now == desk.now


async def test_photos_that_are_nobodys_any_more_are_told(desk: QuestionDesk, store: Line) -> None:
    gone: list[frozenset[str]] = []
    desk.on_erased = gone.append
    mine, shared = "aa" * 32, "bb" * 32
    first = await desk.file(FileCase(Kind.ENQUIRY, "water", "t", "x", photos=(mine, shared)), "")
    await desk.file(FileCase(Kind.ENQUIRY, "water", "t", "x", photos=(shared,)), "")
    await desk.command(EraseCase(first, Erasure.ALL), "filer")
    assert gone == [frozenset({mine})]
    again = a_desk(store)
    again.on_erased = gone.append
    await again.load()
    assert gone == [frozenset({mine})] * 2, "also where we died before the file was gone"


async def test_an_answer_that_was_lost_is_looked_for_and_nothing_is_filed_twice(
    desk: QuestionDesk, store: Line
) -> None:
    revision = desk.now.revision
    store.cut("", "answer")  # the key's, then the event's
    case = await desk.file(ASKED, "digest")
    assert desk.now.revision == revision + 1
    assert desk.now.cases[case].title == "河水发黑"
    await agrees(desk, store)


async def test_a_filing_of_which_nobody_knows_is_filed_once_when_it_is_sent_again(
    desk: QuestionDesk, store: Line
) -> None:
    sent = replace(ASKED, form="ab" * 32)
    store.cut("", "down")  # the key is written, and the event too, but nobody hears of it
    with pytest.raises(StoreDown):
        await desk.file(sent, "digest")
    store.mend()
    case = await desk.file(sent, "another hash of the same password")
    assert list(desk.now.cases) == [case]
    assert await desk.digest(case) == "digest"
    assert await desk.file(replace(sent, form="cd" * 32), "digest") != case
    assert len(await desk.file_all([sent, replace(sent, form="ef" * 32)], "producer")) == 1
    await agrees(desk, store)
    # What was sent before is answered also where nothing new is taken.
    await desk.command(SetDesk(UNITS, taking=False), "producer")
    assert await desk.file(sent, "digest") == case


async def test_what_another_process_wrote_is_read_before_deciding(
    desk: QuestionDesk, store: Line
) -> None:
    beside = await loaded(store)
    case = await answered(beside)
    assert case not in desk.now.cases
    assert await desk.file(ASKED, "digest") == "Q000002"
    await desk.command(RateCase(case, Rating.FAIR), "filer")
    await agrees(desk, store)


async def test_a_case_that_was_forwarded_beside_is_not_the_units_any_more(
    desk: QuestionDesk, store: Line
) -> None:
    """Whoever acts for a unit is asked again on what the log says, not on what they had read."""
    units = (*UNITS, Unit("roads", Names("交通局", "Roads")))
    await desk.command(SetDesk(units), "producer")
    case = await desk.file(ASKED, "digest")
    await desk.command(AcceptCase(case, "water", Kind.ENQUIRY), "producer")
    beside = await loaded(store)
    await beside.command(ForwardCase(case, "roads", "归口"), "producer")
    with pytest.raises(NotFound):
        await desk.command(AnswerCase(case, "已处理。", "科长"), "water-desk", "water")
    await agrees(desk, store)
    assert len(desk.now.cases[case].posts) == 1


async def test_an_export_is_taken_in_whole_and_once(desk: QuestionDesk, store: Line) -> None:
    case = await answered(desk)
    erased = await answered(desk)
    await desk.command(EraseCase(erased, Erasure.ALL), "filer")
    made = await desk.material(NOON_MS, "UTC")
    events, digests, before = made.events, made.digests, desk.now
    await store.rewrite()
    await store._run("FLUSHALL")
    empty = await loaded(store)
    assert await empty.take_in(events, digests) == 2
    assert {id: vars(c) for id, c in empty.now.cases.items()} == {
        id: vars(c) for id, c in before.cases.items()
    }
    assert (empty.now.units, empty.now.limits) == (before.units, before.limits)
    await agrees(empty, store)
    assert await empty.digest(case) == "digest"
    assert await empty.take_in(events, digests) == 0
    assert "河水发黑".encode() not in await stored(store)


async def test_two_desks_do_not_mix_and_nonsense_is_refused(desk: QuestionDesk) -> None:
    await answered(desk)
    events = await desk.history()
    filed = next(e for e in events if isinstance(e.event, ev.CaseFiled))
    other = ev.Logged(1, filed.at_ms + 1, "filer", filed.event)
    with pytest.raises(BadInput, match="do not mix"):
        await desk.take_in([other], {})
    lone = ev.Logged(1, 0, "filer", ev.CaseRated("Q000009", Rating.FAIR))
    with pytest.raises(BadInput, match="do not follow"):
        await desk.take_in([lone], {})
    assert len(desk.now.cases) == 1


async def test_a_store_that_is_away_is_told(desk: QuestionDesk, store: Line) -> None:
    store.cut("call")
    with pytest.raises(StoreDown):
        await desk.file(ASKED, "digest")
    assert not desk.now.cases
    await agrees(desk, store)


def test_what_is_sealed_opens_in_its_own_place_only() -> None:
    keys = new_keys()
    plain = {"type": "case_answered", "case": "Q000001", "text": "答复", "post": "科长"}
    sealed = seal(plain, keys)
    assert isinstance(sealed["text"], bytes)
    assert sealed["post"] == "科长"
    assert unseal(sealed, keys) == plain
    assert unseal(sealed, {**keys, "all": b""})["text"] == ""
    with pytest.raises(StoreNonsense):
        unseal({**sealed, "case": "Q000002"}, keys)
    assert seal(plain, {})["text"] == "", "without a key nothing is written in the clear"


def test_a_command_the_desk_does_not_know_is_refused() -> None:
    for name, args in (("void", {}), ("rate_case", []), (7, {}), ("rate_case", {"case": "Q1"})):
        with pytest.raises(BadInput):
            command_from_plain(name, args)  # type: ignore[arg-type]


def on_disk(child: EmbeddedServer) -> bytes:
    return b"".join(path.read_bytes() for path in (child.directory / "appendonlydir").iterdir())


async def test_a_destroyed_key_leaves_the_stores_disk_once_no_vote_is_on(
    store: Line, child: EmbeddedServer
) -> None:
    calm: list[bool] = []
    desk = QuestionDesk(store, Company(), lambda: NOON_MS, ZONE, lambda: any(calm))
    await desk.load()
    await desk.command(SetDesk(UNITS), "producer")
    case = await desk.file(ASKED, "digest")
    [record] = (await store.records(KEYS)).values()
    key = from_msgpack(record)["keys"]["all"]
    await desk.command(EraseCase(case, Erasure.ALL), "filer")
    assert key in on_disk(child)
    await desk.tidy()
    assert key in on_disk(child)
    calm.append(True)
    await desk.tidy()
    assert key not in on_disk(child)


async def test_a_desk_whose_log_does_not_open_is_closed_and_votes_go_on(
    desk: QuestionDesk, store: Line
) -> None:
    case = await answered(desk)
    [name] = await store.names(KEYS)
    await store.put(KEYS, name, to_msgpack({"keys": new_keys(), "digest": ""}))
    broken = a_desk(store)
    await broken.work()  # it ends; nothing that stops the server is raised
    with pytest.raises(Busy):
        _ = broken.now
    assert desk.now.cases[case].title == "河水发黑"
