"""A result set as text, as JSON and as one HTML page. Knows nothing of how it was measured."""

from __future__ import annotations

import html
import json
import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from loadtest.arithmetic import median
from loadtest.rows import ROWS, Rounds, Row, getter

# What is drawn of each scenario: figure, title.
PLOTS = (
    ("votes_per_s", "votes a second"),
    ("cpu_us_per_vote", "CPU µs per vote, store included"),
    ("ack_p99_ms", "ack p99, ms"),
    ("cpu_us_per_frame", "CPU µs per client and frame"),
)
# What the text says of each variant.
COLUMNS = (
    ("votes_per_s", "votes/s"),
    ("ack_p50_ms", "p50 ms"),
    ("ack_p99_ms", "p99 ms"),
    ("cpu_us_per_vote", "µs/vote"),
    ("server_percent", "server %"),
    ("store_percent", "store %"),
    ("others_percent", "others %"),
    ("idle_percent", "idle %"),
    ("generator_percent", "gen. %"),
    ("frames_per_s", "frames/s"),
)


@dataclass(frozen=True)
class Results:
    """All that a report says. rounds: scenario → variant → figure → one value a round.
    notes: what was missing, void or otherwise to be known."""

    command: str
    date: str
    machine: dict[str, str]
    versions: dict[str, str]
    seed: int
    rounds: Rounds
    checked: dict[str, str] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    void: dict[str, str] = field(default_factory=dict)

    @property
    def counted(self) -> Rounds:
        """Without what is void."""
        return {name: found for name, found in self.rounds.items() if name not in self.void}


def lines_of(results: Results) -> list[tuple[Row, float, str]]:
    """(row, measured, verdict) of the table."""
    get = getter(results.counted)
    values = [(row, row.measured(get)) for row in ROWS]
    return [(row, value, row.verdict(value)) for row, value in values]


def figure(value: float, unit: str = "") -> str:
    """Three digits or so; "-" where there is none."""
    if math.isnan(value):
        return "-"
    text = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return f"{text} {unit}".strip()


def _target(row: Row) -> str:
    if row.target is None:
        return ""
    return f"{'≥' if row.at_least else '≤'} {figure(row.target, row.unit)}"


# --- JSON ---


def to_json(results: Results) -> str:
    table = [
        {
            "what": row.what.strip(),
            "unit": row.unit,
            "measured": None if math.isnan(value) else value,
            "target": row.target,
            "verdict": verdict,
        }
        for row, value, verdict in lines_of(results)
    ]
    return json.dumps({**asdict(results), "table": table}, ensure_ascii=False, indent=1)


# --- text ---


def to_text(results: Results) -> str:
    return "\n".join([*_facts(results), "", *_table(results), *_scenarios(results), ""])


def _facts(results: Results) -> Iterator[str]:
    yield f"livevote load report, {results.date}"
    yield f"command   {results.command}"
    yield "machine   " + ", ".join(f"{name} {value}" for name, value in results.machine.items())
    yield "versions  " + ", ".join(f"{name} {value}" for name, value in results.versions.items())
    yield "method    medians of the rounds; variants in turn, round by round; distinct voters"
    yield "columns   server, store, others, idle: shares of one core; gen.: of the generator's"


def _table(results: Results) -> Iterator[str]:
    rows = [
        (row.what, figure(value, row.unit), _target(row), verdict)
        for row, value, verdict in lines_of(results)
    ]
    width = max(len(row[0]) for row in rows)
    yield f"{'':{width}}  {'measured':>12}  {'to reach':>12}"
    for what, measured, target, verdict in rows:
        yield f"{what:{width}}  {measured:>12}  {target:>12}  {verdict}".rstrip()


def _scenarios(results: Results) -> Iterator[str]:
    for name, variants in results.rounds.items():
        yield f"\n{name}"
        if not any(key in found for found in variants.values() for key, _ in COLUMNS):
            for found in variants.values():
                yield from (f"  {key:32}{figure(median(v)):>10}" for key, v in found.items())
            continue
        yield f"  {'':20}" + "".join(f"{title:>10}" for _, title in COLUMNS)
        for variant, figures in variants.items():
            cells = (figure(median(figures.get(key, []))) for key, _ in COLUMNS)
            yield f"  {variant:20}" + "".join(f"{cell:>10}" for cell in cells)
        if name in results.checked:
            yield f"  {results.checked[name]}"
    for name, why in results.missing.items():
        yield f"\nMISSING {name}: {why}"
    for name, why in results.void.items():
        yield f"\nVOID {name}: {why}"


