"""What stands on a seat's card. Knows nothing of paper: who makes cards need not load what prints
them."""

from __future__ import annotations

from dataclasses import dataclass

from livevote.core.names import Names


@dataclass(frozen=True)
class SeatCard:
    """link: the address in the QR code. It opens the seat."""

    label: str
    block: str
    panel_name: Names
    link: str
