// The server's refusals in the page's language. Mostly it writes them in English: a test holds this
// table to the messages in livevote/core, and what is not here is shown as it came. What it says
// about files it says in both, Chinese first.

const TABLE = [
  [/^at most (\d+) characters, this has (\d+)$/, "最多 $1 个字，现有 $2 个"],
  [/^a name is needed$/, "需要名称"],
  [/^a segment needs an id of at most 32 characters$/, "环节编号最多 32 个字符"],
  [/^at most (\d+) segments$/, "最多 $1 个环节"],
  [/^two segments have the same id$/, "有两个环节编号相同"],
  [/^(.+) has a ballot run and must stay in the rundown$/, "$1 已有投票轮，必须留在串联单里"],
  [/^(.+) is on air and must stay in the rundown$/, "$1 正在播出，必须留在串联单里"],
  [/^.+ and must stay in the rundown$/, "有一个环节必须留在串联单里"],
  [/^a segment with this id exists$/, "已有这个编号的环节"],
  [/^the segment to insert before is not in the rundown$/, "串联单里没有要插到前面的那个环节"],
  [/^that segment is not in the rundown$/, "串联单里没有这个环节"],
  [/^at most (\d+) seats$/, "最多 $1 个席位"],
  [/^the roster is frozen while run (\S+) is (\S+)$/, "投票轮 $1 正在进行，席位表暂时不能改"],
  [/^a seat needs a label of 1 to 16 characters$/, "席位号需要 1 到 16 个字符"],
  [/^seat (.+) is there twice$/, "席位 $1 出现了两次"],
  [/^no panel with seats is called (.+)$/, "没有名为 $1 的现场评分团"],
  [/^seat (.+) sits in panel (.+), which these rules do not have$/, "席位 $1 属于评分团 $2，但规则里没有它"],
  [/^there is no seat (.+)$/, "没有席位 $1"],
  [/^this code for seat (.+) was replaced by a newer one$/, "席位 $1 的这个码已被新码替换"],
  [/^seat (.+) already has a tablet; ask for a new code$/, "席位 $1 已有平板；请重新发码"],
  [/^decimals are 0 to 3$/, "小数位数为 0 到 3"],
  [/^the grace is 0 to 10,000 ms$/, "宽限为 0 到 10 秒"],
  [/^a run lasts 5 s to 1 h, or 0 for no deadline$/, "一轮为 5 秒到 1 小时；0 表示由导演截止"],
  [/^bands go from the highest floor to the lowest$/, "等级要从最高分到最低分排列，下限不能重复"],
  [/^at most (\d+) channels$/, "渠道最多 $1 个"],
  [/^two channels have the same id$/, "有两个渠道编号相同"],
  [/^the channel needs a name$/, "渠道需要名称"],
  [/^a delay is 0 to 120,000 ms$/, "延时为 0 到 120 秒"],
  [/^each tie-break once$/, "每种比较只能用一次"],
  [/^1 to (\d+) panels$/, "评分团为 1 到 $1 个"],
  [/^two panels have the same id$/, "有两个评分团编号相同"],
  [/^at least one panel must count$/, "至少要有一个评分团计入结果"],
  [/^counting panels must all give points or all give percent$/, "计入结果的评分团要么都算分数，要么都算百分比"],
  [/^viewers can sit in one panel only$/, "场外观众只能有一个评分团"],
  [/^an id is a short word of Latin letters and digits$/, "编号是一个简短的拉丁字母加数字的词"],
  [/^the panel needs a name$/, "评分团需要名称"],
  [/^a counting panel weighs 1 to 1000 per mille$/, "计入结果的评分团权重为 1 到 1000‰"],
  [/^a quorum is 0 or more$/, "最低票数不能小于 0"],
  [/^trim is 0 to 49 %$/, "去掉的比例为 0 到 49 %"],
  [/^a share names at least one value of the scale, each once$/, "请至少选一个选项来计算占比"],
  [/^satisfied_from must lie on the scale$/, "“计为满意”的起点必须在量表之内"],
  [/^a label scale has 2 to 10 labels$/, "量表要有 2 到 10 个选项"],
  [/^each label needs a name$/, "每个选项都要有名称"],
  [/^points are -1000 to 1000$/, "分值为 -1000 到 1000"],
  [/^low < high, step at least 1, all within -1000 to 1000$/, "最低分要小于最高分，每档至少 1，且都在 -1000 到 1000 之内"],
  [/^the step must divide high minus low$/, "最高分减最低分要能被每档整除"],
  [/^at most (\d+) values; use a larger step$/, "最多 $1 个分值；请加大每档"],
  [/^name or password is wrong$/, "账号或密码不对"],
  [/^1 to 40 letters, digits, or \. @ - _$/, "1 到 40 个字母、数字或 . @ - _"],
  [/^one account must stay owner$/, "至少要留一个管理员账号"],
  [/^at most (\d+) accounts$/, "最多 $1 个账号"],
  [/^there is no such account$/, "没有这个账号"],
  [/^a name of 1 to 120 characters is needed$/, "需要名称，最多 120 个字"],
  [/^at most (\d+) shows$/, "最多 $1 个栏目"],
  [/^at most (\d+) episodes$/, "最多 $1 期节目"],
  [/^this is for .+$/, "您的账号没有这个权限"],
  [/^too many tries; wait a minute$/, "尝试太频繁，请过一分钟再试"],
  [/^expected a whole number, got .+$/, "要填整数"],
  [/^expected text, got .+$/, "要填文字"],
  [/^Sign in first\.$/, "登录已失效"],
  [/^Your role may not do this\.$/, "您的账号没有这个权限"],
  [/^There is no such thing\.$/, "找不到了，可能已被删除"],
  [/^The store does not answer; nothing is lost on your side, send it again\.$/, "存储没有应答；您的内容没有丢失，请再试"],
  [/^no answer from the server$/, "服务器没有应答；您的内容没有丢失，请再试"],
];

const BOTH = /^(.*?。) ([A-Z].*)$/s;

export function refusalText(message, lang) {
  const both = message.match(BOTH);
  if (both && /[\u4e00-\u9fff]/.test(both[1])) return both[lang === "en" ? 2 : 1];
  if (lang === "en") return message;
  const found = TABLE.find(([pattern]) => pattern.test(message));
  return found ? message.replace(found[0], found[1]) : message;
}
