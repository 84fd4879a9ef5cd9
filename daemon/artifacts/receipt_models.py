"""broker_submit_<YYYYMMDD_HHMMSS>.json: every field of the old script's receipt, and more.

Readers of the old receipt go on: its keys keep their place and type, `target_weight` included,
which stays a JSON number. What is added uses decimal strings (architecture.md section 5).
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, PlainSerializer

from market.money import decimal_text
from market.side import Side
from statemachine.order import OrderState, SendState
from statemachine.plan import Disposition
from statemachine.reasons import Reason

SCHEMA_VERSION = 1
MoneyText = Annotated[Decimal, PlainSerializer(decimal_text, return_type=str)]
WeightNumber = Annotated[Decimal, PlainSerializer(float, return_type=float)]


class Record(BaseModel):
    """A frozen piece of the receipt that refuses unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class TargetRow(Record):
    """One name that was asked for, or is to be sold; the first four keys are the old ones."""

    ts_code: str
    target_weight: WeightNumber
    side: str = "TARGET"
    note: str = "from_portfolio"
    trade_side: Side | None = None
    disposition: Disposition | None = None
    quantity_max: int | None = None
    reference_price: MoneyText | None = None
    reference_kind: str | None = None
    limit_worst: MoneyText | None = None
    reason: Reason | None = None
    reason_detail: str = ""


class OrderRow(Record):
    """One order that was handed to the wire, or was not and why."""

    ts_code: str
    target_weight: WeightNumber
    side: Side
    note: str
    client_order_id: str
    slice: int
    leg: int
    quantity: int
    limit_price: MoneyText
    status: OrderState
    send_state: SendState
    venue_order_id: str | None
    reject_code: str | None
    reject_reason: str


class ReceiptResult(Record):
    """What became of it; `submitted_at` is Shanghai time as the old script wrote it."""

    broker: str
    dry_run: bool
    submitted_at: str
    accepted_orders: int
    rejected_orders: int
    message: str
    details: tuple[TargetRow | OrderRow, ...]
    unknown_orders: int = 0
    unsent_orders: int = 0


class SubmitReceipt(Record):
    """The file: old keys first, then what ties it to run and plan."""

    broker: str
    submit_mode: Literal["dry_run", "submit"]
    portfolio_path: str
    execution_context_path: str | None
    active_champion_id: str
    trade_date: str
    orders: tuple[TargetRow, ...]
    result: ReceiptResult
    schema_version: int = SCHEMA_VERSION
    run_id: str
    plan_hash: str | None
    account: str | None
    mode: str | None
    session_date: date | None
    created_at: datetime

    def as_bytes(self) -> bytes:
        """Return the file's content: indented UTF-8 JSON, Chinese text readable."""
        return self.model_dump_json(indent=2).encode()
