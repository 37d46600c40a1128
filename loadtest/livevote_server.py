"""livevote as a subject: a server of its own on loopback, an episode, an open run, cookies.

    python -m loadtest.livevote_server …   is `livevote …` with frames to phones on every beat, ten
                                          a second, where livevote itself would slow down

Seats join over HTTP like tablets, from many addresses. Viewers' cookies are made by the server's
own Auth on its own key: ten thousand POSTs would measure nothing here, and the product's limits
stay as they are. At the end the run is closed, verified and revealed, its bundle is recounted, and
recount, aired tally and what the audience was told must be the same.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import re
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from starlette.responses import Response

from livevote.audience import fetch, fetch_cookie
from livevote.config import Settings
from livevote.core.plain import to_plain
from livevote.demo.episode import rules, seats
from livevote.export.recount import recount
from livevote.server import borrowed, reading
from livevote.web.accounts import Accounts
from livevote.web.auth import Auth
from livevote.web.work import Work
from loadtest.frames import Client, address, frame, upgrade
from loadtest.scenarios import Scenario
from loadtest.subject import ROOT, Subject, Void, python, server_process, work_folder

WAIT_S = 60.0
GRACE_MS = 200
NAMES = {"zh": "压力测试", "en": "Load test"}


class Livevote(Subject):
    """watch_elsewhere: those who do not vote watch another episode, where nothing goes on."""

    path = "/socket"
    protocol = "livevote.json"
    welcome = b'{"t":"welcome"'
    counted = b'{"t":"counted"'
    refusal = b'{"t":"not_counted"'

    def __init__(
        self, url: str, link: str, pid: int, folder: Path, *, watch_elsewhere: bool = False
    ) -> None:
        super().__init__("livevote", int(url.rpartition(":")[2]), pid)
        self._url = url
        self._folder = folder
        self._watch_elsewhere = watch_elsewhere
        claim = {"token": link.partition("#")[2], "password": "for this load test only"}
        self._cookie = fetch_cookie(url, "/api/claim", claim)
        self._other = self._make_episode()
        self._episode = self._make_episode()
        self._run = ""

    # --- preparation ---

    def prepare(self, scenario: Scenario) -> None:
        """Rundown, roster, rules; an open run of the only segment."""
        self._command("set_rules", rules=to_plain(rules(GRACE_MS)))
        self._command("set_rundown", segments=[{"id": "s1", "unit": NAMES}])
        if scenario.role == "seat":
            self._command("set_roster", seats=to_plain(seats(scenario.voters)))
        self._post("/api/on", {"episode": self._episode})
        self._seat_cookies = self._join() if scenario.role == "seat" else []
        self._command("arm", segment="s1")
        self._run = self._view()["runs"][0]["id"]
        self._command("open", run=self._run)

    def clients(self, scenario: Scenario) -> list[Client]:
        """Voters first."""
        cookies = self._seat_cookies + viewer_cookies(
            self._folder, scenario.sockets - len(self._seat_cookies)
        )
        return [
            Client(
                upgrade(
                    self.path,
                    self.port,
                    {
                        "Origin": self._url,
                        "Cookie": cookie,
                        "Sec-WebSocket-Protocol": self.protocol,
                    },
                ),
                frame(self._hello_of(number < scenario.voters), b"helo"),
            )
            for number, cookie in enumerate(cookies)
        ]

    def _hello_of(self, votes: bool) -> bytes:
        elsewhere = self._watch_elsewhere and not votes
        episode = self._other if elsewhere else self._episode
        hello = {"t": "hello", "v": 1, "channel": "voter", "episode": episode}
        return json.dumps(hello, separators=(",", ":")).encode()

    def message(self, client: int, seq: int, value: int) -> bytes:
        return b'{"t":"cast","run":"%s","seq":%d,"value":%d}' % (self._run.encode(), seq, value)

    def _join(self) -> list[str]:
        """Every seat's cookie, from many addresses: one may try 300 codes a minute."""
        links = self._get(f"/api/episodes/{self._episode}/seats")

        def join(numbered: tuple[int, dict[str, Any]]) -> str:
            number, seat = numbered
            episode, label, generation, code = seat["link"].partition("#")[2].split(".")
            body = {"episode": episode, "seat": label, "generation": int(generation), "code": code}
            return _cookie_from(number, self.port, self._url, "/api/seat", body)

        with ThreadPoolExecutor(4) as threads:
            return list(threads.map(join, enumerate(links)))

    # --- the end ---

    def verdict(self) -> str:
        told = self.ballots
        if told.unanswered:
            raise Void(f"{told.unanswered} ballots were never answered")
        if told.refused:
            raise Void(f"{told.refused} ballots were refused")
        self._command("close", run=self._run)
        self._wait_for("closed")
        self._command("verify", run=self._run)  # refused where recount and tally differ
        self._wait_for("verified")
        self._command("reveal", run=self._run)
        self._check_recount()
        self._check_tally()
        return (
            f"recount = tally = heard: {told.counted} ballots of {len(told.last)} voters, "
            f"by value {dict(sorted(told.tally().items()))}"
        )

    def _check_recount(self) -> None:
        bundle = self._folder / "bundle.zip"
        path = f"/api/episodes/{self._episode}/export/bundle"
        bundle.write_bytes(_bytes(self._url, path, self._cookie))
        report = recount(bundle)
        if not report.ok:
            raise Void(f"the recount differs: {report.mismatch}")
        (row,) = report.runs
        found = (row.ballots, row.voters)
        expected = (self.ballots.counted, len(self.ballots.last))
        if found != expected:
            raise Void(f"the log has {found} ballots and voters, the audience heard {expected}")

    def _check_tally(self) -> None:
        aired: Counter[int] = Counter()
        for panel in self._view()["runs"][0]["result"]["panels"]:
            aired.update({value: count for value, count in panel["counts"] if count})
        if aired != self.ballots.tally():
            raise Void(f"aired {dict(aired)}, the audience heard {dict(self.ballots.tally())}")

    # --- over HTTP, as staff ---

    def _make_episode(self) -> str:
        show = self._post("/api/shows", {"name": NAMES})
        return str(self._post("/api/episodes", {"show": show["id"], "title": NAMES})["id"])

    def _command(self, name: str, **args: Any) -> None:
        self._post(f"/api/episodes/{self._episode}/command", {"name": name, "args": args})

    def _view(self) -> dict[str, Any]:
        view: dict[str, Any] = self._get(f"/api/episodes/{self._episode}")["view"]
        return view

    def _wait_for(self, phase: str) -> None:
        deadline = time.monotonic() + WAIT_S
        while self._view()["runs"][0]["phase"] != phase:
            if time.monotonic() > deadline:
                raise Void(f"the run was not {phase} in {WAIT_S:.0f} s")
            time.sleep(0.05)

    def _get(self, path: str) -> Any:
        return fetch(self._url, "GET", path, None, self._cookie)

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        return fetch(self._url, "POST", path, body, self._cookie)


