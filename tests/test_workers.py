"""Several processes, real ones: what each voter and each director gets is the same as of one."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from livevote.audience import fetch
from livevote.workers import DEATHS_MAX
from tests.e2e.conftest import LIVEVOTE, Server, start_server, stop_server
from tests.e2e.test_crash import SEATS, Room, store_pid
from tests.store.test_embedded import gone

PATIENCE_S = 20.0
BACK_S_MAX = 3.0
GONE_S_MAX = 2.0
TRIES_MAX = 200


# --- which process is which ---


def processes(server: Server) -> list[int]:
    """The pids of the processes that serve now."""
    parent = server.process.pid
    found = []
    with contextlib.suppress(OSError):  # the parent may be gone
        for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split():
            with contextlib.suppress(OSError):  # and so may this one
                if b"\0worker\0" in Path(f"/proc/{pid}/cmdline").read_bytes():
                    found.append(int(pid))
    return found


def holds(pid: int, inode: str) -> bool:
    """Whether a process has a socket open."""
    with contextlib.suppress(OSError):
        for link in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                if os.readlink(link) == f"socket:[{inode}]":
                    return True
    return False


def leader_of(server: Server) -> int:
    """The process that listens for the others."""
    listening = "00010000"
    for row in Path("/proc/net/unix").read_text().splitlines():
        fields = row.split()
        if fields[-1].endswith("leader.sock") and fields[3] == listening:
            for pid in processes(server):
                if holds(pid, fields[6]):
                    return pid
    raise AssertionError("nobody leads")


def other_end(server: Server, port: int) -> int:
    """The process that has the other end of our connection from `port`."""
    remote = f"0100007F:{port:04X}"
    for row in Path("/proc/net/tcp").read_text().splitlines():
        fields = row.split()
        if fields[2] == remote:
            for pid in processes(server):
                if holds(pid, fields[9]):
                    return pid
    return 0


class Client:
    """A device on a WebSocket. pid: of the process that serves it."""

    def __init__(self, server: Server, cookie: str, **hello: Any) -> None:
        self._open = contextlib.ExitStack()
        self._socket: ClientConnection = self._open.enter_context(
            connect(
                f"ws{server.url[4:]}/socket",
                origin=Origin(server.url),
                subprotocols=[Subprotocol("livevote.json")],
                additional_headers={"Cookie": cookie},
                compression=None,
            )
        )
        self.send(t="hello", v=1, **hello)
        self.hear(lambda message: message["t"] == "welcome")
        self.pid = other_end(server, self._socket.local_address[1])

    def send(self, **message: Any) -> None:
        self._socket.send(json.dumps(message))

    def hear(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first message that is wanted; what comes before it is dropped."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            message = json.loads(self._socket.recv(deadline - time.monotonic()))
            if wanted(message):
                return dict(message)

    def ended(self) -> int:
        """The close code, when the server has closed it."""
        with contextlib.suppress(WebSocketException):
            self.hear(lambda message: False)
        return self._socket.close_code or 0

    def close(self) -> None:
        self._open.close()


def client_on(server: Server, pid: int, cookie: str, **hello: Any) -> Client:
    """A device that the kernel gave to this process."""
    for _ in range(TRIES_MAX):
        client = Client(server, cookie, **hello)
        if client.pid == pid:
            return client
        client.close()
    raise AssertionError("the kernel never chose this process")


@contextlib.contextmanager
def open_house(data: Path) -> Iterator[tuple[Server, Room]]:
    """Two processes, and a run that is open; at the end all stop cleanly."""
    server = start_server(data, "--workers", "2")
    try:
        yield server, Room(server)
    finally:
        stop_server(server)
    assert server.process.returncode == 0


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Room]]:
    """For tests that leave the run open; each takes seats of its own."""
    with open_house(tmp_path_factory.mktemp("workers")) as house:
        yield house


@pytest.fixture
def house(tmp_path: Path) -> Iterator[tuple[Server, Room]]:
    with open_house(tmp_path) as house:
        yield house


def pair(server: Server) -> tuple[int, int]:
    """(leader, follower)."""
    leader = leader_of(server)
    [follower] = [pid for pid in processes(server) if pid != leader]
    return leader, follower


def until(true: Callable[[], bool], within_s: float, what: str) -> float:
    """Look until it is so; how long that took, in s."""
    started = time.monotonic()
    while not true():
        assert time.monotonic() - started < within_s, f"not within {within_s} s: {what}"
    return time.monotonic() - started


# --- together ---


def test_a_vote_in_each_process_is_counted_once_and_both_show_it(
    shared: tuple[Server, Room],
) -> None:
    server, room = shared
    pids = pair(server)
    screens = [
        client_on(server, pid, room.staff, channel="overlay", episode=room.episode) for pid in pids
    ]
    tablets = [
        client_on(server, pid, room.voters[seat], channel="voter") for seat, pid in enumerate(pids)
    ]
    for tablet in tablets:
        tablet.send(t="cast", run=room.run, seq=1, value=1)
    answers = [tablet.hear(lambda m: m["t"] == "counted") for tablet in tablets]
    indexes = sorted(answer["index"] for answer in answers)
    assert indexes == [indexes[0], indexes[0] + 1]
    frames = [
        screen.hear(lambda m: m["t"] == "tally" and m["size"] == indexes[1]) for screen in screens
    ]
    assert frames[0] == frames[1]
    assert frames[0]["n"] == indexes[1]
    for client in (*screens, *tablets):
        client.close()


def test_a_command_in_the_follower_reaches_all_within_two_beats(
    shared: tuple[Server, Room],
) -> None:
    server, room = shared
    leader, follower = pair(server)
    console = client_on(server, follower, room.staff, channel="staff", episode=room.episode)
    screens = [
        client_on(server, pid, room.staff, channel="overlay", episode=room.episode)
        for pid in (leader, follower)
    ]
    took_ms = []
    for number, name in enumerate(["pause", "resume"] * 5):
        started = time.monotonic()
        console.send(t="command", id=str(number), name=name, args={"run": room.run}, expect=0)
        done = console.hear(lambda m: m["t"] in ("done", "refused"))
        assert done["t"] == "done", done
        revision = done["rev"]
        for screen in screens:
            screen.hear(lambda m, rev=revision: m["t"] == "state" and m["rev"] >= rev)  # type: ignore[misc]
        took_ms.append((time.monotonic() - started) * 1000)
    print(f"a command in the follower is everywhere after {sorted(took_ms)[5]:.1f} ms (median)")
    assert sorted(took_ms)[5] < 200
    for client in (console, *screens):
        client.close()


def test_a_refusal_comes_back_from_the_leader_as_it_is(shared: tuple[Server, Room]) -> None:
    server, room = shared
    _, follower = pair(server)
    console = client_on(server, follower, room.staff, channel="staff", episode=room.episode)
    for name, args, code in (
        ("open", {"run": room.run}, "wrong_phase"),
        ("extend", {"run": "nothing", "by_ms": 1000}, "not_found"),
    ):
        console.send(t="command", id="1", name=name, args=args, expect=0)
        answer = console.hear(lambda m: m["t"] in ("done", "refused"))
        assert (answer["t"], answer.get("code"), answer.get("retry")) == ("refused", code, False)
    console.close()


def test_a_console_in_either_process_sees_the_whole_house(shared: tuple[Server, Room]) -> None:
    server, room = shared
    pids = pair(server)
    tablets = [
        client_on(server, pid, room.voters[seat], channel="voter")
        for seat, pid in enumerate(pids, 10)
    ]
    for tablet in tablets:
        tablet.send(t="cast", run=room.run, seq=1, value=1)
        tablet.hear(lambda m: m["t"] == "counted")
    for pid in pids:
        console = client_on(server, pid, room.staff, channel="staff", episode=room.episode)
        console.hear(
            lambda m: m["t"] == "ops" and not {"A-11", "A-12"} & {*m["missing"], *m["absent"]}
        )
        console.close()
    for tablet in tablets:
        tablet.close()


def test_metrics_are_of_all_processes_whichever_is_asked(shared: tuple[Server, Room]) -> None:
    server, room = shared
    sizes = [room.vote(voter)["index"] for voter in range(20, 28)]

    def counted() -> set[str]:
        """What a few looks say, of which the kernel gives some to each process."""
        looks = [urlopen(f"{server.url}/metrics", timeout=10) for _ in range(8)]
        lines = {line.decode().strip() for look in looks for line in look}
        return {line for line in lines if line.startswith("livevote_ballots_total")}

    wanted = {f"livevote_ballots_total {float(max(sizes))}"}
    until(lambda: counted() == wanted, 5, "the sum")


def test_of_a_seats_tablets_in_two_processes_the_newer_one_stays(
    shared: tuple[Server, Room],
) -> None:
    server, room = shared
    leader, follower = pair(server)
    for first, second in ((leader, follower), (follower, leader)):
        old = client_on(server, first, room.voters[0], channel="voter")
        new = client_on(server, second, room.voters[0], channel="voter")
        started = time.monotonic()
        assert old.ended() == 4409
        assert time.monotonic() - started < 2
        new.send(t="ping", c=1)
        new.hear(lambda m: m["t"] == "pong")
        new.close()


def test_accounts_and_episodes_made_in_one_are_known_in_the_other_at_once(
    shared: tuple[Server, Room],
) -> None:
    """Each request is a connection of its own: the kernel deals them out to both."""
    _, room = shared
    for number in range(12):
        name = {"zh": f"第{number}期", "en": ""}
        show = room.post("/api/shows", {"name": name})["id"]
        episode = room.post("/api/episodes", {"show": show, "title": name})["id"]
        room.post("/api/on", {"episode": episode})
        view = room.post(f"/api/episodes/{episode}/command", {"name": "set_title", "args": {
            "title": {"zh": "新", "en": ""}}})  # fmt: skip
        assert view["rev"] == 2


def test_a_press_sent_to_both_is_carried_out_once_and_answered_alike(
    shared: tuple[Server, Room],
) -> None:
    """Each request is a connection of its own: the kernel deals them out to both."""
    server, room = shared
    asked = {"name": "deck", "actions": ["blank", "cue"], "episode": room.episode}
    made = room.post("/api/control-keys", asked)

    def press(number: int) -> Any:
        path = f"/control/{made['token']}/cue"
        return fetch(server.url, "POST", path, {"id": str(number), "kind": "board"}, "")

    before = room.get("")["rev"]
    with ThreadPoolExecutor(8) as panels:
        for number in range(4):
            answers = list(panels.map(press, [number] * 8))
            assert answers == [{"rev": before + 1 + number}] * 8
    assert room.get("")["rev"] == before + 4
    fetch(server.url, "DELETE", f"/api/control-keys/{made['id']}", None, room.staff)
    for _ in range(12):
        with pytest.raises(OSError, match="status 403"):
            press(9)  # revoked for both at once


def test_feeds_of_both_have_the_same_number_for_the_same_figures(
    shared: tuple[Server, Room],
) -> None:
    server, room = shared
    room.post("/api/on", {"episode": room.episode})
    wanted = room.get("")["rev"]

    def all_alike() -> bool:
        feeds = [fetch(server.url, "GET", "/data/current.json", None, "") for _ in range(12)]
        assert not any(feed["stale"] for feed in feeds)
        for feed in feeds:
            feed.pop("server_time")
        return feeds == [feeds[0]] * 12 and feeds[0]["seq"] // 10**9 == wanted

    until(all_alike, PATIENCE_S, "one number in both")


def test_a_pledge_entered_in_one_is_in_the_ledger_of_the_other_at_once(
    shared: tuple[Server, Room],
) -> None:
    server, room = shared
    for number in range(1, 13):
        pledge = {"id": "", "unit": {"zh": "水利局"}, "text": f"承诺 {number}", "due": "2030-12-31"}
        room.post("/api/ledger/command", {"name": "make", "args": {"pledge": pledge}})
        with urlopen(f"{server.url}/api/ledger", timeout=10) as answer:
            found = json.load(answer)["pledges"]
        assert [one["number"] for one in found] == list(range(1, number + 1))


# --- one dies ---


@pytest.mark.parametrize("who", ["leader", "follower"])
def test_killed_in_an_open_run_a_process_is_replaced_and_nothing_is_lost(
    house: tuple[Server, Room], who: str
) -> None:
    server, room = house
    leader, follower = pair(server)
    victim, other = (leader, follower) if who == "leader" else (follower, leader)
    tablet = client_on(server, victim, room.voters[0], channel="voter")
    with ThreadPoolExecutor(8) as crowd:
        answers = [crowd.submit(room.vote, voter) for voter in range(SEATS // 2)]
        answers[SEATS // 4].result()
        killed = time.monotonic()
        os.kill(victim, signal.SIGKILL)
        before = {voter: answer.result() for voter, answer in enumerate(answers)}
    assert tablet.ended() in (0, 1006)
    again = Client(server, room.voters[0], channel="voter")
    again.send(t="cast", run=room.run, seq=1, value=1)
    again.hear(lambda m: m["t"] == "counted")
    back_s = time.monotonic() - killed
    replaced_s = until(
        lambda: len(pids := processes(server)) == 2 and victim not in pids, PATIENCE_S, "replaced"
    )
    assert other in processes(server), "only the dead one is replaced"
    acknowledged = {voter: answer for voter, answer in before.items() if answer}
    assert acknowledged, "nobody was acknowledged before the kill: the test says nothing"

    voted: dict[int, Any] = {}
    for voter in range(SEATS):
        until(lambda v=voter: voted.setdefault(v, room.vote(v)) is not None, BACK_S_MAX, "voting")  # type: ignore[misc]
    for voter, was in acknowledged.items():
        assert voted[voter] == {**was, "again": True}
    assert sorted(answer["index"] for answer in voted.values()) == list(range(1, SEATS + 1))
    commands_s = insist(room, "close", run=room.run)
    print(
        f"{who} killed: a vote after {back_s:.2f} s, "
        f"its successor starts {replaced_s:.2f} s later, a command waits {commands_s:.2f} s"
    )
    assert back_s < BACK_S_MAX
    finish(room)
    result = room.get("")["view"]["runs"][0]["result"]
    assert (result["n"], result["N"], result["figure"]) == (SEATS, SEATS, "100.0")
    again.close()


def insist(room: Room, name: str, **args: Any) -> float:
    """A command, again while it is told to come back; how long that took, in s."""

    def done() -> bool:
        try:
            room.do(name, **args)
        except OSError as error:
            if "status" in str(error) and '"retry":true' not in str(error):
                raise
            return False
        return True

    return until(done, PATIENCE_S, name)


def finish(room: Room) -> None:
    """Verified (refused unless recount = tally) and revealed."""
    until(lambda: phase(room) == "closed", PATIENCE_S, "closed")
    room.do("verify", run=room.run)
    room.do("reveal", run=room.run)


def phase(room: Room) -> str:
    return str(room.get("")["view"]["runs"][0]["phase"])


def test_the_store_killed_comes_back_for_all(house: tuple[Server, Room], tmp_path: Path) -> None:
    _, room = house
    assert room.vote(0)
    os.kill(store_pid(tmp_path), signal.SIGKILL)
    for voter in range(1, 9):
        voted: list[Any] = []
        until(lambda v=voter, got=voted: bool(got.append(room.vote(v)) or got[-1]), 5, "voting")  # type: ignore[misc]
    insist(room, "close", run=room.run)
    finish(room)
    assert room.get("")["view"]["runs"][0]["result"]["n"] == 9


def test_killed_the_parent_leaves_nothing_behind(tmp_path: Path) -> None:
    server = start_server(tmp_path, "--workers", "3")
    pids = [*processes(server), store_pid(tmp_path)]
    assert len(pids) == 4
    server.process.kill()
    server.process.wait()
    assert server.process.stdout
    server.process.stdout.close()
    assert all(gone(pid, GONE_S_MAX) for pid in pids)


def test_a_terminals_ctrl_c_ends_all_cleanly(tmp_path: Path) -> None:
    server = start_server(tmp_path, "--workers", "2")
    pids = [*processes(server), store_pid(tmp_path)]
    room = Room(server)
    tablets = [
        client_on(server, pid, voter, channel="voter")
        for pid, voter in zip(pids[:2], room.voters, strict=False)
    ]
    server.process.send_signal(signal.SIGINT)
    assert [tablet.ended() for tablet in tablets] == [1001, 1001]
    assert server.process.wait(20) == 0
    assert server.process.stdout
    server.process.stdout.close()
    assert all(gone(pid, 0.1) for pid in pids)


def test_a_process_that_dies_again_and_again_ends_the_server_with_one_line(tmp_path: Path) -> None:
    with (tmp_path / "words").open("w+") as words:
        server = start_server(tmp_path / "data", "--workers", "2", stderr=words)
        kept = leader_of(server)

        def ended() -> bool:
            for pid in set(processes(server)) - {kept}:
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
            return server.process.poll() is not None

        until(ended, 60, "given up")
        assert server.process.stdout
        server.process.stdout.close()
        words.seek(0)
        last = words.read().splitlines()[-1]
    assert server.process.returncode == 1
    assert last == f"livevote: process 1 died {DEATHS_MAX} times, each time at once"
    assert gone(kept, 0.1)


# --- starting ---


def serve(*options: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LIVEVOTE, "serve", *options], capture_output=True, text=True, timeout=60, check=False
    )


def test_a_port_that_is_taken_is_said_once(tmp_path: Path) -> None:
    """Also by a server that shares its port: it must not get half of our clients."""
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = serve("--workers", "2", "--port", port, "--data", tmp_path)
    assert done.returncode == 1
    assert [line.split(":")[0] for line in done.stderr.splitlines()] == ["livevote"]


def test_what_no_process_can_start_with_is_said_once(tmp_path: Path) -> None:
    empty = tmp_path / "key.pem"
    empty.write_text("")
    for count in ("1", "2"):
        done = serve(
            "--workers", count, "--port", "0", "--data", tmp_path / "data",
            "--tls-cert", empty, "--tls-key", empty,
        )  # fmt: skip
        assert done.returncode == 1
        assert [line.split(":")[:2] for line in done.stderr.splitlines()] == [
            ["livevote", " the certificate or its key cannot be used"]
        ]


# --- the same results ---


def show(data: Path, workers: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """(the result, the exported record without its times and ids) of a seeded audience."""
    server = start_server(data, "--workers", str(workers))
    try:
        room = Room(server)
        chance = random.Random(7)
        values = [chance.choice((1, 2, 3)) for _ in range(SEATS)]
        with ThreadPoolExecutor(8) as crowd:
            assert all(crowd.map(room.vote, range(SEATS), values))
        room.do("close", run=room.run)
        finish(room)
        result = room.get("")["view"]["runs"][0]["result"]
    finally:
        stop_server(server)
    made = data / "record.json"
    subprocess.run(
        [LIVEVOTE, "export", room.episode, "-f", "json", "-o", made, "--data", data],
        check=True,
        timeout=60,
    )
    return result, json.loads(made.read_text(encoding="utf-8"))


def lasting(record: Any) -> Any:
    """Without times and the ids that chance gives."""
    if isinstance(record, dict):
        return {
            key: lasting(value)
            for key, value in record.items()
            if not (key.endswith("_ms") or key in ("id", "run") or value == record.get("episode"))
            or isinstance(value, (dict, list))
        }
    return [lasting(one) for one in record] if isinstance(record, list) else record


def test_the_results_are_the_same_however_many_there_are(tmp_path: Path) -> None:
    (one, record), (two, other) = show(tmp_path / "one", 1), show(tmp_path / "two", 2)
    assert one["n"] == SEATS
    assert one == two
    assert len(record["events"]) > SEATS
    assert lasting(record) == lasting(other)
