"""The verifier that lies in every bundle: green on what the server wrote, and never on anything
else. It is run as it is shipped: on files, by its own `main`, and by Python alone."""

from __future__ import annotations

import ast
import contextlib
import io
import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from livevote.core import chain
from livevote.core import command as cmd
from livevote.core import event as ev
from livevote.core.ballot import Entry
from livevote.core.names import Names
from livevote.core.plain import to_plain
from livevote.core.rehearsal import rehearsal
from livevote.core.result import Standing, compute, figure_text, half_up, rank
from livevote.core.rules import (
    Admission,
    Channel,
    Estimator,
    EstimatorKind,
    Panel,
    PanelRole,
    Rules,
    TieBreak,
    canonical,
)
from livevote.core.scale import PRESETS
from livevote.core.tally import Tally
from livevote.export import public, verify
from livevote.export.bundle import FORMAT, SEAL, SUMS, seal_text, sums, zipped
from livevote.export.recount import recount
from tests.export.reading import made, unzipped
from tests.export.sample import (
    KEY,
    POINTS,
    SHOW,
    Evening,
    before,
    material,
    pseudonym,
    sign,
    signed_by,
    void,
    whole,
)

Files = dict[str, bytes]
BALLOTS = "runs/R01/ballots.csv"
# LIVEVOTE_MUTATIONS=1000 for the long run.
MUTATIONS = int(os.environ.get("LIVEVOTE_MUTATIONS", "150"))

OTHER = Ed25519PrivateKey.from_private_bytes(bytes(32))
OTHER_KEY = chain.VerifierKey(KEY.name, OTHER.public_key().public_bytes_raw())


@cache
def short_evening() -> Evening:
    """Enough of everything, and quick to check a thousand times."""
    evening = before()
    evening.scored("s1", "run1", 40, 30)
    void(evening, "s2", "run2")
    evening.ask(cmd.SetRules(Rules()), by="producer").scored("s3", "run3", 30, 20)
    return evening


@cache
def short_files() -> Files:
    return unzipped(made("bundle", short_evening().material()))


