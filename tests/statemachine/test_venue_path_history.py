"""Random legal histories of a venue, told late, twice and out of order, by a model."""

from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from statemachine.events import OrderReport, VenueStatus
from statemachine.order import CancelOutcome, Order, OrderState, SendState
from statemachine.order_machine import Step, destinations
from statemachine.own_moves import ask_cancel, note_cancel_reply, note_cancel_sent
from statemachine.venue_path import HoldCause
from tests.statemachine.model_venue import ModelVenue
from tests.statemachine.orders import NOW, QUANTITY, Book, new_order, settled

EDGES = {(source, target) for (source, _), target in destinations().items()}
ENDS = {
    VenueStatus.SUCCEEDED: {OrderState.FILLED},
    VenueStatus.CANCELED: {OrderState.CANCELLED},
    VenueStatus.PART_CANCEL: {OrderState.CANCELLED},
    VenueStatus.JUNK: {OrderState.REJECTED, OrderState.CANCELLED},
}
WAITING = {HoldCause.FILLS_PENDING, HoldCause.STATUS_UNKNOWN, None}


class LateNews(RuleBasedStateMachine):
    """Our book of one order beside the venue's truth, with news travelling between them."""

    def __init__(self) -> None:
        super().__init__()
        self.venue = ModelVenue()
        self.book = Book(new_order(SendState.UNKNOWN))
        self.untold_reports: list[OrderReport] = []
        self.untold_fills: list[tuple[str, int]] = []
        self._reports_noted = 0
        self._fills_noted = 0
        self.reply_due: CancelOutcome | None = None
        self.cancel_under_way = False
        self.frozen: Order | None = None

    # the venue

    def _note_news(self) -> None:
        self.untold_reports += self.venue.reports[self._reports_noted :]
        self.untold_fills += self.venue.fills[self._fills_noted :]
        self._reports_noted = len(self.venue.reports)
        self._fills_noted = len(self.venue.fills)

    @initialize(traded=st.sampled_from([None, 0, 300, 300, 700, QUANTITY]))
    def begin_in_the_race_window(self, traded: int | None) -> None:
        """Most histories start at the exchange, part filled and untold: there the bugs live."""
        if traded is None:
            return
        self.venue.become(VenueStatus.REPORTED)
        if traded:
            self.venue.trade(traded, tell=True)
        self._note_news()

    @precondition(lambda self: self.venue.status is None)
    @rule(status=st.sampled_from([VenueStatus.UNREPORTED, VenueStatus.WAIT_REPORTING]))
    def arrive(self, status: VenueStatus) -> None:
        self.venue.become(status)
        self._note_news()

    @precondition(lambda self: not self.venue.live and not self.venue.ended)
    @rule(tell=st.booleans())
    def reach_the_exchange(self, tell: bool) -> None:
        self.venue.become(VenueStatus.REPORTED, tell=tell)
        self._note_news()

    @precondition(lambda self: self.venue.live)
    @rule(quantity=st.integers(1, QUANTITY), tell=st.booleans())
    def trade(self, quantity: int, tell: bool) -> None:
        self.venue.trade(min(quantity, QUANTITY - self.venue.filled), tell=tell)
        self._note_news()

    @precondition(lambda self: not self.venue.ended and self.venue.filled == 0)
    @rule()
    def throw_out(self) -> None:
        self.venue.become(VenueStatus.JUNK)
        self._note_news()

    @precondition(lambda self: self.venue.live)
    @rule(at_close=st.booleans())
    def end_unasked(self, at_close: bool) -> None:
        self.venue.end_cancelled(at_close=at_close)
        self._note_news()

    @precondition(lambda self: self.cancel_under_way and self.venue.live)
    @rule(tell=st.booleans())
    def take_cancel(self, tell: bool) -> None:
        self.venue.take_cancel(tell=tell)
        self._note_news()

    @precondition(lambda self: self.venue.cancelling)
    @rule()
    def confirm_cancel(self) -> None:
        self.venue.end_cancelled()
        self._note_news()

    @precondition(lambda self: self.venue.cancelling)
    @rule()
    def refuse_cancel(self) -> None:
        self.venue.work_on()
        self.cancel_under_way = False
        self.reply_due = CancelOutcome.REFUSED
        self._note_news()

    # we

    @rule()
    def wish_to_cancel(self) -> None:
        order, steps = ask_cancel(self.book.order, "STALE", NOW)
        self._accept(order, steps)

    @precondition(lambda self: self.book.order.state is OrderState.CANCEL_PENDING)
    @precondition(lambda self: not self.cancel_under_way and self.reply_due is None)
    @rule(lost=st.booleans())
    def send_cancel(self, lost: bool) -> None:
        self.book = replace(self.book, order=note_cancel_sent(self.book.order))
        if self.venue.ended:
            filled = self.venue.status is VenueStatus.SUCCEEDED
            self.reply_due = CancelOutcome.TOO_LATE if filled else CancelOutcome.REFUSED
        elif lost:
            self.reply_due = CancelOutcome.UNKNOWN
        else:
            self.cancel_under_way = True

    @precondition(lambda self: self.reply_due is not None)
    @rule()
    def hear_cancel_reply(self) -> None:
        outcome, self.reply_due = self.reply_due, None
        assert outcome is not None
        reply = note_cancel_reply(self.book.order, outcome, outcome.value, NOW)
        self._accept(reply.order, reply.steps)

    # the news between us

    @precondition(lambda self: self.untold_reports)
    @rule(data=st.data())
    def hear_report(self, data: st.DataObject) -> None:
        index = data.draw(st.integers(0, len(self.untold_reports) - 1))
        self._hear(self.untold_reports.pop(index))

    @precondition(lambda self: self.venue.reports)
    @rule(data=st.data())
    def hear_report_again(self, data: st.DataObject) -> None:
        self._hear(data.draw(st.sampled_from(self.venue.reports)))

    @precondition(lambda self: self.untold_fills)
    @rule(data=st.data())
    def hear_fill(self, data: st.DataObject) -> None:
        index = data.draw(st.integers(0, len(self.untold_fills) - 1))
        self._count(self.untold_fills.pop(index))

    @precondition(lambda self: self.book.fills)
    @rule()
    def hear_fills_again(self) -> None:
        for fill in sorted(self.book.fills):
            self._count(fill)

    def _hear(self, told: OrderReport) -> None:
        result = settled(self.book.order, told, self.book.filled)
        assert result.hold in WAITING
        self._accept(result.order, result.steps)

    def _count(self, fill: tuple[str, int]) -> None:
        self.book = replace(self.book, fills=self.book.fills | {fill})
        result = settled(self.book.order, None, self.book.filled)
        assert result.hold in WAITING
        self._accept(result.order, result.steps)

    def _accept(self, order: Order, steps: tuple[Step, ...]) -> None:
        before = self.book.order
        assert order.filled_quantity >= before.filled_quantity
        chain = [before.state, *(step.target for step in steps)]
        assert [step.source for step in steps] == chain[:-1]
        assert all((step.source, step.target) in EDGES for step in steps)
        assert order.state is chain[-1]
        self.book = replace(self.book, order=order)

    # what holds at every moment

    @invariant()
    def filled_quantity_is_the_sum_of_the_fills(self) -> None:
        assert self.book.order.filled_quantity == self.book.filled <= self.venue.filled

    @invariant()
    def a_terminal_row_is_frozen(self) -> None:
        if self.frozen is not None:
            assert self.book.order == self.frozen
        elif self.book.order.is_terminal:
            self.frozen = self.book.order

    @invariant()
    def an_end_here_is_an_end_there(self) -> None:
        if self.book.order.is_terminal:
            assert self.venue.ended
            assert self.book.order.filled_quantity == self.venue.filled

    @invariant()
    def quantities_add_up(self) -> None:
        order = self.book.order
        if order.state is OrderState.FILLED:
            assert order.filled_quantity == QUANTITY
        if order.state is OrderState.CANCELLED:
            assert order.filled_quantity + order.cancelled_quantity == QUANTITY

    def teardown(self) -> None:
        """When everything was told, the book stands as the venue does."""
        while self.untold_fills:
            self._count(self.untold_fills.pop())
        while self.untold_reports:
            self._hear(self.untold_reports.pop())
        if self.venue.status is not None:
            self._compare(self.venue.status)

    def _compare(self, status: VenueStatus) -> None:
        order = self.book.order
        assert order.filled_quantity == self.venue.filled
        if self.venue.ended:
            assert order.state in ENDS[status]
        else:
            assert not order.is_terminal


TestLateNews = LateNews.TestCase
TestLateNews.settings = settings(max_examples=200, stateful_step_count=20, deadline=None)
