"""Control panels at a real server: keys, presses, pictures."""

from __future__ import annotations

import asyncio
import logging
from io import BytesIO
from typing import Any

import httpx
import pytest
from PIL import Image

from livevote.config import Settings
from livevote.core import command as cmd
from livevote.core.fold import empty
from livevote.core.model import GraphicKind
from livevote.core.phase import Phase
from livevote.core.rules import Visibility
from livevote.hub import flat
from livevote.hub.control import ACTIONS, PEOPLE_ONLY
from livevote.hub.roles import COMMAND_ROLES, DIRECTOR, OWNER, PRODUCER
from livevote.hub.studio import Studio, Voter
from livevote.server import running
from livevote.store.embedded import EmbeddedServer
from livevote.web import auth, button
from livevote.web.control_keys import KEYS_MAX, SHELF
from tests.web.clients import House, changed, until

TIMED = changed(duration_ms=60_000)
HELD = {"held": True}


async def key(house: House, *actions: str, episode: str = "", name: str = "Stream Deck") -> str:
    """The token of a new key; of all actions where none is named."""
    async with house.browser(await house.staff(PRODUCER)) as browser:
        body = {"name": name, "actions": actions or list(ACTIONS), "episode": episode}
        made = await browser.post("/api/control-keys", json=body)
        assert made.status_code == 201, made.text
        token: str = made.json()["token"]
        return token


def panel(house: House, token: str = "") -> httpx.AsyncClient:
    """A program without cookies or origin."""
    headers = {"authorization": f"Bearer {token}"} if token else {}
    return httpx.AsyncClient(base_url=house.up.url, headers=headers, verify=False)


