"""What all formats promise: the same bytes for the same material, and held means held."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest

from livevote.core.ballot import recount
from livevote.core.result import compute
from livevote.export import FORMATS
from livevote.export.material import Material
from tests.export.reading import made, text_of
from tests.export.sample import Evening, material, pseudonym, whole

ALL = list(FORMATS)

DIGESTS = """
import hashlib
from livevote.export import FORMATS
from tests.export.sample import FONTS, material
for name, form in FORMATS.items():
    print(name, hashlib.sha256(form.make(material(), FONTS)).hexdigest())
"""


def digest(name: str, of: Material) -> str:
    return hashlib.sha256(made(name, of)).hexdigest()


def reversed_maps(value: Any) -> Any:
    return dict(reversed(value.items()))


@pytest.mark.parametrize("name", FORMATS)
def test_the_order_of_maps_changes_nothing(name: str) -> None:
    episode = material().episode
    turned_over = replace(
        material(),
        episode=replace(
            episode,
            seat_states=reversed_maps(episode.seat_states),
            runs=tuple(replace(run, eligible=reversed_maps(run.eligible)) for run in episode.runs),
        ),
        ballots=reversed_maps(material().ballots),
        turned=reversed_maps(material().turned),
        voted=reversed_maps(material().voted),
    )
    assert made(name, turned_over) == made(name, material())


def test_another_process_zone_locale_and_hash_seed_give_the_same_bytes() -> None:
    surroundings = {
        **os.environ,
        "PYTHONHASHSEED": "7",
        "TZ": "America/New_York",
        "LC_ALL": "C",
        "PYTHONUTF8": "0",
    }
    done = subprocess.run(
        [sys.executable, "-c", DIGESTS], env=surroundings, capture_output=True, check=True
    )
    there = dict(line.split() for line in done.stdout.decode().splitlines())
    assert there == {name: digest(name, material()) for name in FORMATS}


@pytest.mark.parametrize("name", FORMATS)
def test_another_result_gives_another_file(name: str) -> None:
    """The test above would also pass for files that do not depend on the material."""
    evening = whole()
    run, log = evening.run("run1"), evening.ballots["run1"]
    evening.ballots["run1"] = tuple(replace(entry, value=100 - entry.value) for entry in log)
    result = compute(run.rules, run.eligible, recount(evening.ballots["run1"]))
    runs = tuple(replace(r, result=result) if r is run else r for r in evening.episode.runs)
    evening.episode = replace(evening.episode, runs=runs)
    assert digest(name, evening.material()) != digest(name, material())


# --- held ---


def with_secret() -> tuple[Evening, set[str]]:
    """The evening with many ballots in its held run, and texts that only they can have made.

    The ballots are in the material here, which the server leaves out: two locks on one door.
    """
    evening = whole()
    run = evening.run("run11")
    evening.vote(run, 137, 4567)
    log = evening.ballots["run11"]
    result = compute(run.rules, run.eligible, recount(log))
    assert result.online == 4567
    return evening, {"4567", result.exact, pseudonym("phone 4566").hex()}


@pytest.mark.parametrize("name", ALL)
def test_held_means_held(name: str) -> None:
    evening, secrets = with_secret()
    text = text_of(name, made(name, evening.material()))
    for secret in secrets:
        assert secret not in text


@pytest.mark.parametrize("name", ALL)
def test_after_reveal_it_is_there(name: str) -> None:
    """Else the test above would look for something that no export ever shows."""
    evening, secrets = with_secret()
    log = evening.ballots["run11"]
    closed_ms = evening.run("run11").closed_ms
    evening.ballots["run11"] = tuple(replace(e, received_ms=closed_ms) for e in log)
    evening.reveal("run11")
    text = text_of(name, made(name, evening.material()))
    assert any(secret in text for secret in secrets)
