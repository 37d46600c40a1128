"""One row of a spreadsheet as a pledge, with what is wrong with its cells."""

from __future__ import annotations

import re
from typing import Any

from livevote.core.pledge import Move, State, day_of
from livevote.errors import BadInput
from livevote.export.words import STATES

# 2026-12-31, 2026/12/31, 2026.12.31, 2026年12月31日; with a time behind it, as spreadsheets write.
_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[ T].*)?")
_BETWEEN = re.compile(r"[、,，;；\s]+")

Wrong = list[tuple[str, str]]


def pledge_row(texts: dict[str, str], pledge_id: str) -> tuple[dict[str, Any], Wrong]:
    """(a plain map in the form of core Pledge, [(field, what is wrong)])."""
    wrong: Wrong = []

    def day(field: str) -> str:
        return day_cell(texts.get(field, ""), field, wrong)

    def names(field: str) -> dict[str, str]:
        return {"zh": texts.get(f"{field}.zh", ""), "en": texts.get(f"{field}.en", "")}

    if not (texts.get("unit.zh") or texts.get("unit.en")):
        wrong.append(("unit.zh", "需要填写单位。 A unit is needed."))
    if not texts.get("due"):
        wrong.append(("due", "需要填写完成时限。 A due date is needed."))
    number = texts.get("number", "").removesuffix(".0")
    if number and not (number.isascii() and number.isdigit()):
        wrong.append(("number", "编号是整数。 A number is whole."))
    state = _state(texts.get("state", ""), wrong)
    claimed = day("claimed")
    if state in (State.CLAIMED, State.VERIFIED) and not claimed:
        wrong.append(("claimed", "需要填写报完成的日期。 The day of the claim is needed."))
    dues = [day_cell(text, "dues", wrong) for text in _BETWEEN.split(texts.get("dues", "")) if text]
    row = {
        "id": pledge_id,
        "unit": names("unit"),
        "post": names("post"),
        **{field: texts.get(field, "") for field in ("text", "target", "wanted", "question")},
        "due": day("due"),
        "dues": [due for due in dues if due],
        "made_day": day("made_day"),
        "number": int(number) if number.isascii() and number.isdigit() else 0,
        "state": state.value,
        "origin": {"timecode": texts.get("timecode", "")},
        "steps": [_claim(claimed)] if claimed else [],
    }
    return row, wrong


def _claim(day: str) -> dict[str, Any]:
    """What the row knows of its history: that it was said to be done, on that day."""
    return {
        "at_ms": 0,
        "day": day,
        "by": "",
        "role": "unit",
        "move": Move.CLAIM.value,
        "state": State.CLAIMED.value,
    }


def day_cell(text: str, field: str, wrong: Wrong) -> str:
    """A date as people write it, as 2026-12-31; "" for what is none, which is added to `wrong`."""
    if not text:
        return ""
    found = _DAY.fullmatch(text)
    written = f"{found[1]}-{int(found[2]):02d}-{int(found[3]):02d}" if found else text
    try:
        return day_of(written, field).isoformat()
    except BadInput:
        wrong.append((field, f"“{text}”不是日期。 {text!r} is no date such as 2026-12-31."))
        return ""


def _state(text: str, wrong: Wrong) -> State:
    """Empty is made. Overdue is not a state that is kept: such a row was accepted and is late."""
    if not text:
        return State.MADE
    for state, names in STATES.items():
        words = {state.value, names.zh, names.en.casefold(), f"{names.zh} {names.en}".casefold()}
        if text.casefold() in words:
            return State.ACCEPTED if state is State.OVERDUE else state
    known = "、".join(names.zh for names in STATES.values())
    wrong.append(("state", f"状态是：{known}。 {text!r} is no state of a pledge."))
    return State.MADE
