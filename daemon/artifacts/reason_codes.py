"""The page docs/reason-codes.md.

Regenerate it with `python -m daemon.artifacts.reason_codes > docs/reason-codes.md`.
"""

import sys

from statemachine.reason_texts import alerts
from statemachine.reason_texts.entry import ReasonText
from statemachine.reasons import Reason, text_of

_HEAD = """\
# Reason codes 原因代码

Every reason this program gives for not doing something, in files, on screens and in metrics.
This page is generated from `statemachine/reasons.py`; do not edit it by hand.

REFUSAL stops a pair of files or a run. DENIED is final for a line, DEFERRED may still change during
the session. HOLD waits for a person. NOTE only informs.
REFUSAL 拒绝整个文件对或批次；DENIED 对该行为最终结果；DEFERRED 盘中仍可能改变；
HOLD 等待人工处理；NOTE 仅供参考。

| code | kind | English | 中文 |
| --- | --- | --- | --- |
"""


_ALERTS = """
## Alert codes 告警代码

An alert has a reason's code, or one of these. HOLD stops the sends; NOTE is told once and asks for
no `ack`.
告警使用上述原因代码，或下列代码。HOLD 停止发送；NOTE 只告知一次，无需确认。

| code | kind | English | 中文 |
| --- | --- | --- | --- |
"""


def reason_codes_page() -> str:
    """Return the page: one row a reason, in the order of the enumeration, and one an alert."""
    reasons = "".join(_row(reason.value, text_of(reason)) for reason in Reason)
    return _HEAD + reasons + _ALERTS + "".join(_row(*entry) for entry in alerts.TEXTS.items())


def _row(code: str, text: ReasonText) -> str:
    return f"| `{code}` | {text.kind.value} | {text.english} | {text.chinese} |\n"


if __name__ == "__main__":
    sys.stdout.write(reason_codes_page())