# --- HTML ---

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; color: #1d2430 }
table { border-collapse: collapse; width: 100% } td, th { padding: .2rem .6rem; text-align: left }
tr { border-bottom: 1px solid #dde2ea } .n { text-align: right; font-variant-numeric: tabular-nums }
.pass { color: #12703a } .MISS { color: #b3261e; font-weight: 600 } .void { color: #b3261e }
svg { width: 100%; max-width: 46rem; display: block; margin: .6rem 0 } small { color: #5a6475 }
"""
ROW_PX, LEFT_PX, WIDTH_PX, TITLE_PX = 24, 170, 720, 22


def to_html(results: Results) -> str:
    """One file: no script, nothing loaded from elsewhere."""
    facts = "<br>".join(html.escape(line) for line in _facts(results))
    parts = [
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>livevote load report</title>',
        f"<style>{STYLE}</style><h1>livevote load report</h1><p><small>{facts}</small></p>",
        _html_table(results),
    ]
    for name, variants in results.rounds.items():
        parts.append(f"<h2>{html.escape(name)}</h2>")
        if name in results.void:
            parts.append(f'<p class="void">VOID: {html.escape(results.void[name])}</p>')
        parts.append(f"<p><small>{html.escape(results.checked.get(name, ''))}</small></p>")
        parts += [bars(title, variants, key) for key, title in PLOTS]
    for name, why in results.missing.items():
        parts.append(f"<p>Missing: {html.escape(name)}: {html.escape(why)}</p>")
    return "\n".join(parts)


def _html_table(results: Results) -> str:
    rows = "".join(
        f'<tr><td>{html.escape(row.what)}</td><td class="n">{figure(value, row.unit)}</td>'
        f'<td class="n">{_target(row)}</td><td class="{verdict}">{verdict}</td></tr>'
        for row, value, verdict in lines_of(results)
    )
    head = '<tr><th></th><th class="n">measured</th><th class="n">to reach</th><th></th></tr>'
    return f"<table>{head}{rows}</table>"


def bars(title: str, variants: dict[str, dict[str, list[float]]], key: str) -> str:
    """A bar for each variant's median, a tick for each round. "" where nobody has the figure."""
    found = {name: figures[key] for name, figures in variants.items() if figures.get(key)}
    longest = max((max(values) for values in found.values()), default=0.0)
    if not longest or (key == "cpu_us_per_frame" and not _has_frames(variants)):
        return ""
    scale = (WIDTH_PX - LEFT_PX - 90) / longest
    drawn = [f'<text x="0" y="14" font-weight="600">{html.escape(title)}</text>']
    for place, (name, values) in enumerate(found.items()):
        top, middle = TITLE_PX + place * ROW_PX, median(values)
        drawn.append(f'<text x="0" y="{top + 16}">{html.escape(name)}</text>')
        fill = "#2563b0" if name.startswith("livevote") else "#a7b1c2"
        drawn.append(
            f'<rect x="{LEFT_PX}" y="{top + 4}" width="{max(middle * scale, 1):.1f}" height="16" '
            f'fill="{fill}"/>'
        )
        drawn += [
            f'<rect x="{LEFT_PX + value * scale:.1f}" y="{top + 2}" width="1" height="20"/>'
            for value in values
        ]
        end = LEFT_PX + max(values) * scale + 8
        drawn.append(f'<text x="{end:.1f}" y="{top + 16}">{figure(middle)}</text>')
    height = TITLE_PX + ROW_PX * len(found) + 6
    return (
        f'<svg viewBox="0 0 {WIDTH_PX} {height}" font-size="13" role="img" '
        f'aria-label="{html.escape(title)}">{"".join(drawn)}</svg>'
    )


def _has_frames(variants: dict[str, dict[str, Any]]) -> bool:
    """Frames are the point where there is a send loop to compare with."""
    return "send-loop" in variants
