"""The open record of a show over HTTP: what it says, what others carry away, and what it keeps."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import httpx
import pytest
from PIL import Image
from starlette.applications import Starlette

from livevote.core import command as cmd
from livevote.core.disclosure import Disclosure, Licence, Publication, decide, unit_id
from livevote.core.names import Names
from livevote.export import disclosed_rows
from livevote.export.delivery import Delivery, DeskFact, PledgeFact, PledgeStep
from livevote.export.feed import ATOM
from livevote.export.open_data import DATASETS
from livevote.hub.roles import PRODUCER
from livevote.hub.studio import Studio, Voter
from livevote.web.origins import Origins
from livevote.web.pages import Pages, theme_folder
from livevote.web.roles import Gate
from livevote.web.site import Site
from livevote.web.site_words import WORDS
from livevote.web.words import WORDS as RECORD_WORDS
from tests.web.clients import House

CARDS = disclosed_rows.template("cards", "csv")[0]
BUDGETS = (
    "单位,年度,项目,金额,公务接待\n"
    "水利局,2025,河道,100.00,1\n,2025,清淤,50,\n,2025,合计,150,1\n"
    "水利局,2026,河道,120.50,2\n,2026,=泵站,30,\n,2026,合计,150.50,2\n"
).encode()


async def published(house: House, show: str, kind: str, data: bytes) -> Any:
    async with house.browser(await house.staff(PRODUCER)) as browser:
        answer = await browser.post(f"/api/shows/{show}/disclosure/{kind}", content=data)
        return answer.json()


async def revealed(house: House) -> Studio:
    """An episode whose first segment has a result: 2 of 4 seats."""
    studio = await house.episode()
    run = await house.opened(studio)
    await house.vote(studio, Voter("seat", "A-01"), run, 1)
    await house.vote(studio, Voter("seat", "B-01"), run, 2)
    await house.revealed(studio, run)
    return studio


def show_of(house: House) -> str:
    return house.hub.catalogue.state.shows[0].id


async def get(house: House, path: str, status: int = 200, **headers: str) -> Any:
    async with house.browser(None, **headers) as browser:
        answer = await browser.get(path)
    assert answer.status_code == status, (path, answer.status_code, answer.text[:200])
    assert "set-cookie" not in answer.headers
    return answer


async def test_the_shows_page_has_its_results_and_says_the_licence(house: House) -> None:
    studio = await revealed(house)
    show = show_of(house)
    page = (await get(house, f"/record/{show}?lang=en")).text
    assert "Five Waters" in page
    assert "80.0" in page
    assert "2 of 4 seats" in page
    assert "No licence is stated" in page
    licence = Licence("CC BY 4.0", "https://example.org/by")
    await house.hub.publish(show, Publication(licence), "producer")
    page = (await get(house, f"/record/{show}?lang=en")).text
    assert '<a href="https://example.org/by" rel="license noopener">CC BY 4.0</a>' in page
    assert f"/episodes/{studio.episode.id}/water" in page
    await get(house, "/record/nothing", 404)


async def test_nothing_carries_a_count_before_it_is_revealed(house: House) -> None:
    studio = await house.episode()
    run = await house.opened(studio)
    await house.vote(studio, Voter("seat", "A-01"), run, 1)
    await house.closed(studio, run)
    show, place = show_of(house), f"{studio.episode.id}/water"
    for path in (
        f"/record/{show}?lang=en",
        f"/record/{show}/feed.atom?lang=en",
        f"/record/{show}/data/results.csv",
        f"/record/{show}/data/distribution.json",
        f"/episodes/{studio.episode.id}/bulletin.txt?lang=en",
        f"/episodes/{place}?lang=en",
        f"/embed/{place}?lang=en",
    ):
        text = (await get(house, path)).text
        assert "100.0" not in text, path
        assert "1 of 4" not in text, path
    await get(house, f"/embed/{studio.episode.id}/housing", 404)
    await get(house, f"/share/{studio.episode.id}/housing/wide.png", 404)


async def test_a_file_that_is_published_is_on_the_pages_and_in_the_files(house: House) -> None:
    await house.episode()
    show = show_of(house)
    assert await published(house, show, "cards", CARDS) == {"changed": 1}
    assert await published(house, show, "budgets", BUDGETS) == {"changed": 2}
    assert await published(house, show, "budgets", BUDGETS) == {"changed": 0}
    page = (await get(house, f"/record/{show}/cards?lang=zh&q=取水")).text
    assert "20 个工作日" in page
    assert "找到 1 条" in page
    assert "没有符合" in (await get(house, f"/record/{show}/cards?lang=zh&q=没有的")).text
    page = (await get(house, f"/record/{show}/budgets?lang=en")).text
    assert "150.50" in page
    assert "+0.50" in page
    unit = unit_id(Names("水利局"))
    page = (await get(house, f"/record/{show}/budgets/{unit}?lang=en")).text
    assert re.search(r"清淤 <span class=\"note\">gone</span>.*?50\.00.*?−50\.00", page, re.S)
    assert re.search(r"=泵站 <span class=\"note\">new</span>", page)
    assert "2 items add up to the total" in page
    text = (await get(house, f"/record/{show}/data/budgets.csv")).content
    assert text.startswith(b"\xef\xbb\xbfunit_zh,")
    assert ",'=泵站,30.00,0.00," in text.decode()
    # What is downloaded can be imported, and is the same.
    found = disclosed_rows.read("budgets", text)
    assert not found.errors
    assert [b.total for b in found.publication.budgets] == [15000, 15050]
    cards = (await get(house, f"/record/{show}/data/cards.csv")).content
    again = decide(Disclosure(), show, disclosed_rows.read("cards", cards).publication)
    assert again == decide(Disclosure(), show, disclosed_rows.read("cards", CARDS).publication)


async def test_a_file_with_an_error_is_shown_and_not_published(house: House) -> None:
    await house.episode()
    show = show_of(house)
    wrong = BUDGETS.replace("合计,150.50".encode(), "合计,151".encode())
    async with house.browser(await house.staff(PRODUCER)) as browser:
        seen = (await browser.post(f"/api/shows/{show}/rows/budgets", content=wrong)).json()
        assert [(e["row"], e["column"]) for e in seen["errors"]] == [(7, "金额")]
        assert [(b["year"], b["status"]) for b in seen["budgets"]] == [(2025, "new"), (2026, "new")]
        answer = await browser.post(f"/api/shows/{show}/disclosure/budgets", content=wrong)
        assert answer.status_code == 400
        assert answer.json()["where"] == "row 7, 金额"
        good = (await browser.post(f"/api/shows/{show}/rows/budgets", content=BUDGETS)).json()
        assert not good["errors"]
    assert not house.hub.disclosure.state.of(show).budgets
    assert (await get(house, f"/record/{show}/budgets?lang=en")).text.count("No budgets") == 1


async def test_what_is_published_is_there_after_a_restart(house: House) -> None:
    await house.episode()
    show = show_of(house)
    await published(house, show, "cards", CARDS)
    before = house.hub.disclosure.state
    again = type(house.hub.disclosure)(house.hub.store, lambda: 0)
    await again.load()
    assert again.state == before
    wanted = {"cards": [{"unit": {"zh": "台州市水利局", "en": ""}, "cards": []}]}
    async with house.browser(await house.staff(PRODUCER)) as browser:
        answer = await browser.post(f"/api/shows/{show}/disclosure", json=wanted)
        assert answer.json() == {"changed": 1}
        stands = (await browser.get(f"/api/shows/{show}/disclosure")).json()
        assert stands["cards"] == []


# --- files ---


async def test_every_file_fits_its_sum_its_dictionary_and_its_package(house: House) -> None:
    await revealed(house)
    show = show_of(house)
    await published(house, show, "budgets", BUDGETS)
    sums = (await get(house, f"/record/{show}/data/SHA256SUMS")).text
    listed = dict(reversed(line.split("  ")) for line in sums.splitlines())
    package = (await get(house, f"/record/{show}/data/datapackage.json")).json()
    resources = {resource["path"]: resource for resource in package["resources"]}
    page = (await get(house, f"/record/{show}/data?lang=en")).text
    for dataset in DATASETS:
        answer = await get(house, f"/record/{show}/data/{dataset.name}.csv")
        assert answer.headers["access-control-allow-origin"] == "*"
        digest = hashlib.sha256(answer.content).hexdigest()
        assert listed[f"{dataset.name}.csv"] == digest
        resource = resources[f"{dataset.name}.csv"]
        assert (resource["hash"], resource["bytes"]) == (f"sha256:{digest}", len(answer.content))
        header, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
        names = [column.name for column in dataset.columns]
        assert header == names == [f["name"] for f in resource["schema"]["fields"]]
        plain = json.loads((await get(house, f"/record/{show}/data/{dataset.name}.json")).content)
        assert [list(row) for row in plain["rows"]] == [names] * len(rows)
        for row, cells in zip(plain["rows"], rows, strict=True):
            for column, value, cell in zip(dataset.columns, row.values(), cells, strict=True):
                fits(column.kind, value)
                said = str(value).lower() if isinstance(value, bool) else str(value)
                assert cell.lstrip("'") == ("" if value is None else said)
        for name in names:
            assert f"<code>{name}</code>" in page
    assert set(listed) == {f"{d.name}.{s}" for d in DATASETS for s in ("csv", "json")} | {
        "datapackage.json"
    }
    tag = (await get(house, f"/record/{show}/data/results.csv")).headers["etag"]
    await get(house, f"/record/{show}/data/results.csv", 304, **{"if-none-match": tag})
    await get(house, f"/record/{show}/data/secrets.csv", 404)


def fits(kind: str, value: Any) -> None:
    if value is None:
        return
    if kind == "datetime":
        assert datetime.fromisoformat(value).tzinfo
    elif kind == "number":
        assert re.fullmatch(r"-?\d+(\.\d+)?", value)
    else:
        assert type(value) is {"string": str, "integer": int, "boolean": bool}[kind]


# --- the feed ---


@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_the_feed_is_atom(house: House, lang: str) -> None:
    studio = await revealed(house)
    show = show_of(house)
    await published(house, show, "cards", CARDS)
    await published(house, show, "budgets", BUDGETS)
    answer = await get(house, f"/record/{show}/feed.atom?lang={lang}")
    assert answer.headers["content-type"].startswith("application/atom+xml")
    root = ET.fromstring(answer.content)
    assert root.tag == f"{{{ATOM}}}feed"
    for element in (root, *root.iter(f"{{{ATOM}}}entry")):
        for name in ("id", "title", "updated"):
            assert len(element.findall(f"{{{ATOM}}}{name}")) == 1, name
        assert datetime.fromisoformat(str(element.findtext(f"{{{ATOM}}}updated"))).tzinfo
        assert str(element.findtext(f"{{{ATOM}}}id")).startswith("urn:uuid:")
    assert root.findtext(f"{{{ATOM}}}author/{{{ATOM}}}name")
    links = {e.get("rel"): e.get("href") for e in root.findall(f"{{{ATOM}}}link")}
    assert links["self"] == f"{house.up.api.base}/record/{show}/feed.atom?lang={lang}"
    entries = root.findall(f"{{{ATOM}}}entry")
    ids = [entry.findtext(f"{{{ATOM}}}id") for entry in entries]
    assert len(entries) == len(set(ids)) == 4
    updated = [str(entry.findtext(f"{{{ATOM}}}updated")) for entry in entries]
    assert updated == sorted(updated, reverse=True)
    assert str(root.findtext(f"{{{ATOM}}}updated")) == updated[0]
    for entry in entries:
        link = entry.find(f"{{{ATOM}}}link")
        assert link is not None
        await get(house, str(link.get("href")).removeprefix(house.up.api.base).partition("#")[0])
    told = [str(entry.findtext(f"{{{ATOM}}}title")) for entry in entries]
    assert any("80.0" in title for title in told)
    # The same thing keeps its id.
    run = studio.episode.runs[0].id
    await house.order(studio, cmd.AskCorrection(run, "更正文字", "原因"), by="a")
    await house.order(studio, cmd.ConfirmCorrection(run), by="b")
    after = ET.fromstring((await get(house, f"/record/{show}/feed.atom?lang={lang}")).content)
    assert {e.findtext(f"{{{ATOM}}}id") for e in after.findall(f"{{{ATOM}}}entry")} == set(ids)
    assert "更正文字" in str(after.findtext(f"{{{ATOM}}}entry/{{{ATOM}}}summary"))


# --- to be carried elsewhere ---


async def test_a_card_may_stand_in_any_frame_and_can_do_nothing_there(house: House) -> None:
    studio = await revealed(house)
    answer = await get(house, f"/embed/{studio.episode.id}/water?lang=en")
    policy = answer.headers["content-security-policy"]
    assert "frame-ancestors *" in policy
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "<script" not in answer.text
    assert "style=" not in answer.text
    assert "2 of 4 seats" in answer.text
    # Every other page stays where it is.
    other = await get(house, f"/episodes/{studio.episode.id}")
    assert "frame-ancestors 'self'" in other.headers["content-security-policy"]


@pytest.mark.parametrize(("size", "pixels"), [("wide", (1200, 630)), ("square", (1080, 1080))])
async def test_a_picture_is_a_png_of_its_size_and_drawn_once(
    house: House, size: str, pixels: tuple[int, int]
) -> None:
    studio = await revealed(house)
    path = f"/share/{studio.episode.id}/water/{size}.png?lang=zh"
    answer = await get(house, path)
    with Image.open(io.BytesIO(answer.content)) as picture:
        assert (picture.format, picture.size) == ("PNG", pixels)
        # The figure stands in gold, the text on ink: something was drawn.
        assert {(0xE3, 0xB3, 0x41), (0x0E, 0x17, 0x26)} <= {
            colour for _, colour in picture.getcolors(1 << 20) or []
        }
    assert (await get(house, path)).content == answer.content
    await get(house, path, 304, **{"if-none-match": answer.headers["etag"]})
    await get(house, f"/share/{studio.episode.id}/water/huge.png", 404)


async def test_a_page_tells_messengers_what_it_is(house: House) -> None:
    studio = await revealed(house)
    page = (await get(house, f"/episodes/{studio.episode.id}/water?lang=en")).text
    found = dict(re.findall(r'<meta property="(og:[^"]+)" content="([^"]*)">', page))
    base, place = house.up.api.base, f"{studio.episode.id}/water"
    assert found["og:title"] == "Water Resources Director: 80.0 points Good"
    assert "2 of 4 seats" in found["og:description"]
    assert found["og:image"] == f"{base}/share/{place}/wide.png?lang=en"
    assert found["og:url"] == f"{base}/episodes/{place}?lang=en"
    assert f'itemprop="image" content="{base}/share/{place}/square.png?lang=en"' in page
    assert f"{base}/embed/{place}?lang=en" in page
    assert "Housing" not in page


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("zh", "第 1 名，台州市水利局局长，80.0 分，满意。现场 4 席中 2 票，场外 0 票。"),
        (
            "en",
            "Number 1: Water Resources, Director, 80.0 points, Good. "
            "2 of 4 seats in the studio voted, 0 viewers voted.",
        ),
    ],
)
async def test_the_bulletin_says_every_figure_with_its_turnout(
    house: House, lang: str, said: str
) -> None:
    studio = await revealed(house)
    answer = await get(house, f"/episodes/{studio.episode.id}/bulletin.txt?lang={lang}")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert said in answer.text.splitlines()
    assert studio.episode.runs[0].rules_hash in answer.text
    assert f"{house.up.api.base}/episodes/{studio.episode.id}" in answer.text


def test_no_word_of_the_record_itself_is_said_otherwise_here() -> None:
    for lang, words in RECORD_WORDS.items():
        assert {key: WORDS[lang][key] for key in words} == words


def test_every_word_is_there_in_both_languages() -> None:
    assert WORDS["zh"].keys() == WORDS["en"].keys()
    assert all(text for words in WORDS.values() for text in words.values())
    for key, text in WORDS["zh"].items():
        holes = re.findall(r"\{(\w+)\}", text)
        assert sorted(holes) == sorted(re.findall(r"\{(\w+)\}", WORDS["en"][key])), key


# --- pledges and questions, as those who keep them hand them over ---

PLEDGE = PledgeFact(
    id="p1",
    number=7,
    unit=Names("台州市水利局", "Water Resources"),
    post=Names("局长", "Director"),
    text="打通 3 条断头河",
    target="3 条河道通水",
    made="2026-03-01",
    due="2026-12-31",
    state="overdue",
    earlier=("2026-09-30",),
    days_late=12,
    episode="e1",
    segment="water",
    steps=(
        PledgeStep("2026-03-03", "accept"),
        PledgeStep("2026-09-20", "reschedule", "汛期", "2026-12-31"),
    ),
    made_ms=1_770_000_000_000,
    changed_ms=1_780_000_000_000,
)
ROADS = DeskFact(Names("路桥区", "Luqiao"), 12, 10, 9, satisfied=4, fair=2, unsatisfied=1)


@pytest.fixture
async def kept(house: House) -> AsyncIterator[tuple[httpx.AsyncClient, str]]:
    """The site of a server that keeps a ledger and a desk; a show of it."""
    await house.episode()
    up = house.up
    pages = Pages(up.hub, ZoneInfo("UTC"), theme_folder("plain"))
    delivery = Delivery((PLEDGE,), (ROADS,))
    site = Site(up.hub, pages, up.api.base, "UTC", lambda show: delivery)
    app = Starlette(routes=site.routes(Gate(up.auth, Origins(frozenset()))))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://x", verify=False) as client:
        yield client, f"/record/{show_of(house)}"


async def test_a_pledge_keeps_its_old_date_and_its_history(
    kept: tuple[httpx.AsyncClient, str],
) -> None:
    client, home = kept
    page = (await client.get(f"{home}/pledges?lang=en")).text
    for said in ("Overdue", "12 days late", "before: 2026-09-30", "now 2026-12-31", "汛期"):
        assert said in page
    assert 'href="/episodes/e1/water?lang=en"' in page
    assert "找到 1 条" in (await client.get(f"{home}/pledges?lang=zh&q=断头河")).text
    assert "没有符合" in (await client.get(f"{home}/pledges?lang=zh&q=道路")).text
    rows = list(csv.DictReader((await client.get(f"{home}/data/pledges.csv")).text.splitlines()))
    assert [(row["due"], row["earlier"], row["state"]) for row in rows] == [
        ("2026-12-31", "2026-09-30", "overdue")
    ]
    steps = json.loads((await client.get(f"{home}/data/pledge_steps.json")).text)["rows"]
    assert [step["move"] for step in steps] == ["accept", "reschedule"]
    feed = (await client.get(f"{home}/feed.atom?lang=en")).text
    assert "pledge ▲ Overdue" in feed
    assert f"{home}/pledges?lang=en#pledge-7" in feed


async def test_every_share_of_the_desk_says_of_how_many(
    kept: tuple[httpx.AsyncClient, str],
) -> None:
    client, home = kept
    page = (await client.get(f"{home}/questions?lang=en")).text
    for said in ("10 of 12", "9 of 10", "90.0 %", "6 of 7", "85.7 %"):
        assert said in page
    (row,) = json.loads((await client.get(f"{home}/data/desk.json")).text)["rows"]
    assert (row["in_time"], row["in_time_percent"], row["rated"]) == (9, "90.0", 7)


async def test_without_a_ledger_and_a_desk_the_pages_say_so(house: House) -> None:
    await house.episode()
    home = f"/record/{show_of(house)}"
    assert "No pledges are entered yet" in (await get(house, f"{home}/pledges?lang=en")).text
    assert "还没有受理的提问" in (await get(house, f"{home}/questions?lang=zh")).text
