"""What fuzzed bytes are fed to, and what must hold whatever they are."""

import asyncio
import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import BaseModel

from adapters.broker import SendVerdict
from adapters.intake.pair import Unreadable, read_pair
from adapters.pingan import translate
from adapters.pingan.transport import HttpReply
from adapters.pingan.verdicts import Attempt, cancel_answer, parsed, send_answer
from adapters.wire import models
from config.loading import ConfigError, parse_settings
from config.settings import IntakeSettings, Mode
from statemachine.portfolio import TargetPortfolio
from storage import news
from storage.transaction import Stamp, Transaction
from tests.corpus import wire_seeds
from tests.corpus.bad_configs import GOOD
from tests.corpus.families import all_bad_pairs
from tests.support.book import ACCOUNT, ENDPOINT, KEY, OPEN, TickingClock, opened_store
from tests.support.full_book import UNKNOWN, fill_the_book
from tests.support.pairs import CONTEXT_NAME, CSV_NAME, context_bytes, csv_bytes

SEED_BYTES_MAX = 3_000
SETTINGS = IntakeSettings(rows_max=500)
STATUSES = (200, 202, 204, 302, 400, 401, 404, 408, 409, 422, 429, 500, 503)


class Unsound(Exception):
    """Something was accepted that must not be."""


@dataclass(frozen=True, slots=True)
class Target:
    """`feed` returns whether the bytes were accepted; it raises for nothing they may hold."""

    seeds: tuple[bytes, ...]
    feed: Callable[[bytes], bool]


def all_targets() -> Mapping[str, Target]:
    """Build every target; takes a second."""
    small = [pair for pair in all_bad_pairs() if len(pair.csv + pair.context) < SEED_BYTES_MAX]
    csvs = (csv_bytes(), *dict.fromkeys(pair.csv for pair in small))
    contexts = (context_bytes(), *dict.fromkeys(pair.context for pair in small))
    book = Book()
    return {
        "portfolio": Target(csvs, lambda data: _pair(data, context_bytes())),
        "context": Target(contexts, lambda data: _pair(csv_bytes(), data)),
        "configuration": Target(tuple(text.encode() for text in GOOD), _configuration),
        "submit reply": Target(wire_seeds.submit_replies(), _submit_reply),
        "cancel reply": Target(wire_seeds.cancel_replies(), _cancel_reply),
        "orders": Target(wire_seeds.orders_pages(), book.take_orders),
        "fills": Target(wire_seeds.fills_pages(), book.take_fills),
        "movements": Target(wire_seeds.movements_pages(), book.take_movements),
        **{
            name: Target(seeds, partial(_view, model, read))
            for name, (seeds, model, read) in _VIEWS.items()
        },
    }


def _pair(csv: bytes, context: bytes) -> bool:
    outcome = read_pair(CSV_NAME, csv, CONTEXT_NAME, context, SETTINGS)
    if isinstance(outcome, Unreadable):
        if not outcome.refusals or not all(one.message and one.file for one in outcome.refusals):
            raise Unsound("refused without a reason")
        return False
    _require_sound(outcome)
    return True


def _require_sound(portfolio: TargetPortfolio) -> None:
    weights = [target.weight for target in portfolio.targets]
    if not all(weight.is_finite() and 0 <= weight <= 1 for weight in weights):
        raise Unsound(f"weights {weights}")
    if not 0 <= portfolio.target_exposure <= 1:
        raise Unsound(f"exposure {portfolio.target_exposure}")
    distance = abs(sum(weights, Decimal(0)) - portfolio.target_exposure)
    if weights and distance > SETTINGS.exposure_tolerance:
        raise Unsound(f"weights miss the exposure by {distance}")
    symbols = [target.symbol for target in portfolio.targets]
    if symbols != sorted(set(symbols)):
        raise Unsound(f"names {symbols}")


def _configuration(data: bytes) -> bool:
    try:
        settings = parse_settings(data.decode("utf-8-sig", "replace"), "broker.yaml")
    except ConfigError as error:
        if not error.problems:
            raise Unsound("refused without a reason") from error
        return False
    if settings.mode is Mode.LIVE and b"live" not in data:
        raise Unsound("live by itself")
    return True


def _submit_reply(data: bytes) -> bool:
    """A damaged reply never proves more than what it still says of exactly our orders."""
    asked = wire_seeds.SENT
    accepted = False
    for status in STATUSES:
        answer = send_answer(asked, Attempt(bytes_started=True, reply=HttpReply(status, data)))
        told = [result.client_order_id for result in answer.results]
        if told != [order.client_order_id for order in asked]:
            raise Unsound(f"asked for {asked}, told of {told}")
        for order, result in zip(asked, answer.results, strict=True):
            if result.verdict is SendVerdict.ACCEPTED:
                accepted = True
                _require_echo(order, status, result.report)
    return accepted


