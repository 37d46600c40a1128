"""AMCP, byte by byte, against servers that answer well, badly, half, and not at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livevote.errors import BadInput
from livevote.push import Declined, PushFailed, Unanswered, Unreached, amcp
from tests.push.conftest import WITHIN_S, MakeCaspar

URL = "http://127.0.0.1:8080/overlay?lang=zh#WyJlIl0.abc-_"
TO = amcp.Target("127.0.0.1", 5250, 1, 20)
STOP = amcp.command(TO, "stop")


def tokens(line: str) -> list[str]:
    """A command as CasparCG's server reads it: spaces part words outside of quotation marks, a
    backslash makes `\\\\`, `\\"` or a line break and drops any other character."""
    found: list[str] = []
    word, quoting = "", False
    characters = iter(line)
    for c in characters:
        if c == "\\":
            word += {"\\": "\\", '"': '"', "n": "\n"}.get(next(characters, ""), "")
        elif c == '"':
            quoting = not quoting
            if word or not quoting:
                found.append(word)
                word = ""
        elif c == " " and not quoting:
            if word:
                found.append(word)
                word = ""
        else:
            word += c
    return [*found, word] if word else found


# --- what is sent ---


@pytest.mark.parametrize(
    ("action", "more", "line"),
    [
        ("add", {"url": URL}, f'CG 1-20 ADD 0 "{URL}" 1\r\n'),
        ("add", {"url": URL, "play": False}, f'CG 1-20 ADD 0 "{URL}" 0\r\n'),
        (
            "add",
            {"url": URL, "data": '{"f0": "温岭 Wenling"}'},
            f'CG 1-20 ADD 0 "{URL}" 1 "{{\\"f0\\":\\"温岭 Wenling\\"}}"\r\n',
        ),
        ("play", {}, "CG 1-20 PLAY 0\r\n"),
        ("next", {}, "CG 1-20 NEXT 0\r\n"),
        ("stop", {}, "CG 1-20 STOP 0\r\n"),
        ("remove", {}, "CG 1-20 REMOVE 0\r\n"),
        ("update", {"data": '{"n": 1}'}, 'CG 1-20 UPDATE 0 "{\\"n\\":1}"\r\n'),
    ],
)
def test_each_action_has_its_exact_bytes(action: str, more: dict[str, str], line: str) -> None:
    assert amcp.command(TO, action, **more) == line.encode()  # type: ignore[arg-type]


def test_every_action_of_the_list_makes_a_command() -> None:
    made = {
        name: amcp.command(TO, name, URL if name == "add" else "", "{}" if name == "update" else "")
        for name in amcp.ACTIONS
    }
    assert all(name.upper().encode() in line for name, line in made.items())


@given(
    st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from('\\" \n'), min_size=1)
)
def test_what_is_quoted_arrives_as_it_was(text: str) -> None:
    line = f"CG {amcp.quoted(text)} 1"
    assert tokens(line) == ["CG", text, "1"]
    assert "\n" not in line


@pytest.mark.parametrize("text", ["a\rb", "a\0b", "a\x1bb", "a\tb"])
def test_what_would_end_or_spoil_a_command_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        amcp.quoted(text)


@pytest.mark.parametrize(
    ("action", "more"),
    [
        ("add", {}),
        ("add", {"url": "overlay.html"}),
        ("add", {"url": "file:///etc/passwd"}),
        ("add", {"url": "http://host/a b"}),
        ("add", {"url": "http://host/a\r\nCG 1-20 REMOVE 0"}),
        ("play", {"url": URL}),
        ("play", {"data": "{}"}),
        ("update", {}),
        ("update", {"data": "[1]"}),
        ("update", {"data": "no json"}),
        ("update", {"data": '{"f0": "a \\"quoted\\" word"}'}),
        ("update", {"data": '{"f0": "two\\nlines"}'}),
    ],
)
def test_a_command_that_would_not_do_is_not_made(action: str, more: dict[str, str]) -> None:
    with pytest.raises(BadInput):
        amcp.command(TO, action, **more)  # type: ignore[arg-type]


def test_an_address_names_host_channel_and_layer() -> None:
    assert amcp.target("casparcg://gfx-1/1-20") == amcp.Target("gfx-1", 5250, 1, 20)
    assert amcp.target("casparcg://[::1]:5251/2-0") == amcp.Target("::1", 5251, 2, 0)


@pytest.mark.parametrize(
    "text",
    [
        "gfx-1",
        "casparcg://gfx-1",
        "casparcg://gfx-1/1",
        "casparcg://gfx-1/0-20",
        "casparcg://gfx-1/1-20/3",
        "casparcg://gfx-1/1-20?x=1",
        "casparcg://gfx-1:99999/1-20",
        "casparcg://gfx-1:0/1-20",
        "casparcg:///1-20",
        "casparcg://a b/1-20",
        "casparcg://user:secret@gfx-1/1-20",
        "casparcg://[gfx/1-20",
        "obs://gfx-1/1-20",
    ],
)
def test_any_other_address_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(BadInput) as refused:
        amcp.target(text)
    assert "secret" not in str(refused.value)


# --- what is answered ---


@pytest.mark.parametrize(
    ("answer", "reply"),
    [
        (b"202 CG OK\r\n", amcp.Reply(202)),
        (b"201 CG OK\r\n[HTML]\r\n", amcp.Reply(201, ("[HTML]",))),
        (b"200 CG OK\r\none\r\ntwo\r\n\r\n", amcp.Reply(200, ("one", "two"))),
        (b"100 EVENT\r\n101 EVENT\r\nitem\r\n202 CG OK\r\n", amcp.Reply(202)),
    ],
)
async def test_good_answers_are_read_whole(
    caspar: MakeCaspar, answer: bytes, reply: amcp.Reply
) -> None:
    async with caspar(answer, hold=True) as host:
        assert await amcp.push(host.to, STOP, WITHIN_S) == reply
    assert host.heard == b"CG 1-20 STOP 0\r\n"


@pytest.mark.parametrize("code", [400, 401, 402, 403, 404, 500, 501, 502, 503, 599])
async def test_a_refusal_says_its_code_and_never_what_was_sent(
    caspar: MakeCaspar, code: int
) -> None:
    line = amcp.command(TO, "add", URL)
    async with caspar(b"%d CG ERROR\r\n%b" % (code, line)) as host:
        with pytest.raises(Declined, match=f"refused: {code}, ") as refused:
            await amcp.push(host.to, line, WITHIN_S)
    said = str(refused.value)
    assert "#" not in said
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize(
    "answer",
    [b"", b"202 CG O", b"201 CG OK\r\n", b"200 CG OK\r\none\r\n", b"SSH-2.0-x\r\n", b"\r\n"],
)
async def test_half_an_answer_leaves_open_whether_it_was_done(
    caspar: MakeCaspar, answer: bytes
) -> None:
    async with caspar(answer) as host:
        with pytest.raises(Unanswered):
            await amcp.push(host.to, STOP, WITHIN_S)


async def test_an_answer_without_an_end_is_given_up(caspar: MakeCaspar) -> None:
    async with caspar(b"2" * 3 * amcp.LINE_MAX, hold=True) as host:
        with pytest.raises(Unanswered, match="without an end"):
            await amcp.push(host.to, STOP, WITHIN_S)


async def test_a_host_that_says_nothing_costs_the_time_it_was_given(caspar: MakeCaspar) -> None:
    async with caspar(b"", hold=True) as host:
        with pytest.raises(Unanswered, match=r"no answer within 0\.2 s"):
            await amcp.push(host.to, STOP, 0.2)


async def test_nobody_there_means_nothing_was_sent(free_port: int) -> None:
    with pytest.raises(Unreached, match="cannot be reached"):
        await amcp.push(amcp.Target("127.0.0.1", free_port, 1, 20), STOP, WITHIN_S)
    with pytest.raises(Unreached):
        await amcp.push(amcp.Target("x" * 80, free_port, 1, 20), STOP, WITHIN_S)


def test_the_ways_to_fail_have_exit_codes_of_their_own() -> None:
    codes = [cls.exit_code for cls in (Declined, Unreached, Unanswered)]
    assert sorted({*codes, PushFailed.exit_code}) == [1, 3, 4]
