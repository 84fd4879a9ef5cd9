"""Plain values the planning tests start from; every argument that matters is named at the call."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from functools import cache

from adapters.broker import Instrument, InstrumentStatus, Quote
from config.settings import Settings
from daemon.planning.inputs import PlanInputs
from market.board import board_of
from market.calendar import TradingCalendar
from market.phases import market_time
from market.rules import RuleBook
from market.symbol import Symbol
from statemachine.plan import Plan
from statemachine.portfolio import Refusal, Target, TargetPortfolio
from statemachine.position import AccountSnapshot, Funds, Position

SIGNAL = date(2025, 11, 7)
SESSION = date(2025, 11, 10)
EVE = market_time(SIGNAL, "20:00:00")
PASSED = (
    ("single_position_ok", True),
    ("sector_exposure_ok", True),
    ("total_position_ok", True),
)


@cache
def rule_book() -> RuleBook:
    return RuleBook.load()


@cache
def calendar() -> TradingCalendar:
    return TradingCalendar.load()


def symbol(text: str) -> Symbol:
    return Symbol.parse(text)


def target(text: str, weight: str, industry: str | None = "银行", line: int = 2) -> Target:
    return Target(symbol(text), Decimal(weight), industry, line)


def portfolio(*targets: Target, exposure: str | None = None) -> TargetPortfolio:
    total = sum((target.weight for target in targets), Decimal(0))
    return TargetPortfolio(
        run_id="20251107-0123456789ab",
        input_hash="f" * 64,
        signal_date=SIGNAL,
        champion_id="seed_balance_strategy",
        target_exposure=total if exposure is None else Decimal(exposure),
        risk_checks=PASSED,
        targets=tuple(sorted(targets, key=lambda target: target.symbol)),
        market_volatility_known=True,
        csv_name="portfolio_20251107.csv",
        context_name="execution_context_20251107.json",
    )


def position(text: str, quantity: int, sellable: int | None = None) -> Position:
    return Position(
        symbol=symbol(text),
        quantity=quantity,
        sellable=quantity if sellable is None else sellable,
        frozen=0,
        in_transit=0,
        cost_price=Decimal(10),
        market_value=Decimal(10) * quantity,
    )


def snapshot(
    *positions: Position, cash: str | Decimal = "1000000", as_of: datetime = EVE
) -> AccountSnapshot:
    funds = Funds(
        available=Decimal(cash),
        frozen=Decimal(0),
        market_value=Decimal(0),
        total_asset=Decimal(cash),
        withdrawable=Decimal(cash),
        as_of=as_of,
    )
    return AccountSnapshot("snapshot-1", positions, funds, as_of, verified_at=as_of)


def instrument(
    text: str,
    prev_close: str | None = "10",
    *,
    status: InstrumentStatus = InstrumentStatus.TRADING,
    limit_up: str | None = None,
    limit_down: str | None = None,
    name: str = "某股份",
    is_st: bool = False,
    list_date: date | None = date(2010, 1, 4),
) -> Instrument:
    return Instrument(
        symbol=symbol(text),
        name=name,
        board=board_of(symbol(text)).value,
        status=status,
        is_st=is_st,
        list_date=list_date,
        prev_close=None if prev_close is None else Decimal(prev_close),
        limit_up=None if limit_up is None else Decimal(limit_up),
        limit_down=None if limit_down is None else Decimal(limit_down),
        tick=Decimal("0.01"),
    )


def quote(
    text: str,
    last: str | None = "10",
    bid1: str | None = None,
    ask1: str | None = None,
    at: datetime | None = EVE,
) -> Quote:
    return Quote(
        symbol=symbol(text),
        last=None if last is None else Decimal(last),
        bid1=None if bid1 is None else Decimal(bid1),
        ask1=None if ask1 is None else Decimal(ask1),
        bid1_quantity=None,
        ask1_quantity=None,
        volume=0,
        amount=Decimal(0),
        quote_time=at,
    )


def inputs(
    *targets: Target,
    prices: Mapping[str, str] | None = None,
    positions: Iterable[Position] = (),
    owned: Mapping[str, int] | None = None,
    cash: str | Decimal = "1000000",
    settings: Settings | None = None,
    instruments: Iterable[Instrument] = (),
    quotes: Iterable[Quote] = (),
    exposure: str | None = None,
    now: datetime = EVE,
    session_date: date = SESSION,
    messages_used: int = 0,
    snapshot_at: datetime | None = None,
) -> PlanInputs:
    """Targets and holdings quoted at `prices` (10 where none is given); holdings are ours."""
    held = tuple(positions)
    names = {str(target.symbol) for target in targets} | {str(row.symbol) for row in held}
    quoted = dict.fromkeys(names, "10") | dict(prices or {})
    default_owned = {str(row.symbol): row.quantity for row in held}
    chosen = settings or Settings()
    return PlanInputs(
        portfolio=portfolio(*targets, exposure=exposure),
        account="880001234",
        mode="paper",
        endpoint="http://127.0.0.1:9000",
        snapshot=snapshot(*held, cash=cash, as_of=snapshot_at or now),
        owned={
            symbol(text): quantity
            for text, quantity in (default_owned if owned is None else owned).items()
        },
        instruments={symbol(text): instrument(text, price) for text, price in quoted.items()}
        | {row.symbol: row for row in instruments},
        quotes={symbol(text): quote(text, price) for text, price in quoted.items()}
        | {row.symbol: row for row in quotes},
        rules=rule_book(),
        fees=chosen.fees.schedule(),
        calendar=calendar(),
        settings=chosen,
        settings_hash="a" * 64,
        session_date=session_date,
        expires_at=market_time(session_date, "14:50:00"),
        now=now,
        messages_used=messages_used,
    )


def with_checks(**changes: object) -> Settings:
    settings = Settings()
    return settings.model_copy(
        update={"checks": settings.checks.model_copy(update=changes)},
    )


def with_capital(**changes: object) -> Settings:
    settings = Settings()
    return settings.model_copy(
        update={"capital": settings.capital.model_copy(update=changes)},
    )


def without_quote(given: PlanInputs, text: str) -> PlanInputs:
    quotes = {key: value for key, value in given.quotes.items() if key != symbol(text)}
    instruments = dict(given.instruments) | {symbol(text): instrument(text, None)}
    return replace(given, quotes=quotes, instruments=instruments)


def planned(result: Plan | tuple[Refusal, ...]) -> Plan:
    assert isinstance(result, Plan), result
    return result
