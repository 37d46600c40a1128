"""The bundle for a recount: rules, ballot logs and figures of an episode as one ZIP.

    manifest.json            what this is and what is inside
    episode.json             the episode as it stood
    events.jsonl             everything that happened, one event per line
    figures.json             results by run and the board, as aired
    runs/R01/rules.json      the rules as they were hashed: its SHA-256 is the rules hash
    runs/R01/ballots.csv     every accepted ballot in order, by pseudonym
    runs/R01/turned.csv      ballots that were refused because of the window
    runs/R01/checkpoints.jsonl  what the server signed of that log while people voted
    key.txt                  the verifier key of all signatures
    verify.py                checks all of this, with Python alone
    README.txt  SHA256SUMS
    SHA256SUMS.note          the seal: SHA256SUMS signed by the same key

A run that is held and not revealed has its rules and nothing else.
"""

from __future__ import annotations

import base64
import io
import json
import zipfile
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any

from livevote.core import chain
from livevote.core.ballot import Turned
from livevote.core.model import Episode, Run
from livevote.core.plain import logged_to_plain, to_plain
from livevote.core.rules import canonical
from livevote.export.material import Material, log_of, may_show
from livevote.export.sheets_json import json_bytes
from livevote.export.words import REHEARSAL, both

FORMAT = "livevote-bundle"
VERSION = 2
BALLOT_COLUMNS = "index,voter,panel,seq,value,received_ms"
TURNED_COLUMNS = "voter,panel,value,received_ms,answer"
MANIFEST, EPISODE, EVENTS, FIGURES = "manifest.json", "episode.json", "events.jsonl", "figures.json"
SUMS, SEAL, KEY = "SHA256SUMS", "SHA256SUMS.note", "key.txt"
VERIFIER = Path(__file__).with_name("verify.py")

README = """\
livevote 复算包 · bundle for a recount

怎样复算
  python3 verify.py                （在解压后的文件夹里，只需 Python 3.9 以上）
  livevote verify <本文件> --key <节目前公布的密钥>
若不信任本包，请用别处得来的 verify.py；随包的密钥不能证明是谁签的。
或者手工：
  1. SHA256SUMS 列出包内每个文件的 SHA-256（sha256sum -c SHA256SUMS）。
  2. runs/R01/rules.json 的 SHA-256 就是该轮的规则指纹。
  3. runs/R01/ballots.csv 是该轮全部有效选票，按先后排列，index 从 1 连续编号。
     voter 是化名，不含身份。同一 voter 以最后一行为准。
  4. 按 panel 和 value 点票，再按 rules.json 的估计方法、权重和小数位计算，四舍五入。
  5. 与 figures.json 核对。
  6. runs/R01/checkpoints.jsonl 是投票期间的签名检查点，怎样核对见 verify.py 第 5 节；
     SHA256SUMS.note 是本包的签名封条。
turned.csv 是因截止或暂停而未计的选票。公布前保密的轮次没有选票文件。

How to recount
  python3 verify.py                 (in the unpacked folder; Python 3.9 or newer is enough)
  livevote verify <this file> --key <the key published before the show>
Who does not trust this bundle takes verify.py from elsewhere. A key that comes with the bundle
does not prove who signed. Or by hand:
  1. SHA256SUMS has the SHA-256 of every file in here (sha256sum -c SHA256SUMS).
  2. The SHA-256 of runs/R01/rules.json is that run's rules hash.
  3. runs/R01/ballots.csv has all counted ballots of the run in order, index without gaps from 1.
     voter is a pseudonym, not an identity. The last line of a voter stands.
  4. Count by panel and value; apply the estimators, weights and decimals of rules.json; round
     half up.
  5. Compare with figures.json.
  6. runs/R01/checkpoints.jsonl has what was signed while people voted; verify.py, section 5, is
     how to check it. SHA256SUMS.note seals the bundle.
turned.csv has the ballots that were refused because voting was closed or paused. Runs that are
held until revealed have no ballot files.
"""


def make(material: Material, fonts: Path) -> bytes:
    return zipped(files(material))


