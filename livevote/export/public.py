"""The public bundle: of every revealed run what each voter's ballot was, and nobody's name for it.

    manifest.json                 the runs, their units, seats and rules hashes, and the board
    figures.json                  results by run and the board, as aired
    runs/R01/rules.json           the rules
    runs/R01/ballots-public.csv   ballot id, panel and value, sorted by ballot id
    key.txt  verify.py  README.txt  SHA256SUMS  SHA256SUMS.note

A ballot id is the first 16 bytes of the leaf hash of the ballot that stands, so a voter who keeps
theirs finds it, and an auditor who has the log can make the list. No voter, no seat, no time and
no order of arrival is in here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from livevote.core.ballot import Entry, standing
from livevote.core.chain import leaf_hash, line
from livevote.core.model import Run
from livevote.core.plain import to_plain
from livevote.core.rules import canonical
from livevote.export.bundle import (
    FIGURES,
    MANIFEST,
    csv,
    readme,
    rehearsed,
    run_folder,
    sealed,
    zipped,
)
from livevote.export.material import Material
from livevote.export.sheets_json import json_bytes

FORMAT = "livevote-public"
VERSION = 1
COLUMNS = "ballot,panel,value"
BALLOT_ID_BYTES = 16

README = """\
livevote 公开票单 · public list of ballots

怎样核对
  python3 verify.py                （在解压后的文件夹里，只需 Python 3.9 以上）
  livevote verify <本文件> --key <节目前公布的密钥>
runs/R01/ballots-public.csv 每行一张有效选票：票号、评审组、所选的值，按票号排序。
在回执页面可以看到自己的票号，在表中找到它，就知道这一票被计入、计成了什么。
表中没有身份、席位、时间和先后。改过的票只有最后一张。按 rules.json 点票，应得 figures.json
中的数字。完整的日志和签名检查点在复算包里，供审计人员使用。

How to check
  python3 verify.py                 (in the unpacked folder; Python 3.9 or newer is enough)
  livevote verify <this file> --key <the key published before the show>
runs/R01/ballots-public.csv has one line for each ballot that counts: its id, panel and value,
sorted by id. The receipt page shows a voter the id of theirs: find it, and you see that it was
counted, and as what. There is no identity, seat, time or order in it; of a changed ballot only
the last. Counted by rules.json it gives figures.json. The whole log and the checkpoints that were
signed are in the bundle for recount, which is for auditors.
"""


def make(material: Material, fonts: Path) -> bytes:
    return zipped(files(material))


def ballot_id(entry: Entry) -> str:
    return leaf_hash(line(entry))[:BALLOT_ID_BYTES].hex()


def files(material: Material) -> dict[str, bytes]:
    """Name → content. Only what was revealed is in it, whatever may be shown besides."""
    episode = material.episode
    runs = [run for run in episode.runs if run.result]
    board = to_plain(episode.board())
    found = {
        MANIFEST: json_bytes(_manifest(material, runs, board)),
        FIGURES: json_bytes(
            {"runs": {run.code: to_plain(run.result) for run in runs}, "board": board}
        ),
        "README.txt": readme(README, episode),
    }
    for run in runs:
        stand = standing(material.ballots[run.id]).values()
        rows = sorted(f"{ballot_id(entry)},{entry.panel},{entry.value}" for entry in stand)
        found[f"{run_folder(run)}rules.json"] = canonical(run.rules)
        found[f"{run_folder(run)}ballots-public.csv"] = csv(COLUMNS, rows)
    return sealed(material, FORMAT, found)


def _manifest(material: Material, runs: list[Run], board: Any) -> dict[str, Any]:
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
        "tie_breaks": [tie_break.value for tie_break in episode.rules.tie_breaks],
        "board": board,
        "runs": [
            {
                "code": run.code,
                "run": run.id,
                "segment": run.segment,
                "unit": to_plain(segment.unit) if (segment := episode.segment(run.segment)) else {},
                "position": episode.position(run.segment),
                "rules_hash": run.rules_hash,
                "eligible": dict(run.eligible),
                "size": run.result.size if run.result else 0,
            }
            for run in runs
        ],
    }
