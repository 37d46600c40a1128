#!/usr/bin/env python3
"""Check a livevote bundle: does what was aired follow from the ballots, by the published rules?

    python3 verify.py BUNDLE.zip [--key KEY] [--lang zh|en]      (or without a name, where it lies
                                                                  in the unpacked folder)

It needs Python 3.9 or newer and nothing else: no package, no network, no livevote. It is meant to
be read from top to bottom by whoever does not trust us, and it is the description of the
procedure. That is why it shares no line with the server or with its `livevote recount`: what both
compute, they compute by two programs, and the duplication is on purpose.

The procedure, in its order:

 1. Every file is the one that SHA256SUMS lists, and SHA256SUMS is sealed by the server's key.
 2. events.jsonl, told again, gives episode.json: no step was taken that the rules of the show do
    not allow (one run at a time, a person verified it, two people voided it).
 3. rules.json of a run has the hash that was announced when the run was armed.
 4. ballots.csv has every ballot: indices without gaps, each voter's numbers rising, nothing from
    before the opening or after the close (for viewers, who have the show later than the studio, so
    much later), no more voters than seats.
 5. The chain and the tree over its lines are those of every checkpoint that the server signed
    while people voted, and the last one covers the whole log.
 6. Counts, figures, levels and the board, computed anew with exact fractions, are those that were
    revealed, on air, and in figures.json.

A public bundle has no pseudonyms: there 1, 3 and 6 are checked from its list of ballots.

It stops at the first thing that does not match, says where, and exits with 1. 0: all is well.
2: this is not a bundle. What no check can see: whether the key is the server's. A key that comes
with the bundle proves nothing; compare it with the one that was published before the show
(--key), else somebody may have written a whole other evening and signed it himself.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import re
import sys
import zipfile
import zlib
from fractions import Fraction
from hashlib import sha256, sha512
from math import floor
from pathlib import Path
from typing import Any

FORMATS = {("livevote-bundle", 2), ("livevote-public", 1)}
BYTES_MAX = 512_000_000
FILES_MAX = 5_000
# What cannot happen while a file has the form that it should have.
MALFORMED = (
    KeyError,
    TypeError,
    ValueError,
    AttributeError,
    IndexError,
    ArithmeticError,
    RecursionError,
)

Files = dict[str, bytes]
Plain = dict[str, Any]


class Wrong(Exception):
    """The first thing that does not match: where it is, and what it is in both languages."""

    def __init__(self, where: str, zh: str, en: str) -> None:
        super().__init__(where)
        self.where, self.zh, self.en = where, zh, en


class NotABundle(Wrong):
    """There is nothing to check."""


def same(where: str, expected: Any, found: Any) -> None:
    """Both are the same, to the last digit. As text: to Python, 1, 1.0 and True are equal."""
    wanted, got = compact(expected), compact(found)
    if wanted != got:
        raise Wrong(
            where,
            f"应为 {short(wanted)}，实为 {short(got)}",
            f"expected {short(wanted)}, found {short(got)}",
        )


def same_map(where: str, expected: Plain, found: Any) -> None:
    """The same for maps, field by field, so that the first field that differs is named."""
    if not isinstance(found, dict):
        same(where, expected, found)
    same(f"{where}: fields", sorted(expected), sorted(found))
    for name in expected:
        if isinstance(expected[name], dict) and isinstance(found[name], dict):
            same_map(f"{where}: {name}", expected[name], found[name])
        elif compact(expected[name]) != compact(found[name]):
            same_list(f"{where}: {name}", expected[name], found[name])


def same_list(where: str, expected: Any, found: Any) -> None:
    if isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        for place, item in enumerate(expected):
            if isinstance(item, dict):
                same_map(f"{where}[{place}]", item, found[place])
    same(where, expected, found)


def compact(value: Any) -> str:
    """JSON with sorted keys and without spaces: one text for one content."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def short(text: str) -> str:
    return text if len(text) <= 100 else f"{text[:97]}..."


# --- the files ---


def read_files(path: Path) -> Files:
    """Name → content, of a ZIP or of the folder it was unpacked into."""
    try:
        if path.is_dir():
            return from_folder(path)
        with zipfile.ZipFile(path) as archive:
            return from_zip(archive)
    except OSError as error:
        raise NotABundle(str(path), f"无法读取：{error}", f"cannot be read: {error}") from None
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        ValueError,
        RuntimeError,
        NotImplementedError,
    ) as error:
        raise NotABundle(
            str(path), f"不是可读的 ZIP 文件：{error}", f"not a ZIP that can be read: {error}"
        ) from None


def from_folder(folder: Path) -> Files:
    found: Files = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and "__pycache__" not in name:
            found[name] = path.read_bytes()
            check_room(found)
    return found


def from_zip(archive: zipfile.ZipFile) -> Files:
    found: Files = {}
    for info in archive.infolist():
        if info.is_dir():
            continue
        if info.filename in found:
            raise NotABundle(info.filename, "同名文件出现两次", "this file is there twice")
        with archive.open(info) as member:
            # A ZIP says itself how large it is, and may lie.
            found[info.filename] = member.read(BYTES_MAX + 1)
        check_room(found)
    return found


def check_room(found: Files) -> None:
    if len(found) > FILES_MAX or sum(map(len, found.values())) > BYTES_MAX:
        raise NotABundle("bundle", "文件过多或过大", "too many files, or too large")


def file(files: Files, name: str) -> bytes:
    if name not in files:
        raise Wrong(name, "缺少此文件", "this file is missing")
    return files[name]


def text_of(files: Files, name: str) -> str:
    try:
        return file(files, name).decode()
    except UnicodeDecodeError as error:
        raise Wrong(name, "不是 UTF-8 文本", f"this is not UTF-8 text: {error}") from None


def json_of(text: str, where: str, indent: Any = None) -> Any:
    """The content, if it is written in the one way in which livevote writes it."""
    try:
        plain = json.loads(text)
        again = (
            compact(plain)
            if indent is None
            else json.dumps(plain, ensure_ascii=False, sort_keys=True, indent=indent) + "\n"
        )
    except (ValueError, RecursionError) as error:
        raise Wrong(where, f"不是 JSON：{error}", f"this is not JSON: {error}") from None
    if again != text:
        raise Wrong(where, "JSON 写法不规范", "this JSON is not written in the one agreed way")
    return plain


def lines_of(files: Files, name: str, header: str) -> list[str]:
    """The lines after the first, which names the columns."""
    lines = text_of(files, name).split("\n")
    same(f"{name}:1", header, lines[0])
    if lines.pop() != "" or not lines:
        raise Wrong(f"{name}:{len(lines) + 1}", "最后一行不完整", "the last line is cut off")
    return lines[1:]


