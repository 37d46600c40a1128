"""Words of a show's open record, in Chinese and English. Nothing but words."""

from __future__ import annotations

from livevote.web import words

_PAIRS: dict[str, tuple[str, str]] = {
    # The frame.
    "open_record": ("公开记录", "Open record"),
    "parts": ("各部分", "Parts"),
    "part.home": ("结果", "Results"),
    "part.cards": ("公开卡", "Cards"),
    "part.budgets": ("预算", "Budgets"),
    "part.pledges": ("承诺", "Pledges"),
    "part.questions": ("提问办理", "Questions"),
    "part.data": ("数据下载", "Data"),
    "feed": ("订阅（Atom）", "Atom feed"),
    # Home.
    "home_say": (
        "每一期的结果、规则和票数都在这里，结果公布后不再更改；更正另行写明。",
        "The results, rules and counts of every episode. A revealed result never changes; "
        "a correction stands beside it.",
    ),
    "no_results": ("尚未公布结果", "No result revealed yet"),
    "bulletin": ("文字通稿", "Plain-text bulletin"),
    "about": ("关于本记录", "About this record"),
    "licence": ("授权", "Licence"),
    "licence_none": (
        "未声明授权：引用请注明出处，其他使用请先征得同意。",
        "No licence is stated: quote with the source; ask before any other use.",
    ),
    "about_rules": ("规则", "Rules"),
    "about_rules_say": (
        "每一轮的规则在投票就绪时冻结；规则原文和指纹写在每期节目页面上。",
        "The rules of each run are frozen when it is armed; their text and hash stand on the "
        "page of the episode.",
    ),
    "about_check": ("核对", "Checking"),
    "about_check_say": (
        "每期页面写明怎样由票数算出结果；下载的文件附有 SHA-256 校验和。",
        "Each episode's page says how a result follows from its counts; files to download have "
        "SHA-256 sums.",
    ),
    "about_address": ("地址", "Addresses"),
    "about_address_say": (
        "本站地址不会改变，可以直接引用。",
        "The addresses of this site never change and may be cited.",
    ),
    "updated": ("更新", "Updated"),
    # Looking for something.
    "search": ("查找", "Search"),
    "search_label": ("查找单位、事项、依据", "Search units, items, legal bases"),
    "search_units": ("查找单位", "Search units"),
    "all_units": ("全部单位", "All units"),
    "found": ("找到 {count} 条", "{count} found"),
    "none_found": ("没有符合的内容。", "Nothing matches."),
    "page_of": ("第 {page} / {pages} 页", "Page {page} of {pages}"),
    "previous": ("上一页", "Previous"),
    "next": ("下一页", "Next"),
    # Cards.
    "cards": ("公开卡", "Transparency cards"),
    "cards_say": (
        "各单位办事的依据、流程、时限和收费。",
        "On what basis, in which steps, how soon and at what price units work.",
    ),
    "no_cards": ("还没有公布公开卡。", "No cards are published yet."),
    "item": ("事项", "Item"),
    "basis": ("法律依据", "Legal basis"),
    "steps": ("流程", "Steps"),
    "limit": ("时限", "Limit"),
    "days.working": ("{days} 个工作日", "{days} working days"),
    "days.calendar": ("{days} 天", "{days} days"),
    "days.one.working": ("1 个工作日", "1 working day"),
    "days.one.calendar": ("1 天", "1 day"),
    "days.at_once": ("当场办结", "On the spot"),
    "fee": ("收费", "Fee"),
    "free": ("不收费", "Free of charge"),
    "contact": ("联系方式", "Contact"),
    # Budgets.
    "budgets": ("预算公开", "Budgets"),
    "budgets_say": (
        "金额精确到分，单位为元。三公经费是其中因公出国（境）、公务用车和公务接待之和。",
        "Amounts are in yuan, exact to the fen. The three public expenses are travel abroad, "
        "vehicles and receptions.",
    ),
    "no_budgets": ("还没有公布预算。", "No budgets are published yet."),
    "year": ("年度", "Year"),
    "stage": ("类别", "Stage"),
    "stage.budget": ("预算", "Budget"),
    "stage.accounts": ("决算", "Accounts"),
    "total": ("合计", "Total"),
    "three": ("其中三公", "Three public"),
    "amount": ("金额（元）", "Amount (yuan)"),
    "before": ("上年（元）", "Year before (yuan)"),
    "difference": ("增减（元）", "Difference (yuan)"),
    "against_before": ("比上年", "Against the year before"),
    "change_percent": ("增减率", "Change"),
    "is_new": ("新增", "new"),
    "is_gone": ("已无", "gone"),
    "no_before": ("未公布上年", "the year before is not published"),
    "sum_agrees": (
        "✓ {count} 个项目相加等于来源写明的合计。",
        "✓ {count} items add up to the total that the source states.",
    ),
    "sum_made": (
        "来源没有写明合计；这里的合计由 {count} 个项目相加得出。",
        "The source states no total; this one is the sum of {count} items.",
    ),
    "split": ("三公经费", "Three public expenses"),
    "split.abroad": ("因公出国（境）", "Travel abroad"),
    "split.vehicles_bought": ("公务用车购置", "Vehicles bought"),
    "split.vehicles_run": ("公务用车运行维护", "Vehicles run"),
    "split.receptions": ("公务接待", "Receptions"),
    "budget_item": ("项目", "Item"),
    "all_budgets": ("全部单位", "All units"),
    # Pledges and questions.
    "pledges": ("承诺", "Pledges"),
    "pledges_say": (
        "每个承诺的期限、进展和结果；改期后原定日期保留。",
        "The date, course and outcome of every pledge. After a reschedule the old date stays.",
    ),
    "no_pledges": ("还没有登记承诺。", "No pledges are entered yet."),
    "search_pledges": ("查找单位或承诺", "Search units and pledges"),
    "made_on": ("承诺日期", "Made on"),
    "due": ("完成日期", "Due"),
    "due_before": ("原定 {days}", "before: {days}"),
    "target": ("完成标准", "Target"),
    "state": ("状态", "State"),
    "late.one": ("逾期 1 天", "1 day late"),
    "late.days": ("逾期 {days} 天", "{days} days late"),
    "history": ("经过", "History"),
    "new_due": ("改为 {day}", "now {day}"),
    "from_segment": ("出自本期节目", "Made in this episode"),
    "state.made": ("已作出", "Made"),
    "state.accepted": ("已认领", "Accepted"),
    "state.in_progress": ("进行中", "In progress"),
    "state.claimed": ("报完成，待核实", "Claimed done, to be verified"),
    "state.verified": ("✓ 已核实完成", "✓ Verified"),
    "state.disputed": ("有异议", "Disputed"),
    "state.rescheduled": ("已改期", "Rescheduled"),
    "state.overdue": ("▲ 逾期", "▲ Overdue"),
    "state.broken": ("✕ 未兑现", "✕ Broken"),
    "move.accept": ("单位认领", "Accepted by the unit"),
    "move.start": ("开始办理", "Work began"),
    "move.claim": ("报告完成", "Claimed done"),
    "move.verify": ("核实完成", "Verified"),
    "move.dispute": ("提出异议", "Disputed"),
    "move.reschedule": ("改期", "Rescheduled"),
    "move.break": ("认定未兑现", "Declared broken"),
    "move.note": ("说明", "Note"),
    "questions": ("提问办理", "Questions by unit"),
    "questions_say": (
        "各单位受理的提问、按期答复和提问人的评价；每个比例都写明分子和分母。",
        "Questions that units accepted, answered in time, and how whoever asked rated the answer. "
        "Each share says of how many.",
    ),
    "no_questions": ("还没有受理的提问。", "No questions are accepted yet."),
    "public_questions": ("全部公开的提问和答复", "All public questions and answers"),
    "accepted": ("受理", "Accepted"),
    "answered": ("已答复", "Answered"),
    "in_time": ("按期答复", "In time"),
    "satisfaction": ("满意或基本满意", "Satisfied or fair"),
    "of_count": ("{count} / {whole}", "{count} of {whole}"),
    "feed_pledge": ("{unit}：承诺{state}", "{unit}: pledge {state}"),
    # Data.
    "data": ("数据下载", "Data to download"),
    "data_say": (
        "CSV 是带 BOM 的 UTF-8，可直接用表格软件打开；JSON 内容相同。没有的值为空（null）。",
        "CSV is UTF-8 with a BOM, for spreadsheets; JSON has the same rows. What does not apply "
        "is empty (null).",
    ),
    "data_sums": ("校验和（SHA-256）", "Checksums (SHA-256)"),
    "data_sums_say": (
        "下载到同一文件夹后运行 sha256sum -c SHA256SUMS 即可核对。",
        "Put the files in one folder and run sha256sum -c SHA256SUMS.",
    ),
    "data_package": ("数据包说明（Frictionless）", "Data package (Frictionless)"),
    "dictionary": ("数据字典", "Data dictionary"),
    "column": ("列", "Column"),
    "kind": ("类型", "Type"),
    "meaning": ("含义", "Meaning"),
    "table": ("数据表", "Table"),
    "kind.string": ("文本", "text"),
    "kind.integer": ("整数", "whole number"),
    "kind.number": ("数，JSON 中为文本", "exact number; text in JSON"),
    "kind.boolean": ("true 或 false", "true or false"),
    "kind.datetime": ("时间（ISO 8601）", "time (ISO 8601)"),
    # Sharing.
    "share_on": ("分享与嵌入", "Share and embed"),
    "address": ("固定地址", "Permanent address"),
    "picture.wide": ("分享图 1200 × 630", "Picture 1200 × 630"),
    "picture.square": ("分享图 1080 × 1080", "Picture 1080 × 1080"),
    "embed_code": ("嵌入代码（复制到网页）", "Code to embed (copy it into a page)"),
    "whole_episode": ("本期全部结果", "All results of this episode"),
    "not_revealed": ("结果尚未公布", "The result is not revealed yet"),
    "full_record": ("完整记录与核对方法", "Full record and how to check"),
    "seats_said": ("现场 {N} 席中 {n} 票", "{n} of {N} seats in the studio voted"),
    "online_said": ("场外 {n} 票", "{n} votes of viewers"),
    "hash_said": ("规则指纹 {hash}", "Rules hash {hash}"),
    "feed_cards": ("{unit}：公开卡 {count} 项", "{unit}: {count} transparency cards"),
    "feed_budget": (
        "{unit}：{year} 年{stage}，共 {total} 元",
        "{unit}: {stage} {year}, {total} yuan",
    ),
    "feed_budget_say": (
        "三公经费 {three} 元；{count} 个项目。",
        "Three public expenses {three} yuan; {count} items.",
    ),
    "feed_cards_say": (
        "办事依据、流程、时限和收费。",
        "Legal basis, steps, limits and fees.",
    ),
    "feed_no_figure": ("没有结果", "no result"),
}

WORDS: dict[str, dict[str, str]] = {
    lang: {**words.words(lang), **{key: pair[place] for key, pair in _PAIRS.items()}}
    for place, lang in enumerate(words.LANGS)
}
