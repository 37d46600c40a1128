"""The composition root: child store → hub → web application, and shutdown in reverse."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import ipaddress
import resource
import signal
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import structlog
import uvicorn
import uvloop

from livevote.config import Settings
from livevote.errors import Refusal, StartRefused
from livevote.hub.clock import Clock
from livevote.hub.company import Place
from livevote.hub.hub import Hub
from livevote.hub.roles import DIRECTOR, OWNER, PRODUCER, VERIFIER
from livevote.store.connect import connect
from livevote.store.durability import Finding
from livevote.store.embedded import EmbeddedServer
from livevote.store.store import Store
from livevote.web.accounts import Accounts
from livevote.web.api import Api
from livevote.web.app import make_app
from livevote.web.auth import Auth
from livevote.web.control import Controls
from livevote.web.control_keys import ControlKeys
from livevote.web.http import http_protocol
from livevote.web.origins import Origins
from livevote.web.pages import theme_folder
from livevote.web.photos import Photos
from livevote.web.rehearsals import Rehearsals
from livevote.web.transport import SocketProtocol
from livevote.web.work import Work

log = structlog.get_logger()

# Every connection has these from the listener. A reader that stalls is given up by the kernel
# after some seconds, and holds at most so much of ours; a writer that floods is read in small
# bites; one that vanished without a word is found out.
LISTENER = (
    (socket.SOL_SOCKET, socket.SO_SNDBUF, 65_536),
    (socket.SOL_SOCKET, socket.SO_RCVBUF, 16_384),
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 30),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 10),
    (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 4_000),
)
# Who waits to be accepted; the kernel cuts it to its own limit (net.core.somaxconn, 4,096). One who
# finds no place comes again after one second, and then after two more.
BACKLOG = 65_535
FLUSH_S_MAX = 3.0
# In the data folder, beside the store.
EVIDENCE = "evidence"
WATCH_S = 0.1
NOTE_S = 1.0
RESTART_S_MAX = 5.0


@dataclass(frozen=True)
class Ready:
    """What people are told of a server that is up. first_link: the owner's one-time link, ""
    when claimed already."""

    url: str
    finding: Finding
    first_link: str


@dataclass(frozen=True)
class Running(Ready):
    """The same from inside its process."""

    hub: Hub
    api: Api
    auth: Auth
    controls: Controls
    rehearsals: Rehearsals


# --- the store ---


@contextlib.contextmanager
def embedded(settings: Settings) -> Iterator[EmbeddedServer | None]:
    """The embedded store while it is needed; None where an external one is named. From the main
    thread, before the event loop: the kernel ties the child to the thread that starts it."""
    if settings.store:
        yield None
        return
    child = EmbeddedServer(Path(settings.data) / "store")
    child.start()
    try:
        yield child
    finally:
        child.stop()


@contextlib.contextmanager
def borrowed(settings: Settings) -> Iterator[str]:
    """The address of the store, for a command beside the server: of the running server's own
    child where there is one, else of a child started for the while."""
    if settings.store:
        yield settings.store
        return
    child = EmbeddedServer(Path(settings.data) / "store")
    if not child.directory.is_dir():
        raise StartRefused(f"there is no livevote data in {settings.data}")
    if child.answers():
        yield child.url
        return
    child.start()
    try:
        yield child.url
    finally:
        child.stop()


def photos_folder(settings: Settings) -> Path:
    """Of what people file with questions; also where the store is an external one."""
    return Path(settings.data) / "photos"


@asynccontextmanager
async def reading(settings: Settings, store_url: str) -> AsyncIterator[Hub]:
    """A hub that has read everything and takes nothing over."""
    store, finding = await connect(store_url, accept_not_durable=True)
    try:
        evidence = Path(settings.data) / EVIDENCE
        hub = Hub(store, finding, "", zone=check_zone(settings), evidence=evidence)
        await hub.load()
        yield hub
    finally:
        await store.close()


@asynccontextmanager
async def open_store(
    settings: Settings, child: EmbeddedServer | None
) -> AsyncIterator[tuple[Store, Finding]]:
    url = child.url if child else settings.store
    store, finding = await connect(url, accept_not_durable=settings.accept_not_durable)
    try:
        yield store, finding
    finally:
        await store.close()


async def tend(child: EmbeddedServer, store: Store) -> None:
    """Keep the child running, and what is noted of its log up to date."""
    await asyncio.gather(_watch(child, store), _take_notes(child))


async def _watch(child: EmbeddedServer, store: Store) -> None:
    """Start the child again when it died, with growing pauses. Ballots meanwhile are told to
    come back; whatever was acknowledged is in its log."""
    pause_s = WATCH_S
    while True:
        await asyncio.sleep(WATCH_S)
        if child.alive:
            pause_s = WATCH_S
            continue
        log.error("the embedded store died", last_words=child.last_words())
        await asyncio.sleep(pause_s)
        pause_s = min(pause_s * 2, RESTART_S_MAX)
        child.spawn()
        while child.alive and not await asyncio.to_thread(child.answers):
            await asyncio.sleep(WATCH_S)
        if child.alive:
            with contextlib.suppress(Refusal):
                await store.load_functions()
            log.warning("the embedded store is back")


async def _take_notes(child: EmbeddedServer) -> None:
    while True:
        await asyncio.sleep(NOTE_S)
        await asyncio.to_thread(child.note)


# --- addresses ---


def listen(settings: Settings, *, shared: bool = False) -> socket.socket:
    """A bound socket. shared: with others of this user that say so too; the kernel then deals new
    connections out to those that listen. Raises StartRefused."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # With its protocol named: asyncio sends small answers at once only on what it knows is TCP.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    for level, option, value in LISTENER:
        sock.setsockopt(level, option, value)
    if shared:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        sock.bind((settings.host, settings.port))
    except OSError as error:
        sock.close()
        raise StartRefused(
            f"cannot listen on {settings.host} port {settings.port}: {error.strerror}; "
            "choose another --port"
        ) from None
    return sock