# --- 1. sums and seal ---


def check_sums(files: Files) -> None:
    listed: dict[str, str] = {}
    for number, line in enumerate(text_of(files, "SHA256SUMS").splitlines(), 1):
        found = re.fullmatch("([0-9a-f]{64})  (.+)", line)
        if not found or found[2] in listed:
            raise Wrong(
                f"SHA256SUMS:{number}",
                "格式应为：SHA-256、两个空格、文件名",
                "a SHA-256, two spaces and a name are expected",
            )
        listed[found[2]] = found[1]
    for name in sorted((set(files) | set(listed)) - {"SHA256SUMS", "SHA256SUMS.note"}):
        if name not in listed:
            raise Wrong(name, "SHA256SUMS 未列出此文件", "not listed in SHA256SUMS")
        same(f"{name}: SHA-256", listed[name], sha256(file(files, name)).hexdigest())


class Key:
    """A verifier key as signed notes write it: name+id+base64(0x01 || Ed25519 public key)."""

    def __init__(self, text: str, where: str) -> None:
        self.text = text.strip()
        try:
            self.name, id_hex, public = self.text.split("+", 2)
            raw = base64.b64decode(public, validate=True)
        except ValueError:
            raise Wrong(where, "不是验证密钥", "this is not a verifier key") from None
        self.id = sha256(self.name.encode() + b"\n" + raw).digest()[:4]
        self.public = raw[1:]
        if raw[:1] != b"\x01" or len(raw) != 33 or self.id.hex() != id_hex:
            raise Wrong(where, "不是验证密钥", "this is not an Ed25519 verifier key, or not its id")
        same(where, base64.b64encode(raw).decode(), public)

    def check(self, note: str, where: str) -> list[str]:
        """The lines of a signed note's text, once the signature under it is right. One signature,
        ours, and nothing else: then a note has one form."""
        text, separator, tail = note.partition("\n\n")
        text += "\n"
        start = f"— {self.name} "
        try:
            if not separator or not tail.startswith(start) or not tail.endswith("\n"):
                raise ValueError
            encoded = tail[len(start) : -1]
            signed = base64.b64decode(encoded, validate=True)
            if base64.b64encode(signed).decode() != encoded or signed[:4] != self.id:
                raise ValueError
        except ValueError:
            raise Wrong(
                where, f"没有 {self.name} 的签名", f"this is not signed by {self.name}"
            ) from None
        if not ed25519_right(self.public, signed[4:], text.encode()):
            raise Wrong(where, "签名不对", "the signature is not right")
        return text[:-1].split("\n")


def check_key(files: Files, pinned: str, unsigned: bool) -> Key | None:
    """The key of the bundle, which is the pinned one if there is one, and its seal: a note with
    the SHA-256 of SHA256SUMS, signed when the bundle was made."""
    if "key.txt" not in files and unsigned and not pinned:
        return None
    key = Key(text_of(files, "key.txt"), "key.txt")
    same("key.txt", key.text + "\n", text_of(files, "key.txt"))
    if pinned:
        same("key.txt", Key(pinned, "--key").text, key.text)
    where = "SHA256SUMS.note"
    manifest = json_of(text_of(files, "manifest.json"), "manifest.json", 1)
    expected = [
        f"livevote/{manifest['episode']}/{manifest['format']}",
        str(manifest["revision"]),
        base64.b64encode(sha256(files["SHA256SUMS"]).digest()).decode(),
    ]
    same(where, expected, key.check(text_of(files, where), where))
    return key


# --- 2. the story ---

# What can happen to a run, from which phases, and where it leads.
MOVES: dict[str, tuple[tuple[str, ...], str]] = {
    "run_opened": (("armed",), "open"),
    "run_extended": (("open",), "open"),
    "run_paused": (("open",), "paused"),
    "run_resumed": (("paused",), "open"),
    "run_closing": (("open", "paused"), "closing"),
    "run_closed": (("closing",), "closed"),
    "run_verified": (("closed",), "verified"),
    "run_revealed": (("verified",), "revealed"),
    "run_voided": (("armed", "open", "paused", "closing", "closed", "verified"), "void"),
}
UNDER_WAY = ("armed", "open", "paused", "closing")
# Where a graphic sits: one in each layer, and a full one stands alone.
LAYERS = {
    **dict.fromkeys(("bar", "call", "side", "pledge", "question"), "lower"),
    "countdown": "corner",
    **dict.fromkeys(("result", "board", "lookback", "delivery"), "full"),
}
FIELDS = {
    "episode_made": "episode show title rehearsal_of",
    "title_set": "title",
    "rundown_set": "segments",
    "segment_inserted": "segment before",
    "segment_edited": "segment",
    "roster_set": "seats",
    "rules_set": "rules",
    "seat_joined": "seat generation",
    "seat_reissued": "seat generation",
    "segment_chosen": "segment",
    "run_armed": "run code segment attempt rules rules_hash eligible rerun_reason",
    "run_opened": "run deadline_ms",
    "run_extended": "run deadline_ms",
    "run_paused": "run left_ms",
    "run_resumed": "run deadline_ms",
    "run_closing": "run closed_ms",
    "run_closed": "run size",
    "run_verified": "run size",
    "run_revealed": "run result",
    "void_asked": "run reason",
    "void_dropped": "run",
    "run_voided": "run reason asked_by",
    "correction_asked": "run text reason",
    "correction_dropped": "run",
    "run_corrected": "run text reason asked_by",
    "graphic_cued": "graphic",
    "graphic_taken": "graphic run figure",
    "graphic_out": "graphic",
    "graphics_blanked": "",
    "graphics_restored": "",
    "incident": "kind text run",
    "episode_forgotten": "",
}


