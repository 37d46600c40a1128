"""`livevote desk export` and `import`: from one data folder into another, with photos and all."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner

from livevote.cli import main
from livevote.core.case import Erasure, Kind, Unit
from livevote.core.desk import EraseCase, FileCase, SetDesk
from livevote.core.names import Names
from livevote.hub.company import Company
from livevote.hub.desk import QuestionDesk
from livevote.store.connect import connect
from livevote.store.embedded import EmbeddedServer
from livevote.web.photos import Photos

T = TypeVar("T")
ZONE = ZoneInfo("Asia/Shanghai")
PHOTO = b"a picture that was drawn anew"


@pytest.fixture
def folders() -> Iterator[tuple[Path, Path]]:
    """With short paths, for the store's socket."""
    with tempfile.TemporaryDirectory(prefix="lv") as one, tempfile.TemporaryDirectory("lv") as two:
        yield Path(one), Path(two)


def beside(folder: Path, work: Callable[[QuestionDesk], Awaitable[T]]) -> T:
    child = EmbeddedServer(folder / "store")
    child.start()

    async def run() -> T:
        store, _ = await connect(child.url)
        desk = QuestionDesk(store, Company(), lambda: 1_795_000_000_000, ZONE)
        await desk.load()
        try:
            return await work(desk)
        finally:
            await store.close()

    try:
        return asyncio.run(run())
    finally:
        child.stop()


def livevote(*arguments: object) -> str:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    return result.output


def test_everything_goes_from_one_server_to_another(folders: tuple[Path, Path]) -> None:
    one, two = folders
    name = sha256(PHOTO).hexdigest()
    Photos(one / "photos").put(name, PHOTO)

    async def fill(desk: QuestionDesk) -> None:
        await desk.command(SetDesk((Unit("water", Names("水利局")),)), "producer")
        asked = FileCase(Kind.ENQUIRY, "water", "河水", "为何？", "居民", "138", (name,))
        await desk.file(asked, "digest")
        await desk.command(EraseCase(await desk.file(asked, ""), Erasure.ALL), "filer")

    async def state(desk: QuestionDesk) -> object:
        return desk.now.units, {id: vars(case) for id, case in desk.now.cases.items()}

    async def digest(desk: QuestionDesk) -> str:
        return await desk.digest("Q000001")

    beside(one, fill)
    beside(two, state)
    archive = one / "desk.zip"
    livevote("desk", "export", "-f", "zip", "-o", archive, "--data", one)
    livevote("desk", "export", "-f", "csv", "-o", one / "desk.csv", "--data", one)
    assert "河水" in (one / "desk.csv").read_text("utf-8-sig")
    assert "took in 2 cases" in livevote("desk", "import", archive, "--data", two)
    assert "took in 0 cases" in livevote("desk", "import", archive, "--data", two)
    assert beside(two, state) == beside(one, state)
    assert beside(two, digest) == "digest"
    assert Photos(two / "photos").read(name) == PHOTO


def test_what_is_no_archive_is_one_line(folders: tuple[Path, Path]) -> None:
    one, _ = folders
    (one / "x.zip").write_text("nothing")
    result = CliRunner().invoke(main, ["desk", "import", str(one / "x.zip"), "--data", str(one)])
    assert result.exit_code == 1
    assert "no archive of a question desk" in result.output
