"""Fetches what a plan is computed from; the plan itself is planning's."""

from datetime import date

from daemon.desk import Desk
from daemon.planning.dates import approval_closes_at
from daemon.planning.inputs import PlanInputs
from statemachine.portfolio import TargetPortfolio
from statemachine.position import AccountSnapshot


async def plan_inputs(
    desk: Desk,
    portfolio: TargetPortfolio,
    snapshot: AccountSnapshot,
    session_date: date,
    *,
    parent_run_id: str | None = None,
) -> PlanInputs:
    """Read facts and prices of every target and every owned name. Raises BrokerError."""
    owned = await desk.store.owned()
    wanted = {target.symbol for target in portfolio.targets}
    symbols = sorted(wanted | {name for name, quantity in owned.items() if quantity}, key=str)
    orders, cancels = await desk.store.message_counts(session_date)
    return PlanInputs(
        portfolio=portfolio,
        account=desk.account,
        mode=desk.settings.mode,
        endpoint=desk.settings.brokers.pingan.endpoint,
        snapshot=snapshot,
        owned=owned,
        instruments=await desk.broker.instruments(symbols),
        quotes=await desk.broker.quotes(symbols),
        rules=desk.rules,
        fees=desk.settings.fees.schedule(),
        calendar=desk.calendar,
        settings=desk.settings,
        settings_hash=desk.settings_hash,
        session_date=session_date,
        expires_at=approval_closes_at(session_date, desk.settings.day),
        now=desk.clock.now(),
        messages_used=orders + cancels,
        parent_run_id=parent_run_id,
    )
