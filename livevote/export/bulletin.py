"""The results of an episode as plain text: to be read out on the radio, and to be set in a paper.

Every figure stands with its n of N. Only what was revealed is in it.
"""

from __future__ import annotations

from livevote.core.model import Episode, Run, Segment
from livevote.core.phase import Phase
from livevote.core.result import Result
from livevote.core.rules import Admission, PanelRole, Unit
from livevote.export.material import moment
from livevote.export.tables import level_name

_WORDS = {
    "zh": {
        "radio": "【广播稿】",
        "paper": "【报纸稿】",
        "begin": "下面播报《{title}》的评分结果。",
        "ranked": "第 {rank} 名，{who}，{figure}{level}。{turnout}。",
        "unranked": "{who}，{figure}{level}。{turnout}。",
        "end": "结果按投票前冻结的规则计算，可以复算。",
        "nothing": "还没有公布结果。",
        "turnout": "现场 {N} 席中 {n} 票",
        "online": "场外 {n} 票",
        "points": "{figure} 分",
        "percent": "百分之 {figure}",
        "no_figure": "没有结果，计票的评分团都未达到最低票数",
        "pledge": "承诺：{text}",
        "question": "提问：{text}",
        "correction": "更正：{text}",
        "revealed": "公布时间：{at}",
        "rules": "规则指纹（SHA-256）：{hash}",
        "source": "全部数据、规则和核对方法：{url}",
        "sep": "，",
        "post": "{unit}{post}",
    },
    "en": {
        "radio": "[FOR RADIO]",
        "paper": "[FOR PRINT]",
        "begin": "These are the results of {title}.",
        "ranked": "Number {rank}: {who}, {figure}{level}. {turnout}.",
        "unranked": "{who}: {figure}{level}. {turnout}.",
        "end": "Results follow rules that were frozen before the vote, and can be counted again.",
        "nothing": "No result has been revealed yet.",
        "turnout": "{n} of {N} seats in the studio voted",
        "online": "{n} viewers voted",
        "points": "{figure} points",
        "percent": "{figure} percent",
        "no_figure": "no result, since no counting panel reached its quorum",
        "pledge": "Pledge: {text}",
        "question": "Question: {text}",
        "correction": "Correction: {text}",
        "revealed": "Revealed: {at}",
        "rules": "Rules hash (SHA-256): {hash}",
        "source": "All data, the rules and how to check them: {url}",
        "sep": ", ",
        "post": "{unit}, {post}",
    },
}


def bulletin(episode: Episode, lang: str, tz: str, url: str) -> str:
    """lang: "zh" or "en". tz: the zone in which times are written. url: the episode's record."""
    words = _WORDS[lang]
    told = [
        _Told(row.rank, segment, run, run.result, lang)
        for row in episode.board()
        if (run := episode.run(row.run)) and (segment := episode.segment(row.segment))
        if run.result and run.phase is Phase.REVEALED
    ]
    head = f"{_line(episode.show.get(lang))} · {_line(episode.title.get(lang))}"
    lines = [head, "", words["radio"], ""]
    lines.append(words["begin"].format(title=_line(episode.title.get(lang))))
    lines += [one.spoken() for one in told] or [words["nothing"]]
    if told:
        lines.append(words["end"])
    lines += ["", words["paper"], ""]
    for one in told:
        lines += [*one.printed(tz), ""]
    if not told:
        lines += [words["nothing"], ""]
    lines.append(words["source"].format(url=url))
    return "\n".join(lines) + "\n"


class _Told:
    """One segment's standing result, to be told. rank: 0 where it has none."""

    def __init__(self, rank: int, segment: Segment, run: Run, result: Result, lang: str) -> None:
        self._rank = rank
        self._segment = segment
        self._run = run
        self._result = result
        self._lang = lang
        self._words = _WORDS[lang]

    def _who(self) -> str:
        unit = _line(self._segment.unit.get(self._lang))
        post = _line(self._segment.post.get(self._lang))
        return self._words["post"].format(unit=unit, post=post) if post else unit

    def _figure(self) -> str:
        if not self._result.figure:
            return self._words["no_figure"]
        measure = "points" if self._result.unit is Unit.POINTS else "percent"
        return self._words[measure].format(figure=self._result.figure)

    def _level(self) -> str:
        name = _line(level_name(self._run.rules, self._result).get(self._lang))
        return f"{self._words['sep']}{name}" if name else ""

    def _turnout(self) -> str:
        """n of N of the seats, and how many viewers, where these could vote."""
        result, words = self._result, self._words
        viewers = any(
            panel.admission is Admission.VIEWERS and panel.role is not PanelRole.OFF
            for panel in self._run.rules.panels
        )
        parts = [words["turnout"].format(n=result.n, N=result.N)] if result.N else []
        parts += [words["online"].format(n=result.online)] if viewers else []
        return words["sep"].join(parts)

    def spoken(self) -> str:
        words = self._words
        sentence = words["ranked"] if self._rank else words["unranked"]
        text = sentence.format(
            rank=self._rank,
            who=self._who(),
            figure=self._figure(),
            level=self._level(),
            turnout=self._turnout(),
        )
        pledge = _line(self._segment.pledge)
        said = [words["pledge"].format(text=pledge)] if pledge else []
        return "\n".join([text, *self._corrections(), *said])

    def _corrections(self) -> list[str]:
        said = self._words["correction"]
        return [said.format(text=_line(c.text)) for c in self._run.corrections]

    def printed(self, tz: str) -> list[str]:
        words = self._words
        place = f"{self._rank}. " if self._rank else ""
        said = {"question": self._segment.question, "pledge": self._segment.pledge}
        return [
            f"{place}{self._who()}  {self._figure()}{self._level()}",
            self._turnout(),
            *(words[name].format(text=_line(text)) for name, text in said.items() if text),
            *self._corrections(),
            words["revealed"].format(at=_when(self._run.revealed_ms, tz)),
            words["rules"].format(hash=self._run.rules_hash),
        ]


def _line(text: str) -> str:
    return " ".join(text.split())


def _when(at_ms: int, tz: str) -> str:
    at = moment(at_ms, tz)
    return f"{at:%Y-%m-%d %H:%M} UTC{at.isoformat()[-6:]}"
