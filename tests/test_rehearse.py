"""`livevote rehearse`: a server with a rehearsal and its audience, from the command line."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from livevote.audience import fetch, fetch_cookie
from livevote.core.plain import to_plain
from livevote.demo.episode import rules, seats
from tests.e2e.conftest import LIVEVOTE, PASSWORD, said_until, start_server, stop_server


def prepared(data: Path) -> str:
    """An episode with four seats, as a producer leaves it; its id."""
    server = start_server(data)
    try:
        claim = {"token": server.first_link.partition("#")[2], "password": PASSWORD}
        cookie = fetch_cookie(server.url, "/api/claim", claim)

        def post(path: str, **body: object) -> dict[str, str]:
            found: dict[str, str] = fetch(server.url, "POST", path, body, cookie)
            return found

        show = post("/api/shows", name={"zh": "全媒体问政"})["id"]
        episode = post("/api/episodes", show=show, title={"zh": "五水共治"})["id"]
        for name, args in (
            ("set_rules", {"rules": to_plain(rules(300))}),
            ("set_roster", {"seats": to_plain(seats(4))}),
        ):
            post(f"/api/episodes/{episode}/command", name=name, args=args)
        return episode
    finally:
        stop_server(server)


def test_it_serves_a_rehearsal_with_its_audience(tmp_path: Path) -> None:
    episode = prepared(tmp_path)
    wrong = subprocess.run(
        [LIVEVOTE, "rehearse", "nowhere", "--data", tmp_path, "--port", "0"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (wrong.returncode, len(wrong.stderr.strip().splitlines())) == (1, 1), wrong.stderr
    process = subprocess.Popen(
        [LIVEVOTE, "rehearse", episode, "--data", tmp_path, "--port", "0", "--viewers", "3"],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        said = said_until(process, "its audience", 60)
        assert "4 seats, 3 viewers" in said
        made = re.search(r"/director\?episode=(\w+)", said)
        assert made
        assert made[1] != episode
    finally:
        process.terminate()
        assert process.wait(20) == 0
        if process.stdout:
            process.stdout.close()
