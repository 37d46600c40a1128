"""One client's conversation: who may say what, and what comes back."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from livevote.core import command as cmd
from livevote.core.phase import Phase
from livevote.core.receipt import receipt
from livevote.core.rules import PanelRole
from livevote.errors import NotSignedIn, StoreDown
from livevote.hub.admission import LIMITS, SOCKETS_PER_VIEWER
from livevote.hub.session import (
    COMMANDS_MAX,
    Identity,
    SeatPass,
    SessionEnded,
    refused,
    voter_of,
)
from livevote.hub.studio import Studio, Voter
from livevote.wire.codec import CODECS, Codec
from livevote.wire.codes import Close
from tests.hub.room import NOON_MS, ONLINE, RULES, STUDIO, Device, Room, soon, until

DESK = frozenset({"director", "producer", "verifier"})
NOBODY = Identity()
VIEWER = Identity(viewer="v1")
DIRECTOR = Identity(account="desk", roles=frozenset({"director"}))
OWNER = Identity(account="owner", roles=frozenset({"owner"}))
GRAPHICS = Identity(account="vMix", roles=frozenset({"overlay"}))


async def ended(room: Room, identity: Identity, **hello: Any) -> Close:
    """The code with which a hello is turned away."""
    with pytest.raises(SessionEnded) as end:
        await Device(room.hub, identity).hello(**hello)
    assert not any(room.hub.doors.inside().values()), "a place was taken"
    return end.value.code


def kinds(messages: list[dict[str, Any]]) -> list[str]:
    return [message["t"] for message in messages]


# --- hello: who gets in as what ---


@pytest.mark.parametrize(
    ("identity", "channel", "role"),
    [
        (VIEWER, "voter", "viewer"),
        (replace(VIEWER, account="desk", roles=DESK), "voter", "viewer"),
        (DIRECTOR, "staff", "staff"),
        (Identity(account="p", roles=frozenset({"producer"})), "staff", "staff"),
        (Identity(account="v", roles=frozenset({"verifier"})), "staff", "staff"),
        (Identity(account="all", roles=DESK | {"owner", "overlay"}), "staff", "staff"),
        (GRAPHICS, "overlay", "overlay"),
        (DIRECTOR, "overlay", "preview"),
        (replace(DIRECTOR, roles=DESK | {"overlay"}), "overlay", "overlay"),
    ],
)
async def test_a_hello_is_taken_for_what_its_cookies_prove(
    room: Room, identity: Identity, channel: str, role: str
) -> None:
    await room.episode()
    device = await Device(room.hub, identity).hello(channel)
    welcome = await device.hear("welcome")
    assert welcome["you"] == {
        "role": role,
        "seat": "",
        "account": identity.account,
        "roles": sorted(identity.roles),
    }
    assert room.hub.doors.inside()[role] == 1


@pytest.mark.parametrize(
    ("identity", "channel", "code"),
    [
        (NOBODY, "voter", Close.SIGN_IN),
        (NOBODY, "staff", Close.SIGN_IN),
        (NOBODY, "overlay", Close.SIGN_IN),
        (DIRECTOR, "voter", Close.SIGN_IN),
        (GRAPHICS, "voter", Close.SIGN_IN),
        (VIEWER, "staff", Close.SIGN_IN),
        (VIEWER, "overlay", Close.SIGN_IN),
        (OWNER, "overlay", Close.SIGN_IN),
        (OWNER, "staff", Close.NOT_ALLOWED),
        (GRAPHICS, "staff", Close.NOT_ALLOWED),
        (Identity(account="new"), "staff", Close.NOT_ALLOWED),
    ],
)
async def test_a_channel_is_closed_to_whom_it_is_not_for(
    room: Room, identity: Identity, channel: str, code: Close
) -> None:
    await room.episode()
    assert await ended(room, identity, channel=channel) is code


async def test_the_owner_at_a_tablet_is_told_of_the_role_and_not_of_the_seat(room: Room) -> None:
    studio = await room.episode()
    seated = replace(await room.joined(studio), account="owner", roles=frozenset({"owner"}))
    assert await ended(room, seated, channel="staff") is Close.NOT_ALLOWED


async def test_a_tablet_is_its_seat(room: Room) -> None:
    studio = await room.episode()
    tablet = await room.tablet(studio, "B-01")
    welcome = await tablet.hear("welcome")
    assert (welcome["you"]["role"], welcome["you"]["seat"]) == ("seat", "B-01")


async def test_a_tablet_is_in_its_seats_episode_whatever_is_on(room: Room) -> None:
    studio = await room.episode()
    seat = await room.joined(studio)
    other = await room.episode()
    tablet = await Device(room.hub, seat).hello()
    assert (await tablet.view())["episode"]["id"] == studio.episode.id != other.episode.id


async def test_a_tablet_in_another_episode_is_a_viewer_at_most(room: Room) -> None:
    studio = await room.episode()
    seat = await room.joined(studio)
    other = (await room.episode()).episode.id
    assert await ended(room, seat, episode=other) is Close.SIGN_IN
    device = await Device(room.hub, replace(seat, viewer="v1")).hello(episode=other)
    assert (await device.hear("welcome"))["you"]["role"] == "viewer"


async def test_a_viewer_who_names_no_episode_lands_in_the_one_that_is_on(room: Room) -> None:
    first = await room.episode()
    second = await room.episode()
    phone = await room.phone()
    assert (await phone.view())["episode"]["id"] == second.episode.id
    other = await Device(room.hub, Identity(viewer="v2")).hello(episode=first.episode.id)
    assert (await other.view())["episode"]["id"] == first.episode.id


@pytest.mark.parametrize("hello", [{}, {"episode": "nowhere"}], ids=["none is on", "unknown"])
@pytest.mark.parametrize(
    ("identity", "channel"), [(VIEWER, "voter"), (DIRECTOR, "staff"), (DIRECTOR, "overlay")]
)
async def test_without_an_episode_there_is_nothing_to_join(
    room: Room, identity: Identity, channel: str, hello: dict[str, str]
) -> None:
    assert await ended(room, identity, channel=channel, **hello) is Close.NO_EPISODE


async def test_a_seat_issued_anew_turns_its_old_tablet_away(room: Room) -> None:
    studio = await room.episode()
    old = await room.joined(studio)
    await room.order(studio, cmd.ReissueSeat("A-01"))
    assert await ended(room, old) is Close.DISPLACED
    assert await ended(room, replace(old, viewer="v1")) is Close.DISPLACED
    assert (await room.tablet(studio)).outbox.close_code == 0


async def test_a_seat_that_was_made_up_turns_nobody_in(room: Room) -> None:
    studio = await room.episode()
    assert await ended(room, room.seat(studio, "A-02")) is Close.DISPLACED  # nobody joined it
    assert await ended(room, room.seat(studio, "Z-99")) is Close.DISPLACED
    gone = Identity(seat=SeatPass("nowhere", "A-01", 1))
    assert await ended(room, gone) is Close.NO_EPISODE


# --- hello: tokens ---


async def test_an_overlays_token_opens_its_episode_and_nothing_else(room: Room) -> None:
    studio = await room.episode()
    await room.episode()
    token = Identity(overlay=studio.episode.id)
    device = Device(room.hub, NOBODY)
    device.tokens["secret"] = token
    await device.hello("overlay", token="secret", episode="another")
    assert (await device.view())["episode"]["id"] == studio.episode.id
    device.leave()
    for channel in ("staff", "voter"):
        with pytest.raises(SessionEnded) as end:
            await device.hello(channel, token="secret")
        assert end.value.code is Close.SIGN_IN


async def test_a_token_that_is_not_valid_is_nobodys(room: Room) -> None:
    await room.episode()
    assert await ended(room, NOBODY, channel="overlay", token="forged") is Close.SIGN_IN


async def test_a_token_takes_the_place_of_the_cookies_but_for_the_viewers(room: Room) -> None:
    await room.episode()
    assert await ended(room, DIRECTOR, channel="staff", token="forged") is Close.SIGN_IN
    device = await Device(room.hub, VIEWER).hello(token="forged")
    assert (await device.hear("welcome"))["you"]["role"] == "viewer"


# --- hello: what is no hello, and no place ---


@pytest.mark.parametrize(
    "plain",
    [
        None,
        [],
        {},
        {"t": "ping", "c": 1},
        {"t": "cast", "run": "r", "seq": 1, "value": 1},
        {"t": "hello"},
        {"t": "hello", "v": 1},
        {"t": "hello", "v": 2, "channel": "voter"},
        {"t": "hello", "v": 1, "channel": "studio"},
        {"t": "hello", "v": "1", "channel": "voter"},
        {"t": "hello", "v": 1, "channel": "voter", "rev": "1"},
        {"t": "hello", "v": 1, "channel": "voter", "episode": "x" * 201},
    ],
)
async def test_the_first_message_is_a_hello(room: Room, plain: Any) -> None:
    await room.episode()
    device = Device(room.hub, VIEWER)
    with pytest.raises(SessionEnded) as end:
        await device.open(plain)
    assert end.value.code is Close.BAD_MESSAGE
    assert not any(room.hub.doors.inside().values())
    device.leave()  # of one who never came in
    assert not any(room.hub.doors.inside().values())


@pytest.mark.parametrize("data", [b"", b"{", b"\xff", "nonsense"])
@pytest.mark.parametrize("codec", CODECS.values(), ids=CODECS)
async def test_bytes_that_are_no_message_are_no_hello(
    room: Room, codec: Codec, data: bytes | str
) -> None:
    await room.episode()
    with pytest.raises(SessionEnded) as end:
        await Device(room.hub, VIEWER, codec).session.open(data)
    assert end.value.code is Close.BAD_MESSAGE


async def test_a_full_house_tells_to_come_back(room: Room) -> None:
    studio = await room.episode()
    for _ in range(LIMITS["overlay"].places):
        room.hub.doors.enter("overlay")
    with pytest.raises(SessionEnded) as end:
        await room.screen(studio)
    assert end.value.code is Close.FULL
    assert (await room.phone()).outbox.close_code == 0


async def test_one_viewer_has_a_few_tabs(room: Room) -> None:
    await room.episode()
    phones = [await room.phone() for _ in range(SOCKETS_PER_VIEWER)]
    with pytest.raises(SessionEnded) as end:
        await room.phone()
    assert end.value.code is Close.FULL
    phones[0].leave()
    await room.phone()


# --- what a newcomer is told ---


@pytest.mark.parametrize("codec", CODECS.values(), ids=CODECS)
async def test_a_newcomer_is_told_all_at_once_and_in_order(room: Room, codec: Codec) -> None:
    studio = await room.episode()
    run = await room.opened_run(studio)
    phone = await room.phone(codec=codec)
    found = await phone.all_now()
    assert kinds(found) == ["welcome", "state", "tally", "mine"]
    welcome, state, tally, mine = found
    assert (welcome["v"], welcome["now"], welcome["durability"]) == (1, NOON_MS, "durable")
    assert (welcome["epoch"], welcome["rev"]) == (room.hub.epoch, studio.episode.revision)
    assert welcome["resumed"] is False
    assert (state["epoch"], state["rev"], state["now"]) == (
        room.hub.epoch,
        studio.episode.revision,
        NOON_MS,
    )
    assert state["view"]["run"]["id"] == tally["run"] == mine["run"] == run
    assert (tally["n"], tally["N"], tally["live"]) == (0, 3, None)
    assert mine == {"t": "mine", "run": run, "seq": 0, "value": 0, "index": 0, "receipt": ""}


async def test_before_any_run_there_is_no_tally_and_nothing_of_ones_own(room: Room) -> None:
    studio = await room.episode()
    assert kinds(await (await room.phone()).all_now()) == ["welcome", "state"]
    assert kinds(await (await room.screen(studio)).all_now()) == ["welcome", "state"]


async def test_overlays_and_staff_get_the_running_result(room: Room) -> None:
    studio = await room.episode()
    run = await room.opened_run(studio)
    await room.vote(studio, Voter("seat", "A-01"), run, 80)
    for device in (await room.screen(studio), await room.console()):
        found = await device.all_now()
        assert kinds(found) == ["welcome", "state", "tally"]
        assert found[2]["live"]["figure"] == "80.0"


async def test_a_client_that_is_up_to_date_gets_no_state(room: Room) -> None:
    studio = await room.episode()
    seen: dict[str, Any] = {"epoch": room.hub.epoch, "rev": studio.episode.revision}
    found = await (await Device(room.hub, VIEWER).hello(**seen)).all_now()
    assert kinds(found) == ["welcome"]
    assert found[0]["resumed"] is True
    await room.order(studio, cmd.Blank())
    for stale in (seen, {"epoch": "another", "rev": studio.episode.revision}, {}):
        found = await (await Device(room.hub, VIEWER).hello(**stale)).all_now()
        assert kinds(found) == ["welcome", "state"]
        assert found[0]["resumed"] is False


async def test_a_voter_who_comes_back_is_told_of_the_counted_ballot(room: Room) -> None:
    studio = await room.episode()
    run = await room.opened_run(studio)
    phone = await room.phone()
    counted = await phone.cast(run, 1, 70)
    counted = await phone.cast(run, 2, 90)
    phone.leave()
    mine = await (await room.phone()).hear("mine")
    assert mine == {
        "t": "mine",
        "run": run,
        "seq": 2,
        "value": 90,
        "index": 2,
        "receipt": counted["receipt"],
    }


async def test_a_voter_is_turned_away_while_nobody_can_say_what_they_voted(room: Room) -> None:
    """Told to come back, rather than told that there is no ballot."""
    studio = await room.episode()
    run = await room.opened_run(studio)
    await (await room.phone()).cast(run, 1, 70)
    room.store.down = True
    device = Device(room.hub, Identity(viewer="v2"))
    with pytest.raises(SessionEnded) as end:
        await device.hello()
    assert end.value.code is Close.GOING_DOWN
    device.leave()
    assert room.hub.doors.inside()["viewer"] == 1
    # The director must see that the store is away, and pictures stay up.
    assert kinds(await (await room.console()).all_now())[:2] == ["welcome", "state"]
    assert kinds(await (await room.screen(studio)).all_now())[:2] == ["welcome", "state"]


# --- messages ---


async def test_a_ping_is_answered_with_both_clocks(room: Room) -> None:
    await room.episode()
    phone = await room.phone()
    room.time.pass_ms(77)
    phone.send("ping", c=123)
    assert await phone.hear("pong") == {"t": "pong", "c": 123, "now": NOON_MS + 77}


@pytest.mark.parametrize(
    ("plain", "where"),
    [
        ([], ""),
        ({"t": "vote"}, "t"),
        ({"t": "cast", "run": "r1", "seq": 1}, "value"),
        ({"t": "cast", "run": "r1", "seq": 0, "value": 1}, "seq"),
        ({"t": "cast", "run": "r1", "seq": 1, "value": 1.5}, "value"),
        ({"t": "ping", "c": "1"}, "c"),
    ],
)
async def test_a_message_that_is_not_understood_is_refused_and_life_goes_on(
    room: Room, plain: Any, where: str
) -> None:
    await room.episode()
    phone = await room.phone()
    phone.session.receive(phone.codec.encode(plain))
    told = await phone.hear("refused")
    assert (told["id"], told["code"], told["where"], told["retry"]) == (
        "",
        "bad_input",
        where,
        False,
    )
    phone.send("ping", c=1)
    await phone.hear("pong")


async def test_a_second_hello_is_refused(room: Room) -> None:
    await room.episode()
    phone = await room.phone()
    phone.send("hello", v=1, channel="staff")
    assert (await phone.hear("refused"))["code"] == "not_allowed"


@pytest.mark.parametrize("role", ["viewer", "overlay", "staff"])
async def test_a_message_larger_than_the_role_may_send_ends_it(room: Room, role: str) -> None:
    studio = await room.episode()
    device = {
        "viewer": await room.phone(),
        "overlay": await room.screen(studio),
        "staff": await room.console(),
    }[role]
    limit = LIMITS[role].bytes_max
    device.session.receive(b" " * limit)  # understood as nothing, but let through
    assert (await device.hear("refused"))["code"] == "bad_input"
    with pytest.raises(SessionEnded) as end:
        device.session.receive(b" " * (limit + 1))
    assert end.value.code is Close.TOO_BIG


async def test_too_many_messages_in_a_second_end_it(room: Room) -> None:
    await room.episode()
    phone = await room.phone()
    for number in range(LIMITS["viewer"].burst):
        phone.send("ping", c=number)
    with pytest.raises(SessionEnded) as end:
        phone.send("ping", c=99)
    assert end.value.code is Close.TOO_FAST


async def test_a_client_at_its_pace_may_go_on_for_ever(room: Room) -> None:
    await room.episode()
    phone = await room.phone()
    for number in range(200):
        phone.send("ping", c=number)
        await phone.hear("pong", c=number)
        room.time.pass_ms(1000 // LIMITS["viewer"].rate)


# --- ballots ---


@pytest.mark.parametrize("codec", CODECS.values(), ids=CODECS)
async def test_a_ballot_is_answered_with_a_receipt_that_can_be_checked(
    room: Room, codec: Codec
) -> None:
    studio = await room.episode()
    run = await room.opened_run(studio)
    tablet = await room.tablet(studio, codec=codec)
    counted = await tablet.cast(run, 1, 87)
    voter = studio.pseudonym(Voter("seat", "A-01"))
    text = receipt(room.hub.keys.receipt, run, 1, voter, 1, 87)
    assert counted == {
        "t": "counted",
        "run": run,
        "seq": 1,
        "value": 87,
        "index": 1,
        "receipt": text,
        "again": False,
    }
    assert await tablet.cast(run, 1, 87) == {**counted, "again": True}
    assert [e.value for e in await room.store.entries(studio.run_key(studio.episode.runs[0]))] == [
        87
    ]


async def test_a_ballot_counts_from_the_moment_its_bytes_arrived(room: Room) -> None:
    studio = await room.episode()
    run = await room.opened_run(studio)
    phone = await room.phone()
    gate = room.store.hold_up("lv2_commit")
    phone.send("cast", run=run, seq=1, value=50)
    await soon(room.store.held_up.wait())
    room.time.pass_ms(400)
    gate.set()
    await phone.hear("counted")
    [entry] = await room.store.entries(studio.run_key(studio.episode.runs[0]))
    assert entry.received_ms == NOON_MS


@pytest.mark.parametrize(
    ("cast", "code", "retry"),
    [
        ({"run": "", "seq": 1, "value": 50}, "not_open", False),
        ({"run": "nowhere", "seq": 1, "value": 50}, "not_open", False),
        ({"seq": 2, "value": 101}, "bad_value", False),
        ({"seq": 2, "value": -1}, "bad_value", False),
        ({"seq": 3, "value": 51}, "seq_conflict", False),
        ({"seq": 2, "value": 50}, "seq_stale", False),
    ],
)
async def test_a_ballot_that_cannot_count_is_told_why(
    room: Room, cast: dict[str, Any], code: str, retry: bool
) -> None:
    studio = await room.episode()
    run = await room.opened_run(studio)
    phone = await room.phone()
    await phone.cast(run, 3, 50)
    told = await phone.cast(**{"run": run, **cast})
    assert (told["t"], told["code"], told["retry"]) == ("not_counted", code, retry)
    assert (told["run"], told["seq"]) == (cast.get("run", run), cast["seq"])
    assert told["message"]
    assert room.hub.stats.rejects[code] == 1


@pytest.mark.parametrize(
    ("phase", "code", "retry"),
    [
        (Phase.ARMED, "not_open", False),
        (Phase.PAUSED, "paused", True),
        (Phase.CLOSED, "late", False),
        (Phase.VOID, "not_open", False),
    ],
)
async def test_a_ballot_outside_the_window_is_told_what_the_window_is(
    room: Room, phase: Phase, code: str, retry: bool
) -> None:
    studio = await room.episode()
    phone = await room.phone()
    run = await room.armed(studio)
    if phase is not Phase.ARMED:
        await room.order(studio, cmd.Open(run))
    if phase is Phase.PAUSED:
        await room.order(studio, cmd.Pause(run))
    if phase is Phase.CLOSED:
        await room.closed(studio, run)
    if phase is Phase.VOID:
        await room.order(studio, cmd.AskVoid(run, "错"))
        await room.order(studio, cmd.ConfirmVoid(run), by="producer")
    room.time.pass_ms(1)
    told = await phone.cast(run, 1, 50)
    assert (told["t"], told["code"], told["retry"]) == ("not_counted", code, retry)


async def test_a_ballot_that_the_store_did_not_answer_may_be_sent_again(room: Room) -> None:
    studio = await room.episode()
    run = await room.opened_run(studio)
    phone = await room.phone()
    room.store.cut("answer")
    told = await phone.cast(run, 1, 50)
    assert (told["code"], told["retry"]) == ("store_down", True)
    assert told["retry_after_ms"] > 0
    again = await phone.cast(run, 1, 50)
    assert (again["t"], again["again"], again["index"]) == ("counted", True, 1)


@pytest.mark.parametrize("panels", [(STUDIO,), (STUDIO, replace(ONLINE, role=PanelRole.OFF))])
async def test_a_viewer_without_a_panel_is_told_so(room: Room, panels: Any) -> None:
    studio = await room.episode(replace(RULES, panels=panels))
    run = await room.opened_run(studio)
    phone = await room.phone()
    assert (await phone.view())["panel"] == ""
    assert (await phone.cast(run, 1, 50))["code"] == "not_eligible"


@pytest.mark.parametrize("channel", ["staff", "overlay", "preview"])
async def test_only_voters_vote(room: Room, channel: str) -> None:
    studio = await room.episode()
    run = await room.opened_run(studio)
    device = {
        "staff": await room.console(),
        "overlay": await room.screen(studio),
        "preview": await Device(room.hub, DIRECTOR).hello("overlay"),
    }[channel]
    told = await device.cast(run, 1, 50)
    assert (told["t"], told["code"]) == ("not_counted", "not_allowed")
    assert await room.store.entries(studio.run_key(studio.episode.runs[0])) == []


async def test_a_seat_issued_anew_while_its_tablet_is_connected_votes_no_more(room: Room) -> None:
    studio = await room.episode()
    run = await room.opened_run(studio)
    tablet = await room.tablet(studio)
    await tablet.cast(run, 1, 50)
    await room.order(studio, cmd.ReissueSeat("A-01"))
    assert tablet.outbox.close_code == Close.DISPLACED
    # Its bytes may still be under way.
    told = await tablet.cast(run, 2, 90)
    assert (told["t"], told["code"]) == ("not_counted", "not_allowed")
    newcomer = await room.tablet(studio)
    assert (await newcomer.hear("mine"))["value"] == 50
    assert (await newcomer.cast(run, 2, 60))["t"] == "counted"
    entries = await room.store.entries(studio.run_key(studio.episode.runs[0]))
    assert [(entry.seq, entry.value) for entry in entries] == [(1, 50), (2, 60)]
    assert len({entry.voter for entry in entries}) == 1, "one seat, one ballot"


async def test_of_two_tablets_with_one_cookie_the_newer_has_the_seat(room: Room) -> None:
    studio = await room.episode()
    seat = await room.joined(studio)
    first = await Device(room.hub, seat).hello()
    second = await Device(room.hub, seat).hello()
    assert await first.closed() == Close.DISPLACED
    assert second.outbox.close_code == 0
    first.leave()
    assert studio.seats_online() == {"A-01"}
    assert room.hub.doors.inside()["seat"] == 1


async def test_a_ballot_whose_sender_has_gone_is_counted_all_the_same(room: Room) -> None:
    studio = await room.episode()
    run = await room.opened_run(studio)
    phone = await room.phone()
    phone.send("cast", run=run, seq=1, value=50)
    phone.leave()
    await until(lambda: room.hub.stats.ballots_counted == 1)
    assert (await (await room.phone()).hear("mine"))["value"] == 50


# --- overlays ---


async def test_what_an_overlay_drew_is_noted(room: Room) -> None:
    studio = await room.episode()
    screen = await room.screen(studio)
    room.time.pass_ms(5)
    screen.send("drawn", width=1920, height=1080, fps=50, size=7, agent="CasparCG")
    [member] = studio.of_role("overlay")
    assert member.drawn is not None
    assert (member.drawn.fps, member.drawn.agent, member.drawn_ms) == (50, "CasparCG", NOON_MS + 5)


async def test_a_preview_draws_too_but_is_not_on_air(room: Room) -> None:
    studio = await room.episode()
    preview = await Device(room.hub, DIRECTOR).hello("overlay")
    preview.send("drawn", width=960, height=540, fps=60, size=0)
    assert [member.drawn is not None for member in studio.of_role("preview")] == [True]
    assert list(studio.of_role("overlay")) == []


@pytest.mark.parametrize("who", ["phone", "console"])
async def test_nobody_else_draws(room: Room, who: str) -> None:
    await room.episode()
    device = await room.phone() if who == "phone" else await room.console()
    device.send("drawn", width=1, height=1, fps=1, size=1)
    assert (await device.hear("refused"))["code"] == "not_allowed"


# --- commands ---


async def test_a_command_is_done_under_the_accounts_name(room: Room) -> None:
    studio = await room.episode()
    console = await room.console("director", name="导播 甲")
    console.send("command", id="7", name="arm", args={"segment": "water"})
    assert await console.hear("done") == {"t": "done", "id": "7", "rev": studio.episode.revision}
    assert studio.director.recent[-1].by == "导播 甲"
    assert (await console.view())["runs"][0]["phase"] == "armed"


@pytest.mark.parametrize(
    ("name", "args", "code", "where"),
    [
        ("open", {"run": "nowhere"}, "not_found", "run"),
        ("arm", {"segment": "water", "ballots": 1}, "bad_input", "args"),
        ("arm", {"segment": 7}, "bad_input", "args.segment"),
        ("extend", {"run": "r", "by_ms": "15"}, "bad_input", "args.by_ms"),
        ("choose_segment", {}, "bad_input", "args.segment"),
        ("restart", {}, "not_allowed", ""),
        ("finish", {"run": "r", "size": 0}, "not_allowed", ""),
        ("report", {"kind": "note", "text": "x"}, "not_allowed", ""),
        ("join_seat", {"seat": "A-01", "generation": 1}, "not_allowed", ""),
    ],
)
async def test_a_command_that_is_refused_says_why_and_changes_nothing(
    room: Room, name: str, args: dict[str, Any], code: str, where: str
) -> None:
    studio = await room.episode()
    console = await room.console()
    revision = studio.episode.revision
    told = await console.order(name, **args)
    assert (told["t"], told["id"], told["code"], told["where"]) == ("refused", name, code, where)
    assert studio.episode.revision == revision


async def test_a_command_rests_on_the_revision_it_names(room: Room) -> None:
    studio = await room.episode()
    console = await room.console()
    seen = studio.episode.revision
    assert (await console.order("blank", expect=seen))["rev"] == seen + 1
    assert (await console.order("restore", expect=seen))["code"] == "revision_mismatch"


@pytest.mark.parametrize(
    ("role", "name"), [("producer", "blank"), ("verifier", "blank"), ("director", "set_rules")]
)
async def test_a_role_may_do_only_what_is_its_own(room: Room, role: str, name: str) -> None:
    await room.episode()
    console = await room.console(role)
    assert (await console.order(name))["code"] == "not_allowed"


@pytest.mark.parametrize("who", ["phone", "tablet", "screen", "preview"])
async def test_commands_come_from_the_staff_channel_alone(room: Room, who: str) -> None:
    """Also of a director whose page shows the preview or who votes at home."""
    studio = await room.episode()
    device = {
        "phone": Device(room.hub, replace(VIEWER, account="desk", roles=DESK)),
        "tablet": Device(room.hub, replace(await room.joined(studio), account="d", roles=DESK)),
        "screen": Device(room.hub, replace(GRAPHICS, roles=DESK | {"overlay"})),
        "preview": Device(room.hub, DIRECTOR),
    }[who]
    await device.hello("voter" if who in ("phone", "tablet") else "overlay")
    assert (await device.order("blank"))["code"] == "not_allowed"
    assert not studio.episode.blanked


async def test_more_commands_at_once_than_anyone_gives_by_hand_end_it(room: Room) -> None:
    studio = await room.episode()
    console = await room.console()
    gate = room.store.hold_up("lv2_append")
    for number in range(COMMANDS_MAX):
        console.send("command", id=str(number), name="blank" if number % 2 else "restore")
    with pytest.raises(SessionEnded) as end:
        console.send("command", id="9", name="blank")
    assert end.value.code is Close.TOO_FAST
    assert room.hub.stats.rejects["busy"] == 1
    gate.set()
    await until(lambda: studio.episode.blanked)


async def test_commands_one_after_the_other_have_no_end(room: Room) -> None:
    studio = await room.episode()
    console = await room.console()
    revision = studio.episode.revision
    for _ in range(COMMANDS_MAX):
        assert (await console.order("blank"))["t"] == "done"
        assert (await console.order("restore"))["t"] == "done"
    assert studio.episode.revision == revision + 2 * COMMANDS_MAX


async def test_a_command_that_was_begun_is_carried_out_though_the_console_is_gone(
    room: Room,
) -> None:
    studio = await room.episode()
    console = await room.console()
    gate = room.store.hold_up("lv2_append")
    console.send("command", id="1", name="blank")
    await soon(room.store.held_up.wait())
    console.leave()
    gate.set()
    await until(lambda: studio.episode.blanked)


async def test_a_command_that_the_store_did_not_answer_may_be_given_again(room: Room) -> None:
    studio = await room.episode()
    console = await room.console()
    room.store.cut("call")
    told = await console.order("blank")
    assert (told["code"], told["retry"]) == ("store_down", True)
    assert (await console.order("blank"))["t"] == "done"
    assert studio.episode.blanked


async def test_a_command_that_meets_nonsense_sends_the_console_away_and_stops_the_server(
    room: Room,
) -> None:
    studio = await room.episode()
    run = await room.opened_run(studio)
    console = await room.console()
    await room.store.move_window(studio.run_key(studio.episode.runs[0]), ("open",), phase="void")
    console.send("command", id="1", name="close", args={"run": run})
    assert await console.closed() == Close.GOING_DOWN
    assert room.hub.broken
    assert room.hub.broken.exception()
    room.hub.broken = asyncio.get_running_loop().create_future()


# --- leaving ---


async def test_who_leaves_is_gone_at_once_and_leaving_twice_is_leaving_once(room: Room) -> None:
    studio = await room.episode()
    devices = [
        await room.phone(),
        await room.tablet(studio),
        await room.screen(studio),
        await room.console(),
    ]
    assert sum(room.hub.doors.inside().values()) == len(studio.members) == 4
    for device in devices:
        device.leave()
        device.leave()
    assert not any(room.hub.doors.inside().values())
    assert not studio.members
    assert list(room.hub.fanout.members(studio.episode.id)) == []


async def test_a_client_that_reads_nothing_is_closed(room: Room) -> None:
    await room.episode()
    phone = await room.phone()
    for number in range(400):
        room.time.pass_ms(1000)
        phone.send("ping", c=number)
    assert phone.outbox.close_code == Close.TOO_FAST


# --- for HTTP, which has no session ---


async def test_a_voter_by_post_is_whom_the_cookies_prove(room: Room) -> None:
    studio: Studio = await room.episode()
    seat = await room.joined(studio)
    assert voter_of(seat, studio) == Voter("seat", "A-01")
    assert voter_of(replace(seat, viewer="v1"), studio) == Voter("seat", "A-01")
    assert voter_of(VIEWER, studio) == Voter("viewer", "v1")
    with pytest.raises(NotSignedIn):
        voter_of(DIRECTOR, studio)


def test_a_refusal_is_told_whole() -> None:
    told = refused(StoreDown("away", retry_after_ms=500), "7").plain()
    assert told == {
        "t": "refused",
        "id": "7",
        "code": "store_down",
        "message": "away",
        "where": "",
        "retry": True,
        "retry_after_ms": 500,
    }
