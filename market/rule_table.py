"""The page docs/market-rules.md.

Regenerate it with `python -m market.rule_table > docs/market-rules.md`.
"""

import sys
from dataclasses import dataclass
from itertools import groupby

from market.records import RuleRecord, SecurityStatus
from market.rules import RuleBook

_HEAD = """\
# Market rules 市场规则

Every rule record this program trades by, with its dates and its source. This page is generated
from `market/rules.yaml`; do not edit it by hand.

An empty start means that the source names none; an empty end means that the rule still holds. Both
days are included. Confidence: A exchange or ministry text; B broker or vendor documentation, or
observation; C secondary; U not verified: an operator's own file may replace any record by its id.
起止日期均含当日；起始为空表示来源未注明，结束为空表示仍然有效。
置信度：A 交易所或部委原文；B 券商、数据商文档或实测；C 二手资料；U 未经核实，可按 id 覆盖。
"""

_OPEN_HEAD = """
## Not verified 未经核实

What no text settles (a-share-rules.md section 12) is a setting or a record that may be replaced. An
operator's file of records goes under `market.rule_files` of the configuration.

| question | default | where |
| --- | --- | --- |
"""


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """What nobody could verify, what is done meanwhile, and where that is changed.

    `setting` is a key of the configuration, `record` the id of a rule record.
    """

    question: str
    default: str
    setting: str | None = None
    record: str | None = None


OPEN_QUESTIONS = (
    OpenQuestion("Rounding of fees", "each item half up to 0.01 CNY", "fees.rounding"),
    OpenQuestion("What the minimum of 5 CNY counts for", "an order", "fees.minimum_scope"),
    OpenQuestion("Largest order in Beijing", "1,000,000 shares", record="order_maximum.bse"),
    OpenQuestion(
        "Orders left at the close: written off then, or at clearing",
        "released at the close, believed at 15:35 at the latest",
        "day.second_reconcile",
    ),
    OpenQuestion("Orders from 09:25 to 09:30", "none is sent before 09:31", "day.first_send"),
    OpenQuestion(
        "Cancels around lunch", "none from 11:29:30 to 13:00:30", "day.lunch_no_cancel_from"
    ),
    OpenQuestion(
        "Orders and cancels after hours, ST names there",
        "nothing is sent after 14:50",
        "day.last_new_order",
    ),
    OpenQuestion("Start of after-hours trading in Beijing", "not begun", record="after_hours.bse"),
    OpenQuestion("Transfer fee of funds", "none", record="transfer_fee.fund"),
    OpenQuestion("Tick and hours of repo", "no repo is ever traded"),
    OpenQuestion("15 messages a second as a limit", "5 a second", "flow.messages_per_second"),
    OpenQuestion("15 % of orders cancelled as a limit", "0.15", "flow.cancel_ratio_max"),
    OpenQuestion("Sessions of 2027", "unknown: nothing is scheduled", "market.calendar_file"),
    OpenQuestion(
        "The exchanges' own thresholds of surveillance",
        "1,000 messages a day, far below 20,000",
        "flow.messages_per_day",
    ),
    OpenQuestion(
        "The session by which Shanghai bonus shares may lag",
        "what the broker calls sellable is sellable",
    ),
)

_TABLE_HEAD = """\
| record | for | value | from | until | source | confidence | note |
| --- | --- | --- | --- | --- | --- | --- | --- |
"""


def rules_page(book: RuleBook) -> str:
    """Return the page: a section for each kind of rule, a row for each record, in file order."""
    by_kind = sorted(book.records(), key=lambda record: record.kind)
    sections = (
        f"\n## {kind}\n\n{_TABLE_HEAD}" + "".join(_row(record) for record in records)
        for kind, records in groupby(by_kind, key=lambda record: record.kind)
    )
    questions = (_question_row(question) for question in OPEN_QUESTIONS)
    titles = (f"- {name}: {title}\n" for name, title in book.sources().items())
    return "".join((_HEAD, *sections, _OPEN_HEAD, *questions, "\n## Sources\n\n", *titles))


def _question_row(question: OpenQuestion) -> str:
    where = question.setting or question.record
    cells = (question.question, question.default, f"`{where}`" if where else "")
    return "| " + " | ".join(cells) + " |\n"


def _row(record: RuleRecord) -> str:
    cells = (
        f"`{record.id}`",
        _scope(record),
        _value(record),
        _day(record.effective_from),
        _day(record.effective_until),
        record.source,
        record.confidence,
        record.note,
    )
    return "| " + " | ".join(cells) + " |\n"


def _scope(record: RuleRecord) -> str:
    parts = [", ".join(record.exchanges), ", ".join(record.boards)]
    if record.statuses != tuple(SecurityStatus):
        parts.append(", ".join(record.statuses))
    if record.prefixes:
        parts.append("codes " + ", ".join(record.prefixes))
    return "; ".join(parts)


def _value(record: RuleRecord) -> str:
    fields = record.value.model_dump(mode="json", exclude={"kind"})
    return ", ".join(f"{name} {_plain(value)}" for name, value in fields.items())


def _plain(value: object) -> str:
    if value is None:
        return "none"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _day(day: object) -> str:
    return "" if day is None else str(day)


if __name__ == "__main__":
    sys.stdout.write(rules_page(RuleBook.load()))
