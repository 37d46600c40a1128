"""Structured logs: an event and its facts. Never a vote, a seat's choice, a cookie or a token."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

# A fact under one of these names is a mistake; it is cut out rather than written.
FORBIDDEN = frozenset(
    {"token", "code", "cookie", "password", "value", "seat", "voter", "link", "key"}
)


def redact(logger: Any, method: str, facts: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name in FORBIDDEN & facts.keys():
        facts[name] = "[removed]"
    return facts


def set_up(*, as_json: bool, level: int = logging.INFO) -> None:
    """Logs to stderr. uvicorn's own lines keep to warnings: its access log shows addresses."""
    renderer = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            redact,
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING)
