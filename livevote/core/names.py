"""A name in Chinese and English. Chinese is required; English falls back to it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Names:
    zh: str = ""
    en: str = ""

    def get(self, lang: str) -> str:
        """The name in `lang` ("zh" or "en"), or in the other where that is empty."""
        first, second = (self.en, self.zh) if lang == "en" else (self.zh, self.en)
        return first or second
