"""Words of the public pages, in Chinese and English. Nothing but words."""

from __future__ import annotations

LANGS = ("zh", "en")

_PAIRS: dict[str, tuple[str, str]] = {
    # The frame of every page.
    "record": ("公开记录", "Public record"),
    "episodes": ("各期节目", "Episodes"),
    "all_episodes": ("全部节目", "All episodes"),
    "skip": ("跳到正文", "Skip to the record"),
    "made_by": (
        "本页由计票服务器生成，可直接打印。",
        "Made by the scoring server. It can be printed as it is.",
    ),
    "list_sep": ("、", ", "),
    # The list of episodes.
    "no_episodes": ("还没有任何节目。", "There are no episodes yet."),
    "no_episodes_of_show": ("这个栏目还没有节目。", "This show has no episodes yet."),
    "on_now": ("正在播出", "On now"),
    "revealed_of": ("已公布 {revealed} / {segments} 个环节", "{revealed} of {segments} revealed"),
    "no_segments": ("尚无环节", "No segments yet"),
    # One episode.
    "rehearsal": (
        "彩排：没有播出，票数不计。",
        "A rehearsal: nothing of this was aired, and no vote of it counts.",
    ),
    "board": ("排名", "Ranking"),
    "rank": ("名次", "Rank"),
    "unit": ("单位", "Unit"),
    "figure": ("结果", "Result"),
    "level": ("等级", "Level"),
    "turnout": ("现场投票", "Voted in the studio"),
    "online": ("场外投票", "Viewers"),
    "n_of_N": ("{N} 席中 {n} 票", "{n} of {N} seats"),
    "n_votes": ("{n} 票", "{n} votes"),
    "no_votes": ("没有人投票", "nobody voted"),
    "run": ("投票轮", "Ballot run"),
    "question": ("提问", "Question"),
    "thread": ("市民提问", "From a citizen"),
    "pledge": ("承诺", "Pledge"),
    "look_back": ("回头看", "Look-back"),
    "look_back_due": ("第 {number} 号承诺，{due} 到期", "Pledge no. {number}, due {due}"),
    "look_back_claimed": ("，{day} 报告完成", ", claimed done on {day}"),
    "days_late.one": ("逾期 1 天", "1 day late"),
    "days_late.many": ("逾期 {days} 天", "{days} days late"),
    "then": ("当时", "Then"),
    "now": ("现在", "Now"),
    "score_difference": ("变化", "Difference"),
    "no_pledge": ("还没有记录承诺。", "No pledge is on record yet."),
    "nothing_yet": (
        "还没有开始评分。每个环节评分后会出现在这里。",
        "No scoring yet. Each segment appears here when it is scored.",
    ),
    "segments_left": (
        "串联单中另有 {count} 个环节尚未评分。",
        "{count} more in the rundown are not scored yet.",
    ),
    "no_result": (
        "没有结果：计票的评分团都未达到最低票数。",
        "No result: no counting panel reached its quorum.",
    ),
    "points": ("分", "points"),
    "percent": ("%", "%"),
    "attempt": ("第 {attempt} 次投票", "attempt {attempt}"),
    "opened": ("开始", "Opened"),
    "closed": ("截止", "Closed"),
    "rules_hash": ("规则指纹", "Rules hash"),
    "exact": ("舍入前", "Before rounding"),
    "log_size": ("计票日志", "Ballot log"),
    "entries": ("{size} 条", "{size} entries"),
    "rerun_reason": ("重投原因", "Reason for the re-run"),
    "void_reason": ("作废原因", "Reason for the void"),
    "correction": ("更正：", "Correction:"),
    "correction_two": (
        "由两人确认；封存的结果不变。",
        "Two people confirmed it; the sealed result is unchanged.",
    ),
    "void_two": ("由两人确认作废。", "Two people confirmed it."),
    "replaced": (
        "此结果已由 {code} 的重投结果取代。",
        "This result was replaced by the re-run {code}.",
    ),
    "panel": ("评分团", "Panel"),
    "weight": ("权重", "Weight"),
    "votes": ("票数", "Votes"),
    "satisfied": ("满意率", "Satisfied"),
    "advisory": ("仅供参考", "advisory"),
    "below_quorum": ("未达最低票数，不计入", "below its quorum, not in the result"),
    "choice": ("选项", "Choice"),
    "share": ("占比", "Share"),
    "counted_satisfied": ("计为满意", "counts as satisfied"),
    "each_value": ("逐值票数", "Votes by value"),
    "value_votes": ("{value} 分 {count} 票", "{value}: {count}"),
    "rules": ("评分规则", "The rules of scoring"),
    "rules_of": ("适用于 {codes}", "Used by {codes}"),
    "rules_line": (
        "规则原文（指纹即由这一行算出）",
        "The rules as they were hashed (this one line)",
    ),
    "check": ("如何核对", "How to check"),
    "check_hash": (
        "规则：把“规则原文”那一行（UTF-8，末尾不换行）计算 SHA-256，应与规则指纹一致。"
        "指纹在投票就绪时即已冻结。",
        "The rules: SHA-256 of the one line of rules (UTF-8, no line end) gives the rules hash. "
        "They were frozen when the run was armed.",
    ),
    "check_figure": (
        "结果：用各评分团的逐值票数和规则里的权重重新计算，得到“舍入前”的分数，再按规则四舍五入。",
        "The result: from the votes by value and the weights, compute the fraction before "
        "rounding, then round as the rules say.",
    ),
    "check_log": (
        "选票：向节目组索取复算包（含全部选票日志，不含身份），可在另一台电脑上重新计票。",
        "The ballots: ask the programme for the recount bundle (every ballot, no identities) "
        "and count again on another computer.",
    ),
    "rounding_note": (
        "占比各自四舍五入，相加可能不是 100 %。",
        "Each share is rounded by itself; they may not add up to 100 %.",
    ),
    # Where a run stands, and why there is nothing to see.
    "phase.armed": ("就绪", "Armed"),
    "phase.open": ("投票中", "Open"),
    "phase.paused": ("暂停", "Paused"),
    "phase.closing": ("收票中", "Closing"),
    "phase.closed": ("已截止", "Closed"),
    "phase.verified": ("已核验", "Verified"),
    "phase.revealed": ("已公布", "Revealed"),
    "phase.void": ("已作废", "Void"),
    "missing.armed": ("投票即将开始。", "Voting is about to open."),
    "missing.open": ("正在投票，结果公布后显示。", "Voting is open; the result follows."),
    "missing.paused": ("投票暂停，稍后继续。", "Voting is paused and will go on."),
    "missing.closing": ("投票刚刚截止，正在收票。", "Voting has just closed; counting."),
    "missing.closed": ("投票已截止，等待核验。", "Voting is closed; waiting for verification."),
    "missing.verified": ("已核验，等待公布。", "Verified; waiting to be revealed."),
    "missing.void": ("此轮作废，不计结果。", "This run is void and has no result."),
    # Errors.
    "error": ("出错了", "Something went wrong"),
    "error.404": ("没有这个页面", "There is no such page"),
    "error.404_do": (
        "地址可能打错了，或这期节目已不在这台服务器上。",
        "The address may be mistyped, or the episode is no longer on this server.",
    ),
    "error.do": (
        "请稍后再试；如仍不行，请把本页内容告诉节目组。",
        "Please try again in a moment. If it stays, tell the programme what this page says.",
    ),
    "status": ("状态码", "Status"),
    "to_vote": ("去投票页", "To the voting page"),
}

WORDS: dict[str, dict[str, str]] = {
    lang: {key: pair[place] for key, pair in _PAIRS.items()} for place, lang in enumerate(LANGS)
}


def words(lang: str) -> dict[str, str]:
    """All words in `lang`; any other language than these two gets Chinese."""
    return WORDS.get(lang, WORDS["zh"])
