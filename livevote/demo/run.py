"""The demonstration: a server, two episodes with an audience, and what happened between them. The
first runs by itself, as if it were some weeks ago; with --once the second does too."""

from __future__ import annotations

import asyncio
import json
import secrets
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import click

from livevote.audience import Orders
from livevote.core import command as cmd
from livevote.core.model import Segment
from livevote.core.phase import Phase
from livevote.demo import desk as demo_desk
from livevote.demo import episode as demo_episode
from livevote.demo import ledger as demo_ledger
from livevote.demo.clock import DemoClock
from livevote.demo.episode import BY, DemoFailed
from livevote.export import FORMATS
from livevote.export.bundle import VERIFIER as VERIFY_PY
from livevote.export.material import Material
from livevote.export.recount import RecountReport, recount
from livevote.hub import view
from livevote.hub.roles import DIRECTOR, PRODUCER, SUPERVISION, UNIT, VERIFIER
from livevote.hub.studio import Studio
from livevote.server import Running
from livevote.web.pages import fonts

# Left free, so that a person can join with a real tablet.
FREE_SEATS = 2
JOIN_S_MAX = 60.0
STEP_S_MAX = 30.0
# Seats, and phones, of the first episode: an address may try 300 seats a minute, and the second
# follows at once.
BEFORE_MAX = 40
GRACE_MS = 2000
ONCE_GRACE_MS = 600
ONCE_HURRY = 0.08
QUIET_S = 0.4
DEMO_TIME_ZONE = "Asia/Shanghai"
OUTCOMES = ["kept", "late", "broken"]


@dataclass(frozen=True)
class Plan:
    """What `livevote demo` was asked for."""

    once: bool
    seats: int
    phones: int
    seed: int
    data: Path

    @property
    def grace_ms(self) -> int:
        return ONCE_GRACE_MS if self.once else GRACE_MS


def clock_of(plan: Plan) -> DemoClock:
    """A folder that is new begins in the past; one in which something happened goes on now."""
    new = not (plan.data / "store").exists()
    return DemoClock(demo_episode.facts()["before"]["days_ago"] if new else 0)


# --- the audience ---