class Story:
    """The episode, told event by event. `episode` grows to be what episode.json says."""

    def __init__(self, episode_id: str, default_rules: Plain) -> None:
        self.episode: Plain = {
            "id": episode_id,
            "show": {"zh": "", "en": ""},
            "title": {"zh": "", "en": ""},
            "created_ms": 0,
            "revision": 0,
            "segments": [],
            "seats": [],
            "seat_states": {},
            # Before somebody sets rules these are the server's; a run's own are checked by hash.
            "rules": default_rules,
            "runs": [],
            "current": "",
            "preview": None,
            "programme": [],
            "blanked": False,
            "changed_ms": 0,
            "forgotten_ms": 0,
            "rehearsal_of": "",
        }
        # Run id → when the pause began from which it was closed.
        self.paused_ms: dict[str, int] = {}

    def tell(self, line: str, where: str) -> None:
        logged = json_of(line, where)
        event = logged["event"]
        kind = event["type"]
        if kind == "episode_made":  # in bundles from before there were rehearsals it is not said
            event.setdefault("rehearsal_of", "")
        same(f"{where}: fields", ["at_ms", "by", "event", "revision"], sorted(logged))
        if kind not in FIELDS:
            raise Wrong(where, f"未知事件 {kind}", f"there is no event {kind}")
        same(f"{where}: fields", sorted(["type", *FIELDS[kind].split()]), sorted(event))
        same(f"{where}: revision", self.episode["revision"] + 1, logged["revision"])
        self.episode["revision"], self.episode["changed_ms"] = logged["revision"], logged["at_ms"]
        if kind in MOVES:
            run = self.moved(self.run(event["run"], where), kind, where)
            getattr(self, kind)(run, event, logged, where)
        elif hasattr(self, kind):
            getattr(self, kind)(event, logged, where)

    def run(self, run_id: str, where: str) -> Plain:
        for run in self.episode["runs"]:
            if run["id"] == run_id:
                found: Plain = run
                return found
        raise Wrong(where, f"没有轮次 {run_id}", f"there is no run {run_id}")

    def moved(self, run: Plain, kind: str, where: str) -> Plain:
        allowed, phase = MOVES[kind]
        if run["phase"] not in allowed:
            raise Wrong(
                where,
                f"{run['code']} 处于 {run['phase']}，不能 {kind}",
                f"{kind} of {run['code']}, which is {run['phase']}",
            )
        run["phase"] = phase
        return run

    # Before the show.

    def episode_made(self, event: Plain, logged: Plain, where: str) -> None:
        same(f"{where}: revision", 1, logged["revision"])
        same(f"{where}: episode", self.episode["id"], event["episode"])
        self.episode.update(
            show=event["show"],
            title=event["title"],
            created_ms=logged["at_ms"],
            rehearsal_of=event["rehearsal_of"],
        )

    def title_set(self, event: Plain, logged: Plain, where: str) -> None:
        self.episode["title"] = event["title"]

    def rundown_set(self, event: Plain, logged: Plain, where: str) -> None:
        ids = [segment["id"] for segment in event["segments"]]
        for run in self.episode["runs"]:
            if run["segment"] not in ids:
                raise Wrong(where, "评过分的单位不能删除", "a unit that was scored was taken out")
        self.episode["segments"] = event["segments"]
        if self.episode["current"] not in ids:
            self.episode["current"] = ids[0] if ids else ""
        preview = self.episode["preview"]
        if preview and preview["segment"] and preview["segment"] not in ids:
            self.episode["preview"] = None

    def segment_inserted(self, event: Plain, logged: Plain, where: str) -> None:
        segments = self.episode["segments"]
        ids = [segment["id"] for segment in segments]
        place = ids.index(event["before"]) if event["before"] else len(ids)
        self.episode["segments"] = [*segments[:place], event["segment"], *segments[place:]]
        self.episode["current"] = self.episode["current"] or event["segment"]["id"]

    def segment_edited(self, event: Plain, logged: Plain, where: str) -> None:
        new = event["segment"]
        self.episode["segments"] = [
            new if old["id"] == new["id"] else old for old in self.episode["segments"]
        ]

    def roster_set(self, event: Plain, logged: Plain, where: str) -> None:
        self.nothing_under_way(where)
        labels = {seat["label"] for seat in event["seats"]}
        self.episode["seats"] = event["seats"]
        for label, state in self.episode["seat_states"].items():
            if label not in labels:
                state["joined"] = False

    def rules_set(self, event: Plain, logged: Plain, where: str) -> None:
        self.episode["rules"] = event["rules"]

    def seat_joined(self, event: Plain, logged: Plain, where: str) -> None:
        state = {"generation": event["generation"], "joined": event["type"] == "seat_joined"}
        self.episode["seat_states"][event["seat"]] = state

    seat_reissued = seat_joined

    def segment_chosen(self, event: Plain, logged: Plain, where: str) -> None:
        self.episode["current"] = event["segment"]

    def nothing_under_way(self, where: str) -> None:
        for run in self.episode["runs"]:
            if run["phase"] in UNDER_WAY:
                code = run["code"]
                raise Wrong(where, f"{code} 尚未结束", f"while {code} was under way")

    # The runs.

    def rules_for(self, segment_id: str) -> Plain:
        segment: Plain = next((s for s in self.episode["segments"] if s["id"] == segment_id), {})
        then = (segment.get("lookback") or {}).get("then")
        found: Plain = then["rules"] if then else self.episode["rules"]
        return found

    def run_armed(self, event: Plain, logged: Plain, where: str) -> None:
        """From here the rules are frozen: those that the episode had, or where a segment looks
        back those of then, under their hash."""
        self.nothing_under_way(where)
        runs, rules = self.episode["runs"], self.rules_for(event["segment"])
        if self.episode["forgotten_ms"]:
            raise Wrong(where, "销毁密钥后又开新轮", "a run after the key was destroyed")
        same(f"{where}: code", f"R{len(runs) + 1:02d}", event["code"])
        earlier = [run for run in runs if run["segment"] == event["segment"]]
        same(f"{where}: attempt", len(earlier) + 1, event["attempt"])
        if any(run["phase"] != "void" for run in earlier) and not event["rerun_reason"]:
            raise Wrong(where, "重评没有写明理由", "a re-run without a reason")
        same_map(f"{where}: rules", rules, event["rules"])
        hashed = sha256(compact(event["rules"]).encode()).hexdigest()
        same(f"{where}: rules_hash", hashed, event["rules_hash"])
        eligible = {
            panel["id"]: sum(seat["panel"] == panel["id"] for seat in self.episode["seats"])
            for panel in rules["panels"]
            if panel["admission"] == "seats" and panel["role"] != "off"
        }
        same(f"{where}: eligible", eligible, event["eligible"])
        self.episode["current"] = event["segment"]
        run = {
            "id": event["run"],
            "phase": "armed",
            "armed_ms": logged["at_ms"],
            "result": None,
            "correction": None,
            "corrections": [],
            **{n: event[n] for n in ("code", "segment", "attempt", "rules", "rules_hash")},
            **{n: event[n] for n in ("eligible", "rerun_reason")},
            **dict.fromkeys(("opened_ms", "deadline_ms", "left_ms", "closed_ms"), 0),
            "later_ms": later_ms(event["rules"]),
            **dict.fromkeys(("finished_ms", "size", "revealed_ms"), 0),
            **dict.fromkeys(("verified_by", "void_reason", "void_asked_by", "voided_by"), ""),
        }
        self.episode["runs"] = [*runs, run]

    def run_opened(self, run: Plain, event: Plain, logged: Plain, where: str) -> None:
        run.update(opened_ms=logged["at_ms"], deadline_ms=event["deadline_ms"])

    def run_extended(self, run: Plain, event: Plain, logged: Plain, where: str) -> None:
        run["deadline_ms"] = event["deadline_ms"]

    def run_paused(self, run: Plain, event: Plain, logged: Plain, where: str) -> None:
        run.update(left_ms=event["left_ms"], deadline_ms=0)
        self.paused_ms[run["id"]] = logged["at_ms"]

    def run_resumed(self, run: Plain, event: Plain, logged: Plain, where: str) -> None:
        run.update(left_ms=0, deadline_ms=event["deadline_ms"])
        del self.paused_ms[run["id"]]

    def run_closing(self, run: Plain, event: Plain, logged: Plain, where: str) -> None:
        if run["deadline_ms"] and event["closed_ms"] > run["deadline_ms"]:
            raise Wrong(where, "截止晚于预定时间", "closed later than the deadline")
        run.update(closed_ms=event["closed_ms"], left_ms=0)
        if run["id"] in self.paused_ms:  # a pause stops everybody at once
            run["later_ms"] = 0

    def run_closed(self, run: Plain, event: Plain, logged: Plain, where: str) -> None:
        if logged["at_ms"] < run["closed_ms"] + run["later_ms"]:
            raise Wrong(where, "场外观众的时间未到就结束", "ended before the time of the viewers")
        run.update(finished_ms=logged["at_ms"], size=event["size"])

    def run_verified(self, run: Plain, event: Plain, logged: Plain, where: str) -> None:
        same(f"{where}: size", run["size"], event["size"])
        if run["rules"]["verification"] == "person" and logged["by"] == "server":
            raise Wrong(where, "规则要求由人核验", "the rules ask for a person to verify")
        run["verified_by"] = logged["by"]

    def run_revealed(self, run: Plain, event: Plain, logged: Plain, where: str) -> None:
        if run["void_asked_by"]:
            raise Wrong(where, "作废请求未决", "revealed while somebody asked to void it")
        run.update(revealed_ms=logged["at_ms"], result=event["result"])

    def void_asked(self, event: Plain, logged: Plain, where: str) -> None:
        run = self.run(event["run"], where)
        if run["phase"] not in MOVES["run_voided"][0]:
            raise Wrong(where, f"{run['phase']} 不能作废", f"a {run['phase']} run cannot be void")
        run.update(void_reason=event["reason"], void_asked_by=logged["by"])

    def void_dropped(self, event: Plain, logged: Plain, where: str) -> None:
        self.run(event["run"], where).update(void_reason="", void_asked_by="")

    def run_voided(self, run: Plain, event: Plain, logged: Plain, where: str) -> None:
        """Two people, once ballots could have come in."""
        if run["opened_ms"]:
            same(f"{where}: asked_by", run["void_asked_by"], event["asked_by"])
            same(f"{where}: reason", run["void_reason"], event["reason"])
            if not event["asked_by"] or logged["by"] == event["asked_by"]:
                raise Wrong(where, "作废须两人", "one person alone voided a run that was open")
        run.update(
            void_reason=event["reason"], void_asked_by=event["asked_by"], voided_by=logged["by"]
        )

    # A correction stands beside a sealed result, which stays as it is.

    def correction_asked(self, event: Plain, logged: Plain, where: str) -> None:
        run = self.run(event["run"], where)
        if run["phase"] != "revealed":
            raise Wrong(where, "尚未公布，不能更正", "corrected before it was revealed")
        made = {n: event[n] for n in ("text", "reason")}
        run["correction"] = {**made, "asked_by": logged["by"], "confirmed_by": "", "at_ms": 0}

    def correction_dropped(self, event: Plain, logged: Plain, where: str) -> None:
        self.run(event["run"], where)["correction"] = None

    def run_corrected(self, event: Plain, logged: Plain, where: str) -> None:
        """Two people."""
        run = self.run(event["run"], where)
        asked = run["correction"] or {}
        for name in ("text", "reason", "asked_by"):
            same(f"{where}: {name}", asked.get(name), event[name])
        if logged["by"] == event["asked_by"]:
            raise Wrong(where, "更正须两人", "one person alone corrected a result")
        made = {**asked, "confirmed_by": logged["by"], "at_ms": logged["at_ms"]}
        run.update(correction=None, corrections=[*run["corrections"], made])

    # The graphics, and the end.

    def graphic_cued(self, event: Plain, logged: Plain, where: str) -> None:
        self.episode["preview"] = event["graphic"]

    def graphic_taken(self, event: Plain, logged: Plain, where: str) -> None:
        """What a graphic showed when it came on air is what was revealed by then."""
        graphic = event["graphic"]
        layer = LAYERS[graphic["kind"]]
        kept = [
            other
            for other in self.episode["programme"]
            if LAYERS[other["kind"]] != layer and "full" not in (layer, LAYERS[other["kind"]])
        ]
        self.episode["programme"] = [*kept, graphic]
        result = self.run(event["run"], where)["result"] if event["run"] else None
        same(f"{where}: figure", result["figure"] if result else "", event["figure"])

    def graphic_out(self, event: Plain, logged: Plain, where: str) -> None:
        kind = event["graphic"]["kind"]
        self.episode["programme"] = [g for g in self.episode["programme"] if g["kind"] != kind]

    def graphics_blanked(self, event: Plain, logged: Plain, where: str) -> None:
        self.episode["blanked"] = event["type"] == "graphics_blanked"

    graphics_restored = graphics_blanked

    def episode_forgotten(self, event: Plain, logged: Plain, where: str) -> None:
        self.nothing_under_way(where)
        self.episode["forgotten_ms"] = logged["at_ms"]


