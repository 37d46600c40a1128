"""Files of the pages: ready at once, small soon after, the same for good."""

from __future__ import annotations

import gzip
from pathlib import Path

import brotli
from starlette.requests import Request
from starlette.responses import Response

from livevote.web.assets import Assets

TEXT = b"".join(b"let step%d = %d;\n" % (n, n * n) for n in range(20_000))


def asked(assets: Assets, accepted: str) -> Response:
    headers = [(b"accept-encoding", accepted.encode())]
    return assets.answer(Request({"type": "http", "headers": headers}), "page.js")


def test_a_page_is_served_before_it_is_packed_and_smaller_after(tmp_path: Path) -> None:
    (tmp_path / "page.js").write_bytes(TEXT)
    assets = Assets(tmp_path)
    first = asked(assets, "gzip, br")
    assets.packed()
    small, plain = asked(assets, "gzip, br"), asked(assets, "identity")
    assert gzip.decompress(bytes(asked(assets, "gzip").body)) == TEXT
    assert brotli.decompress(bytes(small.body)) == plain.body == TEXT
    assert (first.headers["content-encoding"], small.headers["content-encoding"]) == ("gzip", "br")
    assert len(small.body) < len(first.body)
    assert first.headers["etag"] == small.headers["etag"] == plain.headers["etag"]
