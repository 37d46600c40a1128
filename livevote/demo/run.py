"""The demonstration: a server, an audience, and (with --once) a show that runs by itself."""

from __future__ import annotations

import asyncio
import json
import secrets
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click

from livevote.audience import Orders
from livevote.core import command as cmd
from livevote.core.model import Segment
from livevote.core.phase import Phase
from livevote.demo import desk as demo_desk
from livevote.demo import episode as demo_episode
from livevote.errors import Failure
from livevote.export import FORMATS
from livevote.export.bundle import VERIFIER as VERIFY_PY
from livevote.export.material import Material
from livevote.export.recount import RecountReport, recount
from livevote.hub.roles import DIRECTOR, PRODUCER, VERIFIER
from livevote.hub.studio import Studio
from livevote.server import Running
from livevote.web.pages import fonts

BY = demo_episode.BY
# Left free, so that a person can join with a real tablet.
FREE_SEATS = 2
JOIN_S_MAX = 60.0
STEP_S_MAX = 30.0
ONCE_GRACE_MS = 600
ONCE_HURRY = 0.12
DEMO_TIME_ZONE = "Asia/Shanghai"


@dataclass(frozen=True)
class Plan:
    """What `livevote demo` was asked for."""

    once: bool
    seats: int
    phones: int
    seed: int
    data: Path


class DemoFailed(Failure):
    """The demonstration did not come out right; the message says where."""


# --- the audience ---


@asynccontextmanager
async def audience(
    up: Running, studio: Studio, plan: Plan
) -> AsyncIterator[Callable[[], Awaitable[dict[str, Any]]]]:
    """An audience that attends; the function it gives ends it and returns its report."""
    opinions = {row["unit"]["zh"]: row["opinion"] for row in demo_episode.facts()["segments"]}
    labels = [seat.label for seat in studio.episode.seats]
    attending = labels if plan.once else labels[: max(len(labels) - FREE_SEATS, 0)]
    orders = Orders(
        url=up.url,
        episode=studio.episode.id,
        seats=[(label, *up.hub.seat_code(studio, label)) for label in attending],
        phones=plan.phones,
        opinions=opinions,
        seed=plan.seed,
        hurry=ONCE_HURRY if plan.once else 1.0,
    )
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "livevote.audience",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        # A terminal's Ctrl-C is for the server; the audience leaves when its input ends.
        start_new_session=True,
    )
    assert child.stdin is not None
    child.stdin.write(json.dumps(asdict(orders)).encode() + b"\n")
    await child.stdin.drain()

    async def end() -> dict[str, Any]:
        out, _ = await child.communicate(b"\n")
        if child.returncode:
            raise DemoFailed(f"the audience ended with {child.returncode}")
        found: dict[str, Any] = json.loads(out)
        return found

    try:
        yield end
    finally:
        if child.returncode is None:
            child.terminate()
            await child.wait()


async def _until(true: Callable[[], bool], what: str, timeout_s: float = STEP_S_MAX) -> None:
    try:
        async with asyncio.timeout(timeout_s):
            while not true():
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise DemoFailed(f"waited {timeout_s:.0f} s for {what}") from None


async def arrived(studio: Studio, plan: Plan) -> None:
    """Wait for the audience, with progress."""
    wanted = plan.seats + plan.phones - (0 if plan.once else min(FREE_SEATS, plan.seats))
    with click.progressbar(length=wanted, label="audience", file=sys.stderr) as bar:

        def all_here() -> bool:
            bar.update(len(studio.members) - bar.pos)
            return len(studio.members) >= wanted

        await _until(all_here, f"{wanted} clients to connect", JOIN_S_MAX)


# --- the show that stays ---


async def stay(up: Running, plan: Plan, announce: Callable[[Running], None]) -> None:
    """Serve with an audience that votes whenever the director opens a run."""
    on = up.hub.catalogue.state.on
    studio = up.hub.studio(on) if on else await demo_episode.make(up.hub, plan.seats)
    announce(up)
    await _print_accounts(up)
    await _print_question(up, studio)
    for seat in studio.episode.seats[-FREE_SEATS:]:
        click.echo(f"  a free seat    {up.api.seat_link(studio, seat.label)}")
    token = up.auth.overlay_token(studio.episode.id)
    click.echo(f"  overlay        {up.url}/overlay#{token}")
    click.echo(f"  data           {plan.data}")
    async with audience(up, studio, plan):
        await arrived(studio, plan)
        click.echo("the audience is here: sign in as director, arm and open. Ctrl-C ends.")
        await asyncio.Event().wait()


async def _print_accounts(up: Running) -> None:
    """Accounts for the demonstration, with passwords that are new each time."""
    accounts = up.auth.accounts
    for name, roles in (
        ("director", (DIRECTOR,)),
        ("producer", (PRODUCER, DIRECTOR)),
        ("verifier", (VERIFIER,)),
    ):
        password = secrets.token_urlsafe(9)
        account = await accounts.put(name, roles)
        await accounts.claim(name, account.generation, password)
        click.echo(f"  sign in as     {name:10} password {password}")
    sys.stdout.flush()


async def _print_question(up: Running, studio: Studio) -> None:
    password = secrets.token_hex(5).upper()
    digest = await up.auth.accounts.hash(password)
    if number := await demo_desk.fill(up.hub, studio.episode, digest):
        click.echo(f"  a question     {number} password {password} ({up.url}/questions/follow)")


# --- the show that runs by itself ---


