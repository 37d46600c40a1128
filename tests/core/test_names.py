from __future__ import annotations

import pytest

from livevote.core.names import Names


@pytest.mark.parametrize(
    ("names", "lang", "shown"),
    [
        (Names("水利局", "Water"), "zh", "水利局"),
        (Names("水利局", "Water"), "en", "Water"),
        (Names("水利局"), "en", "水利局"),
        (Names("", "Water"), "zh", "Water"),
        (Names(), "en", ""),
    ],
)
def test_a_name_falls_back_to_the_other_language(names: Names, lang: str, shown: str) -> None:
    assert names.get(lang) == shown
