"""The command line. Errors are one line and exit code 1 (2 for wrong usage)."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from livevote import __version__, log
from livevote.config import ALL, Settings, options
from livevote.errors import BadInput, Failure, LivevoteError, NotFound

if TYPE_CHECKING:
    from livevote.hub.evidence import Evidence
    from livevote.hub.hub import Hub
    from livevote.hub.studio import Studio
    from livevote.server import Ready

T = TypeVar("T")

FORMAT_NAMES = ("csv", "xlsx", "json", "pdf", "bundle", "public")
DESK_FORMAT_NAMES = ("csv", "xlsx", "json", "zip")


class Commands(click.Group):
    """Turns what livevote raises on purpose into one line for people."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except LivevoteError as error:
            click.echo(f"livevote: {error}", err=True)
            sys.exit(1)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """Live scoring of officials' pledges, from the studio tablet to the on-air graphic."""


@main.command()
@options(*ALL)
def serve(**values: Any) -> None:
    """Run the server."""
    from livevote import server, workers  # here: the other commands start without them

    settings = Settings(**values)
    log.set_up(as_json=settings.log_json)
    if settings.workers > 1:
        workers.supervise(settings, announce)
        return

    async def started(up: server.Running) -> None:
        announce(up)

    server.serve(settings, started, until_done=False)


@main.command(hidden=True)
def worker() -> None:
    """One of several processes of a server; its orders come on its input."""
    from livevote import workers

    workers.work()


def announce(up: Ready) -> None:
    """Where everything is."""
    click.echo(f"livevote is on {up.url}")
    for page, path in (
        ("voters", "/"),
        ("director", "/director"),
        ("producer", "/producer"),
        ("public record", "/episodes"),
        ("questions", "/questions"),
        ("question desk", "/desk"),
    ):
        click.echo(f"  {page:14} {up.url}{path}")
    finding = up.finding
    if finding.reason:
        click.echo(f"  store: {finding.durability.value.upper()}: {finding.reason}", err=True)
    if up.url.startswith("http://"):
        click.echo("  plain http: for the studio's own network only (see OPERATIONS.md)", err=True)
    if up.first_link:
        click.echo(f"  first account (one-time link): {up.first_link}")
    click.echo("Ctrl-C stops it.")
    sys.stdout.flush()


@main.command()
@click.option("--once", is_flag=True, help="Run both episodes by itself, export, recount, end.")
@options("data", "host", "port", "public_url", "log_json")
@click.option("--seats", default=200, show_default=True, type=click.IntRange(2, 2000))
@click.option("--phones", default=300, show_default=True, type=click.IntRange(0, 5000))
@click.option("--seed", default=1, show_default=True, help="Of the audience's opinions.")
def demo(once: bool, seats: int, phones: int, seed: int, **values: Any) -> None:
    """Two episodes of a show on the embedded store with a synthetic audience."""
    from livevote import server
    from livevote.demo import run as demo_run

    settings = Settings(**values)
    log.set_up(as_json=settings.log_json, level=logging.WARNING)
    plan = demo_run.Plan(once, seats, phones, seed, settings.data)
    clock = demo_run.clock_of(plan)

    async def play(up: server.Running) -> None:
        if once:
            await demo_run.once(up, plan, clock)
        else:
            await demo_run.stay(up, plan, clock, announce)

    server.serve(settings, play, until_done=once, clock=clock)


@main.command()
@click.argument("episode")
@options(*ALL)
@click.option("--turnout", default=90, show_default=True, help="Percent who vote in a run.")
@click.option("--dropouts", default=5, show_default=True, help="Percent who drop out meanwhile.")
@click.option("--viewers", default=100, show_default=True, help="Phones beside the seats.")
def rehearse(episode: str, turnout: int, dropouts: int, viewers: int, **values: Any) -> None:
    """Run the server with a new rehearsal of EPISODE (its id, or "on") and an audience in it.

    While a server is running already, the producer's page does the same."""
    from livevote import server

    settings = Settings(**values)
    log.set_up(as_json=settings.log_json, level=logging.WARNING)
    crowd = {"turnout": turnout, "dropouts": dropouts, "viewers": viewers}

    async def play(up: server.Running) -> None:
        made = await up.hub.rehearse(_studio(up.hub, episode).episode.id, "command line")
        here = await up.rehearsals.come(made, crowd, "command line")
        announce(up)
        click.echo(f"  rehearsal      {up.url}/director?episode={made}")
        click.echo(f"  its audience   {here['seats']} seats, {viewers} viewers")
        sys.stdout.flush()

    server.serve(settings, play, until_done=False)