def viewer_cookies(folder: Path, count: int) -> list[str]:
    """Cookies of new viewers, signed with the key of the server that runs on this folder."""

    async def make(store_url: str) -> list[str]:
        async with reading(Settings(data=folder), store_url) as hub:
            key = hub.keys.cookie
            no_work = Work(key, 0, hub.store.use_once, hub.clock.now_ms)
            auth = Auth(key, Accounts(hub), secure=False, work=no_work)
            return [_viewer_cookie(auth) for _ in range(count)]

    if not count:
        return []
    with borrowed(Settings(data=folder)) as store_url:
        return asyncio.run(make(store_url))


def _viewer_cookie(auth: Auth) -> str:
    response = Response()
    auth.set_viewer(response)
    return response.headers["set-cookie"].partition(";")[0]


def _cookie_from(number: int, port: int, origin: str, path: str, body: dict[str, Any]) -> str:
    source = (".".join(str(byte) for byte in address(number).to_bytes(4, "big")), 0)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30, source_address=source)
    headers = {"origin": origin, "content-type": "application/json"}
    try:
        connection.request("POST", path, json.dumps(body), headers)
        answer = connection.getresponse()
        if answer.status != 200:
            raise OSError(f"{path}: status {answer.status}: {answer.read().decode()}")
        return str(answer.headers["set-cookie"]).partition(";")[0]
    finally:
        connection.close()


def _bytes(url: str, path: str, cookie: str) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", int(url.rpartition(":")[2]), timeout=60)
    try:
        connection.request("GET", path, headers={"cookie": cookie})
        answer = connection.getresponse()
        if answer.status != 200:
            raise OSError(f"{path}: status {answer.status}")
        return answer.read()
    finally:
        connection.close()


def knows(option: str) -> bool:
    """Whether `livevote serve` has this option."""
    said = subprocess.run(  # noqa: S603 - our own program
        python("livevote", "serve", "--help"), capture_output=True, text=True, check=True, cwd=ROOT
    )
    return option in said.stdout


@contextmanager
def livevote(
    scenario: Scenario,
    *,
    every_beat: bool = False,
    watch_elsewhere: bool = False,
    options: tuple[str, ...] = (),
) -> Iterator[Livevote]:
    """A server with an open run. every_beat: frames to voters ten times a second."""
    module = "loadtest.livevote_server" if every_beat else "livevote"
    with work_folder() as folder:
        log = folder / "server.log"
        data = ("--data", str(folder), "--port", "0")
        with server_process(python(module, "serve", *data, *options), errors=log) as process:
            assert process.stdout
            said = ""
            while "Ctrl-C" not in said:
                line = process.stdout.readline().decode()
                if not line:
                    raise RuntimeError(f"livevote did not start: {log.read_text()[-300:]}")
                said += line
            url = re.findall(r"livevote is on (\S+)", said)[0]
            link = re.findall(r"one-time link\): (\S+)", said)[0]
            subject = Livevote(url, link, process.pid, folder, watch_elsewhere=watch_elsewhere)
            subject.prepare(scenario)
            yield subject


def main() -> None:
    from livevote import cli
    from livevote.hub import beat

    for name in ("PHONES_EVERY_MIN", "PHONES_EVERY_MAX"):
        if not hasattr(beat, name):
            raise SystemExit(f"livevote.hub.beat.{name} is gone: frames cannot be made denser")
        setattr(beat, name, 1)
    cli.main()


if __name__ == "__main__":
    main()
