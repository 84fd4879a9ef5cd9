from datetime import date
from decimal import Decimal
from functools import cache

from market.calendar import TradingCalendar
from market.limits import DailyLimits, daily_limits
from market.rules import RuleBook, Rules, SecurityStatus
from market.symbol import Symbol

MAIN = "600000.SH"
CHINEXT = "300750.SZ"
STAR = "688981.SH"
BSE = "920002.BJ"
FUND = "510300.SH"


@cache
def rule_book() -> RuleBook:
    return RuleBook.load()


@cache
def calendar() -> TradingCalendar:
    return TradingCalendar.load()


def rules_of(
    code: str, day: str = "2026-09-01", status: SecurityStatus = SecurityStatus.NORMAL
) -> Rules:
    return rule_book().on(Symbol.parse(code), date.fromisoformat(day), status)


def limits_of(rules: Rules, prev_close: str) -> tuple[str, str]:
    limits = daily_limits(rules, Decimal(prev_close))
    assert isinstance(limits, DailyLimits)
    return str(limits.up), str(limits.down)
