"""The receipt of a halt: what was live, what came of it, what rests until when (rule 24)."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from daemon.artifacts.files import make_private_folder, write_atomically
from daemon.halting.files import Grade, HaltNote

if TYPE_CHECKING:
    from daemon.desk import Desk

FOLDER = "receipts"
PREFIX, SUFFIX = "halt_", ".json"
BY_DAEMON, ALONE = "daemon", "command"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class HaltedOrder(_Part):
    """An order that was live when the halt looked, as the broker shows it last.

    `rests_until` is market time from when a cancel can be asked for, or the close; None where it
    has ended. `ours` is false for what only an account-wide halt touches.
    """

    client_order_id: str | None
    venue_order_id: str
    ts_code: str
    side: str
    quantity: int
    filled_quantity: int
    status: str
    live: bool
    ours: bool
    cancels_asked: int = 0
    rests_until: AwareDatetime | None = None


class HaltReceipt(_Part):
    """One halt. `began_at` and `proven_at` are machine time, `read_at` is the broker's.

    `halted_at` names the halt: the moment in its file. `proven_at` is when the broker listed
    nothing live of ours; None as long as something is, or nobody could read. `in_doubt` are ids of
    ours that may be at the broker though its list does not show them: a daemon proves nothing while
    there is one; a command, which has taken the session over, names them. `notes` are sentences for
    a person: what could not be read, what is not in our books.
    """

    account: str
    by: str
    reason: str
    way: str
    through: str
    halted_at: AwareDatetime
    began_at: AwareDatetime
    read_at: AwareDatetime | None = None
    proven_at: AwareDatetime | None = None
    keep_orders: bool = False
    account_wide: bool = False
    orders: tuple[HaltedOrder, ...] = ()
    in_doubt: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def resting(self) -> tuple[HaltedOrder, ...]:
        """What the broker still had at the last read."""
        return tuple(order for order in self.orders if order.live)

    @property
    def name(self) -> str:
        """Its file name; two halts of one microsecond are one."""
        return f"{PREFIX}{self.began_at:%Y%m%dT%H%M%S.%fZ}{SUFFIX}"

    def plain(self) -> dict[str, Any]:
        """Return it as plain values, with its file name."""
        return {**self.model_dump(mode="json"), "file": self.name}


def blank_receipt(
    account: str, note: HaltNote, through: str, began_at: datetime, *, account_wide: bool = False
) -> HaltReceipt:
    """Begin the receipt of a halt."""
    return HaltReceipt(
        account=account,
        by=note.by,
        reason=note.reason,
        way=note.way,
        through=through,
        halted_at=note.at,
        began_at=began_at,
        keep_orders=note.keep_orders,
        account_wide=account_wide,
    )


def write_receipt(state: Path, receipt: HaltReceipt) -> Path:
    """Write a receipt, or write it anew; readable by its owner alone. Raises OSError."""
    folder = state / FOLDER
    state.mkdir(parents=True, exist_ok=True)
    make_private_folder(folder)
    path = folder / receipt.name
    write_atomically(path, receipt.model_dump_json(indent=1).encode() + b"\n")
    return path


def receipt_files(state: Path) -> list[Path]:
    """Return the files of all receipts, oldest first."""
    return sorted((state / FOLDER).glob(f"{PREFIX}*{SUFFIX}"))


def read_receipt(path: Path) -> HaltReceipt | None:
    """Return a receipt, None where the file does not read as one."""
    try:
        return HaltReceipt.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


def receipts_of(state: Path, halted_at: datetime) -> Iterator[HaltReceipt]:
    """Return the receipts of one halt, newest first."""
    for path in reversed(receipt_files(state)):
        receipt = read_receipt(path)
        if receipt is not None and receipt.halted_at == halted_at:
            yield receipt


def newest_receipt(desk: "Desk") -> HaltReceipt | None:
    """Return the newest receipt of the halt that stands by its file; None where there is none."""
    if desk.halt_files.grade() is not Grade.HALTED:
        return None
    note = desk.halt_files.note(Grade.HALTED)
    return next(receipts_of(desk.halt_files.state, note.at), None)
