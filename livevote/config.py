"""Settings as rows: flag, environment variable, default, meaning. The command line, the
environment and OPERATIONS.md all come from here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import click


@dataclass(frozen=True)
class Setting:
    """One row. The environment variable is LIVEVOTE_ and the name in capitals."""

    name: str
    default: Any
    help: str
    type: Any = str
    many: bool = False

    @property
    def flag(self) -> str:
        return f"--{self.name.replace('_', '-')}"

    @property
    def variable(self) -> str:
        return f"LIVEVOTE_{self.name.upper()}"


_FOLDER = click.Path(file_okay=False, path_type=Path)
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)

SETTINGS = (
    Setting("data", Path("livevote-data"), "Folder of the embedded store.", _FOLDER),
    Setting("store", "", "Address of an external Redis >= 7.0 or Valkey instead: redis://…"),
    Setting(
        "accept_not_durable",
        False,
        "Start although the store would lose acknowledged votes; NOT DURABLE is shown everywhere.",
        bool,
    ),
    Setting("host", "127.0.0.1", "Address to listen on; 0.0.0.0 for the studio's network."),
    Setting("port", 8750, "Port to listen on; 0 for any free one.", click.IntRange(0, 65535)),
    Setting(
        "public_url",
        "",
        "What voters type and QR codes hold, such as https://vote.example.org; "
        "default: this machine's address.",
    ),
    Setting("origin", (), "A further web origin that may use this server.", many=True),
    Setting("tls_cert", None, "Certificate chain (PEM), to serve https and wss.", _FILE),
    Setting("tls_key", None, "Its private key (PEM).", _FILE),
    Setting(
        "trusted_proxy",
        "127.0.0.1",
        "Address of the proxy whose X-Forwarded-For and X-Forwarded-Proto are believed.",
    ),
    Setting("time_zone", "Asia/Shanghai", "Zone in which times are written."),
    Setting(
        "workers",
        1,
        "Server processes that share the port and the store; more than one for each core only "
        "costs memory (some 90 MB each).",
        click.IntRange(1, 64),
    ),
    Setting(
        "viewer_work",
        0,
        "Hashes that a browser makes at most before it may vote as a viewer of an episode: proof "
        "of work; 0: none. More keeps old phones waiting for longer.",
        click.IntRange(0, 10_000_000),
    ),
    Setting(
        "desk_work",
        0,
        "The same before a question can be filed; with more than 0 filing needs JavaScript.",
        click.IntRange(0, 10_000_000),
    ),
    Setting(
        "control_get",
        False,
        "Let control panels press by GET too; whatever fetches links ahead of people presses then.",
        bool,
    ),
    Setting(
        "theme",
        "plain",
        "Look of the graphics on air: plain, jade, or a folder that holds theme.css "
        "and what it names.",
    ),
    Setting("log_json", False, "Log lines as JSON.", bool),
)


@dataclass(frozen=True)
class Settings:
    """The values, typed; one field for each row."""

    data: Path = Path("livevote-data")
    store: str = ""
    accept_not_durable: bool = False
    host: str = "127.0.0.1"
    port: int = 8750
    public_url: str = ""
    origin: tuple[str, ...] = field(default=())
    tls_cert: Path | None = None
    tls_key: Path | None = None
    trusted_proxy: str = "127.0.0.1"
    time_zone: str = "Asia/Shanghai"
    workers: int = 1
    viewer_work: int = 0
    desk_work: int = 0
    control_get: bool = False
    theme: str = "plain"
    log_json: bool = False


F = TypeVar("F", bound=Callable[..., Any])


def options(*names: str) -> Callable[[F], F]:
    """A click decorator with the named rows as options."""
    chosen = [row for row in SETTINGS if row.name in names]

    def decorate(function: F) -> F:
        for row in reversed(chosen):
            kind: dict[str, Any] = {"is_flag": True} if row.type is bool else {"type": row.type}
            function = click.option(
                row.flag,
                default=row.default,
                multiple=row.many,
                envvar=row.variable,
                show_envvar=True,
                show_default=row.default not in ("", None, ()),
                help=row.help,
                **kind,
            )(function)
        return function

    return decorate


ALL = tuple(row.name for row in SETTINGS)
