"""The command line. Errors are one line and exit code 1 (2 for wrong usage)."""

from __future__ import annotations

import logging
import sys
from typing import Any

import click

from livevote import __version__, log
from livevote.config import ALL, Settings, options
from livevote.errors import LivevoteError


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
    from livevote import server  # here: the other commands start without it

    settings = Settings(**values)
    log.set_up(as_json=settings.log_json)

    async def started(up: server.Running) -> None:
        announce(up)

    server.serve(settings, started, until_done=False)


def announce(up: Any) -> None:
    """Where everything is."""
    click.echo(f"livevote is on {up.url}")
    for page, path in (
        ("voters", "/"),
        ("director", "/director"),
        ("producer", "/producer"),
        ("public record", "/episodes"),
    ):
        click.echo(f"  {page:14} {up.url}{path}")
    finding = up.hub.finding
    if finding.reason:
        click.echo(f"  store: {finding.durability.value.upper()}: {finding.reason}", err=True)
    if up.url.startswith("http://"):
        click.echo("  plain http: for the studio's own network only (see OPERATIONS.md)", err=True)
    if up.first_link:
        click.echo(f"  first account (one-time link): {up.first_link}")
    sys.stdout.flush()


@main.command()
@click.option("--once", is_flag=True, help="Run all segments by itself, export, recount, end.")
@options("data", "host", "port", "public_url", "log_json")
@click.option("--seats", default=200, show_default=True, type=click.IntRange(2, 2000))
@click.option("--phones", default=300, show_default=True, type=click.IntRange(0, 5000))
@click.option("--seed", default=1, show_default=True, help="Of the audience's opinions.")
def demo(once: bool, seats: int, phones: int, seed: int, **values: Any) -> None:
    """A whole show on the embedded store with a synthetic audience."""
    from livevote import server
    from livevote.demo import run as demo_run

    settings = Settings(**values)
    log.set_up(as_json=settings.log_json, level=logging.WARNING)
    plan = demo_run.Plan(once, seats, phones, seed, settings.data)

    async def play(up: server.Running) -> None:
        if once:
            await demo_run.once(up, plan)
        else:
            await demo_run.stay(up, plan, announce)

    server.serve(settings, play, until_done=once)
