"""The table of settings in OPERATIONS.md, made from the rows in config.py.

`python -m tests.settings_table` writes it; test_operations fails while the file differs.
"""

from __future__ import annotations

from pathlib import Path

from livevote.config import SETTINGS, Setting

OPERATIONS = Path(__file__).parents[1] / "OPERATIONS.md"
BEGIN, END = "<!-- settings -->\n", "<!-- end -->"


def table() -> str:
    rows = "".join(
        f"| `{row.flag}` | `{row.variable}` | {_default(row)} | {row.help} |\n" for row in SETTINGS
    )
    return f"| option | environment | default | meaning |\n|---|---|---|---|\n{rows}"


def _default(row: Setting) -> str:
    if row.type is bool:
        return "off"
    return f"`{row.default}`" if row.default not in ("", None, ()) else ""


def filled(document: str) -> str:
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    assert begin, "OPERATIONS.md has lost its marks"
    assert end, "OPERATIONS.md has lost its marks"
    return before + BEGIN + table() + END + after


if __name__ == "__main__":
    OPERATIONS.write_text(filled(OPERATIONS.read_text()))
