"""The report to hand out: cover with board and rules, then a page for every segment that was
voted on, with its pledge, its figure and how the votes were spread."""

from __future__ import annotations

import string
from pathlib import Path

from livevote.core.ballot import Answer
from livevote.core.model import Run, Segment
from livevote.core.names import Names
from livevote.core.plain import to_plain
from livevote.core.result import PanelResult, Result, percent_text, scaled_figure
from livevote.core.rules import Admission, EstimatorKind, Level, Panel, PanelRole, Rules, Unit
from livevote.core.scale import Bucket, Scale, ScaleKind
from livevote.export import rules_text, words
from livevote.export.fonts import characters, with_fonts
from livevote.export.material import (
    Material,
    may_show,
    readable,
    result_of,
    standing_run,
    turnout,
)
from livevote.export.paper import (
    ACCENT,
    GOLD,
    GOOD,
    GROUND,
    INK,
    LINE,
    MID,
    POOR,
    QUIET,
    Colour,
    Paper,
)
from livevote.export.tables import level_name
from livevote.export.words import both

LEFT, TOP, BOTTOM, WIDTH = 18.0, 18.0, 275.0, 174.0

# More values than this are drawn as columns, one for each value.
ROWS_MAX = 12

LEVEL_COLOURS: dict[Level, Colour] = {Level.GOOD: GOOD, Level.MID: MID, Level.POOR: POOR}
FACE_COLOURS: dict[str, Colour] = {"happy": GOOD, "plain": MID, "sad": POOR}

T: dict[str, Names] = {
    "report": Names("评分报告", "Scoring report"),
    "made_from": Names("据修订 {revision}，{changed}"),
    "voting": Names("投票时间", "Voting"),
    "seats": Names("现场席位", "Studio seats"),
    "segments": Names("环节", "Segments"),
    "revealed_of": Names("{n} / {N} 已公布", "revealed"),
    "turnout": Names("现场投票率", "Turnout"),
    "store": Names("存储", "Store"),
    "board": Names("排名", "Board"),
    "no_board": Names("还没有公布的结果。", "No result has been revealed yet."),
    "rules": Names("评分规则", "The rules of scoring"),
    "rules_of": Names("适用于", "used by"),
    "rules_hash": Names("规则指纹", "Rules hash"),
    "no_rules": Names("还没有投票轮，规则尚未冻结。", "No ballot run yet: no rules are frozen."),
    "question": Names("提问", "Question"),
    "pledge": Names("承诺", "Pledge"),
    "no_pledge": Names("还没有记录承诺。", "No pledge is on record yet."),
    "studio": Names("现场", "Studio"),
    "online": Names("场外", "Online"),
    "votes": Names("票", "votes"),
    "satisfied": Names("满意率", "satisfied"),
    "held": Names("公布前保密", "held until revealed"),
    "provisional": Names("未公布，计至目前", "counted so far"),
    "no_figure": Names("无结果：评分团都未达到最低票数", "no panel reached its quorum"),
    "no_votes": Names("没有选票", "no votes"),
    "advisory": Names("仅供参考", "advisory"),
    "below": Names("未达最低票数，不计入", "below its quorum, not in the result"),
    "weight": Names("权重", "weight"),
    "mark": Names("评分", "figure"),
    "looking_back": Names("回头看", "Looking back"),
    "promised": Names("往期承诺", "promised"),
    "dues": Names("时限", "due"),
    "state": Names("办理状态", "state"),
    "late_by": Names("逾期", "late"),
    "days": Names("天", "days"),
    "not_late": Names("没有逾期", "not late"),
    "score_then": Names("上次得分", "score then"),
    "score_now": Names("本次得分", "score now"),
    "no_score": Names("没有评分", "none"),
    "difference": Names("差", "difference"),
    "runs": Names("投票轮", "Ballot runs"),
    "opened": Names("开始", "opened"),
    "closed": Names("截止", "closed"),
    "entries": Names("日志条数", "log entries"),
    "late": Names("迟到未计", "late, not counted"),
    "rerun": Names("重投原因", "why again"),
    "void": Names("作废原因", "why void"),
    "correction": Names("更正", "correction"),
    "void_by": Names("提出作废 asked by {asked}，确认 confirmed by {confirmed}"),
    "stands": Names("以此轮为准", "this run stands"),
    "not_voted": Names("尚未评分的环节", "Segments without a vote"),
}


