"""Plans to rehearse, and a market to rehearse them on."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

from config.settings import Settings
from daemon.plan_rehearsal.values import (
    CashPoint,
    Holding,
    PlanRehearsal,
    Question,
    RehearsedLine,
)
from market.side import Side
from statemachine.plan import Plan
from statemachine.reasons import Reason
from tests.adapters.venues.simulated.markets import FRIDAY, MONDAY, Day, on_monday, write_market
from tests.daemon.planning.builders import symbol

BANK, VANKE, MAOTAI = "600000.SH", "000002.SZ", "600519.SH"
SHARES = 160_000_000
RUN = "20251107-0123456789ab"
HASH, OTHER_HASH = "a" * 64, "b" * 64
DAYS = (
    Day(BANK, FRIDAY, 19.80, 20.20, 19.60, 20.00, 20.00, SHARES),
    Day(VANKE, FRIDAY, 5.00, 5.05, 4.95, 5.00, 5.00, SHARES),
)


def market_in(folder: Path) -> Path:
    """Return a market with one session, the one before the plans' own."""
    return write_market(folder / "market", DAYS)


def question_of(
    plan: Plan,
    market: Path,
    *,
    cash: str = "1000000",
    held: Mapping[str, int] | None = None,
    settings: Settings | None = None,
) -> Question:
    """Return what is asked about a plan of an account that owns all it holds."""
    return Question(
        plan=plan,
        settings=settings or Settings(),
        market=market,
        cash=Decimal(cash),
        holdings=tuple(
            Holding(symbol(text), quantity, quantity) for text, quantity in (held or {}).items()
        ),
        statuses=(),
        locked=(),
    )


def a_rehearsal() -> PlanRehearsal:
    """Return a rehearsal in which one line was filled, one in part and one had no bars."""
    return PlanRehearsal(
        plan_hash=HASH,
        run_id=RUN,
        session_date=MONDAY,
        bars_date=FRIDAY,
        lines=(
            _line(BANK, Side.SELL, 3000, 3000, "29610", "22.51"),
            _line(VANKE, Side.BUY, 20_600, 600, "5988", "5.06", reason=Reason.NOT_FILLED),
            _line(MAOTAI, Side.BUY, 100, 0, "0", "0", reason=Reason.NOT_LISTED, has_bars=False),
        ),
        sells=Decimal(29_610),
        buys=Decimal(5988),
        fees=Decimal("27.57"),
        cash_path=(
            CashPoint(on_monday("09:31:00"), Decimal(1_000_000)),
            CashPoint(on_monday("15:00:00"), Decimal("1023594.43")),
        ),
        lowest=CashPoint(on_monday("10:00:00"), Decimal("823946.03")),
        hold=None,
    )


def _line(
    text: str,
    side: Side,
    quantity: int,
    filled: int,
    amount: str,
    fees: str,
    *,
    reason: Reason | None = None,
    has_bars: bool = True,
) -> RehearsedLine:
    return RehearsedLine(
        symbol(text), side, quantity, filled, Decimal(amount), Decimal(fees), has_bars, reason
    )
