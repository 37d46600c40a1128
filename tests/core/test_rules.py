"""Rules: what could not be published, and the hash that is shown at open and in the export."""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livevote.core.names import Names
from livevote.core.plain import from_plain, to_plain
from livevote.core.rules import (
    PANELS,
    Admission,
    Band,
    Channel,
    Estimator,
    EstimatorKind,
    Level,
    Panel,
    PanelRole,
    Rules,
    TieBreak,
    Unit,
    Verification,
    Visibility,
    canonical,
)
from livevote.core.scale import ONE_TO_FIVE, POINTS_100, Scale
from livevote.errors import BadInput

from .examples import changed, rules

STUDIO, ONLINE = PANELS


def panels(*drawn: Panel) -> dict[str, tuple[Panel, ...]]:
    return {"panels": drawn}


TV = Channel("tv", Names("电视"), 7_500)


def channels(*drawn: Channel) -> dict[str, tuple[Channel, ...]]:
    return {"channels": drawn}


def seats(**fields: Any) -> Panel:
    return changed(STUDIO, **fields)  # type: ignore[no-any-return]


def estimated(kind: EstimatorKind, **fields: Any) -> Panel:
    return seats(estimator=Estimator(kind, **fields))


@given(rules())
def test_rules_drawn_for_these_tests_pass_their_check(drawn: Rules) -> None:
    drawn.check()


def test_the_rules_to_start_from() -> None:
    """Seven to three, live, a minute and two seconds of grace, 80 is good and 60 will do."""
    rules = Rules()
    rules.check()
    assert rules.unit is Unit.POINTS
    assert rules.panels == (
        Panel("studio", Names("现场群众代表", "Studio citizens"), Admission.SEATS, weight=700),
        Panel("online", Names("场外观众", "Viewers"), Admission.VIEWERS, weight=300),
    )
    assert (rules.duration_ms, rules.grace_ms, rules.decimals) == (60_000, 2_000, 1)
    assert (rules.visibility, rules.change_allowed) == (Visibility.LIVE, True)
    assert rules.verification is Verification.PERSON
    assert [(band.floor, band.level) for band in rules.bands] == [
        (80, Level.GOOD),
        (60, Level.MID),
        (-1000, Level.POOR),
    ]


def test_a_panel_counts_fully_with_one_ballot_unless_it_says_otherwise() -> None:
    panel = Panel("studio", Names("现场群众代表"), Admission.SEATS)
    assert (panel.weight, panel.quorum, panel.role) == (1000, 1, PanelRole.COUNTING)
    assert panel.estimator == Estimator(EstimatorKind.MEAN, 0, ())


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"scale": Scale(low=5, high=5)}, "scale"),
        (panels(), "panels"),
        (panels(*(seats(id=f"p{i}") for i in range(9))), "panels"),
        (panels(STUDIO, STUDIO), "panels"),
        (panels(seats(role=PanelRole.ADVISORY)), "panels"),
        (panels(STUDIO, ONLINE, changed(ONLINE, id="phones")), "panels"),
        (panels(STUDIO, changed(ONLINE, estimator__kind=EstimatorKind.SATISFACTION)), "panels"),
        (panels(seats(id="")), "panels.0.id"),
        (panels(seats(id="现场")), "panels.0.id"),
        (panels(seats(id="a:b")), "panels.0.id"),
        (panels(seats(id="a" * 25)), "panels.0.id"),
        (panels(ONLINE, seats(name=Names("", "Studio"))), "panels.1.name"),
        (panels(seats(weight=0)), "panels.0.weight"),
        (panels(seats(weight=1001)), "panels.0.weight"),
        (panels(seats(quorum=-1)), "panels.0.quorum"),
        (
            panels(estimated(EstimatorKind.TRIMMED_MEAN, trim_percent=50)),
            "panels.0.estimator.trim_percent",
        ),
        (
            panels(estimated(EstimatorKind.TRIMMED_MEAN, trim_percent=-1)),
            "panels.0.estimator.trim_percent",
        ),
        (panels(estimated(EstimatorKind.SHARE)), "panels.0.estimator.share_of"),
        (panels(estimated(EstimatorKind.SHARE, share_of=(1, 4))), "panels.0.estimator.share_of"),
        (panels(estimated(EstimatorKind.SHARE, share_of=(1, 1))), "panels.0.estimator.share_of"),
        (
            {
                "scale": changed(ONE_TO_FIVE, satisfied_from=1),
                **panels(estimated(EstimatorKind.SATISFACTION)),
            },
            "scale.satisfied_from",
        ),
        (
            {
                "scale": changed(ONE_TO_FIVE, satisfied_from=6),
                **panels(estimated(EstimatorKind.SATISFACTION)),
            },
            "scale.satisfied_from",
        ),
        ({"decimals": 4}, "decimals"),
        ({"decimals": -1}, "decimals"),
        ({"grace_ms": -1}, "grace_ms"),
        ({"grace_ms": 10_001}, "grace_ms"),
        ({"duration_ms": 4_999}, "duration_ms"),
        ({"duration_ms": 3_600_001}, "duration_ms"),
        ({"duration_ms": -1}, "duration_ms"),
        (
            {"bands": (Band(60, Level.MID, Names("中")), Band(80, Level.GOOD, Names("好")))},
            "bands",
        ),
        (
            {"bands": (Band(60, Level.MID, Names("中")), Band(60, Level.GOOD, Names("好")))},
            "bands",
        ),
        ({"tie_breaks": (TieBreak.VOTERS, TieBreak.VOTERS)}, "tie_breaks"),
        (channels(*(Channel(f"c{i}", Names("台")) for i in range(9))), "channels"),
        (channels(TV, Channel("", Names("台"))), "channels.1.id"),
        (channels(TV, Channel("tv", Names("台"))), "channels.1.id"),
        (channels(Channel("tv", Names(""))), "channels.0.name"),
        (channels(changed(TV, delay_ms=-1)), "channels.0.delay_ms"),
        (channels(TV, Channel("web", Names("网"), 120_001)), "channels.1.delay_ms"),
    ],
)
def test_rules_that_could_not_be_published_are_refused(fields: dict[str, Any], where: str) -> None:
    with pytest.raises(BadInput) as refused:
        changed(Rules(), **fields).check()
    assert refused.value.where == where