def _beside(settings: Settings, work: Callable[[Hub], Awaitable[T]]) -> T:
    """Run `work` on what the store holds, whether a server is running or not."""
    from livevote import server

    log.set_up(as_json=settings.log_json, level=logging.WARNING)

    async def reading(url: str) -> T:
        async with server.reading(settings, url) as hub:
            return await work(hub)

    with server.borrowed(settings) as url:
        return asyncio.run(reading(url))


def _studio(hub: Hub, episode: str) -> Studio:
    """By id, or "on" for the one that is on. Raises NotFound, which says what there is."""
    known = ", ".join(f"{e.id} ({e.title.zh})" for e in hub.catalogue.state.episodes)
    try:
        return hub.studio("" if episode == "on" else episode)
    except NotFound as error:
        raise NotFound(f"{error}; there are: {known or 'none'}") from None


@main.command()
@click.argument("episode")
@options("data", "store", "host", "port", "public_url", "tls_cert")
@click.option("-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--seat", "wanted", multiple=True, help="Only this seat; may be repeated.")
def seats(episode: str, output: Path, wanted: tuple[str, ...], **values: Any) -> None:
    """Print the QR sheets of an episode's seats (PDF); EPISODE is its id, or "on"."""
    from livevote import server
    from livevote.export.seats import seat_sheets
    from livevote.web.exports import cards
    from livevote.web.pages import fonts

    settings = Settings(**values)
    base = settings.public_url.rstrip("/") or server.address(settings, settings.port)

    async def work(hub: Hub) -> bytes:
        studio = _studio(hub, episode)
        return seat_sheets(studio.episode, cards(hub, base, studio, set(wanted)), fonts())

    output.write_bytes(_beside(settings, work))
    click.echo(f"wrote {output}")


