"""A whole evening as material: ten units, re-runs, a void, late ballots, a held run.

Told command by command, so that it is what the server would have logged.
"""

from __future__ import annotations

import base64
import itertools
import random
from dataclasses import dataclass, field, replace
from functools import cache
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from livevote.core import chain
from livevote.core import command as cmd
from livevote.core import event as ev
from livevote.core.ballot import Answer, Entry, Turned, recount
from livevote.core.fold import empty, evolve
from livevote.core.model import Episode, Run, Seat, Segment
from livevote.core.names import Names
from livevote.core.result import compute
from livevote.core.rules import Admission, Estimator, EstimatorKind, Panel, Rules, Visibility
from livevote.core.scale import POINTS_100
from livevote.export.material import Material

FONTS = Path(__file__).parents[2] / "static/vendor/noto-sans-sc-5.3.1"

UNITS = (
    Names("台州市农办", "Taizhou Rural Affairs Office"),
    Names("台州市环保局", "Taizhou Environmental Protection Bureau"),
    Names("台州市住建局", "Taizhou Housing and Construction Bureau"),
    Names("台州市水利局", "Taizhou Water Resources Bureau"),
    Names("台州市农业局", "Taizhou Agriculture Bureau"),
    Names("台州市行政执法局", "Taizhou Administrative Law Enforcement Bureau"),
    Names("椒江区", "Jiaojiang District"),
    Names("黄岩区", "Huangyan District"),
    Names("路桥区", "Luqiao District"),
    Names("台州经济开发区", "Taizhou Economic Development Zone"),
)
POST = Names("主要负责人", "Head")
SHOW = Names("台州全媒体问政", "Taizhou All-Media Questioning")
TITLE = Names("五水共治", "Five Waters")
SEATS = tuple(Seat(f"{block}-{n:02d}", block) for block in "ABCD" for n in range(1, 51))
STUDIO = Panel(
    "studio",
    Names("现场群众代表", "Studio citizens"),
    Admission.SEATS,
    weight=700,
    estimator=Estimator(EstimatorKind.TRIMMED_MEAN, trim_percent=5),
    quorum=100,
)
ONLINE = Panel("online", Names("场外观众", "Viewers"), Admission.VIEWERS, weight=300)
POINTS = Rules(scale=POINTS_100, panels=(STUDIO, ONLINE))
HELD = replace(POINTS, visibility=Visibility.HELD)

# The key of a server that is a test: whoever reads this can sign with it.
SIGNER = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEY = chain.VerifierKey("livevote.example", SIGNER.public_key().public_bytes_raw())


def sign(text: str) -> str:
    return signed_by(SIGNER, KEY, text)


def signed_by(signer: Ed25519PrivateKey, key: chain.VerifierKey, text: str) -> str:
    signature = base64.b64encode(key.id + signer.sign(text.encode())).decode()
    return f"{text}\n— {key.name} {signature}\n"


