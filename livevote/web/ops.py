"""Health, readiness and metrics. No voter, no value, no token in any of them.

Metrics are of all processes of the server together, whichever is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from prometheus_client.samples import Sample
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from livevote.errors import StoreDown
from livevote.hub.hub import Hub
from livevote.hub.part import Part
from livevote.hub.stats import BUCKETS_MS, Delays
from livevote.web.answers import json
from livevote.web.roles import Gate

# Not added up: the whole is as good as its worst part, and as old as its oldest.
LEAST = ("_store_up", "_store_durable", "_created")


class HubCollector(Collector):
    """Reads the hub's counters when it is scraped."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def collect(self) -> Iterator[Metric]:
        stats = self._hub.stats
        yield _histogram("ack", "From a ballot's arrival to its acknowledgement.", stats.ack)
        yield _histogram("commit", "One batch in the store.", stats.commit)
        yield _gauge("connections", "Clients connected.", "role", self._hub.doors.inside())
        yield _counter("rejects", "Ballots refused.", "code", dict(stats.rejects))
        yield CounterMetricFamily(
            "livevote_ballots", "Ballots counted.", value=stats.ballots_counted
        )
        yield CounterMetricFamily("livevote_batches", "Batches committed.", value=stats.batches)
        yield CounterMetricFamily("livevote_frames", "Frames put before clients.", stats.frames)
        yield GaugeMetricFamily(
            "livevote_waiting", "Ballots waiting for their batch.", self._hub.intake.waiting
        )
        yield GaugeMetricFamily(
            "livevote_store_up", "Whether the store answers.", value=int(stats.store_up)
        )
        durable = int(self._hub.finding.durability.value == "durable")
        yield GaugeMetricFamily(
            "livevote_store_durable", "Whether acknowledged votes are durable.", value=durable
        )


class Together(Collector):
    """The families of one registry with the samples of other processes added."""

    def __init__(self, own: CollectorRegistry, parts: Iterable[Part]) -> None:
        self._own = own
        self._parts = parts

    def collect(self) -> Iterator[Metric]:
        theirs = [row for part in self._parts for row in part.samples]
        for family in self._own.collect():
            values: dict[tuple[str, tuple[tuple[str, str], ...]], list[float]] = {}
            for of, name, labels, value in (*rows(family), *theirs):
                if of == family.name:
                    values.setdefault((name, tuple(sorted(labels.items()))), []).append(value)
            family.samples = [
                Sample(name, dict(labels), min(found) if name.endswith(LEAST) else sum(found))
                for (name, labels), found in values.items()
            ]
            yield family


def rows(family: Metric) -> list[list[Any]]:
    """A family's samples as they pass between processes."""
    return [[family.name, s.name, dict(s.labels), s.value] for s in family.samples]


def _gauge(name: str, text: str, label: str, values: dict[str, int]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"livevote_{name}", text, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family


def _counter(name: str, text: str, label: str, values: dict[str, int]) -> CounterMetricFamily:
    family = CounterMetricFamily(f"livevote_{name}", text, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family


def _histogram(name: str, text: str, delays: Delays) -> HistogramMetricFamily:
    bounds = [*(str(ms / 1000) for ms in BUCKETS_MS), "+Inf"]
    buckets = list(zip(bounds, accumulate(delays.buckets), strict=True))
    return HistogramMetricFamily(
        f"livevote_{name}_seconds", text, buckets=buckets, sum_value=delays.sum_ms / 1000
    )


class Ops:
    """One per process."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._registry = CollectorRegistry()
        self._registry.register(HubCollector(hub))
        hub.samples = self._samples

    async def live(self, request: Request) -> Response:
        return json({"live": True})

    async def ready(self, request: Request) -> Response:
        """Whether votes can be counted right now."""
        try:
            await self._hub.store.ping()
        except StoreDown as error:
            return json({"ready": False, "missing": str(error)}, 503)
        return json({"ready": True, "durability": self._hub.finding.durability.value})

    async def metrics(self, request: Request) -> Response:
        whole = CollectorRegistry()
        whole.register(Together(self._registry, self._hub.company.parts))
        return Response(generate_latest(whole), headers={"content-type": CONTENT_TYPE_LATEST})

    def _samples(self) -> list[list[Any]]:
        """What the other processes add to theirs."""
        return [row for family in self._registry.collect() for row in rows(family)]

    def routes(self, gate: Gate) -> list[Route]:
        return [
            gate.route("GET", "/health/live", self.live),
            gate.route("GET", "/health/ready", self.ready),
            gate.route("GET", "/metrics", self.metrics),
        ]
