"""The checker finds what it is there to find: a bundle that is right, then wrong in one place. The
chain and the tree in it are livevote's own, which no line of the checker knows."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import zipfile

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from livevote.core import chain
from livevote.core.ballot import Entry
from tests.faults.checker import Notes, check

SIGNER = Ed25519PrivateKey.from_private_bytes(b"s" * 32)
OTHER = Ed25519PrivateKey.from_private_bytes(b"o" * 32)
KEY = chain.VerifierKey("livevote", SIGNER.public_key().public_bytes_raw())
ORIGIN = chain.origin("e1", "r1")
BALLOTS, LOG, POINTS = 21, "runs/R01/ballots.csv", "runs/R01/checkpoints.jsonl"
ENTRIES = [Entry(i, bytes([i]) * 16, "online", 1, 1, 1000 + i) for i in range(1, BALLOTS + 1)]
DEVICES = [Notes(counted=[(1, 1, entry.index)]) for entry in ENTRIES]

Files = dict[str, bytes]


def signed_by(signer: Ed25519PrivateKey, sizes: list[int]) -> bytes:
    log, notes = chain.AuditLog(ORIGIN), []
    for size in sizes:
        log.extend(ENTRIES[log.size : size])
        note = chain.sign_note(log.checkpoint(2000 + size), KEY, signer.sign)
        notes.append(json.dumps({"note": note}) + "\n")
    return "".join(notes).encode()


def right() -> Files:
    counts = [{"panel": "online", "counts": [[1, BALLOTS]]}]
    run = {"id": "r1", "closed_ms": 5000, "size": BALLOTS}
    lines = ["index,voter,panel,seq,value,received_ms", *map(chain.line, ENTRIES)]
    return {
        "episode.json": json.dumps({"id": "e1", "runs": [run]}).encode(),
        "figures.json": json.dumps({"runs": {"R01": {"panels": counts}}}).encode(),
        "key.txt": f"{KEY.text()}\n".encode(),
        LOG: ("\n".join(lines) + "\n").encode(),
        POINTS: signed_by(SIGNER, [0, 1, 5, 8, 13, BALLOTS]),
    }


def packed(files: Files, signer: Ed25519PrivateKey = SIGNER) -> bytes:
    """With sums and a seal that fit."""
    sums = "".join(
        f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in files.items()
    ).encode()
    digest = base64.b64encode(hashlib.sha256(sums).digest()).decode()
    text = f"livevote/e1/livevote-bundle\n9\n{digest}\n"
    signature = base64.b64encode(KEY.id + signer.sign(text.encode())).decode()
    return zipped(
        {
            **files,
            "SHA256SUMS": sums,
            "SHA256SUMS.note": f"{text}\n— {KEY.name} {signature}\n".encode(),
        }
    )


def zipped(files: Files) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def edited(name: str, old: bytes, new: bytes) -> Files:
    files = right()
    assert old in files[name]
    return {**files, name: files[name].replace(old, new, 1)}


def test_what_is_right_is_right() -> None:
    assert check(packed(right()), DEVICES) == []


@pytest.mark.parametrize(
    ("bundle", "word"),
    [
        (packed(edited(LOG, b",1013\n", b",1014\n")), "of another log"),
        (packed(right() | {POINTS: signed_by(OTHER, [BALLOTS])}), "not signed"),
        (packed(right() | {POINTS: signed_by(SIGNER, [5, 13])}), "under a checkpoint"),
        (packed(edited("episode.json", b'"e1"', b'"e2"')), "another run"),
        (packed(right(), OTHER), "not what was sealed"),
        (zipped(right() | {"SHA256SUMS": b""}), "not sealed"),
    ],
)
def test_what_was_changed_by_one_who_wrote_the_sums_too_is_seen(bundle: bytes, word: str) -> None:
    assert any(word in wrong for wrong in check(bundle, DEVICES))


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"index": 22}, "I1"),
        ({"value": 2}, "I1"),
        ({"again": True}, "I1"),
        ({"late": True}, "I4"),
    ],
)
def test_what_a_device_was_told_must_be_so(change: dict[str, int], name: str) -> None:
    seq, value, index = DEVICES[0].counted[0]
    told = (seq, change.get("value", value), change.get("index", index))
    notes = Notes([told], {seq} if "late" in change else set())
    if "again" in change:
        notes.counted.append((seq, value, 2))
    wrong = check(packed(right()), [notes])
    assert wrong
    assert all(line.startswith(name) for line in wrong)
