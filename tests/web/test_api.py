"""The JSON API, request by request: what it answers, and how it refuses."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from livevote.core import command as cmd
from livevote.core import scale
from livevote.core.model import Seat
from livevote.core.names import Names
from livevote.core.plain import to_plain
from livevote.core.rules import PANELS, Rules
from livevote.hub.roles import DIRECTOR, PRODUCER
from livevote.hub.studio import Studio
from livevote.web.answers import BODY_MAX
from livevote.web.roles import FEEDS
from tests.web.clients import QUICK, SEATS, House, changed, differences, timeless


def told(answer: httpx.Response) -> tuple[int, str, str]:
    """(status, code, where) of a refusal, whose form is always the same."""
    plain = answer.json()
    assert {"code", "message", "where", "retry", "retry_after_ms"} <= plain.keys()
    assert plain["message"]
    assert "\n" not in plain["message"]
    return answer.status_code, plain["code"], plain["where"]


# --- sessions ---


async def test_the_session_tells_who_you_are(house: House) -> None:
    session: dict[str, object] = {
        "account": None,
        "seat": None,
        "viewer": False,
        "on": "",
        "work": False,
        "secure": False,
        "durability": "durable",
    }
    async with house.browser() as browser:
        assert (await browser.get("/api/session")).json() == session
        studio = await house.episode()
        session["on"] = studio.episode.id
        assert (await browser.get("/api/session")).json() == session
        assert (await browser.post("/api/viewer")).status_code == 204
        session["viewer"] = True
        assert (await browser.get("/api/session")).json() == session
        browser.cookies.update(await house.seat(studio, "A-01"))
        session["seat"] = {"episode": studio.episode.id, "seat": "A-01"}
        browser.cookies.update(await house.staff(PRODUCER, DIRECTOR, name="desk"))
        session["account"] = {"name": "desk", "roles": [DIRECTOR, PRODUCER], "unit": ""}
        assert (await browser.get("/api/session")).json() == session
        secure = await browser.get("/api/session", headers={"x-forwarded-proto": "https"})
        assert secure.json() == session | {"secure": True}


async def test_a_viewer_keeps_the_first_cookie(house: House) -> None:
    async with house.browser() as browser:
        first = await browser.post("/api/viewer")
        assert "lv_viewer" in first.cookies
        again = await browser.post("/api/viewer")
        assert (again.status_code, again.content, list(again.cookies)) == (204, b"", [])
        browser.cookies.set("lv_viewer", "forged")
        assert "lv_viewer" in (await browser.post("/api/viewer")).cookies


def seat_body(house: House, studio: Studio, seat: str = "A-01", **other: Any) -> dict[str, Any]:
    """What the page of a scanned code sends."""
    generation, code = house.hub.seat_code(studio, seat)
    scanned = {"episode": studio.episode.id, "seat": seat, "generation": generation, "code": code}
    return scanned | other


async def test_a_seats_code_opens_it_for_one_tablet(house: House) -> None:
    studio = await house.episode()
    scanned = seat_body(house, studio)
    async with house.browser() as tablet, house.browser() as second:
        joined = await tablet.post("/api/seat", json=scanned)
        assert joined.json() == {"seat": "A-01", "panel": "studio"}
        assert studio.episode.seat_states["A-01"].joined
        revision = studio.episode.revision
        again = await tablet.post("/api/seat", json=scanned)
        assert again.json() == joined.json(), "the same tablet goes on"
        assert studio.episode.revision == revision
        taken = await second.post("/api/seat", json=scanned)
        assert told(taken) == (403, "not_allowed", "")
        assert "already has a tablet" in taken.json()["message"]
        assert "lv_seat" not in second.cookies


async def test_two_tablets_scan_the_same_code_at_once(house: House) -> None:
    studio = await house.episode()
    scanned = seat_body(house, studio)
    async with house.browser() as one, house.browser() as other:
        answers = await asyncio.gather(*(b.post("/api/seat", json=scanned) for b in (one, other)))
    assert sorted(answer.status_code for answer in answers) == [200, 403]


async def test_a_seat_issued_anew_displaces_its_tablet(house: House) -> None:
    studio = await house.episode()
    old = seat_body(house, studio)
    async with house.browser() as tablet, house.browser() as second:
        await tablet.post("/api/seat", json=old)
        async with house.line("voter", dict(tablet.cookies)) as line:
            await line.hear("state")
            await house.order(studio, cmd.ReissueSeat("A-01"))
            assert await line.closed() == 4409
        for browser in (tablet, second):
            refused = await browser.post("/api/seat", json=old)
            assert told(refused) == (403, "not_allowed", ""), "the old code opens nothing"
        # Nor does the old code with the new generation's number, or the other way round.
        new = seat_body(house, studio)
        for mixed in (old | {"generation": 2}, new | {"generation": 1}):
            assert told(await second.post("/api/seat", json=mixed))[0] == 403
        assert (await second.post("/api/seat", json=new)).status_code == 200
        async with house.line("voter", dict(second.cookies)) as line:
            assert (await line.hear("welcome"))["you"]["seat"] == "A-01"


async def test_codes_that_open_no_seat(house: House) -> None:
    studio = await house.episode()
    other = await house.episode(on=False)
    good = seat_body(house, studio)
    wrong: list[tuple[dict[str, Any], tuple[int, str, str]]] = [
        (good | {"code": "0" * 32}, (403, "not_allowed", "")),
        (good | {"code": ""}, (403, "not_allowed", "")),
        (good | {"code": good["code"].upper()}, (403, "not_allowed", "")),
        (good | {"code": "号" * 32}, (403, "not_allowed", "")),
        (good | {"seat": "A-02"}, (403, "not_allowed", "")),
        (good | {"generation": 0}, (403, "not_allowed", "")),
        (good | {"generation": 2}, (403, "not_allowed", "")),
        (good | {"episode": other.episode.id}, (403, "not_allowed", "")),
        (good | {"seat": "Z-99"}, (404, "not_found", "")),
        (good | {"episode": "nowhere"}, (404, "not_found", "")),
        (good | {"generation": "1"}, (400, "bad_input", "generation")),
        (good | {"seat": 1}, (400, "bad_input", "seat")),
    ]
    async with house.browser() as browser:
        for body, expected in wrong:
            assert told(await browser.post("/api/seat", json=body)) == expected, body
        assert "lv_seat" not in browser.cookies
    assert not studio.episode.seat_states


async def test_a_seat_that_left_the_roster_lets_nobody_in(house: House) -> None:
    studio = await house.episode()
    scanned = seat_body(house, studio)
    async with house.browser() as tablet:
        await tablet.post("/api/seat", json=scanned)
        await house.order(studio, cmd.SetRoster(SEATS[1:]))
        refused = await tablet.post("/api/seat", json=scanned)
        assert refused.status_code in (403, 404)


# --- bodies ---

BODIES = (
    "/api/seat",
    "/api/vote",
    "/api/login",
    "/api/claim",
    "/api/accounts",
    "/api/shows",
    "/api/episodes",
    "/api/on",
    "/api/episodes/{id}/command",
)


async def test_what_is_no_body_is_refused_everywhere(house: House) -> None:
    studio = await house.episode()
    wrong = {
        b"": None,  # the first field that is missing
        b"{": "",
        b"name=owner": "",
        b"\xff\xfe{}": "",
        b"[]": "body",
        b"null": "body",
        b'"text"': "body",
        b"{}" + b" " * BODY_MAX: "body",
        b"[" * 100_000: "",
    }
    async with house.browser(await house.everyone() | house.viewer()) as browser:
        for path in BODIES:
            url = path.format(id=studio.episode.id)
            for data, where in wrong.items():
                status, code, told_where = told(await browser.post(url, content=data))
                assert (status, code) == (400, "bad_input"), (path, data[:20])
                assert where is None or told_where == where, (path, data[:20])


# --- shows and episodes ---


async def test_a_producer_makes_a_show_and_an_episode_and_puts_it_on(house: House) -> None:
    async with house.browser(await house.staff(PRODUCER)) as producer:
        assert (await producer.get("/api/shows")).json() == {"shows": [], "on": ""}
        name = {"zh": "全媒体问政", "en": "Questioning"}
        made = await producer.post("/api/shows", json={"name": name})
        assert made.status_code == 201
        show = made.json()["id"]
        title = {"zh": "五水共治", "en": ""}
        made = await producer.post("/api/episodes", json={"show": show, "title": title})
        assert made.status_code == 201
        episode = made.json()["id"]
        assert (await producer.post("/api/on", json={"episode": episode})).status_code == 204
        listed = (await producer.get("/api/shows")).json()
        created_ms = listed["shows"][0]["episodes"][0].pop("created_ms")
        assert abs(created_ms - house.hub.clock.now_ms()) < 60_000
        assert listed == {
            "shows": [
                {
                    "id": show,
                    "name": name,
                    "episodes": [{"id": episode, "title": title, "rehearsal_of": ""}],
                }
            ],
            "on": episode,
        }
        state = (await producer.get(f"/api/episodes/{episode}")).json()
        assert state["t"] == "state"
        assert state["view"]["episode"] == {"id": episode, "show": name, "title": title}
        title = {"zh": "五水共治（二）", "en": ""}
        order = {"name": "set_title", "args": {"title": title}}
        await producer.post(f"/api/episodes/{episode}/command", json=order)
        listed = (await producer.get("/api/shows")).json()
        assert listed["shows"][0]["episodes"][0]["title"] == title
        assert (await producer.post("/api/on", json={"episode": ""})).status_code == 204
        assert (await producer.get("/api/shows")).json()["on"] == ""


async def test_what_is_wrong_with_a_show_or_an_episode_is_told_where(house: House) -> None:
    studio = await house.episode()
    show = house.hub.catalogue.state.shows[0].id
    good = {"zh": "五水共治"}
    wrong: list[tuple[str, dict[str, Any], tuple[int, str, str]]] = [
        ("/api/shows", {"name": "问政"}, (400, "bad_input", "name")),
        ("/api/shows", {"name": {}}, (400, "bad_input", "name")),
        ("/api/shows", {"name": {"zh": " "}}, (400, "bad_input", "name")),
        ("/api/shows", {"name": {"zh": "问" * 121}}, (400, "bad_input", "name")),
        ("/api/shows", {"name": {"zh": 1}}, (400, "bad_input", "name.zh")),
        ("/api/shows", {"name": {"fr": "x"}}, (400, "bad_input", "name")),
        ("/api/episodes", {"show": show, "title": {}}, (400, "bad_input", "title")),
        ("/api/episodes", {"show": show, "title": {"en": 1}}, (400, "bad_input", "title.en")),
        ("/api/episodes", {"title": good}, (400, "bad_input", "show")),
        ("/api/episodes", {"show": "none", "title": good}, (404, "not_found", "show")),
        ("/api/on", {"episode": None}, (400, "bad_input", "episode")),
        ("/api/on", {"episode": "none"}, (404, "not_found", "episode")),
    ]
    async with house.browser(await house.everyone()) as browser:
        for path, body, expected in wrong:
            assert told(await browser.post(path, json=body)) == expected, body
    assert len(house.hub.catalogue.state.shows) == 1
    assert len(house.hub.catalogue.state.episodes) == 1
    assert house.hub.catalogue.state.on == studio.episode.id


async def test_an_episode_that_is_not_there_is_not_found_anywhere(house: House) -> None:
    async with house.browser(await house.everyone()) as browser:
        for method, path in (
            ("GET", ""),
            ("GET", "/seats"),
            ("GET", "/seats.pdf"),
            ("GET", "/export/json"),
            ("POST", "/command"),
            ("POST", "/rows/rundown"),
            ("POST", "/overlay-link"),
        ):
            answer = await browser.request(method, f"/api/episodes/nowhere{path}")
            assert told(answer)[:2] == (404, "not_found"), path


async def test_the_state_is_the_one_that_staff_have_on_their_socket(house: House) -> None:
    studio = await house.episode()
    await house.opened(studio)
    cookies = await house.staff(DIRECTOR)
    async with house.browser(cookies) as browser, house.line("staff", cookies) as line:
        state = (await browser.get(f"/api/episodes/{studio.episode.id}")).json()
        heard = await line.hear("state")
        assert differences(timeless(state), timeless(heard)) == []


# --- commands ---


async def test_a_command_answers_with_the_revision(house: House) -> None:
    studio = await house.episode()
    async with house.browser(await house.staff(DIRECTOR)) as director:

        async def order(name: str, expect: int = 0, **args: Any) -> httpx.Response:
            body = {"name": name, "args": args, "expect": expect}
            return await director.post(f"/api/episodes/{studio.episode.id}/command", json=body)

        revision = studio.episode.revision
        assert (await order("blank", revision)).json() == {"rev": revision + 1}
        stale = await order("restore", revision)
        assert told(stale) == (409, "revision_mismatch", "")
        assert studio.episode.blanked
        run = await house.armed(studio)
        assert told(await order("close", run=run)) == (409, "wrong_phase", "")
        assert told(await order("open", run="none")) == (404, "not_found", "run")
        assert told(await order("open")) == (400, "bad_input", "args.run")
        assert told(await order("open", run=run, more=1)) == (400, "bad_input", "args")
        assert told(await order("open", run=1)) == (400, "bad_input", "args.run")
        assert told(await order("open", run=run, duration_ms=1)) == (
            400,
            "bad_input",
            "duration_ms",
        )
        assert (await order("open", run=run)).status_code == 200
        assert told(await order("fly")) == (403, "not_allowed", "")


async def test_a_command_of_the_wrong_form(house: House) -> None:
    studio = await house.episode()
    async with house.browser(await house.staff(DIRECTOR)) as director:
        for body, where in (
            ({"args": {}}, "name"),
            ({"name": "blank"}, "args"),
            ({"name": "blank", "args": []}, "args"),
            ({"name": "blank", "args": {}, "expect": "1"}, "expect"),
            ({"name": "blank", "args": {}, "expect": True}, "expect"),
        ):
            answer = await director.post(f"/api/episodes/{studio.episode.id}/command", json=body)
            assert told(answer) == (400, "bad_input", where)
    assert not studio.episode.blanked


async def test_commands_name_the_account_that_gave_them(house: House) -> None:
    studio = await house.episode()
    async with house.browser(await house.staff(DIRECTOR, name="desk")) as director:
        order = {"name": "blank", "args": {}}
        await director.post(f"/api/episodes/{studio.episode.id}/command", json=order)
        state = (await director.get(f"/api/episodes/{studio.episode.id}")).json()
    assert [state["view"]["log"][-1][name] for name in ("by", "type")] == [
        "desk",
        "graphics_blanked",
    ]


# --- preparing ---


async def test_presets_are_rules_and_scales_to_start_from(house: House) -> None:
    async with house.browser(await house.staff(PRODUCER)) as producer:
        presets = (await producer.get("/api/presets")).json()
        assert presets == {
            "rules": to_plain(Rules()),
            "scales": {name: to_plain(preset) for name, preset in scale.PRESETS.items()},
        }
        studio = await house.episode()
        order = {"name": "set_rules", "args": {"rules": presets["rules"]}}
        answer = await producer.post(f"/api/episodes/{studio.episode.id}/command", json=order)
        assert answer.status_code == 200
        assert studio.episode.rules == Rules()


async def test_the_list_of_seats_holds_links_that_open_them(house: House) -> None:
    studio = await house.episode()
    await house.seat(studio, "A-01")
    async with house.browser(await house.staff(PRODUCER)) as producer, house.browser() as tablet:
        seats = (await producer.get(f"/api/episodes/{studio.episode.id}/seats")).json()
        assert [row["seat"] for row in seats] == [seat.label for seat in SEATS]
        assert [row["joined"] for row in seats] == [True, False, False, False]
        row = seats[2]
        assert (row["block"], row["panel"], row["generation"]) == ("B", "studio", 1)
        base, _, fragment = row["link"].partition("#")
        assert base == f"{house.up.url}/seat"
        episode, seat, generation, code = fragment.split(".")
        scanned = {"episode": episode, "seat": seat, "generation": int(generation), "code": code}
        joined = await tablet.post("/api/seat", json=scanned)
        assert joined.json() == {"seat": "B-01", "panel": "studio"}


async def test_an_overlay_link_opens_the_graphics_of_its_episode(house: House) -> None:
    studio = await house.episode()
    other = await house.episode()
    assert house.hub.catalogue.state.on == other.episode.id
    async with house.browser(await house.staff(DIRECTOR)) as director:
        link = await director.post(f"/api/episodes/{studio.episode.id}/overlay-link")
    base, _, token = link.json()["url"].partition("#")
    assert base == f"{house.up.url}/overlay"
    package = [path for path in link.json()["paths"] if path.startswith("/ograf/")]
    assert len(package) == 3
    async with house.browser() as machine:
        for path in package:
            assert (await machine.get(path)).status_code == 200, path
    async with house.line("overlay", token=token) as line:
        view = (await line.hear("state"))["view"]
        assert view["episode"]["id"] == studio.episode.id
    paths = [path for path in link.json()["paths"] if path.startswith("/data/")]
    feeds = {path.rpartition("/")[2]: path for path in paths}
    assert list(feeds) == [*FEEDS, "events", "socket"]
    async with house.browser() as machine:
        for name in FEEDS:
            assert (await machine.get(feeds[name])).status_code == 200, name
        assert (await machine.head(feeds["events"])).status_code == 200
        current = (await machine.get(feeds["current.json"])).json()
        assert current["episode"] == studio.episode.id


# --- voting without WebSocket ---


async def vote(browser: httpx.AsyncClient, run: str, seq: int, value: int) -> httpx.Response:
    return await browser.post("/api/vote", json={"run": run, "seq": seq, "value": value})


async def test_a_ballot_by_post_counts_exactly_once(house: House) -> None:
    studio = await house.episode()
    run = await house.opened(studio)
    async with house.browser(await house.seat(studio, "A-01")) as tablet:
        first = await vote(tablet, run, 1, 1)
        assert first.status_code == 200
        counted = first.json()
        assert counted == {
            "t": "counted",
            "run": run,
            "seq": 1,
            "value": 1,
            "index": 1,
            "receipt": counted["receipt"],
            "again": False,
        }
        assert len(counted["receipt"]) == 12
        again = (await vote(tablet, run, 1, 1)).json()
        assert again == counted | {"again": True}
        conflict = await vote(tablet, run, 1, 2)
        assert told(conflict) == (409, "seq_conflict", "")
        assert [conflict.json()[name] for name in ("t", "run", "seq")] == ["not_counted", run, 1]
        changed = (await vote(tablet, run, 5, 3)).json()
        assert (changed["index"], changed["again"]) == (2, False)
        assert told(await vote(tablet, run, 4, 1)) == (409, "seq_stale", "")
        assert (await vote(tablet, run, 5, 3)).json() == changed | {"again": True}
    tally = await house.hub.store.tally(studio.run_key(house.run(studio, run)))
    assert (tally.counts, tally.size) == ({"studio": {3: 1}}, 2)


async def test_the_same_ballot_many_times_at_once_counts_once(house: House) -> None:
    studio = await house.episode()
    run = await house.opened(studio)
    cookies = await house.seat(studio, "A-01")
    async with house.browser(cookies) as tablet, house.line("voter", cookies) as line:
        await line.send("cast", run=run, seq=1, value=1)
        answers = await asyncio.gather(*(vote(tablet, run, 1, 1) for _ in range(10)))
        counted = [await line.answer(run, 1), *(answer.json() for answer in answers)]
    assert {(c["t"], c["index"], c["receipt"]) for c in counted} == {
        ("counted", 1, counted[0]["receipt"])
    }
    assert sum(not c["again"] for c in counted) == 1


async def test_a_ballot_outside_its_window_is_refused_and_told(house: House) -> None:
    studio = await house.episode()
    run = await house.armed(studio)
    async with house.browser(await house.seat(studio, "A-01")) as tablet:
        assert told(await vote(tablet, run, 1, 1)) == (409, "not_open", "")
        await house.order(studio, cmd.Open(run))
        await house.order(studio, cmd.Pause(run))
        paused = await vote(tablet, run, 1, 1)
        assert told(paused) == (409, "paused", "")
        assert paused.json()["retry"]
        await house.order(studio, cmd.Resume(run))
        assert (await vote(tablet, run, 1, 1)).status_code == 200
        await house.closed(studio, run)
        late = await vote(tablet, run, 2, 3)
        assert told(late) == (409, "late", "")
        assert not late.json()["retry"]
        again = (await vote(tablet, run, 1, 1)).json()
        assert (again["t"], again["again"]) == ("counted", True), "its receipt is given after close"
        await house.order(studio, cmd.Reveal(run))
        assert told(await vote(tablet, run, 2, 3)) == (409, "late", "")
        assert told(await vote(tablet, "none", 1, 1)) == (409, "not_open", "")
    turned = [t async for batch in house.hub.store.turned(_key(house, studio, run)) for t in batch]
    assert [t.value for t in turned] == [1, 1, 3, 3], "each one is in the log of what was refused"


def _key(house: House, studio: Studio, run: str) -> Any:
    return studio.run_key(house.run(studio, run))


async def test_a_ballot_that_the_rules_do_not_take(house: House) -> None:
    seats_only = changed(panels=PANELS[:1], change_allowed=False)
    studio = await house.episode(seats_only)
    run = await house.opened(studio)
    other = await house.episode(QUICK)
    async with (
        house.browser(await house.seat(studio, "A-01")) as tablet,
        house.browser(house.viewer()) as phone,
        house.browser(await house.seat(other, "A-01")) as foreign,
        house.browser() as nobody,
    ):
        for value in (0, 4, -1, 2**62):
            assert told(await vote(tablet, run, 1, value)) == (400, "bad_value", "value")
        for seq in (0, -1, 2**31, 2**62):
            assert told(await vote(tablet, run, seq, 1)) == (400, "bad_input", "seq")
        for field in ("run", "seq", "value"):
            wrong: dict[str, object] = {"run": run, "seq": 1, "value": 1, field: None}
            answer = await tablet.post("/api/vote", json=wrong)
            assert told(answer) == (400, "bad_input", field)
        for episode in (None, 1, ["x"]):
            wrong = {"episode": episode, "run": run, "seq": 1, "value": 1}
            answer = await tablet.post("/api/vote", json=wrong)
            assert told(answer) == (400, "bad_input", "episode")
        assert (await vote(tablet, run, 1, 1)).status_code == 200
        assert told(await vote(tablet, run, 2, 2)) == (409, "final", "")
        there = {"episode": studio.episode.id, "run": run, "seq": 1, "value": 1}
        assert told(await phone.post("/api/vote", json=there)) == (403, "not_eligible", "")
        assert told(await nobody.post("/api/vote", json=there)) == (401, "not_signed_in", "")
        assert told(await foreign.post("/api/vote", json=there)) == (401, "not_signed_in", "")
        assert told(await phone.post("/api/vote", json=there | {"episode": "none"})) == (
            404,
            "not_found",
            "",
        )
    tally = await house.hub.store.tally(_key(house, studio, run))
    assert (tally.counts, tally.size) == ({"studio": {1: 1}}, 1)


async def test_a_seat_votes_in_its_own_episode_whatever_is_on(house: House) -> None:
    studio = await house.episode()
    run = await house.opened(studio)
    await house.episode()
    async with house.browser(await house.seat(studio, "A-01")) as tablet:
        assert (await vote(tablet, run, 1, 1)).status_code == 200


async def test_polling_gives_what_the_socket_gives(house: House) -> None:
    studio = await house.episode()
    run = await house.opened(studio)
    for who, cookies in {
        "seat": await house.seat(studio, "A-01"),
        "viewer": house.viewer(),
    }.items():
        async with house.browser(cookies) as browser, house.line("voter", cookies) as line:
            await vote(browser, run, 1, 3)
            polled = (await browser.get("/api/poll")).json()
            heard = {t: await line.hear(t) for t in ("welcome", "state", "tally")}
            for t in ("welcome", "state"):
                assert differences(timeless(polled[t]), timeless(heard[t])) == []
            assert polled["welcome"]["you"]["role"] == who
            assert polled["mine"] == {
                "t": "mine",
                "run": run,
                "seq": 1,
                "value": 3,
                "index": polled["mine"]["index"],
                "receipt": polled["mine"]["receipt"],
            }
            assert polled["tally"].keys() == heard["tally"].keys()
            assert polled["tally"]["live"] is None
            by_id = await browser.get("/api/poll", params={"episode": studio.episode.id})
            assert by_id.json()["mine"] == polled["mine"]


async def test_polling_without_anything_to_see(house: House) -> None:
    async with house.browser() as nobody, house.browser(house.viewer()) as phone:
        assert told(await phone.get("/api/poll")) == (404, "not_found", "")
        studio = await house.episode()
        assert told(await nobody.get("/api/poll")) == (401, "not_signed_in", "")
        assert told(await phone.get("/api/poll?episode=none")) == (404, "not_found", "")
        polled = (await phone.get("/api/poll")).json()
        assert polled["state"]["view"]["run"] is None
        assert (polled["mine"], polled["tally"]) == (None, None)
        run = await house.armed(studio)
        polled = (await phone.get("/api/poll")).json()
        assert (polled["mine"]["run"], polled["mine"]["seq"]) == (run, 0)


# --- spreadsheets ---


async def test_a_spreadsheet_is_read_and_changes_nothing(house: House) -> None:
    studio = await house.episode()
    async with house.browser(await house.staff(PRODUCER)) as producer:
        for kind in ("rundown", "roster"):
            for suffix in ("csv", "xlsx"):
                template = await producer.get(f"/api/templates/{kind}.{suffix}")
                assert template.status_code == 200
                name = template.headers["content-disposition"]
                assert name == f'attachment; filename="{kind}.{suffix}"'
                url = f"/api/episodes/{studio.episode.id}/rows/{kind}"
                revision = studio.episode.revision
                read = (await producer.post(url, content=template.content)).json()
                assert read["errors"] == [], f"the {suffix} template of {kind} is its own example"
                assert read["rows"]
                assert studio.episode.revision == revision
                order = {"name": f"set_{kind}", "args": {ARGUMENT[kind]: read["rows"]}}
                url = f"/api/episodes/{studio.episode.id}/command"
                assert (await producer.post(url, json=order)).status_code == 200


ARGUMENT = {"rundown": "segments", "roster": "seats"}


async def test_a_spreadsheet_that_cannot_be_read(house: House) -> None:
    studio = await house.episode()
    async with house.browser(await house.staff(PRODUCER)) as producer:
        url = f"/api/episodes/{studio.episode.id}/rows"
        wrong = await producer.post(f"{url}/wishes", content=b"a,b\n")
        assert wrong.status_code in (400, 404)
        assert wrong.json()["code"] in ("bad_input", "not_found")
        too_large = await producer.post(f"{url}/roster", content=b"x" * 2_000_001)
        assert told(too_large) == (400, "bad_input", "body")
        for data in (b"", b"\x00\x01\x02", b"PK\x03\x04 no zip", b"\xff\xfe\xff"):
            answer = await producer.post(f"{url}/roster", content=data)
            assert answer.status_code in (200, 400)
            if answer.status_code == 200:
                assert answer.json()["errors"], data
        for path in ("/api/templates/wishes.csv", "/api/templates/roster.doc"):
            assert (await producer.get(path)).status_code in (400, 404)


async def test_seats_of_a_panel_that_is_not_there_are_told_with_their_place(house: House) -> None:
    studio = await house.episode()
    async with house.browser(await house.staff(PRODUCER)) as producer:
        seats = [to_plain(Seat("A-01")), to_plain(Seat("A-02", panel="nowhere"))]
        order = {"name": "set_roster", "args": {"seats": seats}}
        answer = await producer.post(f"/api/episodes/{studio.episode.id}/command", json=order)
        assert told(answer) == (400, "bad_input", "seats.1.panel")


@pytest.mark.parametrize("names", [Names("台" * 120, "x" * 120), Names("", "Only English")])
async def test_long_names_and_names_in_one_language_pass_through(
    house: House, names: Names
) -> None:
    async with house.browser(await house.staff(PRODUCER)) as producer:
        made = await producer.post("/api/shows", json={"name": to_plain(names)})
        assert made.status_code == 201
        [show] = (await producer.get("/api/shows")).json()["shows"]
        assert show["name"] == {"zh": names.zh or names.en, "en": names.en}
