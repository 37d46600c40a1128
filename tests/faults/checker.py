"""What must hold after any fault, from the exported bundle and the clients' notes alone.

I1 every acknowledged ballot is in the log exactly once. I2 no (voter, seq) twice. I3 the count of
the log is the aired one. I4 nothing after the close, and nobody is told late of a ballot that
counts. I5 every file is what SHA256SUMS says, SHA256SUMS is what the key sealed, and each signed
checkpoint is chain and tree (RFC 6962) of the log as it was; the last one covers it all. Imports
nothing of livevote, and shares no line with the verifier in the bundle. The key is the bundle's.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import zipfile
from collections import Counter
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


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
        *_sealed(files),
        *_checkpoints(files, name),
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
    # Viewers, in the panel `online`, have the show later.
    end = {"online": run["closed_ms"] + run.get("later_ms", 0)}
    late = [
        row["index"]
        for row in log
        if int(row["received_ms"]) > end.get(row["panel"], run["closed_ms"])
    ]
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


# --- I5: signatures, chain and tree ---


def _sealed(files: dict[str, bytes]) -> list[str]:
    if not {"key.txt", "SHA256SUMS.note"} <= set(files):
        return ["I5 the bundle is not sealed"]
    text = _signed(files["key.txt"].decode().strip(), files["SHA256SUMS.note"].decode())
    digest = base64.b64encode(_hash(files["SHA256SUMS"])).decode()
    return [] if text and text[2] == digest else ["I5 SHA256SUMS is not what was sealed"]


def _checkpoints(files: dict[str, bytes], ballots: str) -> list[str]:
    name = ballots.replace("ballots.csv", "checkpoints.jsonl")
    if not {"key.txt", name} <= set(files):
        return ["I5 there is no key, or there are no checkpoints"]
    episode = json.loads(files["episode.json"])
    origin = f"livevote/{episode['id']}/{episode['runs'][0]['id']}"
    leaves = [_hash(b"\0" + line) for line in files[ballots].split(b"\n")[1:-1]]
    links = [_hash(b"livevote chain 1\n" + origin.encode())]
    for leaf in leaves:
        links.append(_hash(links[-1] + leaf))
    tree = _Tree(leaves)
    key = files["key.txt"].decode().strip()
    wrong, before = [], 0
    for number, line in enumerate(files[name].splitlines(), 1):
        text = _signed(key, json.loads(line)["note"])
        if not text or text[0] != origin:
            wrong.append(f"I5 checkpoint {number} is not signed, or of another run")
            continue
        size = int(text[1])
        if not before <= size <= len(leaves):
            wrong.append(f"I5 checkpoint {number} is of {size} ballots")
            continue
        root = base64.b64encode(tree.root(0, size)).decode()
        if text[2:4] != [root, f"chain {links[size].hex()}"]:
            wrong.append(f"I5 checkpoint {number} is of another log")
        before = size
    if before != len(leaves):
        wrong.append(f"I5 {before} of {len(leaves)} ballots are under a checkpoint")
    return wrong


def _signed(key: str, note: str) -> list[str]:
    """The lines of a signed note (C2SP); none where the signature is not by this key."""
    name, _, encoded = key.split("+", 2)
    public = base64.b64decode(encoded)
    text, _, signatures = note.rpartition("\n\n")
    marker, signer, signature = signatures.split()
    raw = base64.b64decode(signature)
    if (marker, signer, raw[:4]) != ("—", name, _hash(name.encode() + b"\n" + public)[:4]):
        return []
    try:
        Ed25519PublicKey.from_public_bytes(public[1:]).verify(raw[4:], f"{text}\n".encode())
    except InvalidSignature:
        return []
    return text.split("\n")


class _Tree:
    """MTH as RFC 6962, 2.1 writes it down. All roots share the complete subtrees: remembered."""

    def __init__(self, leaves: list[bytes]) -> None:
        self._leaves = leaves
        self._complete: dict[tuple[int, int], bytes] = {}

    def root(self, start: int, end: int) -> bytes:
        count = end - start
        if count == 0:
            return _hash(b"")
        if count == 1:
            return self._leaves[start]
        known = self._complete.get((start, end))
        if known is None:
            half = 2 ** ((count - 1).bit_length() - 1)
            left, right = self.root(start, start + half), self.root(start + half, end)
            known = _hash(b"\1" + left + right)
            if half * 2 == count:
                self._complete[start, end] = known
        return known


def _hash(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()
