"""What a person is asked or told; keys are codes of `statemachine.reasons.Reason`."""

from statemachine.reason_texts.entry import ReasonKind, texts

HOLDS = texts(
    ReasonKind.HOLD,
    {
        "HALTED": (
            "Sending is halted until somebody resumes it.",
            "已暂停发送委托，须人工恢复。",
        ),
        "INVARIANT_VIOLATED": (
            "The record contradicts itself; nothing is sent until a person has looked.",
            "记录自相矛盾；人工核查之前不再发送任何委托。",
        ),
        "UNDERINVESTED": (
            "The plan stays far below its target exposure; confirm that.",
            "计划仓位明显低于目标仓位；须确认。",
        ),
        "DERISK": (
            "The plan cuts exposure sharply; type the sell amount to confirm.",
            "计划大幅降低仓位；须输入卖出金额确认。",
        ),
        "NEEDS_BASELINE": (
            "The account holds stocks nobody has decided about; mark each ours or foreign.",
            "账户持有未确认归属的股票；须逐一标记为本策略或外部持仓。",
        ),
        "INPUT_CHANGED": (
            "The pair of this run changed or vanished; decline it or approve again.",
            "该批次的文件对已改变或消失；须拒绝或重新批准。",
        ),
        "LIVE_RUN_WORKING": (
            "Another run is being worked; this one waits until that has ended.",
            "另一批次正在执行；本批次须待其结束。",
        ),
        "HELD_SHARE": (
            "Held lines exceed their share of the plan; the whole plan is held.",
            "被搁置的行超过计划比例上限；整个计划已搁置。",
        ),
        "BATCH_FAILED": (
            "No order was accepted and every refusal was systemic; nothing further is sent.",
            "没有委托被接受，且拒绝均为系统性原因；不再发送任何委托。",
        ),
        "WAVE_REFUSED": (
            "A later wave was refused as a whole; look before anything else is sent.",
            "后续一批委托被整批拒绝；须人工检查后再继续。",
        ),
        "BROKER_BREAK": (
            "Our book and the broker's differ.",
            "我方账簿与券商数据不一致。",
        ),
        "LIVE_NOT_CONFIGURED": (
            "Live mode is not set in the configuration.",
            "配置中未启用实盘模式。",
        ),
        "LIVE_ACCOUNT_NOT_ALLOWED": (
            "The account is not on the live whitelist.",
            "账户不在实盘白名单中。",
        ),
        "LIVE_CHAMPION_NOT_ALLOWED": (
            "The champion is not on the live whitelist.",
            "该策略（champion）不在实盘白名单中。",
        ),
        "LIVE_NOT_ARMED": (
            "Nobody armed live trading today.",
            "今日尚未有人启用（arm）实盘交易。",
        ),
        "LIVE_CHAMPION_CHANGED": (
            "The champion changed since the last run.",
            "策略（champion）自上一批次以来已变更。",
        ),
    },
)
NOTES = texts(
    ReasonKind.NOTE,
    {
        "BOM_ACCEPTED": (
            "The file begins with a UTF-8 byte order mark; it was read without it.",
            "文件以 UTF-8 BOM 开头；已忽略该标记读取。",
        ),
        "FILE_GROUP_WRITABLE": (
            "The file may be written by its group.",
            "文件对所属组可写。",
        ),
        "NAME_MERGED": (
            "A name appears more than once; its weights were added.",
            "同一股票出现多次；权重已合并。",
        ),
        "SUFFIX_INFERRED": (
            "A bare code got its exchange from its number segment.",
            "无后缀代码已按号段补全交易所。",
        ),
        "INDUSTRY_FILLED": (
            "A missing industry was filled from instrument data.",
            "缺失的行业已用证券资料补全。",
        ),
        "INDUSTRY_UNKNOWN": (
            "An industry is unknown; such names count as one industry.",
            "行业未知；此类股票合并为一个行业计算上限。",
        ),
    },
)
TEXTS = {**HOLDS, **NOTES}
