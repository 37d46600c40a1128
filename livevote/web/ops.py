"""Health, readiness and metrics. No voter, no value, no token in any of them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from livevote.errors import StoreDown
from livevote.hub.hub import Hub
from livevote.hub.roles import OWNER, STAFF
from livevote.hub.stats import BUCKETS_MS, Delays
from livevote.web.answers import json
from livevote.web.auth import Auth

LOOPBACK = ("127.0.0.1", "::1")


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
    buckets = list(zip(bounds, accumulate(delays.counts), strict=True))
    return HistogramMetricFamily(
        f"livevote_{name}_seconds", text, buckets=buckets, sum_value=delays.sum_ms / 1000
    )


class Ops:
    """One per process."""

    def __init__(self, hub: Hub, auth: Auth) -> None:
        self._hub = hub
        self._auth = auth
        self._registry = CollectorRegistry()
        self._registry.register(HubCollector(hub))

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
        if request.client is None or request.client.host not in LOOPBACK:
            self._auth.staff(request, *STAFF, OWNER)
        return Response(
            generate_latest(self._registry), headers={"content-type": CONTENT_TYPE_LATEST}
        )

    def routes(self) -> list[Route]:
        return [
            Route("/health/live", self.live, methods=["GET"]),
            Route("/health/ready", self.ready, methods=["GET"]),
            Route("/metrics", self.metrics, methods=["GET"]),
        ]
