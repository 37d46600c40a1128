"""A store that may lose votes is named wherever somebody looks, in the studio and afterwards."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from livevote.core.plain import to_plain
from livevote.demo.episode import rules
from tests.e2e.conftest import own_episode, start_server, stop_server
from tests.servers import redis_server

NAME = {"zh": "试验", "en": "Trial"}


def test_a_store_that_may_lose_votes_is_named_on_pages_and_exports(
    browser: Browser, tmp_path: Path, snap: Callable[..., None]
) -> None:
    with redis_server(tmp_path / "store", "--appendfsync", "everysec") as url:
        server = start_server(tmp_path / "d", "--store", url, "--accept-not-durable")
        try:
            context = browser.new_context(viewport={"width": 1920, "height": 1080})
            post, episode = own_episode(context, server, NAME)
            own = f"/api/episodes/{episode}"
            segments = [{"id": "s1", "unit": NAME}]
            for name, args in [
                ("set_rules", {"rules": to_plain(rules(grace_ms=0))}),
                ("set_rundown", {"segments": segments}),
                ("arm", {"segment": "s1"}),
            ]:
                post(f"{own}/command", name=name, args=args)
            director = context.new_page()
            director.goto(f"{server.url}/director")
            expect(director.get_by_text("NOT DURABLE").first).to_be_visible()
            snap(director, "not-durable-director")
            voter = browser.new_page(viewport={"width": 1280, "height": 800}, locale="en-GB")
            voter.goto(f"{server.url}/")
            expect(voter.get_by_text("votes are lost if the server stops")).to_be_visible()
            snap(voter, "not-durable-voter")
            said = exported(director, f"{server.url}{own}/export")
            voter.close()
            context.close()
        finally:
            stop_server(server)
    assert said == {"bundle": "not_durable", "json": "not_durable"}


def exported(page: Page, address: str) -> dict[str, str]:
    """What the exports say of the store."""
    bundle = page.request.get(f"{address}/bundle").body()
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        [name] = [name for name in archive.namelist() if name.endswith("manifest.json")]
        manifest = json.loads(archive.read(name))
    whole = page.request.get(f"{address}/json").json()
    return {"bundle": manifest["durability"], "json": whole["durability"]}