def make(material: Material, fonts: Path) -> bytes:
    report = Report(material)
    tables = (T, words.PHASES, words.UNITS, words.STATES, words.DURABILITY)
    said = [names for table in tables for names in table.values()]
    text = characters(
        (
            to_plain(said),
            rules_text.WORDS,
            to_plain(material.episode),
            string.printable,
            to_plain(words.REHEARSAL),
            "·…–—✓○×（）№+、",
        )
    )
    with with_fonts(report, fonts, text):
        report.draw()
        return report.bytes()


class Report(Paper):
    """Draws from the top down; `at` is where the next thing goes."""

    def __init__(self, material: Material) -> None:
        episode = material.episode
        super().__init__(
            f"{both(episode.show)} · {both(episode.title)} · {both(T['report'])}",
            episode.changed_ms,
            both(words.REHEARSAL) if episode.rehearsal_of else "",
        )
        self.material = material
        self.episode = episode
        self.at = TOP

    def draw(self) -> None:
        self._cover()
        unvoted = []
        for segment in self.episode.segments:
            if segment.lookback or any(run.segment == segment.id for run in self.episode.runs):
                self._segment(segment)
            else:
                unvoted.append(segment)
        if unvoted:
            self._unvoted(unvoted)

    # --- pieces ---

    def footer(self) -> None:
        self.rule(LEFT, 282, WIDTH)
        self.style(8, colour=QUIET)
        made = T["made_from"].zh.format(
            revision=self.episode.revision,
            changed=readable(self.episode.changed_ms, self.material.tz),
        )
        self.put(LEFT, 283.5, both(self.episode.title), WIDTH - 92)
        self.put(LEFT + WIDTH - 90, 283.5, f"{made} · {self.page_no()}", 90, "R")

    def _page(self) -> None:
        self.add_page()
        self.at = TOP

    def _room(self, height: float) -> None:
        """A new page where less than `height` is left of this one."""
        if self.at + height > BOTTOM:
            self._page()

    def _lines(self, text: str, x: float = LEFT, width: float = WIDTH) -> None:
        """Wrapped text in the style that is set."""
        for line in self.wrap(text, width):
            self._room(self.leading)
            self.put(x, self.at, line)
            self.at += self.leading

    def _heading(self, names: Names, keep: float = 30) -> None:
        """keep: how much of what follows must fit on the same page."""
        self._room(12 + keep)
        self.at += 4
        self.style(13, bold=True)
        self.put(LEFT, self.at, names.zh)
        x = LEFT + self.get_string_width(names.zh) + 3
        self.style(10, colour=QUIET)
        self.put(x, self.at + 1, names.en)
        self.at += 8
        self.rule(LEFT, self.at, WIDTH)
        self.at += 2.5

    def _level(
        self, rules: Rules, result: Result, x: float, y: float, size: float, width: float
    ) -> None:
        """Shape in colour, word in ink: never colour alone."""
        if result.level is None or not result.figure:
            return
        self.style(size, bold=True, colour=LEVEL_COLOURS[result.level])
        shape = words.SHAPES[result.level]
        self.put(x, y, shape)
        x += self.get_string_width(shape) + 1
        self.style(size)
        self.put(x, y, both(level_name(rules, result)), width)

    # --- the cover ---

    def _cover(self) -> None:
        self._page()
        self.start_section(both(T["report"]))
        self.box(LEFT, self.at, 24, 1.2, GOLD)
        self.at += 5
        self.style(12, bold=True, colour=ACCENT)
        self._lines(both(self.episode.show))
        self.at += 2
        self.style(30, bold=True)
        self._lines(self.episode.title.zh)
        if self.episode.title.en != self.episode.title.zh:
            self.style(14, colour=QUIET)
            self._lines(self.episode.title.en)
        self.style(12)
        self.at += 1
        self._lines(both(T["report"]))
        self.at += 4
        self._facts()
        self._heading(T["board"])
        self._board()
        self._rules()

    def _facts(self) -> None:
        episode, tz = self.episode, self.material.tz
        opened = [run.opened_ms for run in episode.runs if run.opened_ms]
        closed = [run.closed_ms for run in episode.runs if run.closed_ms]
        shown = {row.segment for row in episode.board()}
        sealed = [run.result for run in episode.runs if run.result]
        segments = both(T["revealed_of"]).format(n=len(shown), N=len(episode.segments))
        facts = [(T["segments"], segments), (T["seats"], str(len(episode.seats)))]
        if opened:
            until = readable(max(closed), tz) if closed else ""
            facts.insert(0, (T["voting"], f"{readable(min(opened), tz)} – {until}".rstrip(" –")))
        if sealed:
            n, N = sum(r.n for r in sealed), sum(r.N for r in sealed)
            of = percent_text(n, N)
            facts.append((T["turnout"], f"{of} %（{n} / {N}）" if of else "—"))
        for names, text in facts:
            self._fact(names, text)
        safe = self.material.durability == "durable"
        self._fact(T["store"], both(words.DURABILITY[self.material.durability]), warn=not safe)

    def _fact(self, names: Names, text: str, *, warn: bool = False) -> None:
        self.style(10, colour=QUIET)
        self.put(LEFT, self.at, both(names), 48)
        self.style(10, bold=warn, colour=POOR if warn else INK)
        self._lines(text, LEFT + 50, WIDTH - 50)

    def _board(self) -> None:
        rows = self.episode.board()
        if not rows:
            self.style(11, colour=QUIET)
            self._lines(both(T["no_board"]))
        for row in rows:
            run = self.episode.run(row.run)
            segment = self.episode.segment(row.segment)
            if run and run.result and segment:
                self._room(13)
                self._board_row(row.rank, segment, run, run.result)

    def _board_row(self, rank: int, segment: Segment, run: Run, result: Result) -> None:
        y = self.at
        self.style(15, bold=True)
        self.put(LEFT, y + 0.5, str(rank) if rank else "—", 12, "R")
        self.style(12, bold=True)
        self.put(LEFT + 17, y, " · ".join(filter(None, (segment.unit.zh, segment.post.zh))), 76)
        self.style(8.5, colour=QUIET)
        self.put(LEFT + 17, y + 6, segment.unit.en, 76)
        self._board_bar(run.rules, result, LEFT + 96, y + 3.2, 26)
        self.style(15, bold=True)
        self.put(LEFT + 120, y + 0.5, result.figure or "—", 20, "R")
        self.style(8.5, colour=QUIET)
        self.put(LEFT + 141, y + 2.8, words.UNITS[result.unit].zh)
        self._level(run.rules, result, LEFT + 147, y + 0.8, 10, 23)
        self.style(8.5, colour=QUIET)
        self.put(LEFT + 147, y + 6, _turnout(result), 27)
        self.at += 12
        self.rule(LEFT, self.at, WIDTH)
        self.at += 1

    def _board_bar(self, rules: Rules, result: Result, x: float, y: float, width: float) -> None:
        """The figure on the axis of its unit."""
        self.box(x, y, width, 3, GROUND)
        if not result.figure or result.level is None:
            return
        low, high = _axis(rules)
        part = float((scaled_figure(result.figure) - low) / (high - low))
        self.box(x, y, width * min(max(part, 0), 1), 3, LEVEL_COLOURS[result.level])

    def _rules(self) -> None:
        used: dict[str, list[Run]] = {}
        for run in self.episode.runs:
            used.setdefault(run.rules_hash, []).append(run)
        self._heading(T["rules"], 40)
        if not used:
            self.style(11, colour=QUIET)
            self._lines(both(T["no_rules"]))
        for rules_hash, runs in used.items():
            self._one_rules(runs[0].rules, rules_hash, "、".join(run.code for run in runs))

    def _one_rules(self, rules: Rules, rules_hash: str, codes: str) -> None:
        self._room(30)
        self.style(9, colour=QUIET)
        self._lines(f"{both(T['rules_of'])} {codes}")
        self._lines(f"{both(T['rules_hash'])} SHA-256 {rules_hash}")
        self.at += 1.5
        pairs = zip(*(rules_text.rules_in_words(rules, lang) for lang in ("zh", "en")), strict=True)
        for zh, en in pairs:
            self._room(11)
            self.box(LEFT + 1, self.at + 2.2, 1.2, 1.2, ACCENT)
            self.style(10)
            self._lines(zh, LEFT + 6, WIDTH - 6)
            self.style(8.5, colour=QUIET)
            self._lines(en, LEFT + 6, WIDTH - 6)
            self.at += 1
        self.at += 4

    # --- a segment ---

    def _segment(self, segment: Segment) -> None:
        self._page()
        position = self.episode.position(segment.id)
        self.start_section(f"{position}. {both(segment.unit)}")
        self.style(10, bold=True, colour=ACCENT)
        self.put(LEFT, self.at, f"{position} / {len(self.episode.segments)}")
        self.at += 6
        self.style(22, bold=True)
        self._lines(segment.unit.zh)
        if segment.unit.en != segment.unit.zh:
            self.style(11, colour=QUIET)
            self._lines(segment.unit.en)
        self.style(12)
        self._lines(both(segment.post))
        self.at += 3
        self._said(segment)
        run = standing_run(self.episode, segment.id)
        if run:
            self._figure(run)
        self._looked_back(segment, run)
        if run:
            result = result_of(self.material, run)
            for row in result.panels if result else ():
                self._panel(run, row)
            self._runs(segment, run)

    def _said(self, segment: Segment) -> None:
        if segment.question:
            self._labelled(T["question"], segment.question, LINE)
        self._labelled(T["pledge"], segment.pledge or both(T["no_pledge"]), ACCENT)

    def _looked_back(self, segment: Segment, run: Run | None) -> None:
        """What was promised before, what became of it, and the score then and now."""
        found = segment.lookback
        if found is None:
            return
        self._heading(T["looking_back"], 40)
        late = f"{found.days_late} {both(T['days'])}" if found.days_late else both(T["not_late"])
        dues = "、".join((*found.dues, found.due))
        for names, text in (
            (T["promised"], f"№ {found.number} {found.text}"),
            (T["dues"], dues),
            (T["state"], f"{both(words.STATES[found.state])} ({found.day})"),
            (T["late_by"], late),
        ):
            self._fact(names, text)
        then = found.then
        if then is None:
            self._fact(T["score_then"], both(T["no_score"]))
            return
        unit = words.UNITS[then.rules.unit].zh
        now = run.result if run else None
        told = f"{then.result.figure or '—'} {unit}（{_turnout(then.result)}）"
        self._fact(T["score_then"], f"{told} {both(then.title)} {then.code}")
        again = f"{now.figure or '—'} {unit}（{_turnout(now)}）" if now else both(T["no_score"])
        self._fact(T["score_now"], again)
        self._fact(T["difference"], then.difference(run) or "—")
        self.at += 3

    def _labelled(self, names: Names, text: str, edge: Colour) -> None:
        self.style(12)
        lines = self.wrap(text, WIDTH - 8)
        height = 6 + len(lines) * self.leading
        self._room(min(height, 60))
        start = self.at
        self.style(9, colour=QUIET)
        self.put(LEFT + 5, self.at, both(names))
        self.at += 5.5
        page = self.page_no()
        self.style(12)
        self._lines(text, LEFT + 5, WIDTH - 8)
        if self.page_no() == page:
            self.box(LEFT, start, 1.2, self.at - start, edge)
        self.at += 4

    def _figure(self, run: Run) -> None:
        """The figure, what it means, and on how many votes it stands."""
        result = result_of(self.material, run)
        self._room(30)
        x, y = LEFT + 6, self.at
        self.box(LEFT, y, WIDTH, 27, GROUND)
        if result and result.figure:
            self.style(40, bold=True)
            self.put(x, y + 3, result.figure)
            after = x + 2 + self.get_string_width(result.figure)
            self.style(12, colour=QUIET)
            self.put(after, y + 13.5, words.UNITS[result.unit].zh)
            x = LEFT + 72
            self._level(run.rules, result, LEFT + 72, y + 3, 15, 92)
        else:
            self.style(15, bold=True)
            self.put(x, y + 3, _why_no_figure(run, result), WIDTH - 12)
        status = both(words.PHASES[run.phase])
        if result and run.result is None:
            status = f"{status} · {both(T['provisional'])}"
        self.style(10, colour=QUIET)
        self.put(x, y + 12.5, f"{run.code} · {status}", LEFT + WIDTH - 4 - x)
        self.style(10)
        self.put(x, y + 18.5, self._votes(run, result), LEFT + WIDTH - 4 - x)
        self.at += 31

    def _votes(self, run: Run, result: Result | None) -> str:
        n, N = turnout(self.material, run)
        parts = [f"{both(T['studio'])} {n} / {N}"] if N else []
        if result and any(
            panel.admission is Admission.VIEWERS and panel.role is not PanelRole.OFF
            for panel in run.rules.panels
        ):
            parts.append(f"{both(T['online'])} {result.online} {both(T['votes'])}")
        return " · ".join(parts)

    # --- a panel ---

    def _panel(self, run: Run, row: PanelResult) -> None:
        rules = run.rules
        panel = rules.panel(row.panel)
        assert panel
        drawn = self._rows if len(rules.scale.buckets) <= ROWS_MAX else self._columns
        height = 7 * len(rules.scale.buckets) if drawn == self._rows else 40
        self._room(18 + height)
        self.style(11, bold=True)
        self.put(LEFT, self.at, both(panel.name), 84)
        self.style(10)
        self.put(LEFT + 84, self.at, _panel_figure(panel, row), 90, "R")
        self.at += 6
        self.style(8.5, colour=QUIET)
        self.put(LEFT, self.at, _panel_terms(rules, panel, row), WIDTH)
        self.at += 6.5
        if row.n:
            drawn(rules, row)
        else:
            self.style(10, colour=QUIET)
            self._lines(both(T["no_votes"]))
        self.at += 3

    def _rows(self, rules: Rules, row: PanelResult) -> None:
        """A bar for each value, best first, as long as its share."""
        counts = dict(row.counts)
        x, width = LEFT + 44, WIDTH - 44 - 38
        for bucket in sorted(rules.scale.buckets, key=lambda b: -b.points):
            count = counts[bucket.value]
            self.style(10)
            self.put(LEFT, self.at, _bucket_name(rules.scale, bucket), 42)
            self.box(x, self.at + 0.4, width, 4.6, GROUND)
            colour = FACE_COLOURS.get(bucket.face, ACCENT)
            self.box(x, self.at + 0.4, width * count / row.n, 4.6, colour)
            share = percent_text(count, row.n, rules.decimals)
            self.put(x + width + 2, self.at, f"{count} · {share} %", 36, "R")
            self.at += 7

    def _columns(self, rules: Rules, row: PanelResult) -> None:
        """A column for each value, lowest first, as high as its count; the figure as a mark."""
        height, most = 22.0, max(count for _, count in row.counts)
        top = self.at + 5
        base = top + height
        step = WIDTH / len(row.counts)
        self.rule(LEFT, top, WIDTH)
        for place, (_, count) in enumerate(row.counts):
            tall = height * count / most
            self.box(LEFT + (place + 0.1) * step, base - tall, step * 0.8, tall, ACCENT)
        self.box(LEFT, base, WIDTH, 0.4, INK)
        self._ticks([value for value, _ in row.counts], base, step)
        mark = self._mark(rules, row, top, height, step)
        # The scale of the columns stands at the end where the mark is not.
        self.style(8, colour=QUIET)
        align = "L" if mark > LEFT + WIDTH / 2 else "R"
        self.put(LEFT, top - 4.2, f"{most} {both(T['votes'])}", WIDTH, align)
        self.at = base + 6

    def _ticks(self, values: list[int], base: float, step: float) -> None:
        self.style(8, colour=QUIET)
        for place in range(0, len(values), max(len(values) // 10, 1)):
            middle = LEFT + (place + 0.5) * step
            self.box(middle - 0.1, base, 0.2, 1.2, INK)
            self.put(middle - 6, base + 1, str(values[place]), 12, "C")

    def _mark(
        self, rules: Rules, row: PanelResult, top: float, height: float, step: float
    ) -> float:
        """Mark where the panel's figure lies, where figures are points of this axis. Gives
        the mark's place on the page."""
        panel = rules.panel(row.panel)
        if panel is None or panel.estimator.unit is Unit.PERCENT or not row.figure:
            return LEFT
        place = (scaled_figure(row.figure) - rules.scale.low) / rules.scale.step
        x = LEFT + (float(place) + 0.5) * step
        self.box(x - 0.3, top - 4, 0.6, height + 4, GOLD)
        self.style(8.5, bold=True)
        text = f"{T['mark'].zh} {row.figure}"
        width = self.get_string_width(text) + 1
        right = x + 1.2 + width < LEFT + WIDTH
        self.put(
            x + 1.2 if right else x - 1.2 - width, top - 4.4, text, width, "L" if right else "R"
        )
        return x

    # --- what happened to the runs ---

    def _runs(self, segment: Segment, stands: Run) -> None:
        runs = [run for run in self.episode.runs if run.segment == segment.id]
        self._heading(T["runs"], 14)
        for run in runs:
            told = self._run_lines(run)
            self._room(6 + 5 * len(told))
            self.style(10, bold=True)
            self.put(LEFT, self.at, run.code)
            note = f" · {both(T['stands'])}" if run is stands and len(runs) > 1 else ""
            self.style(10)
            self._lines(both(words.PHASES[run.phase]) + note, LEFT + 14, WIDTH - 14)
            self.style(9, colour=QUIET)
            for line in told:
                self._lines(line, LEFT + 14, WIDTH - 14)
            self.at += 2

    def _run_lines(self, run: Run) -> list[str]:
        tz = self.material.tz
        times = [
            f"{both(names)} {readable(at_ms, tz)}"
            for names, at_ms in ((T["opened"], run.opened_ms), (T["closed"], run.closed_ms))
            if at_ms
        ]
        figure = _with_unit(run.result) if run.result else ""
        late = sum(t.answer is Answer.LATE for t in self.material.turned.get(run.id, ()))
        facts = [
            figure,
            f"{both(T['entries'])} {run.size}" if run.size else "",
            f"{both(T['late'])} {late}" if late else "",
        ]
        why = [
            f"{both(names)}：{text}"
            for names, text in ((T["rerun"], run.rerun_reason), (T["void"], run.void_reason))
            if text
        ]
        if run.voided_by:
            why.append(T["void_by"].zh.format(asked=run.void_asked_by, confirmed=run.voided_by))
        why += [
            f"{both(T['correction'])}：{c.text} ({c.reason}; {c.asked_by}, {c.confirmed_by})"
            for c in run.corrections
        ]
        return [
            line
            for line in (
                " · ".join(times),
                " · ".join(filter(None, facts)),
                *why,
                f"{both(T['rules_hash'])} {run.rules_hash}",
            )
            if line
        ]

    def _unvoted(self, segments: list[Segment]) -> None:
        self._page()
        self.start_section(both(T["not_voted"]))
        self._heading(T["not_voted"])
        for segment in segments:
            self._room(12)
            self.style(11)
            position = self.episode.position(segment.id)
            self._lines(f"{position}. {both(segment.unit)} · {both(segment.post)}".rstrip(" ·"))
            if segment.pledge:
                self.style(9, colour=QUIET)
                self._lines(f"{both(T['pledge'])}: {segment.pledge}", LEFT + 6, WIDTH - 6)
            self.at += 2


def _with_unit(result: Result) -> str:
    return f"{result.figure} {words.UNITS[result.unit].zh}" if result.figure else ""


def _turnout(result: Result) -> str:
    seats = f"{result.n}/{result.N}" if result.N else ""
    online = f"+ {result.online}" if result.online else ""
    return " ".join(filter(None, (seats, online)))


def _axis(rules: Rules) -> tuple[int, int]:
    if rules.unit is Unit.PERCENT:
        return 0, 100
    return min(rules.scale.points_min, 0), rules.scale.points_max


def _bucket_name(scale: Scale, bucket: Bucket) -> str:
    return both(bucket.name) if scale.kind is ScaleKind.LABELS else f"{bucket.value}"


def _why_no_figure(run: Run, result: Result | None) -> str:
    if result:
        return both(T["no_figure"])
    if not may_show(run):
        return both(T["held"])
    return both(words.PHASES[run.phase])


def _panel_figure(panel: Panel, row: PanelResult) -> str:
    votes = f"n = {row.n} / N = {row.N}" if row.N else f"n = {row.n}"
    unit = words.UNITS[panel.estimator.unit].zh
    return f"{row.figure} {unit} · {votes}" if row.figure else votes


def _panel_terms(rules: Rules, panel: Panel, row: PanelResult) -> str:
    weights = sum(p.weight for p in rules.panels if p.role is PanelRole.COUNTING)
    parts = [
        rules_text.estimator_in_words(panel.estimator, rules.scale, lang) for lang in ("zh", "en")
    ]
    parts = [" ".join(dict.fromkeys(parts))]
    if row.role is PanelRole.COUNTING:
        parts.append(f"{both(T['weight'])} {percent_text(row.weight, weights)} %")
        if not row.counts_in_result:
            parts.append(both(T["below"]))
    else:
        parts.append(both(T["advisory"]))
    if row.satisfied and panel.estimator.kind is not EstimatorKind.SATISFACTION:
        parts.append(f"{both(T['satisfied'])} {row.satisfied} %")
    return " · ".join(parts)