async def once(up: Running, plan: Plan) -> None:
    """All segments, quickly; then exports, and recount = tally = exported figures. Raises
    DemoFailed."""
    studio = await demo_episode.make(up.hub, plan.seats, ONCE_GRACE_MS)
    async with audience(up, studio, plan) as end:
        await arrived(studio, plan)
        segments = studio.episode.segments
        with click.progressbar(segments, label="segments", file=sys.stderr) as bar:
            for segment in bar:
                await _play(up, studio, segment)
        report = await end()
    await _check_acknowledged(up, studio, report)
    _print_board(studio)
    recounted = await _export(up, studio, plan.data / "exports")
    _check_figures(studio, recounted)
    refused = ", ".join(f"{code} {n}" for code, n in sorted(report["refused"].items()))
    click.echo(
        f"acknowledged {len(report['counted'])} (sent again {report['again']}), "
        f"refused: {refused or 'none'}"
    )
    _verify(studio, plan.data / "exports")
    click.echo("recount = tally")


async def _play(up: Running, studio: Studio, segment: Segment) -> None:
    """One segment, as a director would run it."""

    async def do(command: cmd.Command, by: str = "director") -> None:
        await up.hub.command(studio, command, by)

    await do(cmd.ChooseSegment(segment.id))
    await do(cmd.SetPledge(segment.id, demo_episode.pledge(studio, segment)), "producer")
    await do(cmd.Arm(segment.id))
    run = studio.episode.run_of(segment.id)
    assert run is not None
    await do(cmd.Take("call", segment.id))
    await do(cmd.Open(run.id))
    await do(cmd.Take("bar", segment.id))
    await _settled(studio)
    await do(cmd.Close(run.id))
    await _until(lambda: _phase(studio, run.id) is Phase.CLOSED, f"run {run.code} to close")
    await do(cmd.Verify(run.id), "verifier")
    await do(cmd.Reveal(run.id))
    await do(cmd.Take("result", segment.id))


def _phase(studio: Studio, run_id: str) -> Phase | None:
    run = studio.episode.run(run_id)
    return run.phase if run else None


async def _settled(studio: Studio) -> None:
    """Until most seats have voted and no ballot came for half a second."""
    enough = 0.85 * len(studio.episode.seats)
    await _until(lambda: len(studio.voted) >= enough, "the studio to vote")
    size = -1
    while size != studio.tally.size:
        size = studio.tally.size
        await asyncio.sleep(0.5)


async def _check_acknowledged(up: Running, studio: Studio, report: dict[str, Any]) -> None:
    """Every acknowledged ballot is in the log, at its index, with its value; nothing else is."""
    for run in studio.episode.runs:
        log = {e.index: e async for batch in up.hub.store.log(studio.run_key(run)) for e in batch}
        acknowledged = {
            index: (seq, value) for r, index, seq, value in report["counted"] if r == run.id
        }
        for index, (seq, value) in acknowledged.items():
            entry = log.get(index)
            if entry is None or (entry.seq, entry.value) != (seq, value):
                raise DemoFailed(f"run {run.code}: acknowledged ballot {index} is not in the log")
        silent = len(log) - len(acknowledged)
        if silent:
            click.echo(f"run {run.code}: {silent} ballots counted whose answer was cut off")


def _print_board(studio: Studio) -> None:
    click.echo()
    for row in studio.episode.board():
        segment = studio.episode.segment(row.segment)
        unit = segment.unit.zh if segment else ""
        width = 24 - len(unit)  # Chinese characters are two columns wide
        click.echo(
            f"{row.rank:3}  {unit}{' ' * max(width - len(unit), 1)}{row.figure:>6} %  "
            f"{row.n}/{row.N} + {row.online} online"
        )
    click.echo()


async def _export(up: Running, studio: Studio, folder: Path) -> RecountReport:
    """Write every format; the recount of the bundle that was written."""
    material = await up.hub.material(studio, DEMO_TIME_ZONE)
    return await asyncio.to_thread(_write, material, folder)


def _write(material: Material, folder: Path) -> RecountReport:
    folder.mkdir(parents=True, exist_ok=True)
    paths = {}
    for name, form in FORMATS.items():
        paths[name] = folder / f"{material.episode.id}-{form.suffix}"
        paths[name].write_bytes(form.make(material, fonts()))
        click.echo(f"wrote {paths[name]}")
    return recount(paths["bundle"])


def _verify(studio: Studio, folder: Path) -> None:
    """As a stranger would check it, who has the files and Python, and no livevote."""
    for name in ("bundle", "public"):
        path = folder / f"{studio.episode.id}-{FORMATS[name].suffix}"
        done = subprocess.run(  # noqa: S603 - our own file
            [sys.executable, "-I", VERIFY_PY, path, "--lang", "en"],
            capture_output=True,
            text=True,
            check=False,
        )
        last = done.stdout.splitlines()[-1] if done.stdout else done.stderr
        if done.returncode:
            raise DemoFailed(f"verify.py {path.name}: {last}")
        click.echo(f"verify.py {path.name}: {last}")


def _check_figures(studio: Studio, recounted: RecountReport) -> None:
    """The bundle's own figures were compared by recount; here with the running server's."""
    if not recounted.ok:
        raise DemoFailed(f"recount: {recounted.mismatch}")
    live = {run.code: run.result.figure for run in studio.episode.runs if run.result}
    again = {row.code: row.figure for row in recounted.runs}
    if live != again:
        raise DemoFailed(f"the recount gives {again}, the server aired {live}")
