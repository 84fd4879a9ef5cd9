"""Puts a paper venue together from a market directory and an opening account."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

from adapters.venues.simulated.account import Account, OpeningPosition
from adapters.venues.simulated.day_market import DayMarket
from adapters.venues.simulated.desk_settings import DeskSettings
from adapters.venues.simulated.engine import SimulatedVenue, session_at
from adapters.venues.simulated.faults import FaultPlan
from adapters.venues.simulated.feed import MarketFeed
from adapters.venues.simulated.session_feed import SessionFeed
from adapters.venues.simulated.tables import MarketDataError
from market.calendar import TradingCalendar
from market.fees import FeeSchedule
from market.phases import SHANGHAI
from market.rules import RuleBook
from market.symbol import Symbol, SymbolError, parse_position_symbol

_NO_POSITIONS: Mapping[Symbol, OpeningPosition] = {}


@dataclass(frozen=True, slots=True)
class VenueSettings:
    """What may be chosen about a paper venue beside its data and its account."""

    desk: DeskSettings = field(default_factory=DeskSettings)
    fees: FeeSchedule = field(default_factory=FeeSchedule)
    seed: int = 0


def build_venue(
    market_dir: Path,
    *,
    account: str,
    cash: Decimal,
    start: datetime,
    positions: Mapping[Symbol, OpeningPosition] = _NO_POSITIONS,
    settings: VenueSettings | None = None,
    calendar: TradingCalendar | None = None,
    rule_book: RuleBook | None = None,
) -> SimulatedVenue:
    """Return a venue at `start` (aware) whose account holds `cash` CNY and `positions`.

    Calendar and rule book are the shipped ones unless given. Raises MarketDataError for a
    directory that is no market, CalendarCoverageError for a start outside the calendar.
    """
    sessions = calendar or TradingCalendar.load()
    return venue_on(
        MarketFeed(market_dir, sessions),
        account=account,
        cash=cash,
        start=start,
        positions=positions,
        settings=settings or VenueSettings(),
        calendar=sessions,
        rule_book=rule_book or RuleBook.load(),
    )


def venue_on(
    feed: SessionFeed,
    *,
    account: str,
    cash: Decimal,
    start: datetime,
    positions: Mapping[Symbol, OpeningPosition],
    settings: VenueSettings,
    calendar: TradingCalendar,
    rule_book: RuleBook,
) -> SimulatedVenue:
    """Return the same venue on any source of bars. Raises CalendarCoverageError."""
    books = Account(settings.fees)
    books.open(cash, positions, start.astimezone(SHANGHAI))
    day = session_at(start, calendar)
    return SimulatedVenue(
        account_id=account,
        market=DayMarket(feed, rule_book, calendar, day, settings.seed),
        account=books,
        calendar=calendar,
        faults=FaultPlan(settings.seed),
        settings=settings.desk,
        start=start,
    )


def read_positions(path: Path) -> dict[Symbol, OpeningPosition]:
    """Read an opening account: CSV with ts_code, quantity, cost_price; more columns are ignored.

    Raises MarketDataError naming file and line.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        missing = {"ts_code", "quantity", "cost_price"} - set(reader.fieldnames or ())
        if missing:
            raise MarketDataError(f"{path} lacks the columns {', '.join(sorted(missing))}")
        positions: dict[Symbol, OpeningPosition] = {}
        for row in reader:
            place = f"{path} line {reader.line_num}"
            symbol, position = _position(row, place)
            if symbol in positions:
                raise MarketDataError(f"{place}: {symbol} appears twice")
            positions[symbol] = position
        return positions


def _position(row: Mapping[str, str], place: str) -> tuple[Symbol, OpeningPosition]:
    try:
        symbol = parse_position_symbol(row["ts_code"])
        quantity, cost_price = int(row["quantity"]), Decimal(row["cost_price"])
    except (SymbolError, ValueError, InvalidOperation) as error:
        raise MarketDataError(f"{place}: {error}") from error
    if quantity <= 0 or not cost_price.is_finite() or cost_price < 0:
        raise MarketDataError(f"{place}: a holding needs a quantity and a cost price")
    return symbol, OpeningPosition(quantity, cost_price)
