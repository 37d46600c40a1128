// The receipt page's words.

export default {
  title: { zh: "核对回执", en: "Check a receipt" },
  lang: { zh: "English", en: "中文" },
  intro: {
    zh: "证明您的选票在计票日志里。计算在这台设备上进行，不必相信服务器。",
    en: "Proves that your ballot is in the log of the count. This device does the arithmetic; you need not believe the server.",
  },
  rehearsal: {
    zh: "彩排的选票：不计入任何正式结果。",
    en: "A ballot of a rehearsal: it counts in no real result.",
  },
  text: { zh: "回执", en: "Receipt" },
  text_hint: {
    zh: "粘贴投票页上的回执链接，或依次写：节目编号 轮次 序号 回执。",
    en: "Paste the receipt's link from the voting page, or write: episode, run, number, receipt.",
  },
  go: { zh: "核对", en: "Check" },

  checking: { zh: "正在核对…", en: "Checking…" },
  checking_say: { zh: "向服务器要证明，然后在这里计算。", en: "Asking the server for the proof, then computing here." },
  not_yet: { zh: "还差一点", en: "Not yet" },
  not_yet_say: { zh: "下一个检查点还没有签发，每秒一个。本页会自动再试。", en: "The next checkpoint is not signed yet; there is one every second. This page tries again by itself." },
  proven: { zh: "已计入 {run} 轮，第 {index} 号", en: "Counted in run {run} at number {index}" },
  proven_say: { zh: "在 {at} 签发的检查点里，共 {size} 张。", en: "Ballots in the checkpoint: {size}. Signed at {at}." },
  unchecked: { zh: "服务器说已计入：{run} 轮，第 {index} 号", en: "The server says: counted in run {run} at number {index}" },
  unchecked_say: {
    zh: "没有发现不符，但本浏览器不能全部核对（见下）。换用 https 地址或较新的浏览器即可完整核对。",
    en: "Nothing is wrong, but this browser cannot check all of it (see below). A https address or a newer browser can.",
  },
  differs: { zh: "证明对不上", en: "The proof does not hold" },
  differs_say: { zh: "请保留本页和回执，并告诉节目组。", en: "Please keep this page and the receipt, and tell the programme." },
  bad_form: { zh: "这不是完整的回执", en: "This is not a whole receipt" },
  bad_form_say: { zh: "需要四部分：节目编号、轮次、序号和 12 位回执。", en: "It has four parts: episode, run, number and the receipt of 12 characters." },
  bad_receipt: { zh: "回执与日志不符", en: "This receipt does not fit the log" },
  bad_receipt_say: { zh: "请检查每个字符；链接是否完整？", en: "Please check every character. Is the link whole?" },
  log_differs: { zh: "该轮日志与先前签名的检查点不一致", en: "The log of this run differs from what was signed before" },
  log_differs_say: { zh: "服务器自己报告了这一点，该轮不能再出具证明。", en: "The server itself reports it, and proves nothing of this run any more." },
  offline: { zh: "服务器没有应答", en: "The server does not answer" },
  offline_say: { zh: "请检查网络，然后再按“核对”。", en: "Check the network, then press Check again." },
  busy: { zh: "尝试太频繁", en: "Too many tries" },
  busy_say: { zh: "请过一分钟再试。", en: "Wait a minute, then try again." },
  other: { zh: "没有成功", en: "That did not work" },
  other_say: { zh: "服务器回答：{message}", en: "The server said: {message}" },

  check_ballot: { zh: "证明的就是这一号选票", en: "The proof is of this ballot" },
  check_path: { zh: "选票在检查点的树里（SHA-256）", en: "The ballot is in the checkpoint's tree (SHA-256)" },
  check_signature: { zh: "检查点由本系统签名（Ed25519）", en: "The checkpoint is signed by this system (Ed25519)" },
  is_true: { zh: "已核对", en: "checked" },
  is_false: { zh: "不符", en: "does not hold" },
  is_null: { zh: "本浏览器不能核对", en: "this browser cannot check" },

  value: { zh: "选择", en: "Choice" },
  panel: { zh: "评分团", en: "Panel" },
  seq: { zh: "第几次选择", en: "Choice number" },
  received: { zh: "到达时间", en: "Arrived" },
  voter: { zh: "化名", en: "Pseudonym" },
  later: {
    zh: "同一化名有多张时，最后一张为准。",
    en: "Of several ballots of one pseudonym the last one stands.",
  },
  more: { zh: "检查点与验证密钥", en: "Checkpoint and verifier key" },
  more_say: {
    zh: "两人手里的检查点若不能用一致性证明相连，日志就被分叉过。验证密钥应与节目公布的相同。",
    en: "Two checkpoints that no consistency proof connects show a forked log. The verifier key should be the one that the programme published.",
  },
};
