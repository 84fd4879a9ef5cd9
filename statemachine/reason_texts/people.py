"""What a person is asked or told; keys are codes of `statemachine.reasons.Reason`."""

from statemachine.reason_texts.entry import ReasonKind, texts

HOLDS = texts(
    ReasonKind.HOLD,
    {
        "HALTED": (
            "Sending is halted until somebody resumes it.",
            "已暂停发送委托，须人工恢复。",
        ),
        "REDUCE_ONLY": (
            "Only sells are sent until somebody resumes.",
            "仅允许卖出，须人工恢复后才可买入。",
        ),
        "HALTED_ALONE": (
            "While no daemon answered, `halt` cancelled orders by itself; read its receipt.",
            "守护进程无响应期间，`halt` 命令已自行撤单；请查看其回执。",
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
        "UNKNOWN_TWICE": (
            "Two requests of unknown outcome within ten minutes; look before anything is sent.",
            "十分钟内两次请求结果未知；须人工检查后才能继续发送。",
        ),
        "REPLY_UNBELIEVABLE": (
            "The broker's reply to an order cannot be read or answers another order.",
            "券商对委托的回复无法解读，或与所发委托不符。",
        ),
        "EGRESS_BREACH": (
            "An order was about to leave that no approved plan covers; it was not sent.",
            "一笔委托超出已批准计划，在发出前被拦截，未发送。",
        ),
        "DUPLICATE_AT_BROKER": (
            "Two orders at the broker carry one id of ours; nothing is cancelled by itself.",
            "券商处有两笔委托使用同一个我方编号；系统不会自动撤单。",
        ),
        "MISSING_AT_BROKER": (
            "An order the broker had shown is not in its complete list.",
            "券商曾显示的委托不在其完整委托列表中。",
        ),
        "FOUND_AFTER_CLOSE": (
            "An order that had no record at the close is at the broker after all.",
            "收盘时无记录的委托其后又出现在券商处。",
        ),
        "CLOCK_SKEW": (
            "This host's clock is too far from the gateway's to sign orders.",
            "本机时钟与网关时钟偏差过大，无法签署委托。",
        ),
        "WALL_CLOCK_STEPPED": (
            "This host's wall clock was moved by more than two seconds.",
            "本机系统时间被调整超过两秒。",
        ),
        "DATABASE_MOVED": (
            "The database was copied or moved from another place; compare it before trading.",
            "数据库是从别处复制或移动来的；交易前须核对。",
        ),
        "RELEASED_LATE": (
            "The release is more than thirty minutes late; a person resumes it until 14:00.",
            "发送时间已晚三十分钟以上；须在 14:00 前由人工恢复。",
        ),
        "RESTARTED_LATE": (
            "The daemon was away for more than ten minutes after a send; resume until 14:00.",
            "发送后程序中断超过十分钟；须在 14:00 前由人工恢复。",
        ),
        "UNSENT_BUYS": (
            "Late in the session buys worth over a tenth of the equity are still unsent.",
            "临近收盘，未发出的买入金额仍超过总资产的一成。",
        ),
        "ARCHIVE_FAILED": (
            "The pack of a run could not be written, or does not pass its audit.",
            "运行归档包无法写入，或未通过校验。",
        ),
        "CAPABILITY_UNKNOWN": (
            "The gateway does not declare what it can do; no machine may approve a plan.",
            "网关未声明其能力；不得由程序自动批准计划。",
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
        "APPROVAL_VOID": (
            "No approval of the plan holds any more; nothing is sent until it is approved again.",
            "计划的批准已全部失效；重新批准之前不发送任何委托。",
        ),
        "AUTO_REFUSED": (
            "The plan may not be approved by a machine; a person must approve it.",
            "该计划不得自动批准；须人工批准。",
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
