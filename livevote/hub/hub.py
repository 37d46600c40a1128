"""The hub on one screen: what there is, who talks to whom, how it starts and stops.

sockets, HTTP ──▶ Session ──▶ Intake ──▶ store           ballots
                     │                     ▲
                     └────▶ Director ──────┘             commands, in order
Beat ──▶ store (pull) ──▶ Fanout ──▶ Outbox ──▶ sockets  frames
Notary ──▶ store (read, sign) ──▶ proofs of receipts     checkpoints
Replays ──▶ store (read) ──▶ Fanout                      a run that is over, again
"""

from __future__ import annotations

import asyncio
import itertools
import secrets
from bisect import bisect_left
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import tzinfo
from pathlib import Path
from typing import Any

import structlog

from livevote.core import command as cmd
from livevote.core import event as ev
from livevote.core.ballot import Answer, Ballot, Entry, Outcome, Turned
from livevote.core.chain import read_text
from livevote.core.disclosure import Publication
from livevote.core.model import Episode
from livevote.core.names import Names
from livevote.core.plain import command_from_plain, from_plain, snake, to_plain
from livevote.core.receipt import receipt, same_receipt, seat_code
from livevote.core.rehearsal import rehearsal, titled
from livevote.errors import (
    BadInput,
    BadReceipt,
    LogDiffers,
    NotAllowed,
    NotFound,
    Refusal,
    StoreDown,
    StoreNonsense,
    WrongPhase,
)
from livevote.export.material import CHINA, Material, may_show
from livevote.hub import stats as stats_module
from livevote.hub import view
from livevote.hub.admission import Doorkeeper
from livevote.hub.beat import BEAT_S, Beat
from livevote.hub.catalogue import CatalogueDesk
from livevote.hub.clock import Clock
from livevote.hub.company import Company
from livevote.hub.desk import LOG as DESK_LOG
from livevote.hub.desk import QuestionDesk
from livevote.hub.director import Director, Outside
from livevote.hub.disclosure import LOG as DISCLOSURE
from livevote.hub.disclosure import DisclosureDesk
from livevote.hub.evidence import Evidence
from livevote.hub.fanout import Audience, Fanout
from livevote.hub.feed import Feed
from livevote.hub.intake import Intake, refusal_of
from livevote.hub.ledger import LOG as LEDGER
from livevote.hub.ledger import LedgerDesk
from livevote.hub.notary import Notary, Proof
from livevote.hub.part import Sample
from livevote.hub.promises import Promises
from livevote.hub.replays import Replays
from livevote.hub.studio import Member, Studio, Voter
from livevote.store.durability import Finding
from livevote.store.keys import RunKey
from livevote.store.store import Store
from livevote.wire.codes import Close
from livevote.wire.inbound import Cast
from livevote.wire.outbound import Counted, Mine, State, TallyFrame

log = structlog.get_logger()

KEYS = "keys"
KEY_BYTES = 32
# The store answers or gives up in 5 s; then everything that was taken is answered.
STOP_S_MAX = 12.0
# Where this process follows: what nobody here watches is read on every so many beats.
IDLE_EVERY = 10
EXCHANGE_S = 0.3
# How soon a server knows that `livevote forget`, a process of its own, destroyed a key.
FORGET_LOOK_S = 0.5
PROOFS_AT_ONCE = 8
# An export waits three seconds at most for the checkpoint over a log that was just closed.
NOTES_TRIES, NOTES_TRY_S = 15, 0.2
# A mark has four bytes for an index.
INDEX_END = 1 << 32

# After these a connected voter may sit in another panel.
REGROUPING = (ev.RulesSet, ev.RosterSet, ev.RundownSet, ev.SegmentChosen, ev.RunArmed, ev.RunVoided)

CastDone = Callable[[Counted | Refusal], None]
_AGAIN = Answer.AGAIN


@dataclass(frozen=True)
class Keys:
    """Secrets that live in the store. cookie: signs cookies and tokens; receipt: receipts."""

    cookie: bytes
    receipt: bytes


