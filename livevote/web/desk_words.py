"""Words of the question desk's public pages, in Chinese and English. Nothing but words."""

from __future__ import annotations

from livevote.web import words as shared

_PAIRS: dict[str, tuple[str, str]] = {
    "desk": ("网上问政", "Question desk"),
    "desk_about": (
        "向单位提问、反映问题或提出建议。不需要注册；问题和答复经审核后公开。",
        "Ask a public office, report a problem or make a suggestion. No account is needed; "
        "questions and answers are public once they have been checked.",
    ),
    "ask": ("我要提问", "Ask a question"),
    "follow": ("查询办理进度", "Follow your question"),
    "all_questions": ("全部公开的提问", "All public questions"),
    "skip_desk": ("跳到正文", "Skip to the content"),
    # The public list.
    "search": ("搜索", "Search"),
    "search_for": ("标题、正文或编号", "Title, text or number"),
    "any_unit": ("全部单位", "All offices"),
    "none_public": ("还没有公开的提问。", "No question is public yet."),
    "none_found": ("没有找到符合条件的提问。", "No question fits what you asked for."),
    "newer": ("较新", "Newer"),
    "older": ("较早", "Older"),
    "page_of": ("第 {page} / {pages} 页", "Page {page} of {pages}"),
    "count": ("共 {count} 条", "{count} in all"),
    # The form.
    "ask_title": ("我要提问", "Ask a question"),
    "not_taking": (
        "现在不接受新的提问。已提交的提问照常办理，可继续查询。",
        "The desk takes no new questions now. Those that were filed go on; you can follow them.",
    ),
    "kind_label": ("类别", "Kind"),
    "kind": ("类别", "What is it?"),
    "kind.enquiry": ("咨询", "Enquiry"),
    "kind.complaint": ("投诉、求助", "Complaint or request for help"),
    "kind.suggestion": ("建议", "Suggestion"),
    "complex": ("复杂事项", "complex"),
    "days": ("{days} 个工作日内答复", "answered within {days} working days"),
    "unit": ("向哪个单位提问", "Which office?"),
    "choose_unit": ("请选择", "Please choose"),
    "unit_hint": (
        "选错了没有关系，受理人员会转到负责的单位。",
        "If you are not sure, choose the nearest: the desk forwards it to the right one.",
    ),
    "title": ("标题", "Title"),
    "title_hint": ("一句话说明，最多 {max} 字。", "One sentence of at most {max} characters."),
    "text": ("内容", "Your question"),
    "text_hint": (
        "时间、地点、经过和希望怎样解决。请不要写身份证号、电话等个人信息。最多 {max} 字。",
        "When and where, what happened, and what you hope for. Please leave out phone numbers and "
        "other personal data. At most {max} characters.",
    ),
    "photos": ("照片（可不附）", "Photos (optional)"),
    "photos_hint": (
        "最多 {count} 张 JPEG、PNG 或 WebP。拍摄地点等隐藏信息会被去除。",
        "At most {count}, JPEG, PNG or WebP. Where and when they were taken is removed.",
    ),
    "name": ("称呼（可不填）", "What to call you (optional)"),
    "contact": ("电话或邮箱（可不填）", "Phone or e-mail (optional)"),
    "contact_hint": (
        "只有受理和承办人员可以看到，加密保存，可随时要求删除。",
        "Only those who work on your question see it. It is kept sealed, and erased when you ask.",
    ),
    "may_publish": (
        "同意审核后公开这个问题和答复",
        "The question and its answer may be published once they were checked",
    ),
    "may_publish_hint": (
        "称呼和联系方式从不公开。不同意公开也会照常办理，但不能在节目中提出。",
        "Your name and contact are never published. If you say no it is answered all the same, but "
        "cannot be asked on the show.",
    ),
    "send": ("提交", "Send"),
    "sending": ("正在提交…", "Sending…"),
    "working": ("正在验证本机，请稍候…", "Checking this device, one moment…"),
    "needs_script": (
        "提交前浏览器要做一点计算，请打开 JavaScript。",
        "Your browser must compute a little before it can send: please turn JavaScript on.",
    ),
    "wrong_form": ("还有内容需要改正，见下面标出的地方。", "Please correct what is marked below."),
    "photos_again": ("请重新选择照片。", "Please choose your photos again."),
    "wrong.needed": ("这一项必须填写。", "This is needed."),
    "wrong.kind": ("请选择类别。", "Please choose one."),
    "wrong.unit": ("请选择单位。", "Please choose an office."),
    "wrong.long": ("太长了，最多 {max} 字。", "This is too long: at most {max} characters."),
    "wrong.photos": (
        "照片无法使用：须为 JPEG、PNG 或 WebP，每张不超过 8 MB，最多 3 张。",
        "A photo cannot be used: JPEG, PNG or WebP, at most 8 MB each and three in all.",
    ),
    # Filed.
    "filed": ("已收到您的提问", "Your question has arrived"),
    "filed_say": (
        "请记下编号和查询密码，查询进度、评价和删除都要用。密码以后不再显示。",
        "Write down the number and the password: with them you follow your question, vote on the "
        "answer and erase it. The password is not shown again later.",
    ),
    "number": ("编号", "Number"),
    "password": ("查询密码", "Password"),
    "filed_next": (
        "工作人员最晚在 {date} 决定是否受理。",
        "The desk says by {date} whether it takes it up.",
    ),
    "filed_again": (
        "这份表单先前已经收到，没有重复提交；编号和密码还是原来的。",
        "This form had arrived before and is not filed twice: number and password are the same.",
    ),
    "filed_before": (
        "这份表单已经提交过，没有重复提交。请用当时给您的编号和密码查询。",
        "This form was sent before, and is not taken twice. Follow your question with the number "
        "and password that you were given.",
    ),
    "to_mine": ("查看我的提问", "See my question"),
    # Following.
    "follow_title": ("查询办理进度", "Follow your question"),
    "open": ("查询", "Open"),
    "follow_wrong": (
        "编号或查询密码不对。",
        "The number or the password is wrong.",
    ),
    "lost": (
        "密码丢失后无法找回；公开的提问仍可在列表中看到。",
        "A lost password cannot be found again; a public question stays in the list.",
    ),
    "leave": ("退出查询", "Close"),
    "stage": ("进度", "Where it stands"),
    "stage.filed": ("等待受理", "Waiting to be taken up"),
    "stage.with_unit": ("承办单位办理中", "With the office"),
    "stage.answered": ("已答复", "Answered"),
    "stage.asked_again": ("追问办理中", "Asked again, with the office"),
    "stage.answered_again": ("追问已答复", "Answered again"),
    "stage.closed": ("已办结", "Closed"),
    "stage.refused": ("未受理", "Not taken up"),
    "stage.withdrawn": ("已撤回", "Withdrawn"),
    "due": ("期限", "Due"),
    "due_accept": ("最晚 {date} 决定是否受理", "to be taken up by {date}"),
    "due_answer": ("最晚 {date} 答复", "to be answered by {date}"),
    "overdue": ("已超期", "overdue"),
    "answered_late": ("超期答复", "answered late"),
    "to": ("承办单位", "Office"),
    "handler": ("承办人", "Handled by"),
    "filed_at": ("提交时间", "Filed"),
    "asked": ("提问", "Question"),
    "answer": ("答复", "Answer"),
    "asked_more": ("追问", "Second question"),
    "answer_more": ("追问答复", "Second answer"),
    "history": ("办理过程", "What happened"),
    "forwarded": (
        "{date} 由{source}转至{unit}，期限重新计算。",
        "On {date} forwarded from {source} to {unit}; the time starts again.",
    ),
    "returned": (
        "{date} {source}退回，由问政台重新受理。",
        "On {date} handed back by {source}: the desk finds whose it is.",
    ),
    "forward_reason": ("原因：{reason}", "Reason: {reason}"),
    "refused_for": ("未受理的原因", "Why it was not taken up"),
    "moderating": (
        "只有您和工作人员能看到，等待审核。",
        "Only you and the staff see this; it waits to be checked.",
    ),
    "is_public": ("已公开", "public"),
    "not_public": ("不公开", "not public"),
    "public_differs": (
        "公开的版本经过编辑。",
        "The public version was edited.",
    ),
    "see_public": ("查看公开页面", "See the public page"),
    "kept_back": ("您选择了不公开。", "You chose not to have it published."),
    "photo_of": ("照片 {place}（{of} 张）", "Photo {place} of {of}"),
    "on_show": ("这个问题将在节目中提出：", "This question is asked on the show: "),
    "was_on_show": ("这个问题已在节目中提出：", "This question was asked on the show: "),
    "to_pledge": ("这个问题已形成公开承诺。", "A public pledge was made of this question."),
    "pledge_id": ("承诺编号", "Pledge"),
    "rating": ("满意度", "The filer's vote"),
    "rating.satisfied": ("满意", "Satisfied"),
    "rating.fair": ("基本满意", "Fair"),
    "rating.unsatisfied": ("不满意", "Not satisfied"),
    "no_rating": ("尚未评价", "No vote yet"),
    "rate": ("评价答复", "Vote on the answer"),
    "rate_say": (
        "只能评价一次，评价后办结。还想追问的，请先追问。",
        "You vote once, and that closes it. If you want to ask once more, do that first.",
    ),
    "rate_send": ("提交评价", "Vote"),
    "again": ("追问一次", "Ask once more"),
    "again_say": (
        "答复没有说清楚的，可以追问一次。",
        "If the answer leaves something open you can ask once more.",
    ),
    "again_send": ("提交追问", "Ask"),
    "withdraw": ("撤回提问", "Withdraw the question"),
    "withdraw_say": ("撤回后不再办理。", "Nobody works on it any more."),
    "erase": ("删除个人信息", "Erase personal data"),
    "erase_contact": ("只删除称呼和联系方式", "Only my name and contact"),
    "erase_all": (
        "删除全部内容、照片和公开页面（无法恢复，办理随之终止）",
        "All my words, photos and the public page (for good; work on it ends)",
    ),
    "erase_send": ("删除", "Erase"),
    "sure": ("我确定", "I am sure"),
    "sure_needed": ("请先勾选“我确定”。", "Please tick “I am sure” first."),
    "choose_first": ("请先选择一项。", "Please choose first."),
    "erased_contact": ("称呼和联系方式已删除。", "Your name and contact are erased."),
    "erased_all": ("内容已应提问人要求删除。", "The words were erased at the filer's request."),
    "text_gone": ("（已删除）", "(erased)"),
    "optional_you": ("您的联系方式", "How you can be reached"),
    # What went wrong, by the refusal's code.
    "went.busy": (
        "请求太多或提问已满，请稍后再试。您填写的内容仍在下面。",
        "Too much at once. Please try again in a while; what you wrote is still below.",
    ),
    "went.store_down": (
        "服务器暂时不能保存，请稍后再试。您填写的内容仍在下面。",
        "The server cannot save just now. Please try again; what you wrote is still below.",
    ),
    "went.bad_work": (
        "验证没有通过，请再提交一次。",
        "The check failed. Please send it again.",
    ),
    "went.work_needed": (
        "提交前浏览器要做一点计算，请打开 JavaScript 后再试。",
        "Your browser must compute a little first: turn JavaScript on and try again.",
    ),
    "went.wrong_phase": (
        "进度已经变化，现在不能这样做。请看最新的进度。",
        "It stands differently by now, and this is not possible any more. See below.",
    ),
    "went.other": ("没有成功，请再试一次。", "That did not work. Please try again."),
    "went": ("没有成功", "That did not work"),
    "back": ("返回", "Back"),
}

_WORDS = {
    lang: {key: pair[place] for key, pair in _PAIRS.items()}
    for place, lang in enumerate(shared.LANGS)
}


def words(lang: str) -> dict[str, str]:
    """These and those of every page, in `lang`."""
    return {**shared.words(lang), **_WORDS.get(lang, _WORDS["zh"])}