def check_story(files: Files) -> Story:
    written = {"rehearsal_of": "", **json_of(text_of(files, "episode.json"), "episode.json", 1)}
    story = Story(written["id"], written["rules"])
    lines = text_of(files, "events.jsonl").split("\n")
    if lines.pop() != "":
        raise Wrong("events.jsonl", "最后一行不完整", "the last line is cut off")
    for number, line in enumerate(lines, 1):
        where = f"events.jsonl:{number}"
        try:
            story.tell(line, where)
        except MALFORMED as error:
            raise malformed(where, error) from None
    same_map("episode.json", story.episode, written)
    return story


# --- 4. the ballots ---

NUMBER = "(0|[1-9][0-9]{0,15})"
PANEL = "([A-Za-z_][A-Za-z0-9_]{0,23})"
VALUE = "(0|-?[1-9][0-9]{0,3})"
BALLOT = re.compile(f"{NUMBER},([0-9a-f]{{32}}),{PANEL},{NUMBER},{VALUE},{NUMBER}")
TURNED = re.compile(f"([0-9a-f]{{32}}),{PANEL},{VALUE},{NUMBER},(late|paused|not_open)")
LISTED = re.compile(f"([0-9a-f]{{32}}),{PANEL},{VALUE}")

Counts = dict[str, dict[int, int]]


