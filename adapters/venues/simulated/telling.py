"""What the counter tells of orders and fills, and when: late, twice, out of order, taken back."""

from datetime import datetime, timedelta
from decimal import Decimal

from adapters.venues.simulated.account import Account
from adapters.venues.simulated.agenda import Agenda, Rank
from adapters.venues.simulated.faults import FaultPlan, VenueFaultKind
from adapters.venues.simulated.orders import Archive, VenueOrder
from adapters.venues.simulated.statuses import RAW_STATUS, raw_text
from adapters.wire.models import FeesView, FillView
from market.fees import Fees
from statemachine.events import VenueStatus
from statemachine.fill import FillKind


class Telling:
    """Puts what happened into the archive, and into the lists when the faults let it."""

    def __init__(
        self, archive: Archive, account: Account, agenda: Agenda, faults: FaultPlan
    ) -> None:
        """Tell by these."""
        self._archive = archive
        self._account = account
        self._agenda = agenda
        self._faults = faults
        self._held_back: dict[str, FillView] = {}

    def acknowledged(self, order: VenueOrder, at: datetime) -> None:
        """After 已报: perhaps the counter says 未知 (255) for a while instead."""
        fault = self._faults.strike(VenueFaultKind.UNKNOWN_STATUS, order, at)
        if fault is None:
            return
        unknown = {
            "status": VenueStatus.UNKNOWN,
            "raw_status": RAW_STATUS[VenueStatus.UNKNOWN],
            "raw_text": raw_text(VenueStatus.UNKNOWN),
        }
        order.veil = order.true_view().model_copy(update=unknown)
        self._archive.list_order(order)
        self._lift_after(order, fault.delay_s, at)

    def about_to_fill(self, order: VenueOrder, at: datetime) -> None:
        """Before a fill is booked: perhaps the order goes on being told as it was."""
        if order.veil is not None:
            return
        fault = self._faults.strike(VenueFaultKind.TRADE_BEFORE_ORDER, order, at)
        if fault is not None:
            order.veil = order.true_view()
            self._lift_after(order, fault.delay_s, at)

    def fill(
        self, order: VenueOrder, quantity: int, price: Decimal, fees: Fees, at: datetime
    ) -> None:
        """Tell of an execution that was booked with these fees."""
        fill = self._fill_view(order, quantity, price, fees, at)
        self._archive.trades.append(fill)
        self._list(order, fill, at)
        if fault := self._faults.strike(VenueFaultKind.DUPLICATE_FILL, order, at):
            again = at + timedelta(seconds=fault.delay_s)
            self._agenda.schedule(again, Rank.REPORT, lambda _: self._archive.list_fill(fill))
        if fault := self._faults.strike(VenueFaultKind.BUST, order, at):
            reversed_at = at + timedelta(seconds=fault.delay_s)
            self._agenda.schedule(
                reversed_at, Rank.REPORT, lambda when: self._bust(order, fill, fees, when)
            )

    def _list(self, order: VenueOrder, fill: FillView, at: datetime) -> None:
        """List a fill now, later, or after the one that comes after it."""
        key = order.client_order_id
        if fault := self._faults.strike(VenueFaultKind.LATE_FILL, order, at):
            told_at = at + timedelta(seconds=fault.delay_s)
            self._agenda.schedule(told_at, Rank.REPORT, lambda _: self._archive.list_fill(fill))
            return
        if key not in self._held_back:
            fault = self._faults.strike(VenueFaultKind.FILLS_OUT_OF_ORDER, order, at)
            if fault is not None:
                self._held_back[key] = fill
                latest = at + timedelta(seconds=fault.delay_s)
                self._agenda.schedule(latest, Rank.REPORT, lambda _: self._release_held(key))
                return
        self._archive.list_fill(fill)
        self._release_held(key)

    def _release_held(self, key: str) -> None:
        held = self._held_back.pop(key, None)
        if held is not None:
            self._archive.list_fill(held)

    def _lift_after(self, order: VenueOrder, delay_s: int, at: datetime) -> None:
        lifted_at = at + timedelta(seconds=delay_s)
        self._agenda.schedule(lifted_at, Rank.REPORT, lambda _: self._lift(order))

    def _lift(self, order: VenueOrder) -> None:
        order.veil = None
        self._archive.list_order(order)

    def _bust(self, order: VenueOrder, fill: FillView, fees: Fees, at: datetime) -> None:
        """Undo a trade (冲正) where its shares or cash are still there; the order's row stays."""
        net = fill.amount + order.side.sign * fees.total
        if not self._account.can_reverse(order, fill.quantity, net):
            return
        self._account.reverse(order, fill.quantity, net, at)
        undone = {
            "kind": FillKind.BUST,
            "quantity": -fill.quantity,
            "amount": -fill.amount,
            "fees": None if fill.fees is None else _negative(fill.fees),
            "fill_time": at,
        }
        bust = fill.model_copy(update=undone)
        self._archive.trades.append(bust)
        self._archive.list_fill(bust)

    def _fill_view(
        self, order: VenueOrder, quantity: int, price: Decimal, fees: Fees, at: datetime
    ) -> FillView:
        return FillView(
            fill_id=self._fill_id(order),
            kind=FillKind.TRADE,
            market=order.symbol.exchange.value,
            trade_date=order.trade_date,
            client_order_id=order.wire_id,
            venue_order_id=order.venue_order_id,
            symbol=str(order.symbol),
            side=order.side,
            quantity=quantity,
            price=price,
            amount=price * quantity,
            # the wire has three items; what a net commission leaves beside it is billed in it
            fees=FeesView(
                commission=fees.commission + fees.handling_fee + fees.regulatory_fee,
                stamp_duty=fees.stamp_duty,
                transfer=fees.transfer_fee,
            ),
            fill_time=at,
        )

    def _fill_id(self, order: VenueOrder) -> str:
        """Return an id for ever, but for an order whose own number counts the day only."""
        prefix = f"{order.trade_date:%Y%m%d}"
        if order.venue_order_id.startswith(prefix):
            return f"{prefix}{self._archive.fill_count + 1:08d}"
        return f"{self._archive.fills_on(order.trade_date) + 1:08d}"


def _negative(fees: FeesView) -> FeesView:
    return FeesView(
        commission=-fees.commission, stamp_duty=-fees.stamp_duty, transfer=-fees.transfer
    )
