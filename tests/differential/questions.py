"""What both this project and marina-rules are asked, security by security."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

from market.records import (
    ClosingCall,
    Commission,
    DailyLimit,
    Settlement,
    StampDuty,
    Tick,
    TransferFee,
    UnlimitedDays,
)
from market.rules import SecurityStatus

ST = SecurityStatus.ST
DELISTING = SecurityStatus.DELISTING
WIDE = SecurityStatus.WIDE_FUND
NORMAL = SecurityStatus.NORMAL


@dataclass(frozen=True)
class Topic:
    """One kind of rule: how they call it, where we keep it and how both are spelled alike."""

    their_rule: str
    kind: type[BaseModel]
    our_words: Callable[[Any], str]
    their_words: Callable[[Any], str]


def plain(number: object) -> str:
    return format(Decimal(str(number)).normalize(), "f")


def band(value: object) -> str:
    return "unlimited" if value in {None, "unlimited"} else plain(value)


def yes(*, held: bool) -> str:
    return "yes" if held else "no"


TOPICS = {
    "daily_limit": Topic("price_limit_pct", DailyLimit, lambda own: band(own.ratio), band),
    "tick": Topic("tick_size", Tick, lambda own: plain(own.tick), plain),
    "settlement": Topic("min_holding_days", Settlement, lambda own: plain(own.t_plus), plain),
    "stamp_duty": Topic("stamp_duty_sell", StampDuty, lambda own: plain(own.rate), plain),
    "transfer_fee": Topic(
        "transfer_fee_each_side", TransferFee, lambda own: plain(own.rate), plain
    ),
    "commission_cap": Topic(
        "commission_cap", Commission, lambda own: plain(own.rate_maximum), plain
    ),
    "commission_minimum": Topic(
        "commission_min_per_order_cny", Commission, lambda own: plain(own.minimum), plain
    ),
    "closing_call": Topic(
        "session_schedule",
        ClosingCall,
        lambda own: yes(held=own.held),
        lambda schedule: yes(held=schedule["close_call"] is not None),
    ),
    "listing_days": Topic(
        "price_limit_pct",
        UnlimitedDays,
        lambda own: yes(held=own.listing > 0),
        lambda own: yes(held=own == "unlimited"),
    ),
    "delisting_day": Topic(
        "price_limit_pct",
        UnlimitedDays,
        lambda own: yes(held=own.delisting > 0),
        lambda own: yes(held=own == "unlimited"),
    ),
}


@dataclass(frozen=True)
class Question:
    topic: str
    code: str
    scope: str
    status: SecurityStatus = NORMAL


DAILY_LIMITS = [
    ("600000.SH", "main_board", NORMAL),
    ("000001.SZ", "main_board", NORMAL),
    ("600000.SH", "st_main", ST),
    ("000001.SZ", "st_main", ST),
    ("600000.SH", "delisting", DELISTING),
    ("000001.SZ", "delisting", DELISTING),
    ("300750.SZ", "chinext", NORMAL),
    ("302132.SZ", "st_chinext", ST),
    ("301001.SZ", "delisting_chinext", DELISTING),
    ("688981.SH", "star", NORMAL),
    ("689009.SH", "st_star", ST),
    ("688981.SH", "delisting_star", DELISTING),
    ("920002.BJ", "bse", NORMAL),
    ("920002.BJ", "st_bse", ST),
    ("920002.BJ", "delisting_bse", DELISTING),
    ("510300.SH", "etf", NORMAL),
    ("159919.SZ", "etf", NORMAL),
    ("588000.SH", "etf_20pct", WIDE),
    ("159915.SZ", "etf_20pct", WIDE),
    ("508000.SH", "reits", NORMAL),
    ("180101.SZ", "reits", NORMAL),
    ("508000.SH", "reits_day1", NORMAL),
    ("180101.SZ", "reits_day1", NORMAL),
    ("113052.SH", "convertible", NORMAL),
    ("123001.SZ", "convertible", NORMAL),
]

FUND_TYPES = [
    ("511010.SH", "bond"),
    ("159650.SZ", "bond"),
    ("511880.SH", "money"),
    ("159001.SZ", "money"),
    ("518880.SH", "gold"),
    ("159934.SZ", "gold"),
    ("513100.SH", "crossborder"),
    ("520830.SH", "crossborder"),
    ("159920.SZ", "crossborder"),
    ("159980.SZ", "commodity"),
    ("588000.SH", "20pct"),
    ("159915.SZ", "20pct"),
]

LISTING_DAYS = [
    ("600000.SH", "ipo_first5_main"),
    ("000001.SZ", "ipo_first5_main"),
    ("300750.SZ", "ipo_first5_chinext"),
    ("688981.SH", "ipo_first5_star"),
    ("920002.BJ", "ipo_day1_bse"),
]

DELISTING_DAYS = [
    ("600000.SH", "delisting_day1"),
    ("000001.SZ", "delisting_day1"),
    ("300750.SZ", "delisting_day1"),
    ("688981.SH", "delisting_day1_star"),
    ("920002.BJ", "delisting_day1_bse"),
]

STOCKS = ("600000.SH", "688981.SH", "000001.SZ", "300750.SZ")
FUNDS = ("510300.SH", "159919.SZ")
STOCK_TOPICS = (
    "tick",
    "settlement",
    "stamp_duty",
    "transfer_fee",
    "closing_call",
    "commission_cap",
    "commission_minimum",
)
FUND_TOPICS = ("tick", "settlement", "closing_call")


def questions() -> Iterator[Question]:
    """Return every question, each about one security under the other's name for it."""
    yield from (Question("daily_limit", *about) for about in DAILY_LIMITS)
    yield from (Question(topic, code, "stock") for topic in STOCK_TOPICS for code in STOCKS)
    yield from (Question(topic, code, "etf") for topic in FUND_TOPICS for code in FUNDS)
    yield from (Question("settlement", code, f"etf_{kind}") for code, kind in FUND_TYPES)
    yield from (Question("listing_days", *about) for about in LISTING_DAYS)
    yield from (Question("delisting_day", *about) for about in DELISTING_DAYS)