def viewers_panel(rules: Plain) -> str:
    """The id of the one panel in which viewers sit, "" where there is none."""
    for panel in rules["panels"]:
        if panel["admission"] == "viewers" and panel["role"] != "off":
            return str(panel["id"])
    return ""


def later_ms(rules: Plain) -> int:
    """How much later than the seats viewers close: by the longest delay of a channel."""
    delays = [int(channel["delay_ms"]) for channel in rules["channels"]]
    return max(delays, default=0) if viewers_panel(rules) else 0


def values_of(scale: Plain) -> list[tuple[int, int, bool]]:
    """(value, points, satisfied) of everything that a ballot may say, lowest value first."""
    if scale["kind"] == "labels":
        return [
            (value, label["points"], label["satisfied"])
            for value, label in enumerate(scale["labels"], 1)
        ]
    steps = range(scale["low"], scale["high"] + 1, scale["step"])
    return [(value, value, value >= scale["satisfied_from"]) for value in steps]


def count_log(run: Plain, lines: list[str], name: str, last_ms: int) -> tuple[Counts, int]:
    """The counts, one ballot for each voter, and how many voters there are. last_ms: the last
    moment at which a ballot from the studio may have arrived, 0 where the run was not closed."""
    rules = run["rules"]
    viewers = viewers_panel(rules)
    panels = {panel["id"] for panel in rules["panels"] if panel["role"] != "off"}
    values = {value for value, _, _ in values_of(rules["scale"])}
    standing: dict[str, tuple[str, int, int]] = {}  # voter → panel, seq, value
    for index, line in enumerate(lines, 1):
        where = f"{name}:{index + 1}"
        found = BALLOT.fullmatch(line)
        if not found:
            raise Wrong(where, "不是一张选票", "this is not a ballot")
        voter, panel = found[2], found[3]
        seq, value, received_ms = int(found[4]), int(found[5]), int(found[6])
        same(f"{where}: index", index, int(found[1]))
        if panel not in panels:
            raise Wrong(where, f"没有评审组 {panel}", f"no panel {panel} votes")
        if value not in values:
            raise Wrong(where, f"{value} 不在量表上", f"{value} is not on the scale")
        if received_ms < run["opened_ms"] or not run["opened_ms"]:
            raise Wrong(where, "早于开始投票", "it arrived before voting opened")
        late = received_ms - last_ms - (run["later_ms"] if panel == viewers else 0)
        if last_ms and late > 0:
            raise Wrong(where, f"截止后 {late} 毫秒才到", f"it arrived {late} ms after the close")
        if voter in standing:
            before = standing[voter]
            if seq <= before[1]:
                raise Wrong(where, "同一投票人的序号重复或倒退", "this voter's seq does not rise")
            if panel != before[0]:
                raise Wrong(where, "投票人换了评审组", "this voter moved to another panel")
            if not rules["change_allowed"]:
                raise Wrong(where, "规则不许改票", "the rules allow no second ballot")
        standing[voter] = (panel, seq, value)
    counts: Counts = {}
    for panel, _, value in standing.values():
        row = counts.setdefault(panel, {})
        row[value] = row.get(value, 0) + 1
    for panel, seats in run["eligible"].items():
        if sum(counts.get(panel, {}).values()) > seats:
            raise Wrong(
                name, f"{panel} 的票多于席位", f"more voters in {panel} than its {seats} seats"
            )
    return counts, len(standing)


# --- 5. chain, tree and checkpoints ---


def check_checkpoints(run: Plain, origin: str, lines: list[str], files: Files, key: Key) -> int:
    """Every checkpoint is signed, and is what the log was at its size; how many there are.

    leaf = SHA-256(0x00 || line); c_0 = SHA-256("livevote chain 1\\n" || origin), c_i =
    SHA-256(c_(i-1) || leaf_i); the tree is RFC 6962's, node = SHA-256(0x01 || left || right).
    """
    name = f"runs/{run['code']}/checkpoints.jsonl"
    points: list[tuple[str, int, str, str]] = []  # where, size, root, chain
    notes = text_of(files, name).split("\n")
    if notes.pop() != "":
        raise Wrong(name, "最后一行不完整", "the last line is cut off")
    time_ms = size = 0
    for number, line in enumerate(notes, 1):
        where = f"{name}:{number}"
        plain = json_of(line, where)
        same(f"{where}: fields", ["note"], sorted(plain))
        signed = key.check(plain["note"], where)
        found = re.fullmatch(
            f"{NUMBER}\n([A-Za-z0-9+/]{{43}}=)\nchain ([0-9a-f]{{64}})\ntime {NUMBER}",
            "\n".join(signed[1:]),
        )
        if not found:
            raise Wrong(where, "不是检查点", "this is not a checkpoint")
        same(f"{where}: origin", origin, signed[0])
        goes_back = int(found[1]) < size or int(found[4]) < time_ms
        if goes_back or (int(found[1]), int(found[4])) == (size, time_ms):
            raise Wrong(where, "检查点顺序倒退", "this checkpoint goes back")
        size, time_ms = int(found[1]), int(found[4])
        points.append((where, size, found[2], found[3]))
        progress(f"{run['code']}: {number}/{len(notes)}")
    if size > len(lines):
        raise Wrong(
            where,
            f"签了 {size} 票，日志只有 {len(lines)} 票",
            f"it covers {size} ballots, the log has {len(lines)}",
        )
    if run["phase"] not in UNDER_WAY and (lines or run["size"]):
        same(f"{name}: size of the last checkpoint", len(lines), size)
    compare_checkpoints(origin, lines, points)
    return len(points)


def compare_checkpoints(
    origin: str, lines: list[str], points: list[tuple[str, int, str, str]]
) -> None:
    chain = sha256(b"livevote chain 1\n" + origin.encode()).digest()
    # The roots of the complete subtrees from left to right, as (leaves, hash).
    trees: list[tuple[int, bytes]] = []
    due = 0
    for size in range(len(lines) + 1):
        if size:
            leaf = leaf_hash(lines[size - 1])
            chain = sha256(chain + leaf).digest()
            trees.append((1, leaf))
            while len(trees) > 1 and trees[-1][0] == trees[-2][0]:
                leaves, right = trees.pop()
                trees[-1] = (2 * leaves, node_hash(trees[-1][1], right))
        while due < len(points) and points[due][1] == size:
            where, _, root, link = points[due]
            same(f"{where}: chain", chain.hex(), link)
            same(f"{where}: root", base64.b64encode(root_of(trees)).decode(), root)
            due += 1