@dataclass
class Evening:
    """An episode that is told command by command, and the ballots of its runs."""

    episode: Episode = field(default_factory=lambda: empty("e1"))
    log: list[ev.Logged] = field(default_factory=list)
    now_ms: int = 1_772_366_400_000  # 2026-03-01 20:00 in Taizhou
    ballots: dict[str, tuple[Entry, ...]] = field(default_factory=dict)
    turned: dict[str, tuple[Turned, ...]] = field(default_factory=dict)
    voted: dict[str, frozenset[str]] = field(default_factory=dict)

    def happen(self, *events: ev.Event, by: str = "director") -> Evening:
        for event in events:
            logged = ev.Logged(self.episode.revision + 1, self.now_ms, by, event)
            self.log.append(logged)
            self.episode = evolve(self.episode, logged)
        return self

    def ask(self, *commands: cmd.Command, by: str = "director") -> Evening:
        for command in commands:
            self.happen(*cmd.decide(self.episode, command, cmd.Asked(by, self.now_ms)), by=by)
        return self

    def run(self, run_id: str) -> Run:
        found = self.episode.run(run_id)
        assert found is not None, run_id
        return found

    def wait(self, seconds: int) -> Evening:
        self.now_ms += 1000 * seconds
        return self

    def vote(self, run: Run, seats: int, phones: int) -> Evening:
        """Ballots of that many seats and phones; every seventh voter changes their mind."""
        chance = random.Random(run.id)
        values = [bucket.value for bucket in run.rules.scale.buckets]
        lean = chance.random()
        log: list[Entry] = []

        def cast(voter: str, panel: str, seq: int) -> None:
            place = min(max(chance.gauss(lean, 0.2), 0), 0.999)
            value = values[int(place * len(values))]
            at_ms = self.now_ms + 10 * len(log)
            log.append(Entry(len(log) + 1, pseudonym(voter), panel, seq, value, at_ms))

        labels = [seat.label for seat in self.episode.seats[:seats]]
        voters = [(label, "studio") for label in labels]
        voters += [(f"phone {n}", "online") for n in range(phones)]
        chance.shuffle(voters)
        for voter, panel in voters:
            cast(voter, panel, 1)
        for voter, panel in voters[::7]:
            cast(voter, panel, 2)
        self.ballots[run.id] = tuple(log)
        self.voted[run.id] = frozenset(labels)
        return self

    def open(self, segment: str, run_id: str, reason: str = "") -> Run:
        self.ask(cmd.ChooseSegment(segment), cmd.Arm(segment, reason, run_id)).wait(5)
        self.ask(cmd.Take("call", segment), cmd.Open(run_id)).wait(1)
        return self.run(run_id)

    def close(self, run_id: str) -> Evening:
        self.wait(40).ask(cmd.Close(run_id)).wait(2)
        return self.ask(cmd.Finish(run_id, len(self.ballots[run_id])), by="server").wait(3)

    def reveal(self, run_id: str) -> Evening:
        run = self.run(run_id)
        tally = recount(self.ballots[run_id])
        self.ask(cmd.Verify(run_id, True, tally.size), by="verifier").wait(2)
        self.ask(cmd.Reveal(run_id, compute(run.rules, run.eligible, tally)))
        return self.ask(cmd.Take("result", run.segment)).wait(12)

    def scored(self, segment: str, run_id: str, seats: int = 188, phones: int = 350) -> Evening:
        run = self.open(segment, run_id)
        return self.vote(run, seats, phones).close(run_id).reveal(run_id)

    def checkpoints(self, run_id: str) -> tuple[str, ...]:
        """Signed after every third of the log and at its end."""
        log = self.ballots[run_id]
        audit = chain.AuditLog(chain.origin(self.episode.id, run_id))
        notes = []
        for start, end in itertools.pairwise(len(log) * third // 3 for third in range(4)):
            audit.extend(log[start:end])
            time_ms = log[end - 1].received_ms if end else self.now_ms
            notes.append(chain.sign_note(audit.checkpoint(time_ms), KEY, SIGNER.sign))
        return tuple(notes)

    def material(self, **changes: object) -> Material:
        made = Material(
            self.episode,
            tuple(self.log),
            dict(self.ballots),
            dict(self.turned),
            dict(self.voted),
            "durable",
            checkpoints={run_id: self.checkpoints(run_id) for run_id in self.ballots},
            key=KEY.text(),
            sign=sign,
        )
        return replace(made, **changes)  # type: ignore[arg-type]


def pseudonym(voter: str) -> bytes:
    return sha256(voter.encode()).digest()[:16]


def segments() -> tuple[Segment, ...]:
    return tuple(
        Segment(
            f"s{n}",
            unit,
            POST,
            film=f"暗访短片 {n}",
            question="河道两年前已经整改，为什么雨天还有污水流出？",
            pledge=f"{n * 10 + 20} 天内完成排查并公布清单，由市民代表现场验收。",
        )
        for n, unit in enumerate(UNITS, 1)
    )


def before(rules: Rules = POINTS) -> Evening:
    """The episode as it is when the audience sits down."""
    evening = Evening()
    evening.happen(
        ev.EpisodeMade("e1", SHOW, TITLE),
        ev.RundownSet(segments()),
        ev.RosterSet(SEATS),
        ev.RulesSet(rules),
        by="producer",
    )
    return evening.wait(60)


def whole() -> Evening:
    """s1 to s8 revealed (s2 on the label scale, s3 after a void, s4 after a re-run), s9 held and
    closed, s10 not scored."""
    evening = before()
    evening.ask(cmd.ReissueSeat("C-14")).scored("s1", "run1")
    evening.ask(cmd.SetRules(Rules()), by="producer").scored("s2", "run2", 200, 0)
    evening.ask(cmd.SetRules(POINTS), by="producer")
    void(evening, "s3", "run3")
    evening.scored("s3", "run4").scored("s4", "run5")
    rerun = evening.open("s4", "run6", "题目念错，重新评分")
    evening.vote(rerun, 190, 340).close("run6").reveal("run6")
    for n in range(5, 9):
        evening.scored(f"s{n}", f"run{n + 2}", 200 - n, 300)
    late(evening, "run7")
    evening.ask(cmd.Take("board"), cmd.Blank()).wait(4).ask(cmd.Restore()).wait(4)
    evening.ask(cmd.SetRules(HELD), by="producer")
    held = evening.open("s9", "run11")
    return evening.vote(held, 137, 211).close("run11")


@cache
def material() -> Material:
    """The whole evening, for tests that only look."""
    return whole().material()


def void(evening: Evening, segment: str, run_id: str) -> None:
    run = evening.open(segment, run_id)
    evening.vote(run, 90, 40).wait(10)
    evening.ask(cmd.Pause(run_id)).wait(5)
    evening.ask(cmd.AskVoid(run_id, "现场平板断网"), by="director")
    evening.ask(cmd.ConfirmVoid(run_id), by="producer").wait(5)


def late(evening: Evening, run_id: str) -> None:
    closed_ms = evening.run(run_id).closed_ms
    evening.turned[run_id] = tuple(
        Turned(pseudonym(f"late {n}"), "online", 50, closed_ms + 100 + n, Answer.LATE)
        for n in range(3)
    )
