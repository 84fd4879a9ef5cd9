"""Why a line does not trade, or ended short; keys are codes of `statemachine.reasons.Reason`."""

from statemachine.reason_texts.entry import ReasonKind, texts

DENIED = texts(
    ReasonKind.DENIED,
    {
        "BLACKLISTED": (
            "The name is on the blacklist.",
            "该股票在黑名单中。",
        ),
        "NO_PERMISSION": (
            "The account may not trade this board.",
            "账户没有该板块的交易权限。",
        ),
        "BELOW_LOT": (
            "The amount does not buy or sell one legal lot.",
            "金额不足一个合法交易单位。",
        ),
        "BELOW_MINIMUM": (
            "The change is below the minimum trade amount.",
            "调整金额低于最小交易金额。",
        ),
        "DELISTING": (
            "The name is in its delisting period.",
            "该股票处于退市整理期。",
        ),
        "LISTING_DAYS": (
            "The name is in its first days of listing, without price limits.",
            "该股票上市初期，无涨跌幅限制。",
        ),
        "NOT_LISTED": (
            "The venue does not know the name.",
            "交易场所查无此证券。",
        ),
        "RULE_MISSING": (
            "The rule book has no rule for this name on this date.",
            "规则库中没有该证券当日适用的规则。",
        ),
        "NO_CASH": (
            "There is no cash for this name.",
            "没有可用于该股票的资金。",
        ),
        "ON_TARGET": (
            "The holding is on target; nothing to do.",
            "持仓已达目标，无需交易。",
        ),
        "NOT_OWNED": (
            "The holding is not ours and is never sold.",
            "该持仓不属于本策略，绝不卖出。",
        ),
        "DAILY_BUY_CAP": (
            "More of this risk-warning name may not be bought in one day.",
            "风险警示股票已达单日买入数量上限。",
        ),
        "NOT_FILLED": (
            "The market did not fill it at our prices.",
            "在我方限价内市场未能成交。",
        ),
        "CUT_OFF": (
            "The time for new orders had passed.",
            "已过新委托截止时间。",
        ),
        "REJECTED_BY_BROKER": (
            "The broker or the exchange rejected it.",
            "被券商或交易所拒绝（废单）。",
        ),
        "GUARD_REFUSED": (
            "Our own last check before the wire refused to send the order.",
            "发送前的最后一道检查拒绝了该委托，未发送。",
        ),
        "SEND_FAILED": (
            "It could not be sent; provably nothing left.",
            "委托未能发出，可证明没有任何数据到达券商。",
        ),
        "NO_RECORD": (
            "The broker's record of the day does not show it; what is left is carried over.",
            "券商当日记录中没有该委托；剩余部分转入次日计划。",
        ),
        "WRITTEN_OFF": (
            "A person gave it up; it is not carried over.",
            "已由人工放弃；不转入次日计划。",
        ),
    },
)
DEFERRED = texts(
    ReasonKind.DEFERRED,
    {
        "PRICE_AGED": (
            "The order waited too long to be sent at its price; it is priced anew.",
            "委托等待发送过久，价格已过时；将重新定价。",
        ),
        "SUSPENDED": (
            "The name is suspended; tested again during the session.",
            "该股票停牌；盘中会再次检查。",
        ),
        "LIMIT_LOCKED": (
            "The price is locked at its daily limit on our side; tested again.",
            "价格封在我方向的涨跌停板；盘中会再次检查。",
        ),
        "NO_PRICE": (
            "There is no fresh price; tested again.",
            "没有最新价格；盘中会再次检查。",
        ),
        "NOT_SELLABLE": (
            "The shares cannot be sold today (T+1 or frozen).",
            "股份当日不可卖出（T+1 或被冻结）。",
        ),
        "HELD_GAP": (
            "The price moved against us beyond the approved gap; release this line to trade it.",
            "价格向不利方向跳空超过批准幅度；须人工放行该行。",
        ),
        "HELD_FACTOR": (
            "The reference price changed by a factor that no ex-rights day explains.",
            "参考价变动无法用除权除息解释；须人工放行该行。",
        ),
        "LIMITS_DISAGREE": (
            "The published daily limits are not those our rules give; tested again.",
            "公布的涨跌停价与按规则计算的不一致；盘中会再次检查。",
        ),
        "OUTSIDE_ENVELOPE": (
            "No price inside the approved envelope could trade.",
            "在批准的价格范围内无法成交。",
        ),
        "WAITING_FOR_CASH": (
            "The buy waits for the cash of sells.",
            "买入等待卖出资金到位。",
        ),
        "STAGE_NOT_APPROVED": (
            "This side of the plan awaits an approval of its own.",
            "计划的这一方向尚待单独批准。",
        ),
        "SYMBOL_LOCKED": (
            "A break or an open question locks this name.",
            "该股票因对账差异或未决事项被锁定。",
        ),
        "SEND_UNKNOWN": (
            "The order was sent and its fate is unknown; it is never sent again, only asked for.",
            "委托已发出但结果未知；绝不重发，只查询。",
        ),
        "EXPIRY_UNCONFIRMED": (
            "The broker has not confirmed that the order ended.",
            "券商尚未确认该委托已结束。",
        ),
    },
)
TEXTS = {**DENIED, **DEFERRED}
