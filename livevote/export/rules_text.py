"""The rules as sentences, in Chinese and English, one idea each."""

from __future__ import annotations

from livevote.core.result import percent_text
from livevote.core.rules import (
    Band,
    Estimator,
    EstimatorKind,
    PanelRole,
    Rules,
    Verification,
    Visibility,
)
from livevote.core.scale import Scale, ScaleKind

LANGS = ("zh", "en")

_PAIRS: dict[str, tuple[str, str]] = {
    "list_sep": ("、", ", "),
    "clause_sep": ("；", "; "),
    "stop": ("。", "."),
    "formula": ("结果 = {terms}", "Result = {terms}"),
    "term": ("{panel} {percent} % × {estimator}", "{panel} {percent} % × {estimator}"),
    "mean": ("平均分", "mean"),
    "trimmed_mean": (
        "去掉最高、最低各 {trim} % 后的平均分",
        "mean without the highest and lowest {trim} %",
    ),
    "median": ("中位数", "median"),
    "satisfaction": ("满意率", "satisfaction rate"),
    "share": ("选“{values}”的比例", "share of “{values}”"),
    "quorum": (
        "最低票数：{panels}。未达到的评分团不计入，其权重归其余评分团。",
        "Quorum: {panels}. A panel below it is left out and its weight goes to the others.",
    ),
    "quorum_one": ("{panel} {quorum} 票", "{panel} {quorum}"),
    "seats": ("{panel}：凭现场席位投票", "{panel}: holders of a studio seat vote"),
    "viewers": ("{panel}：任何人可用手机投票", "{panel}: anyone can vote by phone"),
    "advisory": ("（仅供参考，不计入结果）", " (advisory, not in the result)"),
    "off": ("{panel}：本期不投票", "{panel}: does not vote"),
    "labels": ("量表：{labels}。", "Scale: {labels}."),
    "label": ("{name} = {points} 分", "{name} = {points} points"),
    "label_satisfied": (
        "{name} = {points} 分（计为满意）",
        "{name} = {points} points (counts as satisfied)",
    ),
    "numbers": (
        "量表：{low} 至 {high} 分，每档 {step} 分；{satisfied_from} 分及以上计为满意。",
        "Scale: {low} to {high} points in steps of {step}; {satisfied_from} and above counts as "
        "satisfied.",
    ),
    "duration": (
        "每轮开放 {seconds} 秒，导演可延长、暂停或提前截止。",
        "A run is open for {seconds} s; the director can extend, pause or close it.",
    ),
    "no_deadline": ("每轮由导演截止。", "A run is open until the director closes it."),
    "grace": (
        "截止前到达服务器的选票，在之后 {seconds} 秒内仍会记入；截止后到达的不计。",
        "Ballots that reached the server before close are still written for {seconds} s after it; "
        "later ones do not count.",
    ),
    "later": (
        "节目传到场外需要时间：{channels}。{panel}的截止因此比现场晚 {seconds} 秒；"
        "暂停对所有人同时生效。",
        "The show reaches viewers later than the studio: {channels}. So {panel} close {seconds} s "
        "after the studio; a pause holds for everybody at once.",
    ),
    "channel": ("{channel} {seconds} 秒", "{channel} {seconds} s"),
    "change": ("截止前可以改票，以最后一次为准。", "Votes can be changed until close."),
    "no_change": ("每人每轮只能选一次，不能改。", "Each voter chooses once per run."),
    "live": ("投票期间公布实时计票。", "The count is shown while votes come in."),
    "held": (
        "公布结果前，不透露任何计票。",
        "No count is shown to anybody before the result is revealed.",
    ),
    "decimals": (
        "结果四舍五入，保留 {decimals} 位小数。",
        "Figures are rounded half up; decimals: {decimals}.",
    ),
    "bands": ("等级：{bands}。", "Levels: {bands}."),
    "band": ("{floor} 及以上为{name}", "{floor} and above is {name}"),
    "band_rest": ("其余为{name}", "the rest is {name}"),
    "ties": (
        "同分时依次比较：{ties}；仍相同则并列。",
        "Equal figures are ranked by: {ties}; what is still equal shares the rank.",
    ),
    "no_ties": ("同分则并列。", "Equal figures share the rank."),
    "tie_satisfied": ("满意率", "satisfaction rate"),
    "tie_voters": ("投票人数", "number of voters"),
    "tie_rundown": ("串联单顺序", "order of the rundown"),
    "person": (
        "核验人重新计票一致后，才可公布。",
        "A result can be revealed when a verifier has seen that the recount agrees.",
    ),
    "automatic": (
        "服务器自动重新计票一致后，即可公布。",
        "A result can be revealed when the server's own recount agrees.",
    ),
}

WORDS: dict[str, dict[str, str]] = {
    lang: {key: pair[place] for key, pair in _PAIRS.items()} for place, lang in enumerate(LANGS)
}


