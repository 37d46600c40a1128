"""What must hold after any fault, from the exported bundle and the clients' notes alone.

I1 every acknowledged ballot is in the log exactly once. I2 no (voter, seq) twice. I3 the count of
the log is the aired one. I4 nothing after the close, and nobody is told late of a ballot that
counts. I5 every file is what SHA256SUMS says. Imports nothing of livevote.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Notes:
    """What one device was told. counted: (seq, value, index), as often as told; late: seqs."""

    counted: list[tuple[int, int, int]] = field(default_factory=list)
    late: set[int] = field(default_factory=set)


def check(bundle: bytes, devices: list[Notes]) -> list[str]:
    """What does not hold, in words; empty where all does. Of a bundle with one revealed run."""
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    [name] = [name for name in files if name.endswith("ballots.csv")]
    log = list(csv.DictReader(io.StringIO(files[name].decode())))
    return [
        *_acknowledged(log, devices),
        *_twice(log),
        *_count(files, log),
        *_close(files, log),
    ] + [f"I5 {name} was changed" for name in _changed(files)]


def _acknowledged(log: list[dict[str, str]], devices: list[Notes]) -> list[str]:
    wrong = []
    owner: dict[str, int] = {}
    for number, device in enumerate(devices):
        first: dict[int, tuple[int, int, int]] = {}
        for told in device.counted:
            seq, value, index = told
            if first.setdefault(seq, told) != told:
                wrong.append(f"I1 device {number} had two receipts for {seq}")
            if not 1 <= index <= len(log):
                wrong.append(f"I1 ballot {index} was acknowledged and is not in the log")
                continue
            row = log[index - 1]
            if (int(row["index"]), int(row["seq"]), int(row["value"])) != (index, seq, value):
                wrong.append(f"I1 ballot {index} is not the one that was acknowledged")
            if owner.setdefault(row["voter"], number) != number:
                wrong.append(f"I1 ballot {index} is another voter's")
        if device.late & set(first):
            wrong.append(f"I4 device {number} was told both counted and late")
    return wrong


def _twice(log: list[dict[str, str]]) -> list[str]:
    counts = Counter((row["voter"], row["seq"]) for row in log)
    return [f"I2 {who} is there {times} times" for who, times in counts.items() if times > 1]


def _count(files: dict[str, bytes], log: list[dict[str, str]]) -> list[str]:
    last = {row["voter"]: (row["panel"], int(row["value"])) for row in log}
    counted = Counter(last.values())
    [result] = json.loads(files["figures.json"])["runs"].values()
    aired = {
        (panel["panel"], value): count
        for panel in result["panels"]
        for value, count in panel["counts"]
        if count
    }
    return [] if aired == dict(counted) else [f"I3 aired {aired}, the log has {dict(counted)}"]


def _close(files: dict[str, bytes], log: list[dict[str, str]]) -> list[str]:
    [run] = json.loads(files["episode.json"])["runs"]
    late = [row["index"] for row in log if int(row["received_ms"]) > run["closed_ms"]]
    wrong = [f"I4 ballot {index} came after the close" for index in late]
    if run["size"] != len(log):
        wrong.append(f"I4 closed with {run['size']} ballots, the log has {len(log)}")
    return wrong


def _changed(files: dict[str, bytes]) -> list[str]:
    listed = dict(line.split("  ")[::-1] for line in files["SHA256SUMS"].decode().splitlines())
    return [
        name
        for name in {*files, *listed} - {"SHA256SUMS", "SHA256SUMS.note"}
        if name not in files or hashlib.sha256(files[name]).hexdigest() != listed.get(name)
    ]
