"""`livevote forget` beside a server that runs: it takes effect by itself."""

from __future__ import annotations

from pathlib import Path

from livevote import server
from livevote.config import Settings
from livevote.core import command as cmd
from livevote.export import FORMATS, verify
from livevote.hub.studio import Voter
from livevote.store.embedded import EmbeddedServer
from tests.web.clients import House, until


async def test_a_running_server_forgets_by_itself_and_its_bundle_stays_green(
    house: House, fresh: EmbeddedServer, tmp_path: Path
) -> None:
    studio = await house.episode()
    run = await house.opened(studio)
    await house.vote(studio, Voter("viewer", "somebody"), run, 2)
    await house.revealed(studio, run)
    revision = studio.episode.revision
    async with server.reading(Settings(), fresh.url) as beside:
        await beside.forget(beside.studio(studio.episode.id), "command line")
    await until(lambda: studio.key == b"", "the server to forget")
    assert studio.episode.revision == revision + 1
    async with house.browser(house.viewer()) as browser:
        answer = await browser.post("/api/vote", json={"run": run, "seq": 2, "value": 1})
        assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    material = await house.hub.material(studio, "Asia/Shanghai")
    path = tmp_path / "bundle.zip"
    path.write_bytes(FORMATS["bundle"].make(material, Path()))
    assert verify.main([str(path), "--key", material.key]) == 0
    # The next episode is as before.
    other = await house.episode()
    assert await house.order(other, cmd.Arm("housing")) == other.episode.revision
