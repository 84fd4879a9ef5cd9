"""The daemon's own details in Chinese: what a reason's sentence leaves open, with its figures.

A detail is kept as it was written, in English. Whoever shows it to a person who reads Chinese asks
here; words of a broker, of a file or of a person are nobody's to translate and stay as they are.
"""

import re

# English, with a place for each figure, and the same in Chinese with the figures by number.
SENTENCES: tuple[tuple[str, str], ...] = (
    # a portfolio
    (
        "the portfolio has no rows; nothing is sold because of an empty file",
        "组合没有任何行；绝不因空文件而卖出",
    ),
    ("the weights add up to (.+ %), more than (.+ %)", "权重合计 {1}，超过 {2}"),
    ("industry (.+) has (.+ %), more than (.+ %)", "行业 {1} 占 {2}，超过 {3}"),
    (r"(\S+) has (.+ %), more than (.+ %)", "{1} 占 {2}，超过 {3}"),
    (r"(\S+) is dated (\S+), the context (\S+)", "{1} 的日期为 {2}，上下文为 {3}"),
    (r"(risk_checks\.\S+) is required", "缺少必需的 {1}"),
    (r"(risk_checks\.\S+) is not true", "{1} 不为 true"),
    ("risk_checks has no entry", "risk_checks 没有任何条目"),
    (r"(\S+) is not a session", "{1} 不是交易日"),
    (r"(\S+) lies after today, (\S+)", "{1} 晚于今日 {2}"),
    (r"the session of (\S+) was (\S+); it is (.+) now", "{1} 的交易日是 {2}；现在是 {3}"),
    (r"the pair arrived at (\S+) of its own session (\S+)", "文件对于其交易日 {2} 的 {1} 才到达"),
    (r"run (\S+) carries a newer signal", "批次 {1} 的信号更新"),
    (r"no plan could be made before the cut-off of (\S+)", "在 {1} 的截止时间之前未能生成计划"),
    # the two files
    ("the code is blank", "代码为空"),
    (r"(.+) is outside 0 to 1", "{1} 不在 0 到 1 之间"),
    ("the JSON is not an object", "JSON 不是对象"),
    ("the key appears twice", "键重复出现"),
    ("NaN and Infinity are not JSON", "NaN 和 Infinity 不是合法的 JSON"),
    ("expected (?:the )?text(?: YYYYMMDD)?", "应为文本"),
    ("expected a number(?: or null)?", "应为数字"),
    ("expected an object.*", "应为对象"),
    ("this is UTF-16; only UTF-8 is read", "文件为 UTF-16；只读取 UTF-8"),
    ("there is a NUL byte", "含有 NUL 字节"),
    (r"(\d+) bytes where (\d+) are allowed", "{1} 字节，超过允许的 {2}"),
    ("it is gone", "文件已不存在"),
    ("it is a symbolic link", "它是符号链接"),
    ("it is not a regular file", "它不是普通文件"),
    (r"it does not list (\S+)", "其中没有列出 {1}"),
    (r"the SHA-256 of (\S+) differs", "{1} 的 SHA-256 不一致"),
    ("the pair was removed", "文件对已被移走"),
    ("the pair changed", "文件对已变化"),
    ("the pair changed while the daemon was away", "程序未运行期间文件对已变化"),
    # a line
    ("neither a last trade nor a previous close", "既无最新成交价，也无昨收价"),
    (r"none of (\d+) shares can be sold now", "{1} 股目前均不可卖出"),
    (
        r"(\d+) of (\d+) shares are locked until the next session",
        "{2} 股中有 {1} 股下一交易日才可卖出",
    ),
    (r"(\d+) of (\d+) shares are no lot", "{2} 股中有 {1} 股不足一手"),
    (r"(\d+) shares are no lot", "{1} 股不足一手"),
    (r"the difference of (\d+) shares is no lot", "相差 {1} 股，不足一手"),
    (r"(\d+) shares are worth less than (\S+) CNY", "{1} 股市值低于 {2} 元"),
    (r"no cash for (\d+) shares", "资金不足以买入 {1} 股"),
    (r"of (\d+) shares (\d+) may be bought a day", "{1} 股中每日最多买入 {2} 股"),
    (r"(\d+) shares can be sold", "可卖出 {1} 股"),
    ("the day's cap on buying this name is reached", "该股票当日买入上限已用完"),
    (r"live (\S+), reference (\S+)", "现价 {1}，参考价 {2}"),
    (r"live (\S+), no reference", "现价 {1}，无参考价"),
    (r"gap approved at (\S+)", "已按 {1} 批准跳空"),
    # a plan
    (r"the account was read (\S+) s before planning", "账户于计划前 {1} 秒读取"),
    (
        r"all buy budgets were multiplied by (\S+): cash is short",
        "资金不足，所有买入预算均乘以 {1}",
    ),
    # what a person is asked
    (r"adopt each, or mark it foreign: (.+)", "请逐一确认归属（本策略或外部持仓）：{1}"),
    (r"nobody decided about (.+) since the plan was made", "计划生成后尚无人确认 {1} 的归属"),
    (r"the approved sells of (.+) are more than is ours now", "{1} 的已批准卖出数量超过现有持仓"),
    (
        "too much of the plan is held for price gaps: approve lines or decline",
        "计划中因跳空被搁置的部分过多：请逐行批准或拒绝",
    ),
    (
        "two requests within ten minutes brought no answer: look before you resume",
        "十分钟内两次请求没有答复：请先核查再恢复",
    ),
    (
        "the venue does not show this order and nothing proves that it never will",
        "券商未显示该委托，也无法证明其永远不会出现",
    ),
    (r"none of the (\d+) orders of a wave was accepted: (.+)", "该批 {1} 笔委托无一被接受：{2}"),
    (r"no approval of plan (\S+) holds at release", "发送时计划 {1} 没有任何有效批准"),
    (r"the gateway is (\S+) s ahead of this host", "网关时钟比本机快 {1} 秒"),
    (r"the wall clock moved by (\S+) s", "系统时间变动了 {1} 秒"),
    (
        r"buys worth (\S+) CNY of an equity of (\S+) are not sent",
        "总资产 {2} 元中有 {1} 元的买入尚未发出",
    ),
    (r"total_asset differs from its parts by (\S+) CNY", "总资产与各部分之和相差 {1} 元"),
    (
        r"the release was due at (\S+) and it is (\S+): `resume` lets it go on until (\S+)",
        "应于 {1} 发送，现已 {2}：{3} 前可用 `resume` 恢复",
    ),
    (
        r"nobody watched this run since (.+): `resume` lets it go on until (\S+)",
        "自 {1} 起无程序看管该运行：{2} 前可用 `resume` 恢复",
    ),
    (
        r"nobody is known to have watched this run: `resume` lets it go on until (\S+)",
        "无法得知该运行曾由程序看管：{1} 前可用 `resume` 恢复",
    ),
    ("two reads of the account disagree", "两次读取的账户不一致"),
    (r"(\S+): ours (\d+), the broker shows (\d+)", "{1}：本方 {2} 股，券商显示 {3} 股"),
    (r"(\S+) is at the broker as (\S+)", "{1} 在券商处的编号为 {2}"),
)
PATTERNS = tuple((re.compile(english), chinese) for english, chinese in SENTENCES)
PLACE = re.compile(
    r"(?P<file>\S+\.(?:csv|json|ready))(?:, line (?P<line>\d+))?(?:, field (?P<field>[^:]+))?: "
    r"(?P<rest>.+)",
    re.DOTALL,
)


def in_chinese(detail: str) -> str:
    """Return a detail in Chinese; the parts nobody has words for stay as they are."""
    return _sentence(detail) or "；".join(_sentence(part) or part for part in detail.split("; "))


def _sentence(english: str) -> str | None:
    place = PLACE.fullmatch(english)
    if place is not None:
        return f"{_where(place)}：{in_chinese(place['rest'])}"
    for pattern, chinese in PATTERNS:
        match = pattern.fullmatch(english)
        if match is not None:
            return chinese.format(match[0], *match.groups())
    return None


def _where(place: re.Match[str]) -> str:
    parts = [f"文件 {place['file']}"]
    if place["line"] is not None:
        parts.append(f"第 {place['line']} 行")
    if place["field"] is not None:
        parts.append(f"字段 {place['field']}")
    return "，".join(parts)