def told(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


# --- keys ---


async def test_a_key_is_shown_once_and_kept_as_a_hash(house: House) -> None:
    token = await key(house, "take", "out")
    secret = token.partition("_")[2]
    async with house.browser(await house.staff(PRODUCER)) as browser:
        [listed] = (await browser.get("/api/control-keys")).json()
        assert listed["name"] == "Stream Deck"
        assert listed["actions"] == ["take", "out"]
        assert secret not in str(listed)
        assert secret.encode() not in b"".join((await house.hub.store.records(SHELF)).values())
        assert (await browser.delete(f"/api/control-keys/{listed['id']}")).status_code == 204
        assert (await browser.delete(f"/api/control-keys/{listed['id']}")).status_code == 404
        assert (await browser.get("/api/control-keys")).json() == []
    async with panel(house, token) as deck:
        assert told(await deck.post("/control/take")) == (403, "not_allowed")
    async with house.browser(await house.staff(OWNER)) as browser:
        log = [entry["event"]["type"] for entry in (await browser.get("/api/accounts/log")).json()]
        assert {"control_key_made", "control_key_revoked"} <= set(log)


async def test_keys_that_cannot_be_made(house: House) -> None:
    async with house.browser(await house.staff(PRODUCER)) as browser:
        good: dict[str, Any] = {"name": "x", "actions": ["take"], "episode": ""}
        for wrong, where in (
            ({"name": " "}, "name"),
            ({"name": "x" * 41}, "name"),
            ({"actions": []}, "actions"),
            ({"actions": ["take", "confirm_void"]}, "actions"),
        ):
            answer = await browser.post("/api/control-keys", json=good | wrong)
            assert (answer.status_code, answer.json()["where"]) == (400, where)
        missing = await browser.post("/api/control-keys", json=good | {"episode": "nowhere"})
        assert missing.status_code == 404
        for _ in range(KEYS_MAX):
            await browser.post("/api/control-keys", json=good)
        assert told(await browser.post("/api/control-keys", json=good)) == (400, "bad_input")


async def test_a_key_opens_its_actions_of_its_episode_and_nothing_else(house: House) -> None:
    first, second = await house.episode(on=False), await house.episode()
    token = await key(house, "blank", episode=first.episode.id)
    async with panel(house, token) as deck:
        assert (await deck.post("/control/blank")).status_code == 200
        assert first.episode.blanked
        assert not second.episode.blanked
        assert told(await deck.post("/control/restore")) == (403, "not_allowed")
        for path in ("/api/shows", f"/api/episodes/{first.episode.id}", "/api/accounts"):
            assert (await deck.get(path)).status_code == 401
        assert (await deck.get("/data/current.json")).status_code == 403, "it reads nothing"
    id = token.partition("_")[0]
    async with panel(house) as stranger:
        assert told(await stranger.post("/control/blank")) == (401, "not_signed_in")
        for wrong in (id, f"{id}_", f"{id}_{'x' * 32}", f"{token}x", "_", "é_é", "x" * 3000):
            answer = await stranger.post(f"/control/{wrong}/blank")
            assert told(answer) == (403, "not_allowed"), wrong


async def test_keys_cannot_be_guessed_quickly(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(auth.TRIES, "control_key", 3)
    async with panel(house, "00000000_guess") as stranger:
        answers = [(await stranger.post("/control/blank")).status_code for _ in range(5)]
    assert answers == [403, 403, 403, 503, 503]


# --- presses ---


async def test_a_show_from_a_panel(house: House) -> None:
    studio = await house.episode(TIMED)
    async with panel(house, await key(house)) as deck:

        async def press(action: str, **body: Any) -> int:
            answer = await deck.post(f"/control/{action}", json=body)
            assert answer.status_code == 200, answer.text
            rev: int = answer.json()["rev"]
            assert rev == studio.episode.revision
            return rev

        await press("next")
        await press("prev")
        await press("arm", **HELD)
        await press("open", **HELD)
        deadline_ms = house.under_way(studio).deadline_ms
        await press("extend", by_ms=30_000)
        assert house.under_way(studio).deadline_ms == deadline_ms + 30_000
        await press("pause")
        await press("resume")
        await press("cue", kind="bar")
        await press("take")
        assert [g.kind for g in studio.episode.programme] == [GraphicKind.BAR]
        await press("out")
        await press("close", **HELD)
        await until(lambda: studio.episode.runs[-1].phase is Phase.VERIFIED, "verified")
        await press("reveal", **HELD)
        await press("blank")
        await press("restore")
    by = {logged.by for logged in studio.director.recent} - {"director", "test", "server"}
    assert by == {"key Stream Deck"}, "the log says which key it was"


async def test_what_needs_people_is_refused_with_the_reason(house: House) -> None:
    studio = await house.episode(TIMED)
    run = await house.opened(studio)
    await house.order(studio, cmd.AskVoid(run, "wrong official"))
    revision = studio.episode.revision
    async with panel(house, await key(house)) as deck:
        for action in PEOPLE_ONLY:
            answer = await deck.post(f"/control/{action}", json=HELD)
            assert told(answer) == (403, "not_allowed"), action
            assert "account of their own" in answer.json()["message"]
        for action in (name for name, found in ACTIONS.items() if found.held):
            answer = await deck.post(f"/control/{action}")
            assert told(answer) == (403, "not_allowed"), action
            assert "held" in answer.json()["message"]
        assert told(await deck.post("/control/set_rules")) == (404, "not_found")
        assert told(await deck.post("/control/open", json=HELD)) == (409, "wrong_phase")
        await house.closed(studio, run)
        answer = await deck.post("/control/reveal", json=HELD)
        assert told(answer) == (409, "wrong_phase")
        assert "asked to void" in answer.json()["message"]
    assert studio.episode.runs[-1].phase is Phase.VERIFIED
    assert studio.episode.revision > revision


def test_every_action_is_the_directors_own() -> None:
    commands = {name for name, roles in COMMAND_ROLES.items() if DIRECTOR in roles}
    alone = {"choose_segment" if name in ("next", "prev") else name for name in ACTIONS}
    assert alone <= commands
    assert not set(ACTIONS) & set(PEOPLE_ONLY)


async def test_the_same_id_is_one_press_however_often_and_fast(house: House) -> None:
    studio = await house.episode(TIMED)
    await house.opened(studio)
    deadline_ms = house.under_way(studio).deadline_ms
    async with panel(house, await key(house)) as deck:
        asked = [deck.post("/control/extend", headers={"idempotency-key": "7"}) for _ in range(30)]
        answers = await asyncio.gather(*asked)
        assert {answer.status_code for answer in answers} == {200}
        assert len({answer.content for answer in answers}) == 1, "the same answer"
        assert house.under_way(studio).deadline_ms == deadline_ms + 15_000
        assert (await deck.post("/control/extend", json={"id": "7"})).content == answers[0].content
        assert (await deck.post("/control/extend?id=8")).status_code == 200
        assert house.under_way(studio).deadline_ms == deadline_ms + 30_000
        other = await deck.post("/control/blank", json={"id": "7"})
        assert (other.status_code, other.json()["where"]) == (400, "id")
        long = await deck.post("/control/blank", json={"id": "x" * 101})
        assert (long.status_code, long.json()["where"]) == (400, "id")
    async with panel(house, await key(house, name="second")) as deck:
        assert (await deck.post("/control/extend", json={"id": "7"})).status_code == 200
        assert house.under_way(studio).deadline_ms == deadline_ms + 45_000, "ids are a key's own"


async def test_malformed_presses(house: House) -> None:
    await house.episode()
    async with panel(house, await key(house)) as deck:
        for body in ({"held": "yes"}, {"by_ms": "7"}, {"expect": 1}, {"id": 7}, {"kind": 1}):
            assert told(await deck.post("/control/blank", json=body)) == (400, "bad_input"), body
        assert told(await deck.post("/control/extend?by_ms=-1")) == (400, "bad_input")
        assert told(await deck.post("/control/next")) == (200, "")
        assert told(await deck.post("/control/next")) == (404, "not_found")


async def test_a_get_presses_nothing_unless_the_setting_says_so(
    house: House, fresh: EmbeddedServer
) -> None:
    studio = await house.episode()
    token = await key(house)
    async with panel(house) as deck:
        answer = await deck.get(f"/control/{token}/blank")
        assert told(answer) == (403, "not_allowed")
        assert "--control-get" in answer.json()["message"]
        assert not studio.episode.blanked
        assert (await deck.post(f"/control/{token}/blank")).status_code == 200
    await house.order(studio, cmd.Restore())
    async with running(Settings(port=0, control_get=True), fresh) as up:
        other = House(up)
        studio = other.hub.studio(studio.episode.id)
        async with panel(other) as deck:
            ahead = await deck.get(f"/control/{token}/blank", headers={"sec-purpose": "prefetch"})
            assert ahead.status_code == 403
            assert (await deck.head(f"/control/{token}/blank")).status_code == 403
            assert not studio.episode.blanked
            assert (await deck.get(f"/control/{token}/blank?id=1")).status_code == 200
            assert studio.episode.blanked


async def test_a_control_key_is_in_no_log_line(
    house: House, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    await house.episode()
    token = await key(house)
    async with panel(house) as deck:
        await deck.post(f"/control/{token}/blank")
        await deck.post(f"/control/{token}x/blank")
    said = capsys.readouterr()
    # The client's own line has the address; ours must not.
    ours = [r.getMessage() for r in caplog.records if not r.name.startswith("http")]
    assert token.partition("_")[2] not in said.out + said.err + "".join(ours)
    assert logging.ERROR not in {record.levelno for record in caplog.records}


# --- pictures ---


async def test_a_picture_of_each_kind_changes_with_the_show(house: House) -> None:
    studio = await house.episode(TIMED)
    async with panel(house) as deck:
        first = await deck.get("/control/button.png?kind=open&lang=en")
        assert first.headers["content-type"] == "image/png"
        assert Image.open(BytesIO(first.content)).size == (72, 72)
        large = await deck.get("/control/button.png?kind=turnout&size=144")
        assert Image.open(BytesIO(large.content)).size == (144, 144)
        etag = first.headers["etag"]
        path = "/control/button.png?kind=open&lang=en"
        again = await deck.get(path, headers={"if-none-match": etag})
        assert (again.status_code, again.content) == (304, b"")
        await house.armed(studio)
        armed = await deck.get(path, headers={"if-none-match": etag})
        assert armed.status_code == 200
        for wrong, where in (("kind=x", "kind"), ("size=9", "size"), ("lang=fr", "lang")):
            answer = await deck.get(f"/control/button.png?{wrong}")
            assert (answer.status_code, answer.json()["where"]) == (400, where)


async def test_pictures_of_a_held_run_do_not_depend_on_its_votes(house: House) -> None:
    said = []
    for value in (1, 3):
        studio = await house.episode(changed(visibility=Visibility.HELD))
        run = await house.opened(studio)
        await house.vote(studio, Voter("seat", "A-01"), run, value)
        async with panel(house) as deck:
            said.append([await picture(deck, kind) for kind in button.KINDS])
    assert said[0] == said[1]


async def picture(deck: httpx.AsyncClient, kind: str) -> bytes:
    return (await deck.get(f"/control/button.png?kind={kind}")).content


def fields(studio: Studio | None = None, **changes: Any) -> flat.Fields:
    episode = studio.episode if studio else empty("e")
    return flat.current(flat.Moment(episode, None, 0, False)) | changes


def test_a_key_goes_where_the_phase_allows_it() -> None:
    assert set(button.KINDS) >= set(ACTIONS)
    states = {
        phase: {
            kind
            for kind in button.KINDS
            if button.face(kind, fields(phase=phase), "en").state != "off"
        }
        for phase in ("none", "armed", "open", "paused", "verified")
    }
    always = {"cue", "take", "blank", "phase", "countdown", "turnout", "figure"}
    assert states == {
        "none": always,
        "armed": always | {"open"},
        "open": always | {"pause", "close"},
        "paused": always | {"resume", "close"},
        "verified": always | {"reveal"},
    }


def test_next_and_prev_go_where_there_is_a_segment() -> None:
    def going(position: int | None, of: int) -> set[str]:
        said = fields(position=position, of=of)
        return {kind for kind in ("next", "prev") if button.face(kind, said, "en").state == "goes"}

    assert going(None, 0) == set()
    assert going(None, 3) == {"next"}
    assert going(1, 3) == {"next"}
    assert going(2, 3) == {"next", "prev"}
    assert going(3, 3) == {"prev"}


def test_what_only_tells_has_no_frame() -> None:
    states = {kind: button.face(kind, fields(), "en").state for kind in button.KINDS}
    assert {kind for kind, state in states.items() if state == "tells"} == (
        set(button.KINDS) - set(ACTIONS)
    )


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_is_written_stays_inside_and_every_character_is_in_the_face(lang: str) -> None:
    pictures = button.Pictures()
    for kind in button.KINDS:
        face = button.face(kind, fields(n_text="9999/10000", countdown_text="60:00"), lang)
        image = Image.open(BytesIO(pictures.png(face, 72))).convert("L")
        edge = [image.getpixel((x, y)) for x in (4, 67) for y in range(6, 66)]
        assert len(set(edge)) == 1, f"{kind}: text runs into the frame"
        assert len(set(image.tobytes())) > 2, f"{kind}: nothing is written"


def test_a_stale_figure_is_marked() -> None:
    assert button.face("turnout", fields(n_text="1/4", stale=True), "en").said == "1/4?"
