"""obs-websocket 5, message by message, against servers that keep to it and some that do not."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection

from livevote.errors import BadInput
from livevote.push import Declined, Unanswered, Unreached, obs
from tests.push.conftest import CHALLENGE, SALT, WITHIN_S, MakeCaspar, MakeObs, obs_like

PASSWORD = "supersecretpassword"
# The protocol document's own example, computed by others.
PROOF = "1Ct943GAT+6YQUUX47Ia/ncufilbe6+oD6lY+5kaCu4="


def request(number: int, name: str, **data: Any) -> dict[str, Any]:
    asked = {"requestType": name, "requestId": str(number), "requestData": data}
    return {"op": 6, "d": asked}


def identify(**more: str) -> dict[str, Any]:
    return {"op": 1, "d": {"rpcVersion": 1, "eventSubscriptions": 0, **more}}


def test_the_proof_is_that_of_the_protocols_example() -> None:
    assert obs.proof(PASSWORD, SALT, CHALLENGE) == PROOF


def test_an_address_names_host_scene_and_source() -> None:
    assert obs.target("obs://gfx/Main/livevote") == obs.Target("gfx", 4455, "Main", "livevote")
    found = obs.target("obs://[::1]:4460/%E4%B8%BB%2FA/图文 1")
    assert found == obs.Target("::1", 4460, "主/A", "图文 1")


@pytest.mark.parametrize(
    "text",
    [
        "obs://gfx",
        "obs://gfx/Main",
        "obs://gfx/Main/",
        "obs://gfx//livevote",
        "obs://gfx/Main/livevote/x",
        "obs://:secret@gfx/Main/livevote",
        "obs://gfx/Main/livevote#x",
        "casparcg://gfx/Main/livevote",
    ],
)
def test_any_other_address_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(BadInput) as refused:
        obs.target(text)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(("action", "enabled"), [("show", True), ("hide", False)])
async def test_show_and_hide_find_the_item_and_switch_it(
    obs_host: MakeObs, action: str, enabled: bool
) -> None:
    async with obs_host() as host:
        await obs.push(host.to, action, "", WITHIN_S)
    assert host.subprotocol == "obswebsocket.json"
    assert [json.loads(text) for text in host.heard] == [
        identify(),
        request(1, "GetSceneItemId", sceneName="Main", sourceName="livevote"),
        request(
            2,
            "SetSceneItemEnabled",
            sceneName="Main",
            sceneItemId=12,
            sceneItemEnabled=enabled,
        ),
    ]


async def test_refresh_presses_the_button_that_passes_over_the_cache(obs_host: MakeObs) -> None:
    async with obs_host(PROOF) as host:
        await obs.push(host.to, "refresh", PASSWORD, WITHIN_S)
    assert [json.loads(text) for text in host.heard] == [
        identify(authentication=PROOF),
        request(
            1,
            "PressInputPropertiesButton",
            inputName="livevote",
            propertyName="refreshnocache",
        ),
    ]
    assert PASSWORD not in "".join(host.heard)


async def test_a_wrong_password_is_said_and_nothing_is_asked(obs_host: MakeObs) -> None:
    async with obs_host(PROOF) as host:
        with pytest.raises(Declined, match="password is wrong") as refused:
            await obs.push(host.to, "show", "not the password", WITHIN_S)
    assert "not the" not in str(refused.value)
    assert len(host.heard) == 1


async def test_a_missing_password_is_said_before_anything_is_sent(obs_host: MakeObs) -> None:
    async with obs_host(PROOF) as host:
        with pytest.raises(Declined, match="wants a password"):
            await obs.push(host.to, "show", "", WITHIN_S)
    assert host.heard == []


async def test_a_source_that_is_not_there_is_said_in_one_line(obs_host: MakeObs) -> None:
    status = {"result": False, "code": 600, "comment": "No scene items\nwere found"}
    async with obs_host(answers={"GetSceneItemId": {"requestStatus": status}}) as host:
        with pytest.raises(Declined, match="GetSceneItemId: 600 No scene items were found"):
            await obs.push(host.to, "show", "", WITHIN_S)


@pytest.mark.parametrize(
    "answer",
    [
        {"responseData": {}},
        {"responseData": {"sceneItemId": "12"}},
        {"requestId": "another"},
        {"requestStatus": None},
    ],
)
async def test_an_answer_of_another_shape_is_no_success(
    obs_host: MakeObs, answer: dict[str, Any]
) -> None:
    async with obs_host(answers={"GetSceneItemId": answer}) as host:
        with pytest.raises(Unanswered):
            await obs.push(host.to, "show", "", WITHIN_S)


@pytest.mark.parametrize(
    "hello",
    [
        "no json",
        "[]",
        '{"op": 0}',
        '{"op": 5, "d": {}}',
        '{"op": 0, "d": {"authentication": "yes"}}',
        '{"op": 0, "d": {"authentication": {"salt": "x"}}}',
        "[" * 100_000,
    ],
)
async def test_a_hello_that_is_none_is_not_answered(hello: str) -> None:
    async def serve(line: ServerConnection) -> None:
        await line.send(hello)
        await line.wait_closed()

    async with obs_like(serve) as port:
        with pytest.raises(Unanswered, match="not obs-websocket 5"):
            await obs.push(obs.Target("127.0.0.1", port, "a", "b"), "show", "x", WITHIN_S)


@pytest.mark.parametrize(("code", "kind"), [(4010, Declined), (4011, Declined), (1001, Unanswered)])
async def test_a_line_that_is_closed_says_what_is_known(code: int, kind: type[Exception]) -> None:
    async def serve(line: ServerConnection) -> None:
        await line.close(code)

    async with obs_like(serve) as port:
        with pytest.raises(kind):
            await obs.push(obs.Target("127.0.0.1", port, "a", "b"), "show", "", WITHIN_S)


async def test_a_host_that_says_nothing_costs_the_time_it_was_given() -> None:
    async def serve(line: ServerConnection) -> None:
        await line.wait_closed()

    async with obs_like(serve) as port:
        with pytest.raises(Unanswered, match=r"no answer within 0\.2 s"):
            await obs.push(obs.Target("127.0.0.1", port, "a", "b"), "show", "", 0.2)


async def test_nobody_there_means_nothing_was_sent(free_port: int) -> None:
    with pytest.raises(Unreached, match="cannot be reached"):
        await obs.push(obs.Target("127.0.0.1", free_port, "a", "b"), "show", "", WITHIN_S)


@pytest.mark.parametrize("answer", [b"HTTP/1.1 404 Not Found\r\n\r\n", b"202 CG OK\r\n", b""])
async def test_a_server_of_another_kind_is_named_as_such(caspar: MakeCaspar, answer: bytes) -> None:
    async with caspar(answer) as host:
        to = obs.Target(host.to.host, host.to.port, "a", "b")
        with pytest.raises(Unreached, match="is no obs-websocket"):
            await obs.push(to, "show", "", WITHIN_S)


async def test_a_host_that_never_shakes_hands_costs_the_time_it_was_given(
    caspar: MakeCaspar,
) -> None:
    async with caspar(b"", hold=True) as host, asyncio.timeout(WITHIN_S):
        to = obs.Target(host.to.host, host.to.port, "a", "b")
        with pytest.raises(Unreached, match="within"):
            await obs.push(to, "show", "", 0.2)
