"""The daily limits a name is priced with: the venue's, checked against the rules of the day."""

from dataclasses import replace
from typing import assert_never

from adapters.broker import Instrument
from market.limits import (
    DailyLimits,
    LimitKnowledge,
    daily_limits,
    limits_disagree,
    read_published_limits,
)
from market.money import decimal_text
from market.rules import Rules, SecurityStatus


def limits_disagreement(instrument: Instrument, rules: Rules) -> str:
    """Return the sentence that holds a name, empty where nothing speaks against its limits.

    Published limits that differ from the computed ones by more than 0.005 CNY mean that one of
    the two does not know what the name is today (a-share-rules.md section 3). Half a pair counts.
    """
    computed = _computed(instrument, rules)
    if computed is None or _knowledge(instrument) is LimitKnowledge.UNLIMITED:
        return ""
    if not limits_disagree(instrument.limit_up, instrument.limit_down, computed):
        return ""
    shown = (instrument.limit_up, instrument.limit_down)
    published = " / ".join("nothing" if price is None else decimal_text(price) for price in shown)
    by_rule = f"{decimal_text(computed.up)} / {decimal_text(computed.down)}"
    return f"published limits {published}, by the rules of the day {by_rule}"


def with_day_limits(instrument: Instrument, rules: Rules) -> Instrument:
    """Return the name with the limits its orders keep: published, else computed, else none.

    A vendor's mark for "no limit" becomes None. In a delisting period nothing published means no
    limit, because its first day has none; otherwise it means that nobody told.
    """
    knowledge = _knowledge(instrument)
    match knowledge:
        case LimitKnowledge.KNOWN:
            return instrument
        case LimitKnowledge.UNLIMITED:
            return replace(instrument, limit_up=None, limit_down=None)
        case LimitKnowledge.UNKNOWN:
            return _with_computed(instrument, rules)
        case _:
            assert_never(knowledge)


def _with_computed(instrument: Instrument, rules: Rules) -> Instrument:
    computed = _computed(instrument, rules)
    if computed is None or rules.status is SecurityStatus.DELISTING:
        return instrument
    return replace(instrument, limit_up=computed.up, limit_down=computed.down)


def _knowledge(instrument: Instrument) -> LimitKnowledge:
    return read_published_limits(instrument.limit_up, instrument.limit_down).knowledge


def _computed(instrument: Instrument, rules: Rules) -> DailyLimits | None:
    """Without a previous close there is nothing to compute from."""
    close = instrument.prev_close
    return None if close is None or close <= 0 else daily_limits(rules, close)
