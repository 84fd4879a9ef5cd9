"""Why a run that could be read may not trade; keys are codes of `statemachine.reasons.Reason`."""

from statemachine.reason_texts.entry import ReasonKind, texts

TEXTS = texts(
    ReasonKind.REFUSAL,
    {
        "EMPTY_PORTFOLIO": (
            "The portfolio is empty; that never means to sell everything.",
            "组合为空；空组合绝不代表清仓。",
        ),
        "RISK_CHECKS_EMPTY": (
            "risk_checks is empty: nothing was checked.",
            "risk_checks 为空：没有做过任何风控检查。",
        ),
        "RISK_CHECK_MISSING": (
            "A required risk check is missing.",
            "缺少必需的风控检查项。",
        ),
        "RISK_CHECK_FAILED": (
            "A risk check is not true.",
            "有风控检查项未通过。",
        ),
        "CHAMPION_MISSING": (
            "active_champion_id is missing.",
            "缺少 active_champion_id。",
        ),
        "TOTAL_WEIGHT": (
            "The weights add up to more than the limit.",
            "权重合计超过上限。",
        ),
        "SINGLE_NAME_CAP": (
            "One name's weight is above the cap.",
            "单只股票权重超过上限。",
        ),
        "INDUSTRY_CAP": (
            "One industry's weight is above the cap.",
            "单一行业权重超过上限。",
        ),
        "ROW_DATE_OLD": (
            "A row is dated before the context's trade_date.",
            "某行日期早于上下文的 trade_date。",
        ),
        "STALE_SIGNAL": (
            "The signal is too old for the next session, or needs an approval on that day.",
            "信号对下一交易日而言过旧，或须在当日重新批准。",
        ),
        "FUTURE_SIGNAL": (
            "The signal is dated in the future.",
            "信号日期在未来。",
        ),
        "NON_SESSION_SIGNAL": (
            "The signal is dated on a day without trading.",
            "信号日期不是交易日。",
        ),
        "LATE_ARRIVAL": (
            "The pair arrived after the open of its own session.",
            "文件对在其交易日开盘之后才到达。",
        ),
        "OLDER_SIGNAL": (
            "A newer signal is already here.",
            "已有更新的信号。",
        ),
        "CALENDAR_COVERAGE": (
            "The trading calendar ends before this date; nothing is scheduled past its end.",
            "交易日历未覆盖该日期；超出日历范围不安排任何交易。",
        ),
        "MESSAGE_BUDGET": (
            "The plan needs more orders and cancels than the day has left.",
            "计划所需的委托与撤单数超过当日剩余额度。",
        ),
        "ACCOUNT_UNBELIEVABLE": (
            "The broker's account figures contradict each other or our book.",
            "券商返回的账户数据自相矛盾，或与我方账簿不符。",
        ),
    },
)
