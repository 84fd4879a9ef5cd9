"""The page docs/market-rules.md.

Regenerate it with `python -m market.rule_table > docs/market-rules.md`.
"""

import sys
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
    titles = (f"- {name}: {title}\n" for name, title in book.sources().items())
    return "".join((_HEAD, *sections, "\n## Sources\n\n", *titles))


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
