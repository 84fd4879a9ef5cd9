"""The process that plays a plan: a question on stdin, the answer on stdout, and nothing else.

A composition root of its own; the daemon starts it and never imports it. It has no secrets, opens
no connection and no database.
"""

import asyncio
import os
import sys
from contextlib import suppress
from datetime import datetime, time
from decimal import Decimal
from pathlib import Path

from adapters.venues.simulated.account import OpeningPosition
from adapters.venues.simulated.example_feed import ExampleFeed
from adapters.venues.simulated.factory import VenueSettings, venue_on
from adapters.venues.simulated.tables import MarketDataError
from config.loading import ConfigError
from daemon.market_files import load_calendar, load_rules
from daemon.plan_rehearsal import values
from daemon.plan_rehearsal.counter import PaperCounter
from daemon.plan_rehearsal.trading import Trading, thinned
from daemon.plan_rehearsal.values import PlanRehearsal, Question, RehearsedLine
from market.errors import MarketError
from market.phases import SHANGHAI
from market.side import Side
from statemachine.plan import Disposition, PlanLine
from storage.documents import decode, encode

# The daemon goes first; much more, and on a busy machine there would never be an answer.
NICENESS = 5
# Where memory runs out it is this process that ends, not the daemon in the same control group.
OOM_SCORE, FIRST_TO_GO = Path("/proc/self/oom_score_adj"), "1000"
OPENING = time(9, 0)
ACCOUNT = "REHEARSAL"
_ZERO = Decimal(0)


def main() -> int:
    """Answer one question; returns a sysexits code, and says on stderr why there is no answer."""
    step_back()
    question = decode(values.question(), sys.stdin.read())
    try:
        answer = asyncio.run(rehearse(question))
    except ConfigError as error:
        return _end(str(error), os.EX_CONFIG)
    except (MarketDataError, MarketError) as error:
        return _end(str(error), os.EX_DATAERR)
    sys.stdout.write(encode(values.rehearsal(), answer))
    return os.EX_OK


def step_back() -> None:
    """Let the daemon go first, as far as the host allows: a unit may forbid either wish."""
    with suppress(OSError):
        os.nice(NICENESS)
    with suppress(OSError):
        OOM_SCORE.write_text(FIRST_TO_GO, encoding="ascii")


async def rehearse(question: Question) -> PlanRehearsal:
    """Play the plan on the newest session that the market directory has before its own.

    Raises MarketDataError, MarketError and ConfigError for data and rules that cannot be used.
    """
    plan, settings = question.plan, question.settings
    calendar, rules = load_calendar(settings.market), load_rules(settings.market)
    references = {
        line.symbol: line.reference_price for line in plan.lines if line.reference_price is not None
    }
    feed = ExampleFeed.open(question.market, plan.session_date, references, calendar, rules)
    venue = venue_on(
        feed,
        account=ACCOUNT,
        cash=question.cash,
        start=datetime.combine(plan.session_date, OPENING, SHANGHAI),
        positions={
            holding.symbol: OpeningPosition(holding.sellable, references.get(holding.symbol, _ZERO))
            for holding in question.holdings
            if holding.sellable
        },
        settings=VenueSettings(fees=settings.fees.schedule()),
        calendar=calendar,
        rule_book=rules,
    )
    counter = PaperCounter(venue)
    trading = Trading(question, counter, rules, calendar)
    await trading.play()
    return _answer(question, trading, counter, feed)


def _answer(
    question: Question, trading: Trading, counter: PaperCounter, feed: ExampleFeed
) -> PlanRehearsal:
    plan = question.plan
    lines = tuple(
        _line(line, trading, counter, has_bars=feed.has_bars(str(line.symbol)))
        for line in plan.lines
        if line.disposition in {Disposition.TRADE, Disposition.DEFERRED}
    )
    return PlanRehearsal(
        plan_hash=plan.plan_hash,
        run_id=plan.run_id,
        session_date=plan.session_date,
        bars_date=feed.played,
        lines=lines,
        sells=_filled(lines, Side.SELL),
        buys=_filled(lines, Side.BUY),
        fees=sum((line.fees for line in lines), _ZERO),
        cash_path=thinned(trading.points),
        lowest=min(trading.points, key=lambda point: point.cash),
        hold=trading.hold,
    )


def _line(
    line: PlanLine, trading: Trading, counter: PaperCounter, *, has_bars: bool
) -> RehearsedLine:
    orders = trading.orders_of(line.symbol)
    quantity = sum(order.filled_quantity for order in orders)
    amount = sum((order.filled_amount for order in orders), _ZERO)
    return RehearsedLine(
        symbol=line.symbol,
        side=line.side,
        quantity=line.quantity_max,
        filled_quantity=quantity,
        filled_amount=amount,
        fees=sum((counter.fees_of(order) for order in orders), _ZERO),
        has_bars=has_bars,
        reason=trading.outcome_of(line),
    )


def _filled(lines: tuple[RehearsedLine, ...], side: Side) -> Decimal:
    return sum((line.filled_amount for line in lines if line.side is side), _ZERO)


def _end(why: str, code: int) -> int:
    sys.stderr.write(why + "\n")
    return code


if __name__ == "__main__":
    raise SystemExit(main())