def run(path: Path, *options: str) -> tuple[int, str]:
    """(exit code, what it says) of the verifier's main."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        code = verify.main([str(path), "--lang", "en", *options])
    return code, said.getvalue()


@pytest.fixture
def checked(tmp_path: Path) -> Callable[..., tuple[int, str]]:
    def check(data: bytes, *options: str) -> tuple[int, str]:
        path = tmp_path / "bundle.zip"
        path.write_bytes(data)
        return run(path, *options)

    return check


def summed(files: Files) -> Files:
    """With the sums that an attacker writes too."""
    rest = {name: data for name, data in files.items() if name not in (SUMS, SEAL)}
    return {**rest, SUMS: sums(rest), **({SEAL: files[SEAL]} if SEAL in files else {})}


def sealed(files: Files, signed: Callable[[str], str] = sign) -> Files:
    """With right sums and a seal on them: what only the holder of the key can do."""
    files = summed(files)
    text = seal_text(short_evening().episode, FORMAT, files[SUMS])
    return {**files, SEAL: signed(text).encode()}


def by_another(text: str) -> str:
    return signed_by(OTHER, OTHER_KEY, text)


# --- what the server wrote ---


def test_a_whole_evening_is_green(checked: Callable[..., tuple[int, str]]) -> None:
    code, said = checked(made("bundle", material()), "--key", KEY.text())
    assert code == 0, said
    lines = said.splitlines()
    assert lines[-1] == "all green"
    for episode_run in material().episode.runs[:10]:
        ballots = len(material().ballots[episode_run.id])
        [line] = [line for line in lines if f" {episode_run.code} " in line]
        assert line.startswith("ok ")
        assert f"ballots {ballots} " in line
        if episode_run.result:
            assert line.endswith(f"{episode_run.result.figure} = aired")
    assert [line for line in lines if "R11" in line] == ["--  R11  held until revealed: no ballots"]
    assert "is the expected one" in said


def test_a_bundle_from_before_there_were_rehearsals_is_green(
    checked: Callable[..., tuple[int, str]],
) -> None:
    word = b'"rehearsal_of":""'
    files = dict(short_files())
    files["events.jsonl"] = files["events.jsonl"].replace(word + b",", b"")
    lines = files["episode.json"].splitlines(keepends=True)
    files["episode.json"] = b"".join(line for line in lines if b"rehearsal_of" not in line)
    assert not any(b"rehearsal_of" in files[name] for name in ("events.jsonl", "episode.json"))
    code, said = checked(zipped(sealed(files)), "--key", KEY.text())
    assert code == 0, said
    assert "REHEARSAL" not in said


@pytest.mark.parametrize("form", ["bundle", "public"])
def test_of_a_rehearsal_it_says_so_and_the_word_cannot_be_taken_out(
    form: str, checked: Callable[..., tuple[int, str]]
) -> None:
    listed = ev.EpisodeListed("e1", "show", SHOW, "e0")
    copy = Evening().happen(*rehearsal(short_evening().episode, listed), by="producer").wait(60)
    files = unzipped(made(form, copy.scored("s1", "run1", 20, 10).material()))
    code, said = checked(zipped(files), "--key", KEY.text())
    assert code == 0, said
    assert "REHEARSAL: nothing of this was aired" in said
    bare = {name: data.replace(b"rehearsal_of", b"rehearsal") for name, data in files.items()}
    assert checked(zipped(summed(bare)), "--key", KEY.text())[0] == 1


def test_a_key_from_the_bundle_is_said_to_prove_nothing(
    checked: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    data = made("bundle", short_evening().material())
    assert "does not prove who signed" in checked(data)[1]
    pinned = tmp_path / "key.txt"
    pinned.write_text(f"{KEY.text()}\n")
    assert "is the expected one" in checked(data, "--key", str(pinned))[1]
    code, said = checked(data, "--key", OTHER_KEY.text())
    assert (code, said.split(":")[0]) == (1, "NOT key.txt")
    assert checked(data, "--key", "no such file")[0] == 2


def test_python_alone_is_enough(tmp_path: Path) -> None:
    """From the folder, with the verifier that lies in it, without our packages or any other."""
    for name, data in short_files().items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    command = [sys.executable, "-I", "-S", str(tmp_path / "verify.py"), "--lang", "zh"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "全部相符 all green"
    target = tmp_path / BALLOTS
    target.write_bytes(target.read_bytes().replace(b",studio,1,", b",studio,2,", 1))
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith(f"不符  {BALLOTS}")


def test_it_imports_nothing_but_the_standard_library_and_reads_as_python_3_9() -> None:
    source = Path(verify.__file__).read_text()
    tree = ast.parse(source, feature_version=(3, 9))
    modules = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [str(node.module)]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert modules <= set(sys.stdlib_module_names)
    assert short_files()["verify.py"] == source.encode()


def test_an_unsigned_bundle_is_not_green_unless_that_is_asked_for(
    checked: Callable[..., tuple[int, str]],
) -> None:
    data = made("bundle", short_evening().material(checkpoints={}, key="", sign=None))
    assert checked(data)[0] == 1
    code, said = checked(data, "--unsigned")
    assert code == 0
    assert "NOT SIGNED" in said
    assert checked(data, "--unsigned", "--key", KEY.text())[0] == 1


def test_an_episode_under_way_and_an_empty_one_are_green(
    checked: Callable[..., tuple[int, str]],
) -> None:
    evening = before()
    assert checked(made("bundle", evening.material()))[0] == 0
    opened = evening.open("s1", "run1")
    evening.vote(opened, 30, 30)
    code, said = checked(made("bundle", evening.material()))
    assert code == 0, said
    assert "no result revealed" in said


@pytest.mark.parametrize(
    "data", [b"", b"PK\x03\x04" + bytes(60), zipped({}), zipped({"manifest.json": b"[]"})]
)
def test_what_is_no_bundle_is_2(data: bytes, checked: Callable[..., tuple[int, str]]) -> None:
    assert checked(data)[0] == 2


def test_a_file_that_is_not_there_is_2(tmp_path: Path) -> None:
    assert run(tmp_path / "nowhere.zip")[0] == 2


# --- row 35: whatever is done to a bundle is seen ---


def flip(chance: random.Random, data: bytes) -> bytes:
    place = chance.randrange(len(data))
    return data[:place] + bytes([data[place] ^ 1 << chance.randrange(8)]) + data[place + 1 :]


def delete(chance: random.Random, data: bytes) -> bytes:
    lines = data.splitlines(keepends=True)
    del lines[chance.randrange(len(lines))]
    return b"".join(lines)


def swap(chance: random.Random, data: bytes) -> bytes:
    lines = data.splitlines(keepends=True)
    one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return b"".join(lines)


def insert(chance: random.Random, data: bytes) -> bytes:
    lines = data.splitlines(keepends=True)
    lines.insert(chance.randrange(len(lines) + 1), chance.choice(lines))
    return b"".join(lines)


def truncate(chance: random.Random, data: bytes) -> bytes:
    return data[: chance.randrange(len(data))]


def digit(chance: random.Random, data: bytes) -> bytes:
    """Another figure somewhere: what somebody would change who wants another result."""
    places = [place for place, byte in enumerate(data) if 48 <= byte <= 57]
    if not places:
        return data
    place = chance.choice(places)
    return data[:place] + str(chance.randrange(10)).encode() + data[place + 1 :]


MUTATE = (flip, delete, swap, insert, truncate, digit)


def mutated(chance: random.Random, names: list[str]) -> Files:
    """The files with one of them changed, taken away, or put in the place of another."""
    files = dict(short_files())
    while files == short_files():
        name = chance.choice(names)
        kind = chance.randrange(len(MUTATE) + 2)
        if kind == len(MUTATE):
            files.pop(name)
        elif kind > len(MUTATE):
            files[name] = files[chance.choice(names)]
        elif files[name]:
            files[name] = MUTATE[kind](chance, files[name])
    return files


def replaced(files: Files) -> Files:
    """Everything signed anew by somebody else, with their key in the bundle."""
    files = {**files, "key.txt": f"{OTHER_KEY.text()}\n".encode()}
    for name in [name for name in files if name.endswith("checkpoints.jsonl")]:
        notes = [json.loads(line)["note"] for line in short_files()[name].splitlines()]
        signed = [by_another(note.split("\n\n")[0] + "\n") for note in notes]
        lines = (verify.compact({"note": note}) + "\n" for note in signed)
        files[name] = "".join(lines).encode()
    return sealed(files, by_another)


ALL = sorted(short_files())
# What no seal is needed for, because something else in the bundle says it too. (Of checkpoints the
# key's holder could leave one out, as long as the last is there: others have seen them.)
PROVEN = [
    name
    for name in ALL
    if name.endswith(("ballots.csv", "rules.json"))
    or name in ("episode.json", "figures.json", "key.txt", "manifest.json")
]
ATTACKERS: dict[str, tuple[list[str], Callable[[Files], Files]]] = {
    "who changes a file": (ALL, lambda files: files),
    "who writes the sums anew": ([name for name in ALL if name != SUMS], summed),
    "who signs all with another key": (ALL, replaced),
    "who holds the key, but cannot undo what was signed": (PROVEN, sealed),
}


@pytest.mark.parametrize("attacker", ATTACKERS)
def test_no_change_is_green(attacker: str, checked: Callable[..., tuple[int, str]]) -> None:
    names, finish = ATTACKERS[attacker]
    assert checked(zipped(short_files()), "--key", KEY.text())[0] == 0
    for seed in range(-(-MUTATIONS // len(ATTACKERS))):
        files = finish(mutated(random.Random(f"{attacker} {seed}"), names))
        code, said = checked(zipped(files), "--key", KEY.text())
        assert code in (1, 2), f"{attacker}, seed {seed}: green"
        assert said.startswith("NOT ") or "\nNOT " in said


def test_no_damage_to_the_zip_is_green_with_another_content(
    checked: Callable[..., tuple[int, str]],
) -> None:
    data = zipped(short_files())
    seen = 0
    for seed in range(40):
        changed = MUTATE[seed % 2 * 4](random.Random(seed), data)  # flipped, truncated
        code, _ = checked(changed, "--key", KEY.text())
        seen += code != 0
        # Only what is not content can be hit unseen: dates, attributes.
        assert code in (1, 2) or unzipped(changed) == short_files()
    assert seen > 30


def test_as_it_is_shipped_it_sees_the_same(tmp_path: Path) -> None:
    script = tmp_path / "verify.py"
    script.write_bytes(short_files()["verify.py"])
    for seed, (names, finish) in enumerate(ATTACKERS.values()):
        path = tmp_path / "changed.zip"
        path.write_bytes(zipped(finish(mutated(random.Random(seed), names))))
        command = [sys.executable, "-I", str(script), str(path), "--key", KEY.text()]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode in (1, 2)
        assert "Traceback" not in done.stderr


def test_everything_but_the_signing_key_is_not_enough(
    checked: Callable[..., tuple[int, str]],
) -> None:
    """A whole other evening, right in itself: other ballots, and all that follows from them."""
    other = before()
    opened = other.open("s1", "run1")
    other.vote(opened, 40, 30)
    log = other.ballots["run1"]
    other.ballots["run1"] = (*log[:5], replace(log[5], value=100 - log[5].value), *log[6:])
    other.close("run1").reveal("run1")
    void(other, "s2", "run2")
    other.ask(cmd.SetRules(Rules()), by="producer").scored("s3", "run3", 30, 20)
    honest = short_evening().material()

    theirs = replace(other.material(), checkpoints=honest.checkpoints)
    # With the honest seal on it.
    files = {**unzipped(made("bundle", theirs)), SEAL: short_files()[SEAL]}
    assert checked(zipped(files))[1].startswith("NOT SHA256SUMS.note: expected")
    # Even if the seal could be had: the ballots are not those that were signed as they came in.
    code, said = checked(made("bundle", theirs))
    assert code == 1
    assert "NOT runs/R01/checkpoints.jsonl:1: chain: expected" in said
    # All signed with a key of their own: green by itself, and not with the published key.
    own = {
        run_id: tuple(by_another(note.split("\n\n")[0] + "\n") for note in notes)
        for run_id, notes in other.material().checkpoints.items()
    }
    forged = made("bundle", replace(theirs, checkpoints=own, key=OTHER_KEY.text(), sign=by_another))
    assert checked(forged)[0] == 0
    assert checked(forged, "--key", KEY.text())[1].startswith("NOT key.txt")


# --- it says what it is ---


def told(change: Callable[[dict[str, Any]], object], kind: str, number: int = 0) -> Files:
    """With one event of a kind told otherwise, and sealed."""
    files = dict(short_files())
    lines = files["events.jsonl"].decode().splitlines()
    [place, *_] = [i for i, line in enumerate(lines) if f'"type":"{kind}"' in line][number:]
    logged = json.loads(lines[place])
    change(logged)
    lines[place] = verify.compact(logged)
    files["events.jsonl"] = "".join(f"{line}\n" for line in lines).encode()
    return sealed(files)


def cell(line: int, place: int, value: object) -> Files:
    files = dict(short_files())
    lines = files[BALLOTS].decode().split("\n")
    cells = lines[line - 1].split(",")
    cells[place] = str(value)
    lines[line - 1] = ",".join(cells)
    files[BALLOTS] = "\n".join(lines).encode()
    return sealed(files)


def event(**changes: Any) -> Callable[[dict[str, Any]], object]:
    return lambda logged: logged["event"].update(changes)


def by(who: str) -> Callable[[dict[str, Any]], object]:
    return lambda logged: logged.update(by=who)


def fewer_checkpoints() -> Files:
    name = "runs/R01/checkpoints.jsonl"
    lines = short_files()[name].splitlines(keepends=True)
    return sealed({**short_files(), name: b"".join(lines[:-1])})


def other_runs_checkpoints() -> Files:
    files = dict(short_files())
    files["runs/R01/checkpoints.jsonl"] = files["runs/R03/checkpoints.jsonl"]
    return sealed(files)


FAULTS: dict[str, tuple[Callable[[], Files], str]] = {
    "nobody verified": (lambda: told(by("server"), "run_verified"), "a person to verify"),
    "one person voided": (lambda: told(by("director"), "run_voided"), "one person alone"),
    "another result": (
        lambda: told(lambda e: e["event"]["result"].update(figure="99.9"), "run_revealed"),
        "",
    ),
    "aired another figure": (lambda: told(event(figure="99.9"), "graphic_taken", 1), "figure"),
    "other weights": (
        lambda: told(lambda e: e["event"]["rules"]["panels"][0].update(weight=1), "run_armed"),
        "rules: panels[0]: weight: expected 700, found 1",
    ),
    "more seats": (lambda: told(event(eligible={"studio": 7}), "run_armed"), "eligible"),
    "a shorter log": (lambda: told(event(size=3), "run_closed"), "size: expected 3"),
    "an event skipped": (lambda: told(lambda e: e.update(revision=99), "run_opened"), "revision"),
    "an unknown event": (lambda: told(event(type="run_sold"), "run_opened"), "no event run_sold"),
    "closed twice": (lambda: told(event(type="run_closed", size=1), "run_opened"), "fields"),
    "an index": (lambda: cell(3, 0, 7), "index: expected 2, found 7"),
    "another value": (lambda: cell(3, 4, 3), "checkpoints.jsonl:1: chain"),
    "off the scale": (lambda: cell(3, 4, 101), "101 is not on the scale"),
    "a panel of its own": (lambda: cell(3, 2, "vip"), "no panel vip"),
    "before the opening": (lambda: cell(3, 5, 1), "before voting opened"),
    "after the close": (lambda: cell(3, 5, 9_999_999_999_999), "after the close"),
    "the last checkpoint is gone": (fewer_checkpoints, "size of the last checkpoint"),
    "checkpoints of another run": (other_runs_checkpoints, "origin"),
    "a file more": (lambda: sealed({**short_files(), "x.txt": b""}), "no such file"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_it_names_the_first_thing_that_does_not_match(
    fault: str, checked: Callable[..., tuple[int, str]]
) -> None:
    files, named = FAULTS[fault]
    code, said = checked(zipped(files()))
    assert code == 1, said
    assert named in said.splitlines()[-1]


def test_a_voter_may_not_come_twice_with_one_number(
    checked: Callable[..., tuple[int, str]],
) -> None:
    evening = before()
    evening.vote(evening.open("s1", "run1"), 40, 30)
    log = list(evening.ballots["run1"])
    log[9] = replace(log[9], voter=log[8].voter, panel=log[8].panel)
    evening.ballots["run1"] = tuple(log)
    code, said = checked(made("bundle", evening.material()))
    assert (code, "seq does not rise" in said) == (1, True)


def test_more_voters_than_seats_are_seen(checked: Callable[..., tuple[int, str]]) -> None:
    evening = before()
    evening.vote(evening.open("s1", "run1"), 200, 0)
    log = evening.ballots["run1"]
    last = replace(log[-1], index=len(log) + 1, voter=bytes(16), seq=1)
    evening.ballots["run1"] = (*log, last)
    code, said = checked(made("bundle", evening.material()))
    assert (code, "more voters in studio than its 200 seats" in said) == (1, True)


# --- the arithmetic, against the server's ---

KINDS = st.sampled_from([kind for kind in EstimatorKind if kind is not EstimatorKind.SHARE])


@st.composite
def rules(draw: st.DrawFn) -> Rules:
    scale = draw(st.sampled_from(list(PRESETS.values())))
    percent = draw(st.booleans())

    def estimator() -> Estimator:
        if percent:
            share = tuple(sorted(draw(st.sets(st.sampled_from(sorted(scale.values)), min_size=1))))
            kind = draw(st.sampled_from([EstimatorKind.SATISFACTION, EstimatorKind.SHARE]))
            return Estimator(kind, share_of=share if kind is EstimatorKind.SHARE else ())
        points = [k for k in EstimatorKind if k not in (EstimatorKind.SATISFACTION, "share")]
        return Estimator(draw(st.sampled_from(points)), draw(st.integers(0, 49)))

    panels = tuple(
        Panel(
            f"p{number}",
            Names("组"),
            draw(st.sampled_from(Admission)) if number == 0 else Admission.SEATS,
            PanelRole.COUNTING if number == 0 else draw(st.sampled_from(PanelRole)),
            draw(st.integers(1, 1000)),
            estimator(),
            draw(st.integers(0, 20)),
        )
        for number in range(draw(st.integers(1, 4)))
    )
    made = Rules(scale=scale, panels=panels, decimals=draw(st.integers(0, 3)))
    made.check()
    return made


@given(rules(), st.data())
def test_its_result_is_the_servers(made: Rules, data: st.DataObject) -> None:
    values = st.sampled_from(sorted(made.scale.values))
    counts = {
        panel.id: data.draw(st.dictionaries(values, st.integers(1, 30), max_size=5))
        for panel in made.panels
        if panel.role is not PanelRole.OFF
    }
    eligible = {p.id: 200 for p in made.panels if p.admission is Admission.SEATS}
    theirs = compute(made, eligible, Tally(counts, 77))
    ours = verify.result_of(json.loads(canonical(made)), eligible, counts, 77)
    assert verify.compact(ours) == verify.compact(to_plain(theirs))


@given(st.fractions(-500, 500, max_denominator=4000), st.integers(0, 3))
def test_it_rounds_as_the_server(exact: Fraction, decimals: int) -> None:
    assert verify.rounded(exact, decimals) == figure_text(half_up(exact, decimals), decimals)


@given(st.lists(st.integers(0, 4), max_size=6), st.permutations(list(TieBreak)), st.integers(0, 3))
def test_its_board_is_the_servers(choices: list[int], order: list[TieBreak], breaks: int) -> None:
    """Results that are often equal, of an evening and of a run that nobody voted in."""
    results = [run.result for run in material().episode.runs[:4] if run.result]
    results += [replace(results[0], satisfied="1.0"), compute(POINTS, {}, Tally())]
    chosen = [results[choice] for choice in choices]
    ties = tuple(order[:breaks])
    theirs = rank((Standing(f"s{i}", f"r{i}", i, r) for i, r in enumerate(chosen, 1)), ties)
    places = [(f"s{i}", f"r{i}", i, to_plain(r)) for i, r in enumerate(chosen, 1)]
    ours = verify.board_of(places, [tie.value for tie in ties])
    assert verify.compact(ours) == verify.compact(to_plain(theirs))


# --- Ed25519 ---

# RFC 8032, 7.1: TEST 1, 2, 3 and SHA(abc).
VECTORS = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9"
        "b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f1"
        "1d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984d"
        "c6594a7c15e9716ed28dc027beceea1ec40a",
    ),
    (
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3fe"
        "ebbd454d4423643ce80e2a9ac94fa54ca49f",
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431"
        "e0303dca179c138ac17ad9bef1177331a704",
    ),
]


@pytest.mark.parametrize(("public_key", "message", "signature"), VECTORS)
def test_signatures_are_those_of_the_rfc(public_key: str, message: str, signature: str) -> None:
    key, text, signed = map(bytes.fromhex, (public_key, message, signature))
    assert verify.ed25519_right(key, signed, text)
    assert not verify.ed25519_right(key, signed, text + b"x")
    for place in (0, 31, 32, 63):
        bent = signed[:place] + bytes([signed[place] ^ 1]) + signed[place + 1 :]
        assert not verify.ed25519_right(key, bent, text)
    # The same signature with S + L is another text for the same equation: not taken (5.1.7).
    s = int.from_bytes(signed[32:], "little") + verify.L
    assert not verify.ed25519_right(key, signed[:32] + s.to_bytes(32, "little"), text)
    assert not verify.ed25519_right(key[:-1], signed, text)
    assert not verify.ed25519_right((verify.P + 1).to_bytes(32, "little"), signed, text)


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=200))
def test_signatures_are_those_of_another_implementation(seed: bytes, message: bytes) -> None:
    private = Ed25519PrivateKey.from_private_bytes(seed)
    key = private.public_key().public_bytes_raw()
    assert verify.ed25519_right(key, private.sign(message), message)
    assert not verify.ed25519_right(key, private.sign(message), message + b"x")


# --- the public list ---


@pytest.fixture(scope="module")
def public_files() -> Files:
    return unzipped(made("public", whole().material()))


def test_the_public_list_gives_the_aired_figures(
    checked: Callable[..., tuple[int, str]],
) -> None:
    code, said = checked(made("public", material()), "--key", KEY.text())
    assert code == 0, said
    revealed = [run for run in material().episode.runs if run.result]
    for episode_run in revealed:
        assert episode_run.result
        assert f"{episode_run.result.figure} = aired" in said
    assert said.count("ok ") == len(revealed) == 9


def test_the_public_list_names_nobody(public_files: Files) -> None:
    text = b"\n".join(data for name, data in public_files.items() if name != "verify.py").decode()
    for log in material().ballots.values():
        for entry in log:
            assert entry.voter.hex() not in text
            assert str(entry.received_ms) not in text
    assert not any(seat.label in text for seat in material().episode.seats)
    header, *lines = public_files["runs/R01/ballots-public.csv"].decode().splitlines()
    assert header == "ballot,panel,value"
    assert lines == sorted(lines)


def test_a_voter_finds_the_ballot_that_stands_and_not_the_one_before(public_files: Files) -> None:
    log = material().ballots["run1"]
    twice = next(entry for entry in log if entry.seq == 2)
    earlier = next(e for e in log if e.voter == twice.voter and e.seq == 1)
    listed = public_files["runs/R01/ballots-public.csv"].decode()
    assert f"\n{public.ballot_id(twice)},{twice.panel},{twice.value}\n" in listed
    assert public.ballot_id(earlier) not in listed


def test_only_what_was_revealed_is_public(public_files: Files) -> None:
    codes = {run.code for run in material().episode.runs if run.result}
    folders = {name.split("/")[1] for name in public_files if name.startswith("runs/")}
    assert folders == codes == {f"R{n:02d}" for n in (1, 2, 4, 5, 6, 7, 8, 9, 10)}


def test_no_change_of_a_public_list_is_green(
    public_files: Files, checked: Callable[..., tuple[int, str]]
) -> None:
    episode = material().episode
    for seed in range(40):
        chance = random.Random(seed)
        name = chance.choice([n for n in public_files if n.endswith(("csv", "figures.json"))])
        data = public_files[name]
        while data == public_files[name]:
            data = chance.choice(MUTATE)(chance, public_files[name])
        files = summed({**public_files, name: data})
        assert checked(zipped(files))[0] == 1
        # With the seal made anew only the ids may differ, which nothing public can prove.
        files[SEAL] = sign(seal_text(episode, public.FORMAT, files[SUMS])).encode()
        code, said = checked(zipped(files))
        ids_alone = code == 0 and name.endswith("csv")
        assert code == 1 or (ids_alone and columns(data) == columns(public_files[name])), said


def columns(data: bytes) -> list[bytes]:
    return sorted(line.split(b",", 1)[1] for line in data.splitlines())


def delayed(panel: str, after_ms: int) -> bytes:
    """A bundle in which one more ballot of this panel came so long after the close; TV viewers
    have the show 8 s late."""
    evening = before(replace(POINTS, channels=(Channel("tv", Names("电视"), 8_000),)))
    evening.vote(evening.open("s1", "run1"), 120, 30).wait(40).ask(cmd.Close("run1"))
    log, closed_ms = evening.ballots["run1"], evening.run("run1").closed_ms
    more = Entry(len(log) + 1, pseudonym("one more"), panel, 1, 50, closed_ms + after_ms)
    evening.ballots["run1"] = (*log, more)
    evening.wait(11).ask(cmd.Finish("run1", len(log) + 1), by="server").wait(3)
    return made("bundle", evening.reveal("run1").material())


@pytest.mark.parametrize(
    ("panel", "after_ms", "late_ms"),
    [("online", 8_000, 0), ("online", 8_001, 1), ("studio", 0, 0), ("studio", 5_000, 5_000)],
)
def test_viewers_have_their_delay_after_the_close_and_the_studio_has_not(
    panel: str, after_ms: int, late_ms: int, tmp_path: Path
) -> None:
    bundle = delayed(panel, after_ms)
    path = tmp_path / "bundle.zip"
    path.write_bytes(bundle)
    code, said = run(path)
    report = recount(bundle)
    assert (code, bool(report.mismatch)) == (int(late_ms > 0), late_ms > 0), (said, report)
    if late_ms:
        assert f"it arrived {late_ms} ms after the close" in said