def _require_echo(order: models.NewOrder, status: int, report: object) -> None:
    told = (
        getattr(report, "client_order_id", None),
        str(getattr(report, "symbol", None)),
        getattr(report, "side", None),
        getattr(report, "quantity", None),
        getattr(report, "limit_price", None),
    )
    wanted = (
        order.client_order_id, order.symbol, order.side, order.quantity, order.limit_price,
    )  # fmt: skip
    if told != wanted or not 200 <= status < 300:
        raise Unsound(f"{status} accepted {told} for {wanted}")


def _cancel_reply(data: bytes) -> bool:
    name = UNKNOWN.client_order_id
    verdicts = {
        cancel_answer(name, Attempt(bytes_started=True, reply=HttpReply(status, data))).verdict
        for status in STATUSES
    }
    return SendVerdict.ACCEPTED in verdicts


def _view(model: type[BaseModel], read: Callable[[BaseModel], object], data: bytes) -> bool:
    view = parsed(model, HttpReply(200, data))
    if view is None:
        return False
    read(view)
    return True


class Book:
    """A filled record in memory that takes in whatever news reads, and forgets it again."""

    def __init__(self) -> None:
        self._connection = _filled()
        row = self._connection.execute("SELECT COUNT(*) FROM orders").fetchone()
        self._orders = int(row[0])

    def take_orders(self, data: bytes) -> bool:
        """Book a page of orders."""
        page = parsed(models.OrdersPage, HttpReply(200, data))
        if page is None:
            return False
        reports = [translate.report_of(view) for view in page.orders]
        self._apply(lambda transaction: news.apply_news(transaction, reports, (), (), {}))
        return True

    def take_fills(self, data: bytes) -> bool:
        """Book a page of fills."""
        page = parsed(models.FillsPage, HttpReply(200, data))
        if page is None:
            return False
        fills = [translate.fill_of(view, ACCOUNT) for view in page.fills]
        cursors = {"fills": page.next_cursor}
        self._apply(lambda transaction: news.apply_news(transaction, (), fills, (), cursors))
        return True

    def take_movements(self, data: bytes) -> bool:
        """Book a page of movements."""
        page = parsed(models.MovementsPage, HttpReply(200, data))
        if page is None:
            return False
        moved = [translate.movement_of(view) for view in page.movements]
        self._apply(lambda transaction: news.apply_news(transaction, (), (), moved, {}))
        return True

    def _apply(self, take: Callable[[Transaction], object]) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            take(_transaction(self._connection))
            (count,) = self._connection.execute("SELECT COUNT(*) FROM orders").fetchone()
            if count != self._orders:
                raise Unsound(f"{count - self._orders} orders came of news")
        finally:
            self._connection.execute("ROLLBACK")


def _filled() -> sqlite3.Connection:
    memory = sqlite3.connect(":memory:", isolation_level=None)
    memory.row_factory = sqlite3.Row
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.sqlite"
        asyncio.run(_fill(path))
        file = sqlite3.connect(path)
        file.backup(memory)
        file.close()
    return memory


async def _fill(path: Path) -> None:
    async with opened_store(path) as store:
        await fill_the_book(store)


def _transaction(connection: sqlite3.Connection) -> Transaction:
    clock = TickingClock()
    return Transaction(
        connection=connection,
        stamp=Stamp("paper", ENDPOINT, ACCOUNT),
        epoch=1,
        now=OPEN + timedelta(minutes=1),
        utc_now=clock.utc_now(),
        monotonic_ns=1,
        boot_id="boot",
        approval_key=KEY,
    )


def _read_rows(translation: Callable[..., object], name: str, view: BaseModel) -> Sequence[object]:
    return [translation(row) for row in getattr(view, name)]


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


_VIEWS: dict[str, tuple[tuple[bytes, ...], type[BaseModel], Callable[..., object]]] = {
    "session": ((_json(wire_seeds.OPENED_SESSION),), models.SessionView, translate.session_of),
    "time": ((_json(wire_seeds.TIME),), models.TimeView, translate.venue_time_of),
    "funds": ((_json(wire_seeds.FUNDS),), models.FundsView, translate.funds_of),
    "positions": (
        (_json(wire_seeds.POSITIONS),),
        models.PositionsView,
        partial(_read_rows, translate.position_of, "positions"),
    ),
    "instruments": (
        (_json(wire_seeds.INSTRUMENTS),),
        models.InstrumentsView,
        partial(_read_rows, translate.instrument_of, "instruments"),
    ),
    "quotes": (
        (_json(wire_seeds.QUOTES),),
        models.QuotesView,
        partial(_read_rows, translate.quote_of, "quotes"),
    ),
}