@pytest.mark.parametrize(
    "fields",
    [
        panels(*(seats(id=f"p{i}") for i in range(8))),
        panels(STUDIO, ONLINE, changed(ONLINE, id="phones", role=PanelRole.OFF)),
        panels(STUDIO, changed(ONLINE, role=PanelRole.ADVISORY, weight=0)),
        panels(
            STUDIO,
            changed(ONLINE, role=PanelRole.ADVISORY, estimator__kind=EstimatorKind.SATISFACTION),
        ),
        panels(seats(weight=1, quorum=0)),
        panels(seats(id="a" * 24, weight=1000)),
        {
            "scale": changed(ONE_TO_FIVE, satisfied_from=2),
            **panels(estimated(EstimatorKind.SATISFACTION)),
        },
        {
            "scale": changed(ONE_TO_FIVE, satisfied_from=5),
            **panels(estimated(EstimatorKind.SATISFACTION)),
        },
        panels(estimated(EstimatorKind.TRIMMED_MEAN, trim_percent=49)),
        panels(estimated(EstimatorKind.SHARE, share_of=(3, 1))),
        {"scale": changed(POINTS_100, satisfied_from=500)},
        {"decimals": 0, "grace_ms": 0, "duration_ms": 0, "bands": (), "tie_breaks": ()},
        {"decimals": 3, "grace_ms": 10_000, "duration_ms": 3_600_000},
        {"duration_ms": 5_000},
        channels(*(Channel(f"c{i}", Names("台"), 120_000) for i in range(8))),
    ],
)
def test_the_limits_themselves_are_allowed(fields: dict[str, Any]) -> None:
    changed(Rules(), **fields).check()


def test_the_unit_is_that_of_the_counting_panels() -> None:
    percent = estimated(EstimatorKind.SHARE, share_of=(1,))
    advisory = changed(ONLINE, role=PanelRole.ADVISORY)
    assert changed(Rules(), panels=(advisory, percent)).unit is Unit.PERCENT
    assert changed(Rules(), panels=(advisory, STUDIO)).unit is Unit.POINTS


def test_a_panel_is_found_by_its_id() -> None:
    assert Rules().panel("online") == ONLINE
    assert Rules().panel("experts") is None


def test_viewers_close_later_by_the_longest_delay_where_there_are_viewers() -> None:
    radio = Channel("radio", Names("广播"), 2_000)
    assert Rules().later_ms == 0
    assert changed(Rules(), channels=(radio, TV)).later_ms == 7_500
    for gone in (panels(STUDIO), panels(STUDIO, changed(ONLINE, role=PanelRole.OFF))):
        alone = changed(Rules(), channels=(radio, TV), **gone)
        assert (alone.viewers_panel, alone.later_ms) == ("", 0)


# --- the hash ---


@given(rules())
def test_the_hash_survives_storing(drawn: Rules) -> None:
    assert from_plain(Rules, to_plain(drawn)).hash() == drawn.hash()


@given(rules(), rules())
def test_two_rules_share_a_hash_only_if_they_are_equal(one: Rules, other: Rules) -> None:
    assert (one.hash() == other.hash()) == (one == other)


OTHER: dict[str, Any] = {
    "channels": (TV,),
    "scale": ONE_TO_FIVE,
    "panels": (STUDIO,),
    "visibility": Visibility.HELD,
    "change_allowed": False,
    "grace_ms": 1,
    "duration_ms": 0,
    "decimals": 2,
    "bands": (),
    "tie_breaks": (TieBreak.RUNDOWN,),
    "verification": Verification.AUTOMATIC,
}


@pytest.mark.parametrize("name", [field.name for field in fields(Rules)])
def test_the_hash_changes_with_each_field(name: str) -> None:
    assert changed(Rules(), **{name: OTHER[name]}).hash() != Rules().hash()


def test_the_hash_changes_with_the_order_of_panels() -> None:
    assert Rules(panels=(ONLINE, STUDIO)).hash() != Rules().hash()


@given(rules(), st.data())
def test_the_hash_can_be_computed_from_the_exported_json(drawn: Rules, data: st.DataObject) -> None:
    """Anyone can: take the rules out of the JSON, whatever the order of their keys."""
    exported = json.loads(canonical(drawn))
    shuffled = dict(data.draw(st.permutations(list(exported.items()))))
    again = json.dumps(shuffled, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert hashlib.sha256(again.encode()).hexdigest() == drawn.hash()
    assert exported == to_plain(drawn)


def test_admission_and_role_are_texts_on_the_wire() -> None:
    text = canonical(Rules()).decode()
    assert f'"admission":"{Admission.SEATS}"' in text
    assert '"现场群众代表"' in text
