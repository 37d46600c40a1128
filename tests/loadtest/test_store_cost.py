"""What a ballot costs the store stays within bounds, and what was measured was counted."""

from __future__ import annotations

from pathlib import Path

import pytest

from livevote.store.connect import client_for, connect
from livevote.store.embedded import EmbeddedServer
from loadtest.store_cost import Bench, Sizes, Void, measured

SMALL = Sizes({1: 20, 16: 320, 128: 2_560, 1024: 4_096}, (200, 20_000), 200)
MEMORY_BYTES_MAX = 200
DISK_BYTES_MAX = 200
# A few pulls on a busy machine; the whole measurement is held to 1.2.
TALLY_RATIO_MAX = 2


def test_a_ballot_costs_the_store_no_more_than_was_promised() -> None:
    found = measured(SMALL)
    assert 16 < found["memory_bytes_per_voter"] <= MEMORY_BYTES_MAX
    assert 16 < found["disk_bytes_b1024"] < found["disk_bytes_b128"] <= DISK_BYTES_MAX
    assert 0 < found["tally_ratio"] <= TALLY_RATIO_MAX
    # What a batch costs is shared by its ballots.
    for side in ("store", "ours"):
        assert 0 < found[f"{side}_us_b1024"] < found[f"{side}_us_b16"] < found[f"{side}_us_b1"]


async def test_a_ballot_that_the_log_does_not_know_makes_the_measurement_void(
    tmp_path: Path,
) -> None:
    server = EmbeddedServer(tmp_path)
    server.start()
    store, _ = await connect(server.url)
    client = client_for(server.url)
    bench = Bench(server, store, client)
    run = await bench.fill("r", 50)
    await bench.check(run, 50)
    await client.zadd(run.ballots, {b"a stranger": 60})
    with pytest.raises(Void):
        await bench.check(run, 50)
    await client.aclose()
    await store.close()
    server.stop()
