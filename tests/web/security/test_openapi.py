"""What the server says of its requests is true, and no request that fits or breaks it is a 5xx."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from livevote.web import auth, openapi
from livevote.web.roles import TABLE
from tests.web.clients import House

EXAMPLES = 8  # for each operation: some seconds in all
BUSY = 503


def test_every_operation_is_described_and_only_those() -> None:
    described = openapi.description()
    api = {(r.method.lower(), r.path) for r in TABLE if not r.media.startswith("text/html")}
    found = {(method, path) for path, item in described["paths"].items() for method in item}
    files = {("get", f"/{folder}/{{path:path}}") for folder in ("static", "theme", "ograf")}
    assert api - found == files
    assert found <= api


async def test_answers_match_the_description(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in auth.TRIES:
        monkeypatch.setitem(auth.TRIES, kind, 100_000)
    studio = await house.episode()
    cookies = await house.everyone() | house.viewer()
    schema = schemathesis.openapi.from_dict(openapi.description())
    operations = [cast(Any, found).ok() for found in schema.get_all_operations()]
    # An answer without an end is test_feeds' business.
    operations = [found for found in operations if not found.path.endswith("/events")]
    statuses: dict[int, int] = {}

    def ask(operation: Any) -> None:
        header = "; ".join(f"{name}={value}" for name, value in cookies.items())
        headers = {"origin": house.up.url, "cookie": header}

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(), real=st.booleans())
        def one(case: Any, real: bool) -> None:
            if real and "id" in (case.path_parameters or {}):
                case.path_parameters["id"] = studio.episode.id
            answer = case.call(base_url=house.up.url, headers=headers, timeout=60)
            statuses[answer.status_code] = statuses.get(answer.status_code, 0) + 1
            assert answer.status_code < 500 or answer.status_code == BUSY, answer.text
            operation.validate_response(answer)

        one()

    for operation in operations:
        await asyncio.to_thread(ask, operation)
    print(f"requests by status: {dict(sorted(statuses.items()))}")
    assert sum(statuses.values()) >= len(operations)
    assert statuses.get(200), "some of them were good ones"
    async with httpx.AsyncClient() as client:
        assert (await client.get(f"{house.up.url}/health/ready")).status_code == 200