def rules_in_words(rules: Rules, lang: str) -> list[str]:
    """The rules as sentences, one idea each."""
    t = WORDS[lang]
    return [
        _formula(rules, lang),
        _who(rules, lang),
        _quorum(rules, lang),
        _scale(rules.scale, lang),
        t["duration"].format(seconds=_seconds(rules.duration_ms))
        if rules.duration_ms
        else t["no_deadline"],
        t["grace"].format(seconds=_seconds(rules.grace_ms)),
        *([_later(rules, lang)] if rules.later_ms else []),
        t["change" if rules.change_allowed else "no_change"],
        t["live" if rules.visibility is Visibility.LIVE else "held"],
        t["decimals"].format(decimals=rules.decimals),
        *([_bands(rules.bands, lang)] if rules.bands else []),
        _ties(rules, lang),
        t["person" if rules.verification is Verification.PERSON else "automatic"],
    ]


def estimator_in_words(estimator: Estimator, scale: Scale, lang: str) -> str:
    names = {bucket.value: bucket.name.get(lang) for bucket in scale.buckets}
    chosen = [names.get(value, str(value)) for value in estimator.share_of]
    kind = estimator.kind
    if kind is EstimatorKind.TRIMMED_MEAN and estimator.trim_percent == 0:
        kind = EstimatorKind.MEAN
    return WORDS[lang][kind].format(
        trim=estimator.trim_percent, values=WORDS[lang]["list_sep"].join(chosen)
    )


def _formula(rules: Rules, lang: str) -> str:
    t = WORDS[lang]
    counting = [panel for panel in rules.panels if panel.role is PanelRole.COUNTING]
    weights = sum(panel.weight for panel in counting)
    terms = [
        t["term"].format(
            panel=panel.name.get(lang),
            percent=_share(panel.weight, weights),
            estimator=estimator_in_words(panel.estimator, rules.scale, lang),
        )
        for panel in counting
    ]
    return t["formula"].format(terms=" + ".join(terms))


def _who(rules: Rules, lang: str) -> str:
    t = WORDS[lang]
    told = []
    for panel in rules.panels:
        off = panel.role is PanelRole.OFF
        sentence = t["off" if off else panel.admission]
        note = t["advisory"] if panel.role is PanelRole.ADVISORY else ""
        told.append(sentence.format(panel=panel.name.get(lang)) + note)
    return t["clause_sep"].join(told) + t["stop"]


def _quorum(rules: Rules, lang: str) -> str:
    t = WORDS[lang]
    panels = t["list_sep"].join(
        t["quorum_one"].format(panel=panel.name.get(lang), quorum=max(panel.quorum, 1))
        for panel in rules.panels
        if panel.role is PanelRole.COUNTING
    )
    return t["quorum"].format(panels=panels)


def _later(rules: Rules, lang: str) -> str:
    t = WORDS[lang]
    channels = t["list_sep"].join(
        t["channel"].format(channel=one.name.get(lang), seconds=_seconds(one.delay_ms))
        for one in rules.channels
    )
    panel = next(one for one in rules.panels if one.id == rules.viewers_panel)
    return t["later"].format(
        channels=channels, panel=panel.name.get(lang), seconds=_seconds(rules.later_ms)
    )


def _scale(scale: Scale, lang: str) -> str:
    t = WORDS[lang]
    if scale.kind is ScaleKind.NUMBERS:
        return t["numbers"].format(
            low=scale.low, high=scale.high, step=scale.step, satisfied_from=scale.satisfied_from
        )
    labels = t["list_sep"].join(
        t["label_satisfied" if label.satisfied else "label"].format(
            name=label.name.get(lang), points=label.points
        )
        for label in scale.labels
    )
    return t["labels"].format(labels=labels)


def _bands(bands: tuple[Band, ...], lang: str) -> str:
    t = WORDS[lang]
    # The lowest band is open below when nothing can be under its floor.
    told = [
        t["band_rest" if band.floor <= -1000 else "band"].format(
            floor=band.floor, name=band.name.get(lang)
        )
        for band in bands
    ]
    return t["bands"].format(bands=t["clause_sep"].join(told))


def _ties(rules: Rules, lang: str) -> str:
    t = WORDS[lang]
    if not rules.tie_breaks:
        return t["no_ties"]
    ties = t["list_sep"].join(t[f"tie_{tie}"] for tie in rules.tie_breaks)
    return t["ties"].format(ties=ties)


def _share(weight: int, weights: int) -> str:
    """A weight in percent of all that count: "70", or "33.3" where it is not whole."""
    whole = 100 * weight % weights == 0
    return percent_text(weight, weights, 0 if whole else 1)


def _seconds(milliseconds: int) -> str:
    """2000 → "2", 1500 → "1.5"."""
    return f"{milliseconds / 1000:.3f}".rstrip("0").rstrip(".")
