"""What a result card shows. Knows nothing of pixels: who makes faces need not load what draws."""

from __future__ import annotations

from dataclasses import dataclass

# Of share pictures, in pixels: what feeds show wide, and what messengers show square.
SIZES = {"wide": (1200, 630), "square": (1080, 1080)}


@dataclass(frozen=True)
class Bar:
    name: str
    count: int
    percent: str


@dataclass(frozen=True)
class Face:
    """What a result card shows, in one language. figure "": `note` says why. bars: of one panel,
    which `panel` names with its n of N."""

    over: str
    unit: str
    post: str
    figure: str = ""
    measure: str = ""
    level: str = ""
    level_name: str = ""
    shape: str = ""
    note: str = ""
    turnout: tuple[str, ...] = ()
    panel: str = ""
    bars: tuple[Bar, ...] = ()
    foot: tuple[str, ...] = ()
