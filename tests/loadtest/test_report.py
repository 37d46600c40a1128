"""The report of a made-up result set: the right ratios, and nothing dropped in silence."""

import json
from html.parser import HTMLParser

from loadtest.report import Results, figure, lines_of, to_html, to_json, to_text
from loadtest.rows import Rounds

SLOW, QUICK = "saturation-4000", "saturation-1000"


def results(**how: dict[str, str]) -> Results:
    rounds: Rounds = {
        QUICK: {
            "livevote": {"votes_per_s": [900, 800, 100], "cpu_us_per_vote": [30.0]},
            "echo": {"votes_per_s": [1000.0], "cpu_us_per_vote": [24.0]},
            "per-vote-broadcast": {"votes_per_s": [4.0]},
        },
        SLOW: {
            "livevote": {"votes_per_s": [500.0]},
            "echo": {"votes_per_s": [1000.0]},
        },
    }
    return Results(
        command="scripts/load --only <some>",
        date="2026-01-02T03:04:05+00:00",
        machine={"cpu": "a test"},
        versions={"livevote": "0"},
        seed=1,
        rounds=rounds,
        **how,
    )


def verdicts(of: Results) -> dict[str, tuple[str, str]]:
    return {row.what: (figure(value), verdict) for row, value, verdict in lines_of(of)}


def test_a_row_is_the_ratio_of_medians_and_is_held_to_its_target() -> None:
    found = verdicts(results())
    assert found["durable votes/s ÷ echo, 1,000 voters"] == ("0.8", "pass")
    assert found["durable votes/s ÷ echo, 4,000 voters"] == ("0.5", "MISS")
    assert found["durable votes/s ÷ per-vote design with broadcast"] == ("200", "MISS")


def test_what_was_not_measured_says_so() -> None:
    found = verdicts(results())
    assert found["durable votes/s ÷ per-vote design without broadcast"] == ("-", "not measured")
    assert found["vote sent → overlay pixel changed, p99"] == ("-", "not measured")


def test_a_void_scenario_gives_no_figure() -> None:
    void = results(void={QUICK: "the recount differs"})
    assert verdicts(void)["durable votes/s ÷ echo, 1,000 voters"] == ("-", "not measured")
    assert f"VOID {QUICK}: the recount differs" in to_text(void)
    assert "VOID: the recount differs" in to_html(void)


def test_what_is_missing_is_named() -> None:
    missing = results(missing={"node": "node is missing"})
    assert "MISSING node: node is missing" in to_text(missing)
    assert "Missing: node: node is missing" in to_html(missing)


def test_the_json_is_whole_and_has_no_nan() -> None:
    read = json.loads(to_json(results()), parse_constant=lambda name: name)
    assert read["rounds"][QUICK]["livevote"]["votes_per_s"] == [900, 800, 100]
    measured = {row["what"]: row["measured"] for row in read["table"]}
    assert measured["durable votes/s ÷ echo, 1,000 voters"] == 0.8
    assert measured["vote sent → overlay pixel changed, p99"] is None


class Loads(HTMLParser):
    """What a page would fetch from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.bars = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.bars += tag == "svg"
        self.found += [value or "" for name, value in attrs if name in ("src", "href")]


def test_the_page_stands_alone_and_takes_text_as_text() -> None:
    page = to_html(results())
    loads = Loads()
    loads.feed(page)
    assert loads.found == []
    assert loads.bars >= 2
    assert "<some>" not in page
    assert "&lt;some&gt;" in page