class Hub:
    """Everything live. One per process. company: the server's other processes. zone: in which a
    pledge's day begins. evidence: the folder of its files."""

    def __init__(
        self,
        store: Store,
        finding: Finding,
        vote_url: str,
        company: Company | None = None,
        clock: Clock | None = None,
        zone: tzinfo = CHINA,
        evidence: Path = Path("evidence"),
    ) -> None:
        self.company = company or Company()
        self.store = store
        self.finding = finding
        self.vote_url = vote_url
        self.clock = clock or Clock()
        self.stats = stats_module.make(self.clock.now_ms)
        self.intake = Intake(store.commit, self._told, self.stats, self.clock.now_ms)
        self.fanout = Fanout(self.stats)
        self.doors = Doorkeeper()
        self.catalogue = CatalogueDesk(store, self.clock.now_ms)
        self.ledger = LedgerDesk(store, self.clock.now_ms, zone, Evidence(evidence))
        self.desk = QuestionDesk(store, self.company, self.clock.now_ms, zone, self._calm)
        self.disclosure = DisclosureDesk(store, self.clock.now_ms)
        self.studios: dict[str, Studio] = {}
        # Receipts have few of the store's connections: ballots must find one.
        self._asking = asyncio.Semaphore(PROOFS_AT_ONCE)
        self.notary = Notary(store, self.studios.values, self.clock.now_ms)
        self.replays = Replays(store, self.fanout, self.studios.values, self.clock.now_ms)
        self.keys = Keys(b"", b"")
        self.epoch = ""
        # Set when something broke that must stop the server.
        self.broken: asyncio.Future[None] | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = False
        self._beat = Beat(
            store,
            self.fanout,
            self.intake,
            self.stats,
            (finding.durability.value, finding.reason),
            self.studios.values,
            self.clock.now_ms,
            self.company,
            self.on,
        )
        self.feed = Feed(
            self.fanout, self.stats, self.studios.values, self.clock.now_ms, self._beat.pull
        )
        self.promises = Promises(self)
        self._outside = Outside(
            store,
            self.clock.now_ms,
            self._drained,
            self._changed,
            self._fail,
            self.promises.look_back,
        )
        # What else is read anew where this process follows, and what it measures.
        self.also_follow: list[Callable[[], Awaitable[None]]] = []
        self.samples: Callable[[], list[Sample]] = list
        self._following = asyncio.Lock()
        self.company.calls |= {
            "follow": self.follow,
            "drained": lambda episode, run: self.intake.drained(RunKey(episode, run)),
            "command": self._command_asked,
            "join_seat": lambda id, *args: self.join_seat(self.studio(id), *args),
            "make_show": lambda name, by: self.make_show(from_plain(Names, name), by),
            "make_episode": lambda show, title, by: self.make_episode(
                show, from_plain(Names, title), by
            ),
            "rehearse": self.rehearse,
            "switch": self.switch,
            "publish": self._publish_asked,
        }

    # --- starting and stopping ---

    async def load(self) -> None:
        """Read everything there is. Enough to export; nothing is taken over."""
        self.keys = Keys(await self._key("cookie"), await self._key("receipt"))
        self.notary.take_key(await self._key("notary"))
        self.epoch = (await self._key("epoch"))[:6].hex()
        await self.catalogue.load()
        await self.disclosure.load()
        for listing in self.catalogue.state.episodes:
            await self._add_studio(listing.id)
        await self.ledger.load()

    async def start(self) -> None:
        """Load, take over what is under way (where this process leads), start the loops. Raises
        StoreDown where the store went away."""
        self.broken = asyncio.get_running_loop().create_future()
        self.clock.start()
        await self.load()
        await self.company.start()
        if self.company.leads:
            for studio in self.studios.values():
                await studio.director.take_over()
            self._loop("notary", self.notary.work())
            self._loop("forgetting", self._look_for_forgotten())
        else:
            self._loop("following", self._keep_up())
        if not self.company.alone:
            self._loop("exchange", self._exchange())
        self._loop("desk", self.desk.work())
        self._loop("intake", self.intake.work())
        self._loop("beat", self._beat.work())
        self._loop("feed", self.feed.work())
        self._loop("replays", self.replays.work())

    def _loop(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work, name=name)
        task.add_done_callback(self._task_ended)
        self._tasks.append(task)

    async def stop(self) -> None:
        """Answer every ballot that was taken, refuse new ones, tell every client to come back."""
        await self.intake.stop()
        await self.company.stop()
        self._stopping = True
        if self._tasks:
            self._beat.stop()
            self.feed.stop()
            self.replays.stop()
            self.notary.stop()
            self.desk.stop()
            _, unfinished = await asyncio.wait(self._tasks, timeout=STOP_S_MAX)
            for task in unfinished:
                log.error("still busy at the end", task=task.get_name())
                task.cancel()
        for studio in self.studios.values():
            studio.director.stop()
            for member in list(studio.members):
                member.outbox.close(Close.GOING_DOWN)
        self.clock.stop()

    def _task_ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()):
            self._fail(error)

    def _fail(self, error: BaseException) -> None:
        """Stop the server: never guess at votes."""
        log.error("hub failed", error=f"{type(error).__name__}: {error}")
        if self.broken and not self.broken.done():
            self.broken.set_exception(error)

    async def _key(self, name: str) -> bytes:
        return await self.store.put_new(KEYS, name, secrets.token_bytes(KEY_BYTES))

    async def _add_studio(self, episode_id: str) -> None:
        studio = await self._new_studio(episode_id)
        await studio.director.load()
        if studio.episode.forgotten_ms:
            await self._destroy_key(studio)
        self.studios[episode_id] = studio

    async def _new_studio(self, episode_id: str) -> Studio:
        return Studio(Director(episode_id, self._outside), await self._key(episode_id))

    # --- episodes ---

    def studio(self, episode_id: str = "") -> Studio:
        """The episode's studio; "" is the one that is on. Raises NotFound."""
        chosen = episode_id or self.catalogue.state.on
        found = self.studios.get(chosen)
        if found is None:
            raise NotFound("there is no such episode" if chosen else "no episode is on")
        return found

    async def studio_by_now(self, episode_id: str) -> Studio:
        """The same, also where another process made it a moment ago. For staff: it may ask the
        store."""
        if episode_id not in self.studios and not self.company.leads:
            await self.follow()
        return self.studio(episode_id)

    def on(self) -> Episode | None:
        """The episode that voters land in."""
        studio = self.studios.get(self.catalogue.state.on)
        return studio.episode if studio else None

    async def make_show(self, name: Names, by: str) -> str:
        """The new show's id. Raises BadInput."""
        if not self.company.leads:
            return str(await self.at_leader("", "make_show", to_plain(name), by))
        show = await self.catalogue.make_show(name, by)
        await self.company.hurry("")
        return show

    async def make_episode(self, show: str, title: Names, by: str) -> str:
        """The new episode's id. Raises NotFound or BadInput."""
        if not self.company.leads:
            return str(await self.at_leader("", "make_episode", show, to_plain(title), by))

        def events(listed: ev.EpisodeListed) -> Sequence[ev.Event]:
            name = self.catalogue.state.show(show).name
            return [ev.EpisodeMade(listed.episode, name, listed.title)]

        return await self._make(show, title, by, events)

    async def rehearse(self, episode_id: str, by: str) -> str:
        """The id of a new rehearsal of an episode. Raises NotFound or BadInput."""
        if not self.company.leads:
            return str(await self.at_leader("", "rehearse", episode_id, by))
        of = self.studio(episode_id).episode
        show = self.catalogue.state.episode(of.id).show
        return await self._make(
            show, titled(of.title), by, lambda listed: rehearsal(of, listed), rehearsal_of=of.id
        )

    async def _make(
        self,
        show: str,
        title: Names,
        by: str,
        events: Callable[[ev.EpisodeListed], Sequence[ev.Event]],
        rehearsal_of: str = "",
    ) -> str:
        """events: the first of the new episode's log."""
        studio: Studio | None = None

        async def begin(listed: ev.EpisodeListed) -> None:
            nonlocal studio
            first = events(listed)
            studio = await self._new_studio(listed.episode)
            await studio.director.make(first, by)

        listed = await self.catalogue.list_episode(show, title, by, rehearsal_of, begin)
        assert studio
        self.studios[listed.episode] = studio
        await self.company.hurry(listed.episode)
        return listed.episode

    async def switch(self, episode_id: str, by: str, rehearsal: bool = False) -> None:
        """Let voters land in another episode; the viewers of the old one come over. rehearsal: it
        is known to be one. Raises NotFound, BadInput or WrongPhase."""
        if not self.company.leads:
            await self.at_leader("", "switch", episode_id, by, rehearsal)
            return
        self._check_switch(episode_id, rehearsal)
        self._switched(await self.catalogue.switch(episode_id, by))
        await self.company.hurry("")

    def _check_switch(self, episode_id: str, rehearsal: bool) -> None:
        """Nobody lands in a rehearsal by mistake, and no vote is broken off for one."""
        if episode_id:
            is_one = bool(self.catalogue.state.episode(episode_id).rehearsal_of)
            if is_one and not rehearsal:
                raise BadInput("this is a rehearsal: put it on as one", where="rehearsal")
            if rehearsal and not is_one:
                raise BadInput("this is no rehearsal", where="rehearsal")
        on = self.on()
        if rehearsal and on and not on.rehearsal_of and on.run_under_way:
            raise WrongPhase("a run is under way in the episode that is on; rehearse afterwards")

    def _switched(self, before: str) -> None:
        if before in self.studios and before != self.catalogue.state.on:
            for member in list(self.studios[before].members):
                if member.role in ("viewer", "listener"):
                    member.outbox.close(Close.EPISODE_CHANGED)

    async def command(self, studio: Studio, command: cmd.Command, by: str, expect: int = 0) -> int:
        """Carry out a command; the new revision. Raises its Refusal."""
        id = studio.episode.id
        if not self.company.leads:
            name = snake(type(command).__name__)
            args = id, name, to_plain(command), by, expect
            return int(await self.at_leader(id, "command", *args))
        revision = await studio.director.command(command, by, expect)
        if isinstance(command, cmd.SetTitle):
            await self.catalogue.retitle(id, studio.episode.title, by)
        await self.company.hurry(id)
        return revision

    async def _command_asked(
        self, id: str, name: str, args: dict[str, Any], by: str, expect: int
    ) -> int:
        return await self.command(self.studio(id), command_from_plain(name, args), by, expect)

    def _calm(self) -> bool:
        """Whether nobody votes: then the store may have work that a vote would feel."""
        return not any(studio.episode.run_under_way for studio in self.studios.values())

    # --- the open record ---

    async def publish(self, show: str, wanted: Publication, by: str) -> int:
        """Put it in the show's open record; how many things it changed. Raises NotFound or
        BadInput."""
        self.catalogue.state.show(show)
        if not self.company.leads:
            plain = await asyncio.to_thread(to_plain, wanted)
            return int(await self.at_leader(DISCLOSURE, "publish", show, plain, by))
        changed = await self.disclosure.publish(show, wanted, by)
        await self.company.hurry(DISCLOSURE)
        return changed

    async def _publish_asked(self, show: str, plain: dict[str, Any], by: str) -> int:
        # In a thread: thousands of cards, and votes go on meanwhile.
        return await self.publish(show, await asyncio.to_thread(from_plain, Publication, plain), by)

    # --- seats ---

    def seat_code(self, studio: Studio, seat: str) -> tuple[int, str]:
        """(generation, code) with which a tablet joins a seat now. Raises NotFound."""
        studio.check_key()
        if studio.episode.seat(seat) is None:
            raise NotFound(f"there is no seat {seat}")
        state = studio.episode.seat_states.get(seat)
        generation = state.generation if state else 1
        return generation, seat_code(studio.key, seat, generation)

    async def join_seat(self, studio: Studio, seat: str, generation: int, code: str) -> None:
        """Redeem a seat's code, once. Raises NotFound or NotAllowed."""
        if not self.company.leads:
            id = studio.episode.id
            await self.at_leader(id, "join_seat", id, seat, generation, code)
            return
        _, expected = self.seat_code(studio, seat)
        if not secrets.compare_digest(code.encode(), expected.encode()):
            raise NotAllowed(f"this code does not open seat {seat}; scan the newest one")
        await self.command(studio, cmd.JoinSeat(seat, generation), f"seat {seat}")

    def seats_online(self, studio: Studio) -> set[str]:
        """Seats whose tablet is connected, in any process."""
        elsewhere = (part.studios.get(studio.episode.id) for part in self.company.parts)
        return studio.seats_online().union(*(one["online"] for one in elsewhere if one))

    # --- the end ---

    async def forget(self, studio: Studio, by: str) -> bool:
        """Destroy the key of the episode's pseudonyms; whether it is gone from the store's disk
        too. Raises WrongPhase while a run is under way. Logged first, at the revision on which it
        was decided: from then on nobody can arm, join or vote, whichever process they ask."""
        cmd.decide(studio.episode, cmd.Forget(), cmd.Asked(by, self.clock.now_ms()))
        await self.command(studio, cmd.Forget(), by)
        await self._destroy_key(studio)
        return await self.store.rewrite()

    async def _destroy_key(self, studio: Studio) -> None:
        # Overwritten, not removed: a key that is missing would be made anew.
        await self.store.put(KEYS, studio.episode.id, b"")
        studio.forget()

    async def heed_forgotten(self) -> None:
        """Forget what a process beside us has destroyed: `livevote forget`. The empty key says that
        there is something to read in that episode's log; one question for all episodes."""
        for episode, key in (await self.store.records(KEYS)).items():
            studio = self.studios.get(episode)
            if studio and studio.key and not key:
                await studio.director.follow()

    async def _look_for_forgotten(self) -> None:
        """Nobody tells a server that leads what was written beside it."""
        while not self._stopping:
            with suppress(StoreDown):
                await self.heed_forgotten()
            await asyncio.sleep(FORGET_LOOK_S)

    # --- several processes ---

    async def at_leader(self, log_name: str, name: str, *args: Any) -> Any:
        """Have it written by the leader, and read here what it wrote. Raises its Refusal."""
        result = await self.company.ask(name, *args)
        with suppress(StoreDown):  # it is done all the same
            await self.follow(log_name)
        return result

    async def follow(self, log_name: str = "") -> None:
        """Read what the leader wrote: the catalogue, and by name an episode, what shows publish or
        the accounts."""
        async with self._following:
            before = self.catalogue.state.on
            await self.catalogue.load()
            for listing in self.catalogue.state.episodes:
                if listing.id not in self.studios:
                    await self._add_studio(listing.id)
            if before != self.catalogue.state.on:
                self._switched(before)
        if log_name in self.studios:
            await self.studios[log_name].director.follow()
        elif log_name == LEDGER:
            await self.promises.read_ledger()
        elif log_name == DESK_LOG:
            await self.desk.load()
        elif log_name == DISCLOSURE:
            await self.disclosure.load()
        elif log_name:
            await self._follow_also()

    async def _follow_also(self) -> None:
        for follow in self.also_follow:
            await follow()

    async def _keep_up(self) -> None:
        """On every beat, whatever was hurried: nothing depends on a message."""
        for count in itertools.takewhile(lambda _: not self._stopping, itertools.count()):
            with suppress(StoreDown):
                await self.follow()
                for index, studio in enumerate(list(self.studios.values())):
                    watched = studio.watched(self.clock.now_ms())
                    if watched or index % IDLE_EVERY == count % IDLE_EVERY:
                        await studio.director.follow()
                if count % IDLE_EVERY == 0:
                    await self._follow_also()
                    await self.promises.read_ledger()
                    await self.disclosure.load()
            await asyncio.sleep(BEAT_S)

    async def _exchange(self) -> None:
        """How this process is for how the others are, and what follows from it."""
        while not self._stopping:
            await self.company.exchange(replace(self._beat.part(), samples=self.samples()))
            for part in self.company.parts:
                for episode, theirs in part.studios.items():
                    if episode in self.studios:
                        self._heed(self.studios[episode], theirs)
            await asyncio.sleep(EXCHANGE_S)

    def _heed(self, studio: Studio, theirs: dict[str, Any]) -> None:
        if theirs["run"] == studio.voted_run:
            studio.voted.update(theirs["voted"])
        for member in studio.of_role("seat"):
            if theirs["online"].get(member.who, 0) > member.entered_ns:
                self._displace(studio, member)

    async def _drained(self, run: RunKey) -> None:
        await asyncio.gather(self.intake.drained(run), self.company.drained(run))

    # --- ballots ---

    def cast(
        self, studio: Studio, voter: Voter, cast: Cast, received_ms: int, done: CastDone
    ) -> None:
        """Submit a ballot; `done` gets the receipt once it is durable, or the refusal. Raises a
        Refusal at once for a ballot that cannot go to the store."""
        try:
            run, ballot = studio.ballot(voter, cast, received_ms)
            self.intake.submit(run, ballot, done)
        except Refusal as refusal:
            self.stats.rejects[refusal.code] += 1
            raise

    async def cast_and_wait(
        self, studio: Studio, voter: Voter, cast: Cast, received_ms: int
    ) -> Counted:
        """The same for a caller that can wait. Raises the Refusal."""
        future: asyncio.Future[Counted] = asyncio.get_running_loop().create_future()

        def done(answer: Counted | Refusal) -> None:
            if future.done():
                return
            if isinstance(answer, Refusal):
                future.set_exception(answer)
            else:
                future.set_result(answer)

        self.cast(studio, voter, cast, received_ms, done)
        return await future

    def _told(
        self, run: RunKey, ballots: Sequence[Ballot], outcomes: Sequence[Outcome]
    ) -> list[Counted | Refusal]:
        """A receipt or a refusal for each ballot of a batch that is durable; its studio hears of
        them first."""
        studio = self.studios.get(run.episode)
        if studio:
            studio.note_committed(run.run, ballots, outcomes)
        return [
            refusal_of(outcome) or self._receipted(run.run, ballot, outcome)
            for ballot, outcome in zip(ballots, outcomes, strict=True)
        ]

    def _receipted(self, run_id: str, ballot: Ballot, outcome: Outcome) -> Counted:
        voter, _, seq, value, _ = ballot
        index = outcome.index
        text = receipt(self.keys.receipt, run_id, index, voter, seq, value)
        return Counted(run_id, seq, value, index, text, outcome.answer is _AGAIN)

    async def mine(self, studio: Studio, voter: Voter) -> Mine | None:
        """The voter's counted ballot in the shown run; None where no run is shown."""
        run = studio.episode.run_shown
        if run is None:
            return None
        pseudo = studio.pseudonym(voter)
        mark = await self.store.mark(studio.run_key(run), pseudo)
        if mark is None:
            return Mine(run.id, 0, 0, 0, "")
        seq, value, index = mark
        text = receipt(self.keys.receipt, run.id, index, pseudo, seq, value)
        return Mine(run.id, seq, value, index, text)

    async def prove(self, studio: Studio, run_name: str, index: int, text: str) -> Proof:
        """That the ballot of this receipt is in the log. run_name: the run's id or code. Raises
        BadReceipt, NotYet, LogDiffers or StoreDown."""
        run = studio.run_named(run_name)
        if run is None or not 0 < index < INDEX_END:
            raise BadReceipt
        key = studio.run_key(run)
        try:
            async with self._asking:
                entry = await self.store.entry(key, index)
        except StoreNonsense:
            # The notary meets it too, and tells the director.
            raise LogDiffers from None
        if entry is None or not same_receipt(text, self._receipt_of(run.id, entry)):
            raise BadReceipt
        async with self._asking:
            return await self.notary.prove(key, entry)

    def _receipt_of(self, run_id: str, e: Entry) -> str:
        return receipt(self.keys.receipt, run_id, e.index, e.voter, e.seq, e.value)

    # --- frames ---

    def state(self, studio: Studio, audience: Audience) -> State:
        """The whole state as this audience may see it."""
        episode = studio.episode
        if audience.channel == "voter":
            shown = view.voter(episode, audience.part)
        elif audience.channel == "overlay":
            shown = view.overlay(episode, self.vote_url, self.promises.deliveries(episode))
        else:
            ranked, recent = self.promises.deliveries(episode), studio.director.recent
            shown = view.staff(episode, self.vote_url, recent, ranked)
        return State(self.epoch, episode.revision, self.clock.now_ms(), shown)

    async def tally(self, studio: Studio, channel: str) -> TallyFrame | None:
        """The newest frame of the shown run, for someone who comes in now; None where there is
        none yet, or the store is away: then the beat sends it."""
        run = studio.episode.run_shown
        if run is None:
            return None
        if studio.tally_run != run.id:
            try:
                await self._beat.pull(studio, run)
            except StoreDown:
                return None
        full, turnout = view.tally_frames(run, studio.tally)
        return turnout if channel == "voter" else full

    async def _changed(self, episode: Episode, event: ev.Event) -> None:
        """After every logged event: the new state to all, at once, not on the beat."""
        studio = self.studios.get(episode.id)
        if studio is None:
            return
        studio.dirty = True
        if isinstance(event, ev.EpisodeForgotten):
            studio.forget()
        if isinstance(event, ev.SeatReissued):
            self._displace_all(studio, event.seat)
        if isinstance(event, REGROUPING):
            self._regroup(studio)
        await self.show_state(studio, ("staff", "overlay", "voter"))
        if isinstance(event, ev.RunArmed):
            studio.watch(event.run)
            for audience in self.fanout.audiences(episode.id, "voter"):
                await self.fanout.show(audience, "mine", Mine(event.run, 0, 0, 0, ""))

    async def show_state(self, studio: Studio, channels: Iterable[str]) -> None:
        """Tell all who are on these channels how it stands."""
        for channel in channels:
            for audience in self.fanout.audiences(studio.episode.id, channel):
                await self.fanout.show(audience, "state", self.state(studio, audience))

    # --- members ---

    def enter(self, studio: Studio, member: Member) -> bool:
        """Take a place and the frames that go with it; False where there is none. A seat's
        newest tablet displaces the one before."""
        viewer = member.voter if member.role == "viewer" else b""
        if not self.doors.enter(member.role, viewer):
            return False
        if member.role == "seat":
            self._displace_all(studio, member.who)
        studio.members[member] = None
        self.fanout.join(member.outbox)
        return True

    def leave(self, studio: Studio, member: Member) -> None:
        studio.members.pop(member, None)
        self.fanout.leave(member.outbox)
        self.doors.leave(member.role, member.voter if member.role == "viewer" else b"")

    def _regroup(self, studio: Studio) -> None:
        """Put every voter in the audience of the panel in which they sit now."""
        panels = {seat.label: seat.panel for seat in studio.episode.seats}
        online = studio.panel_of(Voter("viewer", ""))
        for member in studio.members:
            if member.role in ("seat", "viewer"):
                part = online if member.role == "viewer" else panels.get(member.who, "")
                self.fanout.move(member.outbox, part)

    def _displace_all(self, studio: Studio, seat: str) -> None:
        for member in studio.of_role("seat"):
            if member.who == seat:
                self._displace(studio, member)

    def _displace(self, studio: Studio, member: Member) -> None:
        log.warning("seat displaced", episode=studio.episode.id)
        member.outbox.close(Close.DISPLACED)

    # --- exports ---

    async def material(self, studio: Studio, tz: str) -> Material:
        """Everything an export of this episode is made from. Ballots of a run that is held and
        not revealed stay here. tz: the zone in which times are written."""
        episode = studio.episode
        ballots: dict[str, tuple[Entry, ...]] = {}
        turned: dict[str, tuple[Turned, ...]] = {}
        checkpoints: dict[str, tuple[str, ...]] = {}
        voted: dict[str, frozenset[str]] = {}
        seats = studio.seat_of()
        for run in episode.runs:
            key = studio.run_key(run)
            found = await self.store.voted(key, list(seats))
            labels = zip(seats.values(), found, strict=True)
            voted[run.id] = frozenset(label for label, there in labels if there)
            turned[run.id] = tuple([t async for batch in self.store.turned(key) for t in batch])
            # Notes first: a log always holds what was signed of it.
            checkpoints[run.id] = await self._notes(key, run.size)
            if may_show(run):
                entries = [e async for batch in self.store.log(key) for e in batch]
                ballots[run.id] = tuple(entries)
        history = await studio.director.history()
        return Material(
            episode=episode,
            # What happened while the logs were read belongs to the next export.
            events=tuple(e for e in history if e.revision <= episode.revision),
            ballots=ballots,
            turned=turned,
            voted=voted,
            durability=self.finding.durability.value,
            tz=tz,
            checkpoints=checkpoints,
            key=self.notary.key,
            sign=self.notary.signer.seal,
        )

    async def _notes(self, key: RunKey, size: int) -> tuple[str, ...]:
        """A run's checkpoints. size: of a log that is closed; the one that covers it is a moment
        away, where a server is running that signs. What is signed after that one adds nothing, and
        is left out: an export of a sealed run is the same bytes for ever."""
        for _ in range(NOTES_TRIES if self._tasks else 1):
            notes = await self.notary.notes(key)
            sizes = [read_text(note.partition("\n\n")[0] + "\n").size for note in notes]
            if not size:
                break
            if sizes and sizes[-1] >= size:
                return tuple(notes[: bisect_left(sizes, size) + 1])
            await asyncio.sleep(NOTES_TRY_S)
        return tuple(notes)