@main.command()
@click.argument("episode")
@click.option("-f", "--format", "form", required=True, type=click.Choice(FORMAT_NAMES))
@click.option("-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path))
@options("data", "store", "time_zone")
def export(episode: str, form: str, output: Path, **values: Any) -> None:
    """Write an episode's record to a file; EPISODE is its id, or "on"."""
    from livevote.export import FORMATS
    from livevote.web.pages import fonts

    settings = Settings(**values)

    async def work(hub: Hub) -> bytes:
        material = await hub.material(_studio(hub, episode), settings.time_zone)
        return FORMATS[form].make(material, fonts())

    output.write_bytes(_beside(settings, work))
    click.echo(f"wrote {output}")


@main.group()
def ledger() -> None:
    """The pledges of all episodes."""


@ledger.command()
@options("data", "store", "time_zone")
def today(**values: Any) -> None:
    """Print the daily list: who has to do what, the most urgent first."""
    from livevote.core.pledge import reminders
    from livevote.export.pledges import in_words

    settings = Settings(**values)

    async def work(hub: Hub) -> list[str]:
        account = await hub.ledger.account(settings.time_zone)
        found = reminders(account.pledges, account.today, account.calendar)
        return [in_words(account, one) for one in found]

    for line in _beside(settings, work):
        click.echo(line)


@ledger.command("export")
@click.argument("form", metavar="FORMAT", type=click.Choice(["csv", "xlsx", "json", "zip"]))
@click.option("-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path))
@options("data", "store", "time_zone")
def export_ledger(form: str, output: Path, **values: Any) -> None:
    """Write the ledger to a file; zip holds the other formats and all evidence."""
    from livevote.export import pledges

    settings = Settings(**values)

    async def work(hub: Hub) -> tuple[pledges.Account, Evidence]:
        return await hub.ledger.account(settings.time_zone), hub.ledger.evidence

    account, evidence = _beside(settings, work)
    if form == "zip":
        pledges.archive(account, evidence.path, output)
    else:
        output.write_bytes(pledges.FORMATS[form].make(account))
    click.echo(f"wrote {output}")


@main.command()
@click.argument("bundle", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def recount(bundle: Path) -> None:
    """Recount a bundle from its ballot log alone, and compare with the aired figures."""
    from livevote.export.recount import recount as recount_bundle

    report = recount_bundle(bundle)
    for row in report.runs:
        mark = "ok " if row.ok else "NOT"
        click.echo(
            f"{mark} {row.code}  {row.unit.zh}  ballots {row.ballots}  voters {row.voters}  "
            f"recount {row.figure or '-'}  aired {row.aired or '-'}"
        )
    if not report.ok:
        raise Failure(f"the recount differs: {report.mismatch}")
    click.echo("recount = aired figures")


@main.command()
@click.argument("bundle", type=click.Path(path_type=Path))
@click.option("--key", default="", help="The expected verifier key, or a file that holds it.")
@click.option("--lang", type=click.Choice(("zh", "en")), help="By default that of LANG.")
def verify(bundle: Path, key: str, lang: str | None) -> None:
    """Check a bundle as a stranger would, with the verifier that lies in it. 1: something does not
    match; 2: not a bundle. Without --key nobody says whose signatures they are."""
    from livevote.export import verify as verifier

    language = ("--lang", lang) if lang else ()
    sys.exit(verifier.main([str(bundle), f"--key={key}", *language]))


@main.command()
@click.argument("episode")
@click.option("--yes", is_flag=True, help="Do not ask.")
@options("data", "store")
def forget(episode: str, yes: bool, **values: Any) -> None:
    """Destroy the key of an episode's pseudonyms, for good; EPISODE is its id.

    No ballot can be brought back to a seat or a phone after that, and nobody can join or vote in
    it. Figures, log and signatures stay, and verify as before."""
    settings = Settings(**values)

    async def work(hub: Hub) -> bool:
        studio = _studio(hub, episode)
        if not yes:
            title = studio.episode.title.zh
            typed = click.prompt(f"{title}: this cannot be undone. Type the episode's id")
            if typed != studio.episode.id:
                raise BadInput("that is not the id; nothing was destroyed")
        return await hub.forget(studio, "command line")

    gone = _beside(settings, work)
    click.echo("the key of the pseudonyms is destroyed")
    if not gone:
        click.echo(
            "  the store's files may hold it until it rewrites its log (BGREWRITEAOF)", err=True
        )
    click.echo("  backups made before still hold it: delete the store's files in them")


@main.group()
def desk() -> None:
    """The question desk's record: out of one server, into another."""


@desk.command("export")
@click.option("-f", "--format", "form", required=True, type=click.Choice(DESK_FORMAT_NAMES))
@click.option("-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path))
@options("data", "store", "time_zone")
def desk_export(form: str, output: Path, **values: Any) -> None:
    """Write all questions to a file; zip holds everything, the photos too, for `desk import`.

    The file holds what people wrote and how they can be reached: keep it as you keep that."""
    from livevote import server
    from livevote.export.desk import FORMATS, DeskMaterial, write_archive
    from livevote.web.photos import Photos

    settings = Settings(**values)

    async def work(hub: Hub) -> DeskMaterial:
        await hub.desk.load()
        return await hub.desk.material(hub.clock.now_ms(), settings.time_zone)

    material = _beside(settings, work)
    if form == "zip":
        photos = Photos(server.photos_folder(settings))
        with output.open("wb") as out:
            missing = write_archive(material, photos.read, out)
        for name in missing:
            click.echo(f"  photo {name} is missing in {settings.data}", err=True)
    else:
        output.write_bytes(FORMATS[form].make(material))
    click.echo(f"wrote {output}")


@desk.command("import")
@click.argument("archive", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@options("data", "store")
def desk_import(archive: Path, **values: Any) -> None:
    """Take in what `desk export -f zip` wrote: the cases that are not here yet, with their times,
    their passwords and photos."""
    from livevote import server
    from livevote.core.event import CaseFiled
    from livevote.export.desk import Archive
    from livevote.web.photos import Photos

    settings = Settings(**values)
    found = Archive(archive)
    photos = Photos(server.photos_folder(settings))

    async def work(hub: Hub) -> int:
        await hub.desk.load()
        return await hub.desk.take_in(found.events, found.digests)

    erased = found.erased
    filed = [e.event for e in found.events if isinstance(e.event, CaseFiled)]
    wanted = {name for event in filed if event.case not in erased for name in event.photos}
    for name, data in found.photos(sorted(wanted)):
        photos.put(name, data)
    click.echo(f"took in {_beside(settings, work)} cases")


@main.group()
def overlay() -> None:
    """The programs that show the overlay."""


@overlay.command()
@click.argument("target")
@click.argument("action")
@click.option("--url", envvar="LIVEVOTE_OVERLAY_URL", help="The overlay's address, for add.")
@click.option("--template-data", default="", help="A JSON object, for add and update.")
@click.option("--play/--no-play", default=True, show_default=True, help="Whether add plays too.")
@click.option(
    "--password-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Holds OBS's password; else LIVEVOTE_OBS_PASSWORD does.",
)
@click.option(
    "--timeout",
    "within_s",
    default=5.0,
    show_default=True,
    type=click.FloatRange(0.1, 60),
    help="Seconds, to connect and again to be answered.",
)
def push(
    target: str,
    action: str,
    url: str | None,
    template_data: str,
    play: bool,
    password_file: Path | None,
    within_s: float,
) -> None:
    """Tell a graphics machine what to do with the overlay.

    \b
    casparcg://HOST[:5250]/CHANNEL-LAYER  add, play, next, stop, remove, update
    obs://HOST[:4455]/SCENE/SOURCE        show, hide, refresh

    1: it refused; 2: wrong usage; 3: it cannot be reached, nothing was sent; 4: it was asked and
    did not answer, look at it."""
    from livevote import push as hosts
    from livevote.push import amcp, obs

    def work() -> Coroutine[Any, Any, object]:
        if target.startswith("obs:"):
            _one_of(obs.ACTIONS, action)
            password = _obs_password(password_file)
            return obs.push(obs.target(target), action, password, within_s)
        _one_of(amcp.ACTIONS, action)
        to = amcp.target(target)
        page = (url or "") if action == "add" else ""
        return amcp.push(to, amcp.command(to, action, page, template_data, play), within_s)

    try:
        asyncio.run(work())
    except BadInput as error:
        click.echo(f"livevote: {error}", err=True)
        sys.exit(2)
    except hosts.PushFailed as error:
        click.echo(f"livevote: {error}", err=True)
        sys.exit(error.exit_code)
    click.echo(f"{action}: done")


def _one_of(actions: tuple[str, ...], action: str) -> None:
    if action not in actions:
        raise BadInput(f"this host knows {', '.join(actions)}", where="action")


def _obs_password(file: Path | None) -> str:
    """Never an option: options stand in the list of processes for all to read."""
    if file is None:
        return os.environ.get("LIVEVOTE_OBS_PASSWORD", "")
    try:
        return file.read_text().rstrip("\r\n")
    except (OSError, ValueError):
        raise BadInput(f"{file} cannot be read as text") from None


@main.command()
@click.argument("data", type=click.Path(path_type=Path))
@click.option(
    "--repair-to", "copy", type=click.Path(path_type=Path), help="Make a shortened copy there."
)
def doctor(data: Path, copy: Path | None) -> None:
    """Check a data folder that no server runs on; DATA is not changed.

    0: healthy (with --repair-to: the copy is). 1: damage. 2: it could not be checked."""
    from livevote import doctor as ward

    log.set_up(as_json=False, level=logging.WARNING)
    report = ward.repair(data, copy) if copy else ward.examine(data)
    for mark, text in report.lines:
        click.echo(f"{mark} {text}", err=mark is ward.Mark.UNKNOWN)
    sys.exit(report.code)