@asynccontextmanager
async def audience(
    up: Running, studio: Studio, plan: Plan, attending: list[str], hurry: float
) -> AsyncIterator[Callable[[], Awaitable[dict[str, Any]]]]:
    """An audience that sits on these seats and at its phones; the function it gives ends it and
    returns its report."""
    known = demo_episode.rows(before=demo_episode.is_before(studio.episode))
    orders = Orders(
        url=up.url,
        episode=studio.episode.id,
        seats=[(label, *up.hub.seat_code(studio, label)) for label in attending],
        phones=plan.phones,
        opinions={row["unit"]["zh"]: row["opinion"] for row in known},
        seed=plan.seed,
        hurry=hurry,
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
        await _arrived(studio, len(attending) + plan.phones)
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


async def _arrived(studio: Studio, wanted: int) -> None:
    """Wait for the audience, with progress."""
    with click.progressbar(length=wanted, label="audience", file=sys.stderr) as bar:

        def all_here() -> bool:
            bar.update(len(studio.members) - bar.pos)
            return len(studio.members) >= wanted

        await _until(all_here, f"{wanted} clients to connect", JOIN_S_MAX)


# --- the two episodes ---


async def before(up: Running, plan: Plan, clock: DemoClock) -> Studio:
    """The first episode and what became of its pledges: played where the folder is new, found where
    it was played. Raises DemoFailed."""
    if clock.days_ago:
        seats, phones = min(plan.seats, BEFORE_MAX), min(plan.phones, BEFORE_MAX)
        studio = await demo_episode.make_before(up.hub, seats, plan.grace_ms)
        material = await _play_all(up, studio, replace(plan, seats=seats, phones=phones))
        if plan.once:
            await _prove(studio, material, plan)
        await demo_ledger.enter(up.hub, studio)
        await demo_ledger.live(up.hub, studio, clock)
        return studio
    for studio in up.hub.studios.values():
        if demo_episode.is_before(studio.episode) and demo_ledger.is_over(up.hub, studio):
            return studio
    raise DemoFailed(
        f"{plan.data} holds no first episode that was played to its end: remove it, or choose "
        "another folder with --data"
    )


async def tonight(up: Running, plan: Plan, clock: DemoClock) -> tuple[Studio, demo_desk.Slip]:
    """The second episode, ready: it opens with look-backs, and asks what a citizen asked. With what
    that citizen keeps."""
    first = await before(up, plan, clock)
    slip = await demo_desk.ask(up.hub, up.url, clock)
    studio = await demo_episode.make(up.hub, plan.seats, plan.grace_ms)
    opening = studio.episode.segments[0].id
    for pledge in demo_ledger.pledges(up.hub, first):
        await up.hub.command(studio, cmd.LookBackOn(pledge.id, opening), BY)
    await up.hub.command(studio, cmd.ChooseSegment(studio.episode.segments[0].id), BY)
    await demo_desk.promote(up.hub, studio, slip)
    return studio, slip


# --- the show that stays ---


async def stay(
    up: Running, plan: Plan, clock: DemoClock, announce: Callable[[Running], None]
) -> None:
    """Serve with an audience that votes whenever the director opens a run."""
    on, slip = up.hub.catalogue.state.on, None
    if on and not demo_episode.is_before(up.hub.studio(on).episode):
        studio = up.hub.studio(on)
    else:
        studio, slip = await tonight(up, plan, clock)
    announce(up)
    show = up.hub.catalogue.state.episode(studio.episode.id).show
    click.echo(f"  open record    {up.url}/record/{show}")
    click.echo(f"  pledge ledger  {up.url}/ledger")
    await _print_accounts(up)
    if slip:
        where = f"{up.url}/questions/follow"
        click.echo(f"  a question     {slip.number} password {slip.password} ({where})")
    labels = [seat.label for seat in studio.episode.seats]
    for label in labels[-FREE_SEATS:]:
        click.echo(f"  a free seat    {up.api.seat_link(studio, label)}")
    token = up.auth.overlay_token(studio.episode.id)
    click.echo(f"  overlay        {up.url}/overlay#{token}")
    click.echo(f"  data           {plan.data}")
    attending = labels[:-FREE_SEATS]
    await _free(up, studio, attending)
    async with audience(up, studio, plan, attending, hurry=1.0):
        click.echo("the audience is here: sign in as director, arm and open. Ctrl-C ends.")
        await asyncio.Event().wait()


async def _free(up: Running, studio: Studio, labels: list[str]) -> None:
    """New codes for seats that an audience of an earlier start held: it is gone for good."""
    for label in labels:
        state = studio.episode.seat_states.get(label)
        if state and state.joined:
            await up.hub.command(studio, cmd.ReissueSeat(label), BY)


async def _print_accounts(up: Running) -> None:
    """Accounts for the demonstration, with passwords that are new each time. The unit's is of the
    one that broke its word."""
    accounts = up.auth.accounts
    unit = demo_episode.rows(before=True)[-1]["unit"]["zh"]
    for name, roles, of in (
        ("director", (DIRECTOR,), ""),
        ("producer", (PRODUCER, DIRECTOR), ""),
        ("verifier", (VERIFIER,), ""),
        ("supervision", (SUPERVISION,), ""),
        ("unit", (UNIT,), unit),
    ):
        password = secrets.token_urlsafe(9)
        account = await accounts.put(name, roles, unit=of)
        await accounts.claim(name, account.generation, password)
        click.echo(f"  sign in as     {name:11} password {password}{of and f' ({of})'}")
    sys.stdout.flush()


# --- the show that runs by itself ---


async def once(up: Running, plan: Plan, clock: DemoClock) -> None:
    """Both episodes, quickly; then exports, and recount = tally = exported figures. Raises
    DemoFailed."""
    studio, slip = await tonight(up, plan, clock)
    material = await _play_all(up, studio, plan)
    await demo_desk.check(up.url, studio, slip)
    click.echo(f"question {slip.number} was asked on the show, and who filed it sees that")
    _print_board(studio)
    _print_look_backs(studio)
    await _prove(studio, material, plan)
    click.echo("recount = tally")


async def _play_all(up: Running, studio: Studio, plan: Plan) -> Material:
    """All segments with an audience in a hurry; what an export is made from."""
    title = studio.episode.title.en
    labels = [seat.label for seat in studio.episode.seats]
    async with audience(up, studio, plan, labels, ONCE_HURRY) as end:
        with click.progressbar(studio.episode.segments, label=title, file=sys.stderr) as bar:
            for segment in bar:
                await _play(up, studio, segment)
        report = await end()
    await _check_acknowledged(up, studio, report)
    refused = ", ".join(f"{code} {n}" for code, n in sorted(report["refused"].items()))
    click.echo(
        f"{title}: acknowledged {len(report['counted'])} (sent again {report['again']}), "
        f"refused: {refused or 'none'}"
    )
    return await up.hub.material(studio, DEMO_TIME_ZONE)


async def _play(up: Running, studio: Studio, segment: Segment) -> None:
    """One segment, as a director would run it."""

    async def do(command: cmd.Command, by: str = "director") -> None:
        await up.hub.command(studio, command, by)

    await do(cmd.ChooseSegment(segment.id))
    if segment.lookback:
        await do(cmd.Take("lookback", segment.id))
    else:
        await do(cmd.Take("question", segment.id))
        spoken = demo_episode.spoken(studio.episode, segment, up.hub.ledger.today)
        await do(spoken, "producer")
        await do(cmd.Take("pledge", segment.id))
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
    if segment.lookback:
        await do(cmd.Take("lookback", segment.id))
        await do(cmd.Take("delivery"))


def _phase(studio: Studio, run_id: str) -> Phase | None:
    run = studio.episode.run(run_id)
    return run.phase if run else None


async def _settled(studio: Studio) -> None:
    """Until half of the seats have voted (of a few, some more may be silent than usual) and no
    ballot came for a moment."""
    enough = len(studio.episode.seats) / 2
    await _until(lambda: len(studio.voted) >= enough, "the studio to vote")
    size = -1
    while size != studio.tally.size:
        size = studio.tally.size
        await asyncio.sleep(QUIET_S)


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
        click.echo(
            f"{row.rank:3}  {_wide(unit)}{row.figure:>6} %  {row.n}/{row.N} + {row.online} online"
        )
    click.echo()


def _print_look_backs(studio: Studio) -> None:
    """Raises DemoFailed where one has no two scores, or one of the three outcomes is missing."""
    found = [s for s in studio.episode.segments if s.lookback]
    outcomes = []
    click.echo(
        "  look-back               promised    delivered   days late    then     now    diff."
    )
    for segment in found:
        assert segment.lookback
        told = view.lookback_view(studio.episode, segment, segment.lookback)
        if not (told["then"] and told["difference"]):
            raise DemoFailed(f"{segment.unit.zh}: the look-back has no two scores by one rule")
        outcome = demo_ledger.outcome(segment.lookback)
        outcomes.append(outcome)
        unit = _wide(segment.unit.zh)
        delivered = outcome if outcome == "broken" else segment.lookback.claimed_day
        click.echo(
            f"  {unit}{told['due']:12}{delivered:12}{told['days_late']:9}"
            f"{told['then']['figure']:>8}{told['now']['figure']:>8}{told['difference']:>9}"
        )
    click.echo()
    if outcomes != OUTCOMES:
        raise DemoFailed(f"the look-backs are {', '.join(outcomes)}, not {', '.join(OUTCOMES)}")


def _wide(text: str, columns: int = 24) -> str:
    """Filled up with blanks: Chinese characters are two columns wide."""
    return text + " " * max(columns - 2 * len(text), 1)


async def _prove(studio: Studio, material: Material, plan: Plan) -> None:
    """Write every format, and check what was written. Raises DemoFailed."""
    folder = plan.data / "exports"
    _check_figures(studio, await asyncio.to_thread(_write, material, folder))
    await asyncio.to_thread(_verify, studio, folder)


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
