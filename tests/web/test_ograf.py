"""The OGraf package: complete, the same by address and as a file, and open to other origins."""

from __future__ import annotations

import io
import json
import os
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest

from livevote.web.ograf import MANIFEST, ZIP, package, spx_template, zipped
from livevote.web.pages import static_folder, theme_folder
from tests import ograf_rules
from tests.ograf_rules import UNUSUAL, VENDORS, WRONG, Place, breaches, changed
from tests.web.clients import House

FILES = package(static_folder(), theme_folder("plain"))
IMPORT = re.compile(r'^(?:import|export)\b[^;]*?from\s+"(\.[^"]+)"', re.MULTILINE)


def test_everything_that_the_graphic_imports_is_in_the_package() -> None:
    manifest = json.loads(FILES[MANIFEST].read_text())
    seen: set[str] = set()
    ahead = [manifest["main"]]
    while ahead:
        name = ahead.pop()
        assert name in FILES, name
        if name in seen:
            continue
        seen.add(name)
        targets = IMPORT.findall(FILES[name].read_text())
        ahead += [os.path.normpath(f"{Path(name).parent}/{target}") for target in targets]
    assert len(seen) > 20
    licence = [name for name in FILES if name.endswith("noto-sans-sc-5.3.1/LICENSE")]
    assert licence, "the fonts go with their licence"


def test_there_is_one_manifest_and_no_page() -> None:
    assert [name for name in FILES if name.endswith(".ograf.json")] == [MANIFEST]
    assert not [name for name in FILES if name.endswith(".html")]


def test_the_zip_is_the_package_and_always_the_same_bytes() -> None:
    data = zipped(FILES)
    assert data == zipped(FILES)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [f"livevote/{name}" for name in FILES]
        main = archive.read("livevote/ograf/graphic.js")
    assert main == FILES["ograf/graphic.js"].read_bytes()


def test_a_theme_goes_with_the_package() -> None:
    look = theme_folder("jade")
    themed = package(static_folder(), look)
    assert themed["theme/logo.svg"] == look / "logo.svg"
    assert set(themed) - set(FILES) == {"theme/logo.svg"}
    named = set(re.findall(r"/theme/([^\"')]+)", (look / "theme.css").read_text()))
    assert {f"theme/{name}" for name in named} <= set(themed)


async def test_the_package_is_served_to_pages_of_other_origins(house: House) -> None:
    async with house.browser(await house.everyone()) as browser:
        parts = ("ograf/graphic.js", "overlay/overlay.css", "shared/line.js", "theme/theme.css")
        for name in (MANIFEST, *parts):
            answer = await browser.get(f"/ograf/{name}")
            assert answer.status_code == 200, name
            assert answer.content == FILES[name].read_bytes(), name
            assert answer.headers["access-control-allow-origin"] == "*"
        answer = await browser.get(f"/ograf/{ZIP}")
        assert answer.headers["content-type"] == "application/zip"
        assert answer.content == zipped(FILES)
        for name in (
            "",
            "vote/vote.js",
            "../pyproject.toml",
            "overlay/index.html",
            "themes/jade/logo.svg",
            "theme/logo.svg",
            f"ograf/{MANIFEST}",
        ):
            assert (await browser.get(f"/ograf/{name}")).status_code == 404, name


def test_the_template_for_spx_takes_everything_from_the_server() -> None:
    text = spx_template(static_folder(), "https://vote.example.org")
    assert "window.SPXGCTemplateDefinition = {" in text
    assert not re.search('="/(static|theme)/', text)
    assert '<link rel="stylesheet" href="https://vote.example.org/theme/theme.css">' in text
    assert '<script type="module" src="https://vote.example.org/static/overlay/main.js">' in text


def test_the_manifest_keeps_the_rules_of_ograf() -> None:
    assert json.loads(FILES[MANIFEST].read_text()) == ograf_rules.ours()
    assert breaches(ograf_rules.ours()) == []


@pytest.mark.parametrize(("place", "value"), WRONG + UNUSUAL)
def test_what_breaks_a_rule_of_ograf_is_found(place: Place, value: Any) -> None:
    assert breaches(changed(ograf_rules.ours(), place, value))


@pytest.mark.parametrize("place", VENDORS)
def test_keys_of_vendors_break_no_rule(place: Place) -> None:
    assert breaches(changed(ograf_rules.ours(), place, 1)) == []
