"""The venue's own ledger as a document (gateway-contract.md section 5): what is compared of it."""

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, ValidationError

from market.side import Side
from statemachine.fill import FillKind


class LedgerUnreadable(Exception):
    """The document is no ledger of a venue."""


def _exact(value: object) -> object:
    """Refuse a JSON number: it has been a float."""
    if isinstance(value, str):
        return value
    raise ValueError('money is a decimal string such as "12.34"')


Money = Annotated[Decimal, BeforeValidator(_exact)]


class Entry(BaseModel):
    """A part of the document; what is not compared is not read."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class LedgerOrder(Entry):
    """An order as the venue ended with it; `client_order_id` is null when it is not ours."""

    client_order_id: str | None
    venue_order_id: str
    symbol: str
    side: Side
    quantity: int
    limit_price: Money
    filled_quantity: int
    status: str
    created_at: AwareDatetime


class LedgerFees(Entry):
    """Fees of one fill as billed, CNY."""

    commission: Money
    stamp_duty: Money
    transfer: Money


class LedgerFill(Entry):
    """One execution; a reversed one (BUST) has a negative quantity."""

    fill_id: str
    kind: FillKind
    market: str
    trade_date: date
    client_order_id: str | None
    venue_order_id: str
    symbol: str
    side: Side
    quantity: int
    price: Money
    amount: Money
    fees: LedgerFees | None


class CashLine(Entry):
    """Cash that moved, and all of it after that, CNY."""

    at: AwareDatetime
    kind: str
    amount: Money
    balance: Money
    client_order_id: str | None = None


class ShareLine(Entry):
    """Shares that moved, and the holding after that."""

    at: AwareDatetime
    kind: str
    symbol: str
    quantity: int
    balance: int


class LedgerCash(Entry):
    """Cash at the end, frozen cash included, CNY."""

    total: Money


class LedgerPosition(Entry):
    """A holding at the end."""

    symbol: str
    quantity: int


class LedgerDocument(Entry):
    """Everything the venue did for one account since it was opened."""

    account: str
    orders: tuple[LedgerOrder, ...]
    fills: tuple[LedgerFill, ...]
    cash_entries: tuple[CashLine, ...]
    share_entries: tuple[ShareLine, ...]
    cash: LedgerCash
    positions: tuple[LedgerPosition, ...]


def read_ledger(content: bytes | str) -> LedgerDocument:
    """Return the ledger of a JSON text. Raises LedgerUnreadable."""
    try:
        return LedgerDocument.model_validate_json(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise LedgerUnreadable(f"no ledger of a venue: {where}: {first['msg']}") from error
