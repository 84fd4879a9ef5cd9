"""What the report says, in both languages: key -> (English, Chinese)."""

from daemon.console.texts.language import Pair, Texts

TEXTS: dict[str, Pair] = {
    "report.title": ("Run {run_id}", "批次 {run_id} 执行报告"),
    "report.heading": ("Execution report", "执行报告"),
    "report.PROVISIONAL": (
        "Provisional: fees and positions of the next morning are still to come.",
        "临时报告：次日早晨的费用与持仓尚未核对。",
    ),
    "report.FINAL": ("Final.", "最终报告。"),
    "report.stands": ("This run: {state}.", "批次状态：{state}。"),
    "report.account": ("Account", "账户"),
    "report.mode": ("Mode", "模式"),
    "report.signal": ("Signal", "信号日"),
    "report.session": ("Session", "交易日"),
    "report.champion": ("Champion", "策略版本"),
    "report.files": ("Input", "输入文件"),
    "report.parent": ("Continues run", "上级批次"),
    "report.plan": ("Plan", "计划"),
    "report.capital": ("Strategy capital, CNY", "策略资金（元）"),
    "report.ours_as_of": ("Our book as of", "本方账目时间"),
    "report.theirs_as_of": ("The broker's as of", "券商账目时间"),
    "report.exposure": ("Exposure: wanted, planned, held", "仓位：目标、计划、实际"),
    "report.filled_of": ("Filled of approved, CNY", "成交 / 批准金额（元）"),
    "report.orders": ("Orders: all, filled, in part", "委托：全部、全成、部成"),
    "report.shortfall": ("Shortfall, CNY", "执行差额（元）"),
    "report.shortfall_bp": ("Shortfall, bp of what was wanted", "执行差额（目标金额的基点）"),
    "report.slippage": ("Slippage, bp; positive is a cost", "滑点（基点，正数为成本）"),
    "report.breaks": ("Differences from the broker's book", "与券商账目的差异"),
    "report.no_breaks": ("Our book and the broker's agree.", "本方账目与券商账目一致。"),
    "report.incomplete": (
        "The broker's answer on this did not come whole and was not compared: {what}.",
        "券商以下数据不完整，未作比较：{what}。",
    ),
    "report.orders.word": ("orders", "委托"),
    "report.fills.word": ("fills", "成交"),
    "report.positions.word": ("positions", "持仓"),
    "report.funds.word": ("cash", "资金"),
    "report.break_kind": ("What differs", "差异"),
    "report.ours": ("Ours", "本方"),
    "report.theirs": ("The broker's", "券商"),
    "report.unknowns": ("Orders of which nobody knows whether they arrived", "状态不明的委托"),
    "report.left": ("Not executed, or not in full", "未执行或未完全执行"),
    "report.all_executed": ("Every name was executed in full.", "所有证券均已完全执行。"),
    "report.reason": ("Reason", "原因"),
    "report.next": ("What happens next", "后续处理"),
    "report.next.NOTHING": ("nothing", "无"),
    "report.next.RESIDUAL_PLAN": (
        "goes into a residual plan for the next session",
        "列入下一交易日的余量计划",
    ),
    "report.next.NEXT_PORTFOLIO": ("waits for the next portfolio", "等待下一期组合"),
    "report.next.PERSON_DECIDES": ("a person decides", "由人工决定"),
    "report.next.RECONCILE_AGAIN": ("is asked for again next morning", "次日早晨再次核对"),
    "report.approved": ("Approved", "批准"),
    "report.filled": ("Filled", "成交"),
    "report.weights": ("Weights", "权重"),
    "report.target": ("Target", "目标"),
    "report.achievable": ("Possible in lots", "整手可达"),
    "report.actual": ("Held", "实际"),
    "report.held": ("Shares held", "持有（股）"),
    "report.foreign": ("Others' shares", "非本策略（股）"),
    "report.priced": ("Valued at prices of {day}.", "按 {day} 的价格估值。"),
    "report.costs": ("Costs", "成本"),
    "report.costs_help": (
        (
            "Against the prices the plan was decided at. Positive is a cost. Delay: until the first"
            " order. Spread: half the quoted spread then. Execution: from there to the fills."
            " Locked and unfilled: what was approved and not traded, until the close. Cash drag:"
            " what the weights wanted and lots, cash or a rule kept out, until the close."
        ),
        (
            "以计划决策价为基准，正数为成本。延迟：决策至首笔委托；价差：当时报价价差的一半；"
            "执行：此后至成交；涨跌停与未成交：已批准而未成交部分至收盘；现金拖累："
            "权重要求、但因整手、资金或规则未列入计划的部分至收盘。"
        ),
    ),
    "report.costs_chart": ("Shortfall by cause, CNY", "执行差额构成（元）"),
    "report.costs_chart.text": ("{total} CNY in all.", "合计 {total} 元。"),
    "report.part": ("Part", "项目"),
    "report.part.delay": ("Delay", "延迟"),
    "report.part.spread": ("Spread", "价差"),
    "report.part.execution": ("Execution", "执行"),
    "report.part.limit_locked": ("Locked", "涨跌停"),
    "report.part.unfilled": ("Unfilled", "未成交"),
    "report.part.cash_drag": ("Cash drag", "现金拖累"),
    "report.part.fees": ("Fees", "费用"),
    "report.total": ("Total", "合计"),
    "report.fees_both": (
        "Fees billed {billed} CNY, estimated {estimated} CNY.",
        "实际费用 {billed} 元，估算费用 {estimated} 元。",
    ),
    "report.decision": ("Decided at", "决策价"),
    "report.arrival": ("Arrival", "到达价"),
    "report.average": ("Average", "均价"),
    "report.close": ("Close", "收盘"),
    "report.proof": ("From the decision to the cash", "从决策到现金"),
    "report.at_decision": (
        "Cash, had the same shares traded at their decision prices",
        "同等数量按决策价成交的现金变动",
    ),
    "report.price_cost": ("less what the fills cost beyond those prices", "减：成交价差成本"),
    "report.less_fees": ("less fees", "减：费用"),
    "report.cash_change": ("Cash that the run's trades moved", "本批次交易的现金变动"),
    "report.cash": ("Cash", "资金"),
    "report.movements": ("Movements without a trade", "非交易变动"),
    "report.closing_broker": ("The broker shows", "券商数据"),
    "report.difference": ("Difference", "差额"),
    "report.no_cash": ("The books of this run were never opened.", "本批次未建立资金账。"),
    "report.timeline": ("The session", "当日过程"),
    "report.time": ("Time", "时间"),
    "report.event": ("Event", "事件"),
    "report.by": ("By", "操作人"),
    "report.FIRST_ORDER": ("first order", "首笔委托"),
    "report.LAST_ORDER": ("last order", "末笔委托"),
    "report.FIRST_FILL": ("first fill", "首笔成交"),
    "report.LAST_FILL": ("last fill", "末笔成交"),
    "report.approval.APPROVED": ("approval given", "已批准"),
    "report.halt.HALTED": ("sending stopped", "停止发送"),
    "report.halt.RESUMED": ("sending resumed", "恢复发送"),
    "report.charts": ("Charts", "图表"),
}


class ReportTexts(Texts):
    """The console's catalogue with the report's own sentences."""

    def say(self, key: str, **fields: object) -> str:
        """Return a sentence; KeyError for one that nobody wrote."""
        if key in TEXTS:
            return TEXTS[key][self._column].format(**fields)
        return super().say(key, **fields)

    def event(self, row: dict[str, str]) -> str:
        """Return what a moment of the timeline says."""
        match row["kind"]:
            case "STATE":
                return self.word("run_state", row["value"])
            case "APPROVAL" | "HALT":
                key = f"report.{row['kind'].lower()}.{row['value']}"
                return self.say(key) if key in TEXTS else row["value"]
            case kind:
                return self.say(f"report.{kind}")
