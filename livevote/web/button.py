"""Pictures for the keys of a control panel: a word, what there is to say, and whether it goes.

From the public fields of the feed. Colour is never alone: a key that goes has a frame, one that is
on is filled, one that does not go is grey, one that only tells something is plain.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from io import BytesIO
from threading import Lock
from typing import TYPE_CHECKING

from livevote.core.names import Names
from livevote.core.phase import Move, Phase, moves_from
from livevote.errors import BadInput
from livevote.hub.flat import LANGS, NO_RUN, PHASES, Fields, Value, text_of
from livevote.web.pages import fonts

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

SIZES = (72, 144)
# Two states a second of twenty keys in both sizes.
KEPT_MAX = 128

# Of countdowns, turnouts, positions and figures; and the mark of what is stale.
NUMBERS = "0123456789:/.,-–?"

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
    while _font(height_px).getlength(text) > size * 0.82 and height_px > 8:
        height_px -= 1
    base = middle + height_px * 0.35
    draw.text((size / 2, base), text, font=_font(height_px), fill=ink, anchor="ms")


@lru_cache(64)
def _font(height_px: int) -> FreeTypeFont:
    from PIL import ImageFont

    return ImageFont.truetype(BytesIO(_ttf()), height_px)


@cache
def _ttf() -> bytes:
    """The on-air face with all that a key can show."""
    from livevote.export.fonts import Glyphs, characters

    names = (*(kind.word for kind in KINDS.values()), *PHASES.values(), NO_RUN)
    texts = (text for name in names for text in (name.zh, name.en))
    return Glyphs(fonts(), characters((*texts, NUMBERS))).ttf(700)
