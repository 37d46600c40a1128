"""`livevote overlay push`: one line and an exit code for whatever happens."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from livevote.cli import main
from tests.push.conftest import MakeCaspar, MakeObs
from tests.push.test_obs import PASSWORD, PROOF

URL = "http://127.0.0.1/overlay#key"


async def run(*args: str, **env: str) -> Result:
    """In a thread: the command runs a loop of its own."""
    line = ["overlay", "push", *args]
    return await asyncio.to_thread(CliRunner().invoke, main, line, env=env)


async def test_the_overlays_address_comes_by_option_or_from_the_environment(
    caspar: MakeCaspar,
) -> None:
    sent = b'CG 1-20 ADD 0 "http://127.0.0.1/overlay#key" 1\r\n'
    async with caspar(b"202 CG OK\r\n") as host:
        target = f"casparcg://127.0.0.1:{host.to.port}/1-20"
        done = await run(target, "add", "--url", URL)
        assert (done.exit_code, done.output) == (0, "add: done\n")
        assert host.heard == sent
        done = await run(target, "add", LIVEVOTE_OVERLAY_URL=URL)
        assert (done.exit_code, host.heard) == (0, sent)
        done = await run(target, "play", LIVEVOTE_OVERLAY_URL=URL)
        assert (done.exit_code, host.heard) == (0, b"CG 1-20 PLAY 0\r\n")


async def test_obss_password_comes_from_the_environment_or_a_file(
    obs_host: MakeObs, tmp_path: Path
) -> None:
    file = tmp_path / "password"
    file.write_text(PASSWORD + "\n")
    async with obs_host(PROOF) as host:
        target = f"obs://127.0.0.1:{host.to.port}/Main/livevote"
        assert (await run(target, "show", LIVEVOTE_OBS_PASSWORD=PASSWORD)).exit_code == 0
        assert (await run(target, "hide", "--password-file", str(file))).exit_code == 0
        refused = await run(target, "hide", LIVEVOTE_OBS_PASSWORD="wrong")
    assert refused.exit_code == 1
    assert refused.output.splitlines() == [
        f"livevote: OBS at 127.0.0.1:{host.to.port} refused: the password is wrong or missing"
    ]


async def test_each_way_to_fail_is_one_line_and_its_exit_code(
    caspar: MakeCaspar, free_port: int
) -> None:
    nobody = await run(f"casparcg://127.0.0.1:{free_port}/1-20", "play")
    async with caspar(b"404 CG ERROR\r\n") as host:
        refused = await run(f"casparcg://127.0.0.1:{host.to.port}/1-20", "play")
    async with caspar(b"202 ") as host:
        half = await run(f"casparcg://127.0.0.1:{host.to.port}/1-20", "play")
    assert [done.exit_code for done in (refused, nobody, half)] == [1, 3, 4]
    for done in (refused, nobody, half):
        assert done.output.startswith("livevote: CasparCG at 127.0.0.1")
        assert len(done.output.splitlines()) == 1


@pytest.mark.parametrize(
    "args",
    [
        ("casparcg://gfx/1-20", "show"),
        ("casparcg://gfx/1-20", "add"),
        ("casparcg://gfx", "play"),
        ("obs://gfx/Main/livevote", "add"),
        ("obs://gfx/Main", "show"),
        ("vmix://gfx/1", "play"),
    ],
)
async def test_wrong_usage_is_one_line_and_nothing_is_sent(args: tuple[str, ...]) -> None:
    done = await run(*args)
    assert done.exit_code == 2
    assert done.output.startswith("livevote: ")
    assert len(done.output.splitlines()) == 1