def address_of(settings: Settings, sock: socket.socket) -> str:
    """The URL at which people reach this server."""
    if settings.public_url:
        return settings.public_url.rstrip("/")
    return address(settings, sock.getsockname()[1])


def address(settings: Settings, port: int) -> str:
    """The same where no public address was given, at a port."""
    scheme = "https" if settings.tls_cert else "http"
    host = settings.host
    if host in ("0.0.0.0", "::"):  # noqa: S104 - compared, not bound
        host = own_address()
    if ":" in host:
        host = f"[{host}]"
    return f"{scheme}://{host}:{port}"


def door_of(settings: Settings, sock: socket.socket) -> str:
    """The URL at which this machine itself reaches this server, whatever people call it."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host)  # noqa: S104
    local = f"[{settings.host}]" if ":" in settings.host else settings.host
    scheme = "https" if settings.tls_cert else "http"
    return f"{scheme}://{host or local}:{sock.getsockname()[1]}"


def own_address() -> str:
    """This machine's address on its network; loopback where it has none. Sends nothing: a
    datagram socket only looks up the route."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # TEST-NET-1 (RFC 5737), never routed
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"


def check(settings: Settings) -> ZoneInfo:
    """Raises StartRefused for settings that do not go together; the time zone."""
    if bool(settings.tls_cert) != bool(settings.tls_key):
        raise StartRefused("--tls-cert and --tls-key go together")
    if settings.tls_cert and settings.tls_key:
        try:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(settings.tls_cert, settings.tls_key)
        except OSError as error:
            raise StartRefused(f"the certificate or its key cannot be used: {error}") from None
    for url in (settings.public_url, *settings.origin):
        parts = urlsplit(url)
        if url and not (parts.scheme in ("http", "https") and parts.hostname):
            raise StartRefused(f"{url!r} is not an address such as https://vote.example.org")
    for proxy in settings.trusted_proxy.split(","):
        try:
            ipaddress.ip_network(proxy.strip())
        except ValueError:
            raise StartRefused(f"--trusted-proxy: {proxy!r} is not an address") from None
    if not (theme_folder(settings.theme) / "theme.css").is_file():
        raise StartRefused(f"--theme: there is no {settings.theme}/theme.css")
    return check_zone(settings)