def leaf_hash(line: str) -> bytes:
    return sha256(b"\x00" + line.encode()).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def root_of(trees: list[tuple[int, bytes]]) -> bytes:
    """Incomplete trees hang on the right: joined from there."""
    if not trees:
        return sha256(b"").digest()
    root = trees[-1][1]
    for _, left in reversed(trees[:-1]):
        root = node_hash(left, root)
    return root


# --- 6. from counts to figures ---


def rounded(exact: Fraction, decimals: int) -> str:
    """Half away from zero, as people write it: 87.3."""
    scaled = floor(abs(exact) * 10**decimals + Fraction(1, 2))
    sign = "-" if exact < 0 and scaled else ""
    if not decimals:
        return f"{sign}{scaled}"
    whole, part = divmod(scaled, 10**decimals)
    return f"{sign}{whole}.{part:0{decimals}d}"


def estimate(estimator: Plain, scale: Plain, counts: dict[int, int]) -> Fraction | None:
    """One panel's figure, exact; None without ballots."""
    n = sum(counts.values())
    if not n:
        return None
    kind = estimator["kind"]
    if kind == "satisfaction":
        return Fraction(100 * satisfied_of(scale, counts), n)
    if kind == "share":
        return Fraction(100 * sum(counts.get(value, 0) for value in estimator["share_of"]), n)
    # The points of all ballots in order, as (points, how many).
    ordered = sorted((points, counts.get(value, 0)) for value, points, _ in values_of(scale))
    if kind == "median":
        return Fraction(nth(ordered, (n - 1) // 2) + nth(ordered, n // 2), 2)
    if kind not in ("mean", "trimmed_mean"):
        raise ValueError(f"no estimator {kind}")
    # A trimmed mean leaves out floor(n × trim %) ballots at each end.
    drop = n * estimator["trim_percent"] // 100 if kind == "trimmed_mean" else 0
    total = seen = 0
    for points, count in ordered:
        total += points * max(min(seen + count, n - drop) - max(seen, drop), 0)
        seen += count
    return Fraction(total, n - 2 * drop)


def nth(ordered: list[tuple[int, int]], place: int) -> int:
    for points, count in ordered:
        if place < count:
            return points
        place -= count
    raise IndexError(place)


def satisfied_of(scale: Plain, counts: dict[int, int]) -> int:
    return sum(counts.get(value, 0) for value, _, satisfied in values_of(scale) if satisfied)


def percent(part: int, whole: int, decimals: int) -> str:
    return rounded(Fraction(100 * part, whole), decimals) if whole else ""


def result_of(rules: Plain, eligible: Plain, counts: Counts, size: int) -> Plain:
    """The result by the rules, in the form of figures.json.

    The panels that count are weighted; one below its quorum gives its weight to the others, and
    where none is left there is no figure. The level is that of the rounded figure.
    """
    scale, decimals = rules["scale"], rules["decimals"]
    rows, weighted, weights, satisfied, voters = [], Fraction(0), 0, 0, 0
    present = {"seats": 0, "viewers": 0}
    for panel in rules["panels"]:
        if panel["role"] == "off":
            continue
        own = counts.get(panel["id"], {})
        n = sum(own.values())
        exact = estimate(panel["estimator"], scale, own)
        counting = panel["role"] == "counting"
        counted = counting and n > 0 and n >= panel["quorum"]
        if counted and exact is not None:
            weighted += panel["weight"] * exact
            weights += panel["weight"]
            satisfied += satisfied_of(scale, own)
            voters += n
        present[panel["admission"]] += n
        rows.append(
            {
                "panel": panel["id"],
                "n": n,
                "N": eligible.get(panel["id"], 0),
                "weight": panel["weight"] if counting else 0,
                "role": panel["role"],
                "figure": "" if exact is None else rounded(exact, decimals),
                "satisfied": percent(satisfied_of(scale, own), n, decimals),
                "counts": [[value, own.get(value, 0)] for value, _, _ in values_of(scale)],
                "quorum_met": n >= panel["quorum"],
                "counts_in_result": counted,
            }
        )
    exact = weighted / weights if weights else None
    figure = "" if exact is None else rounded(exact, decimals)
    return {
        "unit": unit_of(rules),
        "figure": figure,
        "exact": "" if exact is None else f"{exact.numerator}/{exact.denominator}",
        "level": level_of(rules["bands"], figure),
        "n": present["seats"],
        "N": sum(eligible.get(p["id"], 0) for p in rules["panels"] if p["role"] != "off"),
        "online": present["viewers"],
        "panels": rows,
        "satisfied": percent(satisfied, voters, decimals),
        "size": size,
    }


def unit_of(rules: Plain) -> str:
    counting = [panel for panel in rules["panels"] if panel["role"] == "counting"]
    kind = counting[0]["estimator"]["kind"]
    return "percent" if kind in ("satisfaction", "share") else "points"


def level_of(bands: list[Plain], figure: str) -> Any:
    for band in bands:
        if figure and Fraction(figure) >= band["floor"]:
            return band["level"]
    return None


def board_of(places: list[tuple[str, str, int, Plain]], tie_breaks: list[str]) -> list[Plain]:
    """places: (segment, run, place in the rundown, result) of the run that stands for each unit.
    The best figure first; tie-breaks in the order of the rules; what is still equal shares a
    rank and stands in the order of the rundown. Without a figure there is no rank."""

    def merit(place: tuple[str, str, int, Plain]) -> list[Fraction]:
        result = place[3]
        keys = {
            "satisfied": Fraction(result["satisfied"] or 0),
            "voters": Fraction(result["n"] + result["online"]),
            "rundown": -Fraction(place[2]),
        }
        return [-x for x in (Fraction(result["figure"] or 0), *(keys[t] for t in tie_breaks))]

    ordered = sorted(places, key=lambda place: (not place[3]["figure"], merit(place), place[2]))
    rows: list[Plain] = []
    rank = 0
    for number, place in enumerate(ordered, 1):
        if number == 1 or merit(place) != merit(ordered[number - 2]):
            rank = number
        segment, run, _, result = place
        same_fields = {name: result[name] for name in ("figure", "level", "n", "N", "online")}
        shown = rank if result["figure"] else 0
        rows.append({"rank": shown, "segment": segment, "run": run, **same_fields})
    return rows


# --- a whole bundle ---

BALLOT_COLUMNS = "index,voter,panel,seq,value,received_ms"
TURNED_COLUMNS = "voter,panel,value,received_ms,answer"
LIST_COLUMNS = "ballot,panel,value"


def check_bundle(files: Files, key: Key | None, say: Any) -> None:
    story = check_story(files)
    episode = story.episode
    results: dict[str, Plain] = {}
    for run in episode["runs"]:
        check_rules(files, run)
        if shown(run):
            results[run["id"]] = check_run(files, story, run, key, say)
        else:
            say.held(run["code"])
    known = {"manifest.json", "episode.json", "events.jsonl", "figures.json", "key.txt"}
    check_names(
        files, known, episode["runs"], "rules.json ballots.csv turned.csv checkpoints.jsonl"
    )
    check_manifest(files, episode)
    places = []
    for position, segment in enumerate(episode["segments"], 1):
        revealed = [r for r in episode["runs"] if r["segment"] == segment["id"] and r["result"]]
        if revealed:
            last = revealed[-1]["id"]
            places.append((segment["id"], last, position, results[last]))
    expected = {
        "runs": {run["code"]: run["result"] and results[run["id"]] for run in episode["runs"]},
        "board": board_of(places, episode["rules"]["tie_breaks"]),
    }
    figures = json_of(text_of(files, "figures.json"), "figures.json", 1)
    same_map("figures.json", expected, figures)


def shown(run: Plain) -> bool:
    """A run that is held until it is revealed has no ballots in the bundle before."""
    return bool(run["phase"] == "revealed" or run["rules"]["visibility"] == "live")


def check_rules(files: Files, run: Plain) -> None:
    name = f"runs/{run['code']}/rules.json"
    same(f"{name}: SHA-256", run["rules_hash"], sha256(file(files, name)).hexdigest())
    same(name, run["rules"], json_of(text_of(files, name), name))


def check_run(files: Files, story: Story, run: Plain, key: Key | None, say: Any) -> Plain:
    folder = f"runs/{run['code']}/"
    name = f"{folder}ballots.csv"
    lines = lines_of(files, name, BALLOT_COLUMNS)
    last_ms = run["closed_ms"]
    if last_ms and run["id"] in story.paused_ms:
        last_ms = min(last_ms, story.paused_ms[run["id"]])
    counts, voters = count_log(run, lines, name, last_ms)
    if run["finished_ms"]:
        same(f"{name}: ballots", run["size"], len(lines))
    turned = f"{folder}turned.csv"
    for number, line in enumerate(lines_of(files, turned, TURNED_COLUMNS), 2):
        if not TURNED.fullmatch(line):
            raise Wrong(f"{turned}:{number}", "不是一张拒收的选票", "this is not a refused ballot")
    origin = f"livevote/{story.episode['id']}/{run['id']}"
    points = check_checkpoints(run, origin, lines, files, key) if key else 0
    result = result_of(run["rules"], run["eligible"], counts, len(lines))
    if run["result"]:
        same_map(f"events.jsonl: result of {run['code']}", result, run["result"])
    say.run(run["code"], len(lines), voters, points, result["figure"], bool(run["result"]))
    return result


def check_names(files: Files, known: set[str], runs: list[Plain], per_run: str) -> None:
    """Nothing is in the bundle that nobody looks at."""
    known = {*known, "README.txt", "verify.py", "SHA256SUMS", "SHA256SUMS.note"}
    known |= {f"runs/{run['code']}/{name}" for run in runs for name in per_run.split()}
    for name in sorted(files):
        if name not in known:
            raise Wrong(name, "包内不应有此文件", "a bundle has no such file")


def check_manifest(files: Files, episode: Plain) -> None:
    manifest = json_of(text_of(files, "manifest.json"), "manifest.json", 1)
    if manifest["durability"] not in ("durable", "not_durable", "unknown"):
        raise Wrong("manifest.json: durability", "无此写法", "there is no such durability")
    expected = {
        "format": "livevote-bundle",
        "version": 2,
        "episode": episode["id"],
        "show": episode["show"],
        "title": episode["title"],
        "revision": episode["revision"],
        "durability": manifest["durability"],
        "runs": [
            {
                "code": run["code"],
                "run": run["id"],
                "phase": run["phase"],
                "rules_hash": run["rules_hash"],
                "ballots": shown(run),
                "held": not shown(run),
            }
            for run in episode["runs"]
        ],
    }
    if episode["rehearsal_of"]:
        expected["rehearsal_of"] = episode["rehearsal_of"]
    same_map("manifest.json", expected, manifest)


# --- a public bundle ---


def check_public(files: Files, say: Any) -> None:
    """From the public lists to the aired figures. The lists have what stands of each voter, so
    the number of all ballots, changes of mind included, is taken as the manifest has it."""
    manifest = json_of(text_of(files, "manifest.json"), "manifest.json", 1)
    fields = "board durability episode format revision runs show tie_breaks title version"
    same("manifest.json: fields", fields.split(), sorted({*manifest} - {"rehearsal_of"}, key=str))
    results: dict[str, Plain] = {}
    for run in manifest["runs"]:
        same("manifest.json: fields", PUBLIC_RUN, sorted(run))
        name = f"runs/{run['code']}/rules.json"
        same(f"{name}: SHA-256", run["rules_hash"], sha256(file(files, name)).hexdigest())
        rules = json_of(text_of(files, name), name)
        counts, voters = count_list(files, run, rules)
        results[run["code"]] = result_of(rules, run["eligible"], counts, run["size"])
        say.run(run["code"], voters, voters, 0, results[run["code"]]["figure"], True)
    known = {"manifest.json", "figures.json", "key.txt"}
    check_names(files, known, manifest["runs"], "rules.json ballots-public.csv")
    standing: dict[str, tuple[str, str, int, Plain]] = {}  # the last run of a unit stands
    for run in manifest["runs"]:
        place = (run["segment"], run["run"], run["position"], results[run["code"]])
        standing[run["segment"]] = place
    board = board_of(list(standing.values()), manifest["tie_breaks"])
    same_list("manifest.json: board", board, manifest["board"])
    expected = {"runs": results, "board": board}
    same_map("figures.json", expected, json_of(text_of(files, "figures.json"), "figures.json", 1))


PUBLIC_RUN = "code eligible position rules_hash run segment size unit".split()  # noqa: SIM905


def count_list(files: Files, run: Plain, rules: Plain) -> tuple[Counts, int]:
    name = f"runs/{run['code']}/ballots-public.csv"
    panels = {panel["id"] for panel in rules["panels"] if panel["role"] != "off"}
    values = {value for value, _, _ in values_of(rules["scale"])}
    counts: Counts = {}
    before = ""
    lines = lines_of(files, name, LIST_COLUMNS)
    for number, line in enumerate(lines, 2):
        found = LISTED.fullmatch(line)
        if not found or found[2] not in panels or int(found[3]) not in values:
            raise Wrong(f"{name}:{number}", "不是一张选票", "this is not a ballot")
        if found[1] <= before:
            raise Wrong(f"{name}:{number}", "票号未按顺序或重复", "ballot ids are not in order")
        before = found[1]
        row = counts.setdefault(found[2], {})
        row[int(found[3])] = row.get(int(found[3]), 0) + 1
    return counts, len(lines)


# --- Ed25519 (RFC 8032), only to verify: slow, in the open, and nothing secret is touched ---

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_1 = pow(2, (P - 1) // 4, P)

Point = tuple[int, int, int, int]  # extended coordinates X, Y, Z, T with x = X/Z, xy = T/Z


def point_add(a: Point, b: Point) -> Point:
    """RFC 8032, 5.1.4."""
    e = (a[1] - a[0]) * (b[1] - b[0]) % P
    f = (a[1] + a[0]) * (b[1] + b[0]) % P
    g, h = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    i, j, k, m = f - e, h - g, h + g, f + e
    return (i * j % P, k * m % P, j * k % P, i * m % P)


def point_times(scalar: int, point: Point) -> Point:
    total: Point = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            total = point_add(total, point)
        point = point_add(point, point)
        scalar >>= 1
    return total


def point_read(data: bytes) -> Point | None:
    """5.1.3: y, and the sign of x in the top bit; None for what is no point."""
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_1 % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return (x, y, 1, x * y % P)


def point_write(point: Point) -> bytes:
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE = point_read(BASE_Y.to_bytes(32, "little"))


def ed25519_right(public: bytes, signature: bytes, message: bytes) -> bool:
    """5.1.7: R = [S]B - [k]A."""
    if len(public) != 32 or len(signature) != 64 or BASE is None:
        return False
    a = point_read(public)
    s = int.from_bytes(signature[32:], "little")
    if a is None or s >= L:
        return False
    k = int.from_bytes(sha512(signature[:32] + public + message).digest(), "little") % L
    minus_a = (P - a[0], a[1], a[2], P - a[3])
    return point_write(point_add(point_times(s, BASE), point_times(k, minus_a))) == signature[:32]


# --- saying it ---


class Say:
    """What people read while it goes on."""

    def __init__(self, zh: bool) -> None:
        self.zh = zh
        self.colour = sys.stdout.isatty()

    def words(self, zh: str, en: str) -> str:
        return zh if self.zh else en

    def line(self, zh: str, en: str, colour: int = 0) -> None:
        text = self.words(zh, en)
        progress("")
        print(f"\x1b[{colour}m{text}\x1b[0m" if colour and self.colour else text)

    def run(
        self, code: str, ballots: int, voters: int, points: int, figure: str, aired: bool
    ) -> None:
        if aired:
            zh, en = f"{figure or '-'} = 播出", f"{figure or '-'} = aired"
        else:
            zh, en = "未公布结果", "no result revealed"
        self.line(
            f"ok  {code}  选票 {ballots}  投票人 {voters}  检查点 {points}  {zh}",
            f"ok  {code}  ballots {ballots}  voters {voters}  checkpoints {points}  {en}",
            32,
        )

    def held(self, code: str) -> None:
        self.line(f"--  {code}  公布前保密，无选票", f"--  {code}  held until revealed: no ballots")

    def key(self, key: Key | None, pinned: bool) -> None:
        if key is None:
            self.line(
                "注意：包内没有签名，无法证明出自谁手",
                "NOT SIGNED: nothing here says who wrote it",
                33,
            )
        elif pinned:
            self.line(f"密钥  {key.text}  与给定的一致", f"key {key.text} is the expected one", 32)
        else:
            self.line(
                f"密钥  {key.text}\n    随包的密钥不能证明是谁签的：请与节目前公布的核对（--key）",
                f"key {key.text}\n    a key that comes with the bundle does not prove who signed: "
                "compare it with the one published before the show (--key)",
                33,
            )


def progress(text: str) -> None:
    """On a terminal only, in one line that is written over."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


def malformed(where: str, error: BaseException) -> Wrong:
    text = f"{type(error).__name__}: {error}"
    return Wrong(where, f"格式不对（{text}）", f"this is not of the expected form ({text})")


def check(path: Path, pinned: str, unsigned: bool, say: Say) -> None:
    """Raises Wrong for the first thing that does not match."""
    files = read_files(path)
    try:
        manifest = json.loads(files["manifest.json"])
        form = manifest["format"], manifest["version"]
        known = form in FORMATS
    except MALFORMED:
        known = False
    if not known:
        raise NotABundle(
            "manifest.json", "不是本程序能核对的 livevote 包", "not a livevote bundle known here"
        )
    if manifest.get("rehearsal_of"):
        say.line("彩排，不是播出的投票", "REHEARSAL: nothing of this was aired", 33)
    try:
        check_sums(files)
        key = check_key(files, pinned, unsigned)
        if form[0] == "livevote-public":
            check_public(files, say)
        else:
            check_bundle(files, key, say)
    except MALFORMED as error:
        raise malformed("bundle", error) from None
    say.key(key, bool(pinned))


def main(args: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Check a livevote bundle. 核对 livevote 复算包。")
    parser.add_argument("bundle", nargs="?", help="ZIP or unpacked folder 压缩包或解压后的文件夹")
    parser.add_argument("--key", default="", help="expected verifier key, or a file with it")
    parser.add_argument("--lang", choices=("zh", "en"))
    parser.add_argument(
        "--unsigned", action="store_true", help="accept a bundle without signatures"
    )
    asked = parser.parse_args(args)
    lang = asked.lang or ("zh" if os.environ.get("LANG", "").startswith("zh") else "en")
    say = Say(lang == "zh")
    path = Path(asked.bundle) if asked.bundle else Path(__file__).resolve().parent
    try:
        pinned = asked.key
        if (pinned and "+" not in pinned) or Path(pinned).is_file():
            pinned = Path(pinned).read_text()
    except (OSError, ValueError) as error:
        say.line(f"--key：{error}", f"--key: {error}", 31)
        return 2
    try:
        check(path, pinned, asked.unsigned, say)
    except Wrong as found:
        say.line(f"不符  {found.where}：{found.zh}", f"NOT {found.where}: {found.en}", 31)
        return 2 if isinstance(found, NotABundle) else 1
    say.line("全部相符 all green", "all green", 32)
    return 0


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8")  # a name must not end it on an old console
    sys.exit(main())
