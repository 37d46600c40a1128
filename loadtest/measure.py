"""Play the scenarios and note figures. One function for each kind of scenario.

Every variant of a scenario has its server and its generator up at the same time, and they are
measured in turn, round by round: what the machine does to one it does to all. Only the one whose
turn it is has anything to do.
"""

from __future__ import annotations

import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from livevote.hub.admission import LIMITS
from loadtest.arithmetic import percentile, slope
from loadtest.baselines import SUBJECTS, SendLoop
from loadtest.frames import Cast
from loadtest.livevote_server import knows, livevote
from loadtest.machine import SERVER_CORE, core_s, descendants, is_worker, rss_kb, used
from loadtest.player import Missing, Player
from loadtest.scenarios import Scenario
from loadtest.subject import Subject, Void, first_line, work_folder

# A closed loop that has not come to its end by then (the per-vote design with broadcast) is
# measured by what was answered until then.
WINDOW_MS = 3000
WARM_UP_MS = 1000
DRAIN_MS, DRAIN_BASELINE_MS = 8000, 500
# By how much the generator may send behind time before a round is void.
LATE_MS = 1000
SETTLE_S = 0.5
BACK_S_MAX = 30.0


@dataclass
class Figures:
    """scenario → variant → figure → one value a round. void: scenarios that count for nothing."""

    rounds: dict[str, dict[str, dict[str, list[float]]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    )
    checked: dict[str, str] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    void: dict[str, str] = field(default_factory=dict)

    def plain(self) -> dict[str, dict[str, dict[str, list[float]]]]:
        return {
            scenario: {variant: dict(found) for variant, found in variants.items()}
            for scenario, variants in self.rounds.items()
        }

    def note(self, scenario: Scenario, variant: str, figures: dict[str, float]) -> None:
        for name, value in figures.items():
            self.rounds[scenario.name][variant][name].append(value)


@dataclass(frozen=True)
class Plan:
    """rounds: of each variant after a warm-up. seed: of who votes for what, and when."""

    rounds: int = 3
    seed: int = 1
    quick: bool = False
    soak_s: float = 0.0


class Variant:
    """A subject with its generator connected; plays rounds and measures them."""

    def __init__(self, name: str, subject: Subject, player: Player, scenario: Scenario) -> None:
        self.name = name
        self.subject = subject
        self.player = player
        self.scenario = scenario
        # A baseline in a closed loop may leave answers behind; livevote may not.
        self.ours = name.startswith("livevote")
        self.must_answer = self.ours or scenario.kind != "saturation"
        self._tokens = float(LIMITS[scenario.role].burst)
        self._tokens_at = time.monotonic()

    def connect(self, spread_ms: int = 0, at_once: int = 16, seed: int = 1) -> dict[str, float]:
        """All who are not connected; who is turned away comes back like a real client, after half
        a second and by chance. Raises Void where not everybody is in within 30 s."""
        started, turned_away = time.monotonic(), 0
        while True:
            said = self.player.connect(spread_ms, at_once, 30_000, seed)
            turned_away += said["failed"]
            back_s = time.monotonic() - started
            if said["ready"] == self.scenario.sockets:
                return {"back_s": back_s, "turned_away": turned_away}
            if back_s > BACK_S_MAX:
                raise Void(
                    f"{self.name}: {said['ready']} of {self.scenario.sockets} sockets got in "
                    f"in {back_s:.0f} s (last close code {said['close_code']})"
                )
            time.sleep(0.5)
            spread_ms, seed = 500, seed + 1

    def rest(self, votes_each: int) -> None:
        """Until every voter may send this many at once: the product's own limit on messages."""
        limit = LIMITS[self.scenario.role]
        now = time.monotonic()
        self._tokens = min(self._tokens + (now - self._tokens_at) * limit.rate, limit.burst)
        wait_s = max(0.0, votes_each + 1 - self._tokens) / limit.rate
        time.sleep(wait_s)
        self._tokens += wait_s * limit.rate - votes_each
        self._tokens_at = time.monotonic()

    def play(self, casts: Sequence[Cast], *, closed_loop: bool, window_ms: int) -> dict[str, float]:
        """Play, and give the round's figures."""
        self.player.load(casts)
        drain_ms = DRAIN_MS if self.must_answer else DRAIN_BASELINE_MS
        before, core, started = used(self.subject.pid), core_s(SERVER_CORE), time.monotonic()
        said = self.player.play(closed_loop=closed_loop, window_ms=window_ms, drain_ms=drain_ms)
        elapsed_s, spent = time.monotonic() - started, used(self.subject.pid) - before
        busy_s, idle_s = (now - then for now, then in zip(core_s(SERVER_CORE), core, strict=True))
        heard = self.player.heard()
        self.subject.ballots.note(heard, said["sent"])
        if not closed_loop and said["sent"] < len(casts):
            raise Void(f"{self.name}: only {said['sent']} of {len(casts)} were sent in time")
        if said["lost"]:
            raise Void(f"{self.name}: {said['lost']} sockets lost ({said['close_code']})")
        delays = [answer.delay_us / 1000 for answer in heard]
        counted = sum(answer.counted for answer in heard)
        if not counted:
            raise Void(f"{self.name}: nobody was answered in {elapsed_s:.1f} s")
        took_s = max(said["took_us"] / 1e6, 1e-6)
        return {
            "votes": counted,
            "votes_per_s": counted / took_s,
            "cpu_us_per_vote": spent.total_s * 1e6 / counted,
            "server_cpu_us_per_vote": spent.own_s * 1e6 / counted,
            "server_percent": 100 * spent.own_s / elapsed_s,
            "store_percent": 100 * spent.children_s / elapsed_s,
            "others_percent": max(0.0, 100 * (busy_s - spent.total_s) / elapsed_s),
            "idle_percent": 100 * idle_s / elapsed_s,
            "generator_percent": 100 * said["cpu_us"] / 1e6 / elapsed_s,
            "generator_cpu_us_per_vote": said["cpu_us"] / counted,
            "ack_p50_ms": percentile(delays, 50),
            "ack_p95_ms": percentile(delays, 95),
            "ack_p99_ms": percentile(delays, 99),
            "ack_max_ms": max(delays),
            "frames": said["ticks"],
            "frames_per_s": said["ticks"] / elapsed_s,
            "frame_bytes": said["tick_bytes"] / max(said["ticks"], 1),
            "frames_hz": said["ticks"] / elapsed_s / self.scenario.sockets,
            "cpu_us_per_frame": spent.own_s * 1e6 / max(said["ticks"], 1),
        }

    def start_over(self) -> None:
        """Let go of what was not answered in time, with the connections it would come on."""
        if self.subject.ballots.unanswered:
            self.player.drop()
            self.subject.ballots.unanswered = 0
            self.connect()

    # --- what is cast ---

    def closed(self, chance: random.Random, votes_each: int) -> list[Cast]:
        return [
            self.subject.cast(chance, client)
            for _ in range(votes_each)
            for client in range(self.scenario.voters)
        ]

    def timed(self, chance: random.Random, count: int, span_ms: float) -> list[Cast]:
        """count ballots at random moments of the span; voters in turn, in a shuffled order."""
        due = sorted(int(chance.random() * span_ms * 1000) for _ in range(count))
        order = list(range(self.scenario.voters))
        chance.shuffle(order)
        return [
            self.subject.cast(chance, order[number % len(order)], due_us)
            for number, due_us in enumerate(due)
        ]

    def per_second(self, chance: random.Random, seconds: float) -> list[Cast]:
        return self.timed(chance, int(self.scenario.votes_per_s * seconds), seconds * 1000)


@contextmanager
def variant(
    name: str, subject: Subject, scenario: Scenario, *, connect: bool = True
) -> Iterator[Variant]:
    with work_folder() as folder, Player(subject.port, folder) as player:
        player.clients(subject.clients(scenario), subject.markers)
        made = Variant(name, subject, player, scenario)
        if connect:
            made.connect()
        yield made


def _variants(scenario: Scenario, stack: ExitStack, figures: Figures, **how: Any) -> list[Variant]:
    """livevote and what stands against it; what is missing is noted by name."""
    made = [
        stack.enter_context(
            variant("livevote", stack.enter_context(livevote(scenario, **how)), scenario)
        )
    ]
    for name in scenario.against:
        try:
            subject = stack.enter_context(SUBJECTS[name](scenario))
            made.append(stack.enter_context(variant(name, subject, scenario)))
        except Missing as error:
            figures.missing[name] = str(error)
    return made


def _chance(plan: Plan, scenario: Scenario, number: int) -> random.Random:
    """The same audience for every variant of a round."""
    return random.Random(f"{plan.seed} {scenario.name} {number}")  # noqa: S311 - no key


def _livevote_of(variants: Sequence[Variant]) -> Variant:
    return next(v for v in variants if v.ours)


def _rounds(
    scenario: Scenario,
    plan: Plan,
    figures: Figures,
    once: Callable[[Variant, int], dict[str, float]],
) -> None:
    """Rounds of all, in turn; the first warms up. A baseline that breaks is out from then on and
    named; livevote may not."""
    with ExitStack() as stack:
        variants = _variants(scenario, stack, figures)
        for number in range(plan.rounds + 1):
            for each in list(variants):
                try:
                    found = once(each, number)
                    if number:
                        figures.note(scenario, each.name, found)
                    if not each.ours:
                        each.start_over()
                except (Void, OSError, RuntimeError) as error:
                    if each.ours:
                        raise
                    variants.remove(each)
                    figures.missing[f"{scenario.name}: {each.name} from round {number} on"] = str(
                        error
                    )
        figures.checked[scenario.name] = _livevote_of(variants).subject.verdict()


# --- the kinds ---


def burst(scenario: Scenario, plan: Plan, figures: Figures) -> None:
    span_ms = scenario.span_ms

    def once(each: Variant, number: int) -> dict[str, float]:
        each.rest(1)
        casts = each.timed(_chance(plan, scenario, number), scenario.voters, span_ms)
        return each.play(casts, closed_loop=False, window_ms=span_ms + LATE_MS)

    _rounds(scenario, plan, figures, once)


def saturation(scenario: Scenario, plan: Plan, figures: Figures) -> None:
    def once(each: Variant, number: int) -> dict[str, float]:
        votes_each = scenario.votes_each if number else min(4, scenario.votes_each)
        if each.ours:
            each.rest(votes_each)
        casts = each.closed(_chance(plan, scenario, number), votes_each)
        return each.play(casts, closed_loop=True, window_ms=WINDOW_MS if number else WARM_UP_MS)

    _rounds(scenario, plan, figures, once)


def viewers(scenario: Scenario, plan: Plan, figures: Figures) -> None:
    with ExitStack() as stack:
        (only,) = _variants(scenario, stack, figures)
        for number in range(plan.rounds + 1):
            seconds = scenario.seconds if number else 1.0
            casts = only.per_second(_chance(plan, scenario, number), seconds)
            found = only.play(casts, closed_loop=False, window_ms=int(seconds * 1000) + LATE_MS)
            if number:
                figures.note(scenario, only.name, found)
        figures.checked[scenario.name] = only.subject.verdict()


def frames(scenario: Scenario, plan: Plan, figures: Figures) -> None:
    """The others watch this vote at ten frames a second, at the rate that livevote finds right,
    or an episode where nothing goes on."""
    servers: dict[str, dict[str, Any]] = {
        "livevote": {"every_beat": True},
        "livevote-own-rate": {},
        "livevote-without": {"watch_elsewhere": True},
    }
    with ExitStack() as stack:
        variants = [
            stack.enter_context(
                variant(name, stack.enter_context(livevote(scenario, **how)), scenario)
            )
            for name, how in servers.items()
        ]
        for number in range(plan.rounds + 1):
            for each in variants:
                seconds = scenario.seconds if number else 1.0
                each.rest(LIMITS[scenario.role].burst // 2)
                casts = each.per_second(_chance(plan, scenario, number), seconds)
                found = each.play(casts, closed_loop=False, window_ms=int(seconds * 1000) + LATE_MS)
                if number:
                    figures.note(scenario, each.name, found)
        figures.checked[scenario.name] = "; ".join(v.subject.verdict() for v in variants)


def fanout(scenario: Scenario, plan: Plan, figures: Figures) -> None:
    """Frames come on every beat while a few vote. Memory first: sockets that do nothing."""
    with ExitStack() as stack:
        server = stack.enter_context(livevote(scenario, every_beat=True))
        ours = stack.enter_context(variant("livevote", server, scenario, connect=False))
        before_kb = rss_kb(server.pid)
        ours.connect()
        time.sleep(SETTLE_S)
        grown_kb = rss_kb(server.pid) - before_kb
        figures.note(scenario, "livevote", {"kb_per_connection": grown_kb / scenario.sockets})
        loop = stack.enter_context(SUBJECTS["send-loop"](scenario))
        assert isinstance(loop, SendLoop)
        bare = stack.enter_context(variant("send-loop", loop, scenario))
        for number in range(plan.rounds + 1):
            seconds = scenario.seconds if number else 1.0
            casts = ours.per_second(_chance(plan, scenario, number), seconds)
            found = ours.play(casts, closed_loop=False, window_ms=int(seconds * 1000) + LATE_MS)
            if number:
                figures.note(scenario, "livevote", found)
                sent = _send_loop(bare, int(seconds), int(found["frame_bytes"]))
                figures.note(scenario, "send-loop", sent)
        figures.checked[scenario.name] = ours.subject.verdict()


def _send_loop(bare: Variant, seconds: int, size: int) -> dict[str, float]:
    """The C loop sends frames of the same size, ten times a second."""
    loop = bare.subject
    assert isinstance(loop, SendLoop)
    assert loop.process.stdin
    bare.player.start_listening(seconds + 0.5)
    before, started = used(loop.pid), time.monotonic()
    loop.process.stdin.write(f"10 {seconds} {size}\n".encode())
    loop.process.stdin.flush()
    first_line(loop.process, "the send loop")
    elapsed_s, spent = time.monotonic() - started, used(loop.pid) - before
    said = bare.player.answer()
    return {
        "frames": said["ticks"],
        "frames_per_s": said["ticks"] / elapsed_s,
        "frame_bytes": size,
        "cpu_us_per_frame": spent.own_s * 1e6 / max(said["ticks"], 1),
        "server_percent": 100 * spent.own_s / elapsed_s,
        "generator_percent": 100 * said["cpu_us"] / said["took_us"],
    }


def storm(scenario: Scenario, plan: Plan, figures: Figures) -> None:
    """Votes, everybody dropped at once, back with jitter, votes again."""
    with ExitStack() as stack:
        (only,) = _variants(scenario, stack, figures)
        for number in range(1 if plan.quick else plan.rounds):
            chance = _chance(plan, scenario, number)
            window_ms = int(scenario.seconds * 1000) + LATE_MS
            casts = only.per_second(chance, scenario.seconds)
            only.play(casts, closed_loop=False, window_ms=window_ms)
            before = used(only.subject.pid)
            only.player.drop()
            back = only.connect(scenario.span_ms, at_once=512, seed=plan.seed + number)
            spent = used(only.subject.pid) - before
            casts = only.per_second(chance, scenario.seconds)
            found = only.play(casts, closed_loop=False, window_ms=window_ms)
            back["cpu_us_per_return"] = spent.total_s * 1e6 / scenario.sockets
            figures.note(scenario, only.name, {**found, **back})
        figures.checked[scenario.name] = only.subject.verdict()


def soak(scenario: Scenario, plan: Plan, figures: Figures) -> None:
    """In pieces of five seconds; the server's memory after each, the first left out."""
    seconds = plan.soak_s or scenario.seconds
    pieces = max(3, int(seconds / 5))
    with ExitStack() as stack:
        (only,) = _variants(scenario, stack, figures)
        started, memory = time.monotonic(), []
        for number in range(pieces):
            casts = only.per_second(_chance(plan, scenario, number), seconds / pieces)
            window_ms = int(seconds / pieces * 1000) + LATE_MS
            found = only.play(casts, closed_loop=False, window_ms=window_ms)
            if number:
                memory.append(((time.monotonic() - started) / 60, rss_kb(only.subject.pid) / 1024))
                figures.note(scenario, only.name, {**found, "rss_mb": memory[-1][1]})
        figures.note(scenario, only.name, {"rss_mb_per_min": slope(memory)})
        figures.checked[scenario.name] = only.subject.verdict()


def workers(scenario: Scenario, plan: Plan, figures: Figures) -> None:
    """CPU of the server processes for each vote, on one process and on two. The store's is left
    out, since it is one for both. On one core here: CPU per vote says what two cores would do."""
    if not knows("--workers"):
        raise Missing("livevote serve has no --workers")
    with ExitStack() as stack:
        one = stack.enter_context(livevote(scenario))
        two = stack.enter_context(livevote(scenario, options=("--workers", "2")))
        variants = [
            stack.enter_context(variant("livevote", one, scenario)),
            stack.enter_context(variant("livevote-2", two, scenario)),
        ]
        for number in range(plan.rounds + 1):
            for each in variants:
                votes_each = scenario.votes_each if number else 4
                each.rest(votes_each)
                casts = each.closed(_chance(plan, scenario, number), votes_each)
                before = _workers_s(each.subject.pid)
                found = each.play(casts, closed_loop=True, window_ms=WINDOW_MS)
                spent_s = _workers_s(each.subject.pid) - before
                if number:
                    found["workers_cpu_us_per_vote"] = spent_s * 1e6 / found["votes"]
                    figures.note(scenario, each.name, found)
        figures.checked[scenario.name] = "; ".join(v.subject.verdict() for v in variants)


def _workers_s(pid: int) -> float:
    """Of the server and of its children that are servers too."""
    return sum(used(p).own_s for p in (pid, *filter(is_worker, descendants(pid))))


KINDS: dict[str, Callable[[Scenario, Plan, Figures], None]] = {
    "burst": burst,
    "saturation": saturation,
    "viewers": viewers,
    "fanout": fanout,
    "frames": frames,
    "storm": storm,
    "soak": soak,
    "workers": workers,
}


def play(scenario: Scenario, plan: Plan, figures: Figures) -> None:
    """One scenario; what goes wrong makes it void and is named."""
    try:
        KINDS[scenario.kind](scenario, plan, figures)
    except Missing as error:
        figures.missing[scenario.name] = str(error)
    except (Void, OSError, RuntimeError) as error:
        figures.void[scenario.name] = str(error) or type(error).__name__
