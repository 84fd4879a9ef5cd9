"""What a person is told that is no `Reason`: halts the store stands by itself, and good news."""

from statemachine.reason_texts.entry import ReasonKind, ReasonText, texts

STANDS = texts(
    ReasonKind.HOLD,
    {
        "UNKNOWN_OWN_ORDER": (
            "The broker has an order with an id of ours that this database never made.",
            "券商处有一笔使用我方编号的委托，但本数据库从未生成过。",
        ),
        "FILL_BEYOND_QUANTITY": (
            "The broker reports more fills than the order had shares.",
            "券商回报的成交数量超过委托数量。",
        ),
        "FILL_CHANGED": (
            "A fill that was booked is told again with other figures.",
            "已入账的成交被以不同数字重新回报。",
        ),
        "ANSWER_CONTRADICTED": (
            "The broker refused an order and shows it all the same.",
            "券商拒绝了委托，却又显示该委托存在。",
        ),
        "REPORT_MISMATCH": (
            "The broker's report of an order does not fit what was sent.",
            "券商的委托回报与我方发出的委托不符。",
        ),
        "FOUND_WITHOUT_SEND": (
            "An order that was never sent is at the broker.",
            "从未发出的委托出现在券商处。",
        ),
        "OVERFILLED": (
            "The broker counts more filled than was ordered.",
            "券商统计的成交数量超过委托数量（累计）。",
        ),
        "FILLS_SHRANK": (
            "The broker counts less filled than it did before.",
            "券商统计的累计成交数量比之前减少。",
        ),
        "TERMINAL_CONTRADICTED": (
            "An order that had ended is told as alive or otherwise.",
            "已结束的委托又被回报为其他状态。",
        ),
        "ACCOUNT_BREAK": (
            "The account as a whole differs from our book; sending waits for a clean reconcile.",
            "账户整体与我方账簿不一致；须待对账一致后才能发送。",
        ),
    },
)
MESSAGES = texts(
    ReasonKind.NOTE,
    {
        "READY": (
            "Ready for the session.",
            "开盘前准备就绪。",
        ),
        "STARTED": (
            "The session's orders are being sent.",
            "今日委托已开始发送。",
        ),
        "IDLE": (
            "The daemon runs; nothing was approved for today.",
            "程序运行正常；今日没有已批准的计划。",
        ),
        "RUN_REFUSED": (
            "The portfolio was refused: nothing of it is traded.",
            "组合文件已被拒收：其中任何一笔都不会交易。",
        ),
        "AWAITS_APPROVAL": (
            "A plan awaits approval: without it nothing is traded.",
            "有计划等待批准：未批准则不会交易。",
        ),
        "RUN_HELD": (
            "The files of an approved or waiting plan changed: it is held, nothing is sent.",
            "待批准或已批准计划的文件已变化：计划已搁置，不会发送。",
        ),
        "TEST": (
            "A test of the alert channels; nothing is wrong.",
            "告警通道测试；一切正常，无需处理。",
        ),
    },
)
TEXTS: dict[str, ReasonText] = {**STANDS, **MESSAGES}
