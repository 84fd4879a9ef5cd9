"""The counter's vocabulary: codes 48 to 57 and 255 with their Chinese words."""

from collections.abc import Mapping
from types import MappingProxyType

from market.phases import Phase
from statemachine.events import VenueStatus

# a-share-rules.md section 7, the counter's own numbers.
RAW_STATUS: Mapping[VenueStatus, int] = MappingProxyType(
    {
        VenueStatus.UNREPORTED: 48,
        VenueStatus.WAIT_REPORTING: 49,
        VenueStatus.REPORTED: 50,
        VenueStatus.REPORTED_CANCEL: 51,
        VenueStatus.PARTSUCC_CANCEL: 52,
        VenueStatus.PART_CANCEL: 53,
        VenueStatus.CANCELED: 54,
        VenueStatus.PART_SUCC: 55,
        VenueStatus.SUCCEEDED: 56,
        VenueStatus.JUNK: 57,
        VenueStatus.UNKNOWN: 255,
    }
)

RAW_WORD: Mapping[VenueStatus, str] = MappingProxyType(
    {
        VenueStatus.UNREPORTED: "未报",
        VenueStatus.WAIT_REPORTING: "待报",
        VenueStatus.REPORTED: "已报",
        VenueStatus.REPORTED_CANCEL: "已报待撤",
        VenueStatus.PARTSUCC_CANCEL: "部成待撤",
        VenueStatus.PART_CANCEL: "部撤",
        VenueStatus.CANCELED: "已撤",
        VenueStatus.PART_SUCC: "部成",
        VenueStatus.SUCCEEDED: "已成",
        VenueStatus.JUNK: "废单",
        VenueStatus.UNKNOWN: "未知",
    }
)

# What a person is told a phase is called (a-share-rules.md section 4).
PHASE_WORD: Mapping[Phase, str] = MappingProxyType(
    {
        Phase.CLOSED: "休市",
        Phase.OPENING_CALL: "开盘集合竞价",
        Phase.OPENING_CALL_NO_CANCEL: "开盘集合竞价(不可撤单)",
        Phase.GAP: "开盘前静默期",
        Phase.MORNING: "上午连续竞价",
        Phase.LUNCH: "午间休市",
        Phase.AFTERNOON: "下午连续竞价",
        Phase.CLOSING_CALL: "收盘集合竞价",
        Phase.AFTER_CLOSE: "收盘",
        Phase.AFTER_HOURS: "盘后固定价格交易",
    }
)

TERMINAL = frozenset(
    {
        VenueStatus.PART_CANCEL,
        VenueStatus.CANCELED,
        VenueStatus.SUCCEEDED,
        VenueStatus.JUNK,
    }
)

# Only these may be cancelled, otherwise "委托状态错误" (a-share-rules.md section 7, 3).
CANCELABLE = frozenset({VenueStatus.UNREPORTED, VenueStatus.REPORTED, VenueStatus.PART_SUCC})

# What stands in the book and may trade; a cancel in flight does not take it out.
RESTING = frozenset(
    {
        VenueStatus.REPORTED,
        VenueStatus.REPORTED_CANCEL,
        VenueStatus.PARTSUCC_CANCEL,
        VenueStatus.PART_SUCC,
    }
)


def live_status(filled_quantity: int, *, cancelling: bool) -> VenueStatus:
    """Return the word for an order with something left in the book."""
    if filled_quantity:
        return VenueStatus.PARTSUCC_CANCEL if cancelling else VenueStatus.PART_SUCC
    return VenueStatus.REPORTED_CANCEL if cancelling else VenueStatus.REPORTED


def ended_status(filled_quantity: int) -> VenueStatus:
    """Return the word for an order whose rest was taken out."""
    return VenueStatus.PART_CANCEL if filled_quantity else VenueStatus.CANCELED


def raw_text(status: VenueStatus, detail: str = "") -> str:
    """Return the counter's text: the word, and after a colon why."""
    return f"{RAW_WORD[status]}: {detail}" if detail else RAW_WORD[status]
