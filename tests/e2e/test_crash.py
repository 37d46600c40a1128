"""The server is killed in the middle of an open run: nothing acknowledged is lost."""

from __future__ import annotations

import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from livevote.audience import fetch, fetch_cookie
from livevote.core.plain import to_plain
from livevote.demo.episode import rules, seats
from tests.e2e.conftest import PASSWORD, Server, start_server, stop_server
from tests.store.test_embedded import gone

SEATS = 40
GONE_S_MAX = 2.0


def store_pid(data: Path) -> int:
    """The child that has the data folder open."""
    for stat in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = stat.read_bytes().split(b"\0")
        except OSError:
            continue
        if b"valkey-server" in words[0] and any(str(data).encode() in word for word in words):
            return int(stat.parent.name)
    raise AssertionError("no store process")


class Room:
    """An episode with its seats, over HTTP; cookies outlive the server."""

    def __init__(self, server: Server) -> None:
        self.url = server.url
        body = {"token": server.first_link.partition("#")[2], "password": PASSWORD}
        self.staff = fetch_cookie(self.url, "/api/claim", body)
        name = {"zh": "试验", "en": "Trial"}
        show = self.post("/api/shows", {"name": name})["id"]
        self.episode = self.post("/api/episodes", {"show": show, "title": name})["id"]
        self.do("set_rules", rules=to_plain(rules(grace_ms=0)))
        self.do("set_rundown", segments=[{"id": "s1", "unit": {"zh": "台州市水利局"}}])
        self.do("set_roster", seats=to_plain(seats(SEATS)))
        self.voters = [self.join(seat["link"]) for seat in self.get("/seats")]
        self.do("arm", segment="s1")
        self.run: str = self.get("")["view"]["runs"][0]["id"]
        self.do("open", run=self.run)

    def post(self, path: str, body: dict[str, Any], cookie: str = "") -> Any:
        return fetch(self.url, "POST", path, body, cookie or self.staff)

    def get(self, path: str) -> Any:
        return fetch(self.url, "GET", f"/api/episodes/{self.episode}{path}", None, self.staff)

    def do(self, name: str, **args: Any) -> None:
        self.post(f"/api/episodes/{self.episode}/command", {"name": name, "args": args})

    def join(self, link: str) -> str:
        episode, seat, generation, code = link.partition("#")[2].split(".")
        body = {"episode": episode, "seat": seat, "generation": int(generation), "code": code}
        return fetch_cookie(self.url, "/api/seat", body)

    def vote(self, voter: int, value: int = 1) -> Any:
        """The acknowledgement, None where none came."""
        body = {"run": self.run, "seq": 1, "value": value}
        try:
            return self.post("/api/vote", body, self.voters[voter])
        except OSError:
            return None


def test_killed_in_an_open_run_it_goes_on_with_every_acknowledged_ballot(tmp_path: Path) -> None:
    first = start_server(tmp_path)
    room = Room(first)
    store = store_pid(tmp_path)
    with ThreadPoolExecutor(8) as crowd:
        answers = [crowd.submit(room.vote, voter) for voter in range(SEATS)]
        answers[SEATS // 2].result()  # some are acknowledged, others on their way
        first.process.send_signal(signal.SIGKILL)
        before = {voter: answer.result() for voter, answer in enumerate(answers)}
    first.process.wait()
    assert first.process.stdout is not None
    first.process.stdout.close()
    assert gone(store, GONE_S_MAX), "the store outlived its server"
    acknowledged = {voter: answer for voter, answer in before.items() if answer}
    assert acknowledged, "nobody was acknowledged before the kill: the test says nothing"

    second = start_server(tmp_path)
    try:
        room.url = second.url
        [run] = room.get("")["view"]["runs"]
        assert (run["id"], run["phase"]) == (room.run, "open")
        after = {voter: room.vote(voter) for voter in range(SEATS)}
        for voter, was in acknowledged.items():
            assert after[voter] == {**was, "again": True}
        assert sorted(answer["index"] for answer in after.values()) == list(range(1, SEATS + 1))
        room.do("close", run=room.run)
        while room.get("")["view"]["runs"][0]["phase"] != "closed":
            pass  # the grace is 0: the next look or the one after
        room.do("verify", run=room.run)  # refused unless recount = tally
        room.do("reveal", run=room.run)
        result = room.get("")["view"]["runs"][0]["result"]
        assert (result["n"], result["N"], result["figure"]) == (SEATS, SEATS, "100.0")
    finally:
        stop_server(second)
