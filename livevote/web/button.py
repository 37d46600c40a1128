"""Pictures for the keys of a control panel: a word, what there is to say, and whether it goes.

From the public fields of the feed. Colour is never alone: a key that goes has a frame, one that is
on is filled, one that does not go is grey, one that only tells something is plain.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from livevote.core.names import Names
from livevote.core.phase import Move, Phase, moves_from
from livevote.errors import BadInput
from livevote.hub.flat import LANGS, Fields, Value, text_of
from livevote.web.pages import fonts

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

SIZES = (72, 144)
# Two states a second of twenty keys in both sizes.
KEPT_MAX = 128

WHITE, GREY, BLACK, GREEN = "#FFFFFF", "#8A93A0", "#14181F", "#1F7A50"

OFF, GOES, ON, TELLS = "off", "goes", "on", "tells"


@dataclass(frozen=True)
class Look:
    kind: str
    size: int
    lang: str


@dataclass(frozen=True)
class Face:
    """What a key shows. word: what it does; said: what there is to say, "" for nothing."""

    word: str
    said: str
    state: str


@dataclass(frozen=True)
class Kind:
    """word: the key's name. said: the field it shows, by name; "_zh" or "_en" is added where it
    ends in "_". state: from the fields."""

    word: Names
    said: str
    state: Callable[[Fields], str]


def _by(move: Move) -> Callable[[Fields], str]:
    """Goes where the phase allows the move."""

    def state(fields: Fields) -> str:
        phase = fields["phase"]
        return GOES if phase in list(Phase) and move in moves_from(Phase(str(phase))) else OFF

    return state


def _arm(fields: Fields) -> str:
    return GOES if fields["segment"] and fields["phase"] == "none" else OFF


def _extend(fields: Fields) -> str:
    return GOES if fields["phase"] == "open" and fields["left_s"] is not None else OFF


def _blank(fields: Fields) -> str:
    return ON if fields["blanked"] else GOES


def _restore(fields: Fields) -> str:
    return GOES if fields["blanked"] else OFF


def _out(fields: Fields) -> str:
    return GOES if fields["on_air"] else OFF


def _next(fields: Fields) -> str:
    return GOES if _number(fields["position"]) < _number(fields["of"]) else OFF


def _prev(fields: Fields) -> str:
    return GOES if _number(fields["position"]) > 1 else OFF


def _number(value: Value) -> int:
    return int(value or 0)


def _always(fields: Fields) -> str:
    return GOES


def _phase(fields: Fields) -> str:
    return ON if fields["phase"] == "open" else TELLS


def _tells(fields: Fields) -> str:
    return TELLS


KINDS: dict[str, Kind] = {
    "arm": Kind(Names("就绪", "ARM"), "position_text", _arm),
    "open": Kind(Names("开始", "OPEN"), "countdown_text", _by(Move.OPEN)),
    "extend": Kind(Names("加时", "+TIME"), "countdown_text", _extend),
    "pause": Kind(Names("暂停", "PAUSE"), "", _by(Move.PAUSE)),
    "resume": Kind(Names("继续", "RESUME"), "", _by(Move.RESUME)),
    "close": Kind(Names("截止", "CLOSE"), "n_text", _by(Move.CLOSE)),
    "reveal": Kind(Names("公布", "REVEAL"), "", _by(Move.REVEAL)),
    "next": Kind(Names("下一个", "NEXT"), "position_text", _next),
    "prev": Kind(Names("上一个", "PREV"), "position_text", _prev),
    "cue": Kind(Names("预备", "CUE"), "", _always),
    "take": Kind(Names("上播", "TAKE"), "", _always),
    "out": Kind(Names("撤下", "OUT"), "", _out),
    "blank": Kind(Names("全撤", "BLANK"), "", _blank),
    "restore": Kind(Names("恢复", "RESTORE"), "", _restore),
    "phase": Kind(Names("状态", "STATE"), "phase_", _phase),
    "countdown": Kind(Names("剩余", "LEFT"), "countdown_text", _phase),
    "turnout": Kind(Names("已投", "VOTED"), "n_text", _phase),
    "figure": Kind(Names("结果", "RESULT"), "figure_text", _tells),
}


def look(kind: str, size: str, lang: str) -> Look:
    """Raises BadInput."""
    if kind not in KINDS:
        raise BadInput(f"kinds are {', '.join(KINDS)}", where="kind")
    if size not in map(str, SIZES):
        raise BadInput("sizes are 72 and 144", where="size")
    if lang not in LANGS:
        raise BadInput("languages are zh and en", where="lang")
    return Look(kind, int(size), lang)


def face(kind: str, fields: Fields, lang: str) -> Face:
    row = KINDS[kind]
    name = f"{row.said}{lang}" if row.said.endswith("_") else row.said
    said = text_of(fields[name]) if name else ""
    # What the store said last is better than nothing, and marked.
    return Face(
        row.word.get(lang), f"{said}?" if said and fields["stale"] else said, row.state(fields)
    )


class Pictures:
    """The newest pictures, drawn once for all panels; in any thread, one at a time."""

    def __init__(self) -> None:
        self._turn = Lock()
        self._png = lru_cache(KEPT_MAX)(_png)

    def png(self, face: Face, size: int) -> bytes:
        with self._turn:
            return self._png(face, size)


def _png(face: Face, size: int) -> bytes:
    # Here: a start does not wait for what draws.
    from PIL import Image, ImageDraw

    ground = GREEN if face.state == ON else BLACK
    image = Image.new("RGB", (size, size), ground)
    draw = ImageDraw.Draw(image)
    if face.state == GOES:
        draw.rectangle((0, 0, size - 1, size - 1), outline=GREEN, width=max(size // 24, 3))
    ink = GREY if face.state == OFF else WHITE
    if face.said:
        _write(draw, face.word, size * 0.30, size, 0.22, ink)
        _write(draw, face.said, size * 0.66, size, 0.34, ink)
    else:
        _write(draw, face.word, size * 0.50, size, 0.30, ink)
    out = BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


def _write(draw: ImageDraw, text: str, middle: float, size: int, share: float, ink: str) -> None:
    """One centred line, smaller where it would not fit."""
    height_px = round(size * share)
    while (width := _width(text, height_px)) > size * 0.82 and height_px > 8:
        height_px -= 1
    left = (size - width) / 2
    for char in text:
        font = _font(char, height_px)
        # On one base line, whichever slice of the face a character comes from.
        draw.text((left, middle + height_px * 0.35), char, font=font, fill=ink, anchor="ls")
        left += font.getlength(char)


def _width(text: str, height_px: int) -> float:
    return sum(_font(char, height_px).getlength(char) for char in text)


@lru_cache(512)
def _font(char: str, height_px: int) -> FreeTypeFont:
    from PIL import ImageFont

    font = ImageFont.truetype(_slice_of(char), height_px)
    font.set_variation_by_axes([700])
    return font


@cache
def _slices() -> list[tuple[str, tuple[tuple[int, int], ...]]]:
    """(file, its code points as ranges) of each slice of the on-air face."""
    folder = fonts()
    found = []
    for name, covers in json.loads((folder / "unicode.json").read_text()).items():
        path = folder / "files" / f"noto-sans-sc-{name.strip('[]')}-wght-normal.woff2"
        spans = (part.strip().removeprefix("U+").partition("-") for part in covers.split(","))
        found.append((str(path), tuple((int(a, 16), int(b or a, 16)) for a, _, b in spans)))
    return found


@cache
def _slice_of(char: str) -> Path:
    code = ord(char)
    for path, spans in _slices():
        if any(first <= code <= last for first, last in spans):
            return Path(path)
    return _slice_of("?")