def check_zone(settings: Settings) -> ZoneInfo:
    """Raises StartRefused."""
    try:
        return ZoneInfo(settings.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise StartRefused(f"--time-zone: there is no zone {settings.time_zone!r}") from None


# --- the server ---


class _Server(uvicorn.Server):
    """uvicorn without its signal handling: we answer every ballot before it closes sockets."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def first_account(accounts: Accounts, api: Api) -> str:
    """The link with which the first account is claimed, "" when somebody did already."""
    found = accounts.all()
    if any(account.claimed for account in found):
        return ""
    owner = found[0] if found else None
    if owner is None:
        owner = await accounts.put("owner", (OWNER, DIRECTOR, PRODUCER, VERIFIER))
    return api.claim_link(owner)


@asynccontextmanager
async def running(
    settings: Settings,
    child: EmbeddedServer | None,
    place: Place | None = None,
    clock: Clock | None = None,
) -> AsyncIterator[Running]:
    """A server that answers, until the block ends; then a clean shutdown. place: which of several
    processes this one is, and by whose clock it goes. clock: another one than the machine's."""
    zone = check(settings)
    sock = listen(settings, shared=place is not None)
    url = address_of(settings, sock)
    async with open_store(settings, child) as (store, finding):
        company, clock = (place.company(), Clock(place.clock_ms)) if place else (None, clock)
        evidence = Path(settings.data) / EVIDENCE
        hub = Hub(store, finding, f"{url}/", company, clock, zone, evidence)
        photos = Photos(photos_folder(settings))
        hub.desk.on_erased, hub.desk.on_read = photos.remove, photos.sweep
        await hub.start()
        accounts = Accounts(hub)
        await accounts.load()
        work = Work(hub.keys.cookie, settings.viewer_work, hub.store.use_once, hub.clock.now_ms)
        filers_work = Work(
            hub.keys.cookie, settings.desk_work, hub.store.use_once, hub.clock.now_ms
        )
        auth = Auth(hub.keys.cookie, accounts, secure=url.startswith("https"), work=work)
        origins = Origins.of([url, *settings.origin])
        api = Api(hub, auth, url)
        control_keys = ControlKeys(hub)
        await control_keys.load()
        controls = Controls(hub, auth, control_keys, by_get=settings.control_get)
        rehearsals = Rehearsals(hub, auth, door_of(settings, sock), url)
        app = make_app(
            *(hub, auth, origins, api, zone, controls, settings.theme),
            rehearsals=rehearsals,
            photos=photos,
            filers_work=filers_work,
        )
        server = _Server(
            uvicorn.Config(
                app,
                http=http_protocol(),
                ws=SocketProtocol,
                log_config=None,
                access_log=False,
                server_header=False,
                lifespan="off",
                backlog=BACKLOG,
                forwarded_allow_ips=settings.trusted_proxy,
                ssl_certfile=settings.tls_cert,
                ssl_keyfile=settings.tls_key,
                timeout_graceful_shutdown=3,
            )
        )
        serving = asyncio.create_task(server.serve(sockets=[sock]))
        tending = asyncio.create_task(tend(child, store)) if child else None
        try:
            await _until(lambda: server.started or serving.done())
            # What lives now lives as long as the server: the collector need not look at it.
            gc.collect()
            gc.freeze()
            # What a ballot makes is gone with its answer; looking for circles in it every few
            # hundred of them took a tenth of the server's time.
            gc.set_threshold(50_000, 20, 50)
            link = await first_account(accounts, api) if hub.company.leads else ""
            yield Running(url, finding, link, hub, api, auth, controls, rehearsals)
        finally:
            await rehearsals.stop()
            await hub.stop()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(FLUSH_S_MAX):
                    await _until(lambda: not any(s.members for s in hub.studios.values()))
            server.should_exit = True
            await serving
            if tending:
                tending.cancel()


async def _until(true: Callable[[], bool]) -> None:
    while not true():
        await asyncio.sleep(0.01)


Beside = Callable[[Running], Awaitable[None]]


def serve(
    settings: Settings,
    beside: Beside,
    *,
    until_done: bool,
    place: Place | None = None,
    clock: Clock | None = None,
) -> None:
    """Run until SIGINT or SIGTERM, until something breaks that must stop it, or (until_done)
    until `beside`, which runs beside the server, is done. Raises StartRefused, or the failure."""
    # Each connection is an open file: as many as this machine lets us have.
    _, files_max = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (files_max, files_max))
    with embedded(settings) as child:
        uvloop.run(_serve(settings, child, beside, until_done, place, clock))


async def _serve(
    settings: Settings,
    child: EmbeddedServer | None,
    beside: Beside,
    until_done: bool,
    place: Place | None,
    clock: Clock | None,
) -> None:
    loop = asyncio.get_running_loop()
    asked: asyncio.Future[None] = loop.create_future()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, asked.cancel)
    async with running(settings, child, place, clock) as up:
        assert up.hub.broken is not None
        task = asyncio.ensure_future(beside(up))
        ends = {asked, up.hub.broken, task}
        try:
            while True:
                done, ends = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
                for ended in done - {asked}:
                    ended.result()  # raises what went wrong
                if until_done or not done <= {task}:
                    return
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
