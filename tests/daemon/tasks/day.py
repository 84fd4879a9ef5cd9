"""The steps of a trading day, one at a time, on a room's desk."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

from daemon.tasks.poll import Poller
from daemon.tasks.release import Releaser
from daemon.tasks.submit import Submitter
from statemachine.order import Order, SendState
from statemachine.plan import Plan
from statemachine.portfolio import Target
from tests.support.desk import FIRST_SEND, Room, two_buys


async def released(room: Room, *targets: Target) -> Plan:
    """Plan, approve, and make the first orders at 09:31; nothing is sent yet."""
    plan = await room.approved(*(targets or two_buys()))
    await room.until(FIRST_SEND)
    await Releaser(room.desk)._attend()
    return plan


async def sent(room: Room, *targets: Target) -> Plan:
    """Have the first orders sent as the broker's next answer says."""
    plan = await released(room, *targets)
    assert await Submitter(room.desk).send_next()
    return plan


async def ask(room: Room, poller: Poller) -> None:
    """Ask once about every order whose sending is in doubt."""
    await poller.resolve(await room.desk.store.open_orders())


async def orders_of(room: Room, plan: Plan) -> tuple[Order, ...]:
    return await room.desk.store.orders_of(plan.run_id)


async def send_states(room: Room, plan: Plan) -> set[SendState]:
    return {order.send_state for order in await orders_of(room, plan)}


async def spoil(folder: Path, statement: str) -> None:
    """Change the database of a room behind the daemon's back."""

    def change() -> None:
        with closing(sqlite3.connect(folder / "execd.sqlite")) as connection, connection:
            connection.execute(statement)

    await asyncio.to_thread(change)