def files(material: Material) -> dict[str, bytes]:
    """Name → content, SHA256SUMS included."""
    episode = material.episode
    found = {
        MANIFEST: json_bytes(_manifest(material)),
        EPISODE: json_bytes(to_plain(episode)),
        EVENTS: b"".join(map(_line, map(logged_to_plain, material.events))),
        FIGURES: json_bytes(
            {
                "runs": {run.code: run.result and to_plain(run.result) for run in episode.runs},
                "board": to_plain(episode.board()),
            }
        ),
        "README.txt": readme(README, episode),
    }
    for run in episode.runs:
        found.update(_run_files(material, run))
    return sealed(material, FORMAT, found)


def sealed(material: Material, form: str, found: dict[str, bytes]) -> dict[str, bytes]:
    """With the verifier, the key, SHA256SUMS, and the seal on it: a signed note that says of which
    episode, in which form and at which revision. Without a signer there is no seal."""
    found = {**found, "verify.py": VERIFIER.read_bytes()}
    if material.key:
        found[KEY] = f"{material.key}\n".encode()
    found[SUMS] = sums(found)
    if material.sign:
        found[SEAL] = material.sign(seal_text(material.episode, form, found[SUMS])).encode()
    return found


def readme(text: str, episode: Episode) -> bytes:
    mark = f"*** {both(REHEARSAL)} ***\n\n" if episode.rehearsal_of else ""
    return f"{mark}{text}".encode()


def rehearsed(episode: Episode) -> dict[str, str]:
    """What a manifest says of a rehearsal; of a real episode nothing."""
    return {"rehearsal_of": episode.rehearsal_of} if episode.rehearsal_of else {}


def seal_text(episode: Episode, form: str, listed: bytes) -> str:
    digest = base64.b64encode(sha256(listed).digest()).decode()
    return f"livevote/{episode.id}/{form}\n{episode.revision}\n{digest}\n"


def sums(found: dict[str, bytes]) -> bytes:
    """In the form of sha256sum, by name."""
    lines = (f"{sha256(found[name]).hexdigest()}  {name}\n" for name in sorted(found))
    return "".join(lines).encode()


def zipped(found: dict[str, bytes]) -> bytes:
    """In the order of names, with a fixed date, so that the same content is the same file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(found):
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 3
            info.external_attr = 0o644 << 16
            archive.writestr(info, found[name])
    return out.getvalue()


def run_folder(run: Run) -> str:
    return f"runs/{run.code}/"


def _manifest(material: Material) -> dict[str, Any]:
    episode = material.episode
    return {
        "format": FORMAT,
        "version": VERSION,
        "episode": episode.id,
        "show": to_plain(episode.show),
        "title": to_plain(episode.title),
        "revision": episode.revision,
        "durability": material.durability,
        **rehearsed(episode),
        "runs": [
            {
                "code": run.code,
                "run": run.id,
                "phase": run.phase.value,
                "rules_hash": run.rules_hash,
                "ballots": log_of(material, run) is not None,
                "held": not may_show(run),
            }
            for run in episode.runs
        ],
    }


def _run_files(material: Material, run: Run) -> dict[str, bytes]:
    folder = run_folder(run)
    found = {f"{folder}rules.json": canonical(run.rules)}
    log = log_of(material, run)
    if log is not None:
        found[f"{folder}ballots.csv"] = csv(BALLOT_COLUMNS, map(chain.line, log))
        if material.key:
            notes = material.checkpoints.get(run.id, ())
            found[f"{folder}checkpoints.jsonl"] = b"".join(_line({"note": note}) for note in notes)
        turned = material.turned.get(run.id, ())
        found[f"{folder}turned.csv"] = csv(TURNED_COLUMNS, map(_turned, turned))
    return found


def csv(columns: str, lines: Iterable[str]) -> bytes:
    # No cell of these files can hold a comma or a quote.
    return "".join(f"{line}\n" for line in (columns, *lines)).encode()


def _turned(t: Turned) -> str:
    return f"{t.voter.hex()},{t.panel},{t.value},{t.received_ms},{t.answer.name.lower()}"


def _line(plain: dict[str, Any]) -> bytes:
    text = json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return f"{text}\n".encode()
