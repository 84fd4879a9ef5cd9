"""Protocol bugs of one line, as they are really written, and the promise expected to break.

Each `old` must be in its file exactly once: a bug that no longer applies fails loudly and is to be
written anew. `breaks` names the invariants that may catch it; BUG is an end nobody expected.
`needs` names the faults, or the kind of world, without which the line does no harm: a hunt skips
the days that draw none of them. Its parts, with " + " between, are all in the words of one fault.
"""

from dataclasses import dataclass

from tests.simulation.faults import Fault
from tests.simulation.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Bug:
    """One replacement in one file of the product."""

    name: str
    path: str
    old: str
    new: str
    breaks: tuple[str, ...]
    needs: tuple[str, ...] = ()

    def may_show(self, day: Scenario) -> bool:
        """Whether a day is worth its simulation."""
        said = [WORLDS[name] for name in WORLDS if getattr(day.world, name)]
        said += [words_of(fault) for fault in day.faults]
        return not self.needs or any(
            all(part in words for part in need.split(" + "))
            for need in self.needs
            for words in said
        )


def words_of(fault: Fault) -> str:
    """Return a fault as what `needs` is looked up in."""
    return f"{fault.kind} {fault.detail} at {fault.at} number {fault.nth}."


WORLDS = {"stages": "world: in stages", "two_persons": "world: two persons"}
BUSTS = ("BUST",)


SENDING = (
    Bug(
        "a broken connection counts as nothing sent",
        "adapters/pingan/sending.py",
        "return Attempt(error.bytes_started, code=code, message=str(error))",
        "return Attempt(False, code=code, message=str(error))",
        ("I24", "I5", "GUARD"),
        ("net:reset after + submit", "net:half reply + submit"),
    ),
    Bug(
        "silence after the send counts as a refusal",
        "adapters/pingan/verdicts.py",
        "    if attempt.bytes_started:\n        return SendVerdict.UNKNOWN\n",
        "    if attempt.bytes_started:\n        return SendVerdict.REFUSED\n",
        ("I24", "I8", "GUARD"),
        ("net:lost reply + submit", "net:reset after + submit"),
    ),
    Bug(
        "an error without a body counts as a refusal",
        "adapters/pingan/verdicts.py",
        'return _unknown(f"HTTP_{attempt.reply.status}", "an answer without'
        ' a readable error body")',
        'return Finding(SendVerdict.REFUSED, "HTTP", "no", systemic=True)',
        ("I24", "I8", "GUARD"),
        ("net:408 after + submit", "net:409 after + submit", "net:429 after + submit"),
    ),
    Bug(
        "an answer that does not read counts as not sent",
        "adapters/pingan/verdicts.py",
        'finding = _unknown(REPLY_UNREADABLE, "the answer to a submit does not read")',
        'finding = Finding(SendVerdict.NOT_SENT, "READ", "no", systemic=True)',
        ("I24", "I5", "GUARD"),
        ("net:200 of a proxy + submit", "net:truncated JSON + submit"),
    ),
    Bug(
        "a server error with a code counts as a refusal",
        "adapters/pingan/verdicts.py",
        "        return SendVerdict.UNKNOWN\n    if code in _TRY_AGAIN:\n",
        "        return SendVerdict.REFUSED\n    if code in _TRY_AGAIN:\n",
        ("I24", "I8", "GUARD"),
        ("net:5xx after + submit",),
    ),
    Bug(
        "a 401 is repeated without proof that nothing was executed",
        "adapters/pingan/sending.py",
        "        and error.outcome is Outcome.NOT_EXECUTED\n",
        "",
        ("I5", "GUARD"),
        ("net:401 after + submit",),
    ),
    Bug(
        "the pause guard lets a process that was asleep send",
        "daemon/sending.py",
        "PAUSE_MAX_NS = 2_000_000_000",
        "PAUSE_MAX_NS = 2_000_000_000_000_000",
        ("I20", "GUARD"),
        ("clock:process paused + commit open_batch", "clock:host suspended + commit open_batch"),
    ),
    Bug(
        "a daemon that was away for long goes on by itself",
        "daemon/planning/lateness.py",
        "return Reason.RESTARTED_LATE if _is_beyond(away, flow.absence_max_s) else None",
        "return None",
        ("I33",),
    ),
    Bug(
        "the absence is measured when it is over",
        "daemon/presence.py",
        "now, seen_at = desk.clock.now(), await desk.store.last_seen()",
        "now, seen_at = desk.clock.now(), desk.clock.now()",
        ("I33",),
    ),
    Bug(
        "absent bytes leave again at once",
        "daemon/tasks/resolve.py",
        "        return self._elapsed(order) >= await self._grace(order)\n",
        "        return True\n",
        ("I5", "GUARD"),
    ),
    Bug(
        "a broker that recognises no id is sent the same bytes again",
        "daemon/tasks/resolve.py",
        "        return scope is DedupeScope.FOREVER\n",
        "        return True\n",
        ("I5",),
    ),
    Bug(
        "a halt stops nobody",
        "storage/trouble.py",
        '"SELECT * FROM halts WHERE lifted_at IS NULL ORDER BY halt_id"',
        "\"SELECT * FROM halts WHERE lifted_at = 'never' ORDER BY halt_id\"",
        ("I18", "GUARD"),
    ),
    Bug(
        "a HALT file stops nobody",
        "daemon/halting/files.py",
        "if grade in self._unwritten or _exists(self.path(grade)):\n                return",
        "if grade in self._unwritten:\n                return",
        ("I18",),
    ),
    Bug(
        "buys go on while only sells may",
        "storage/reductions.py",
        "FROM reductions WHERE lifted_at IS NULL ORDER",
        "FROM reductions WHERE lifted_at = 'never' ORDER",
        ("I18", "GUARD", "BUG"),
    ),
)
RECOVERY = (
    Bug(
        "sends of a dead process are forgotten",
        "storage/wires.py",
        "    for row in rows:\n        _recover(transaction, row)\n",
        "    rows.clear()\n",
        ("I25", "I29", "GUARD"),
    ),
    Bug(
        "sends of a dead process count as not sent",
        "storage/wires.py",
        "unknown = _send_state(transaction.connection, order, SendOutcome.UNKNOWN)",
        "unknown = SendState.NOT_SENT",
        ("I24", "I5", "GUARD"),
    ),
    Bug(
        "a cancel of a dead process stays open",
        "storage/wires.py",
        "FROM wire WHERE outcome IS NULL ORDER BY sequence",
        "FROM wire WHERE outcome IS NULL AND kind = 'SUBMIT' ORDER BY sequence",
        ("I25", "GUARD"),
    ),
    Bug(
        "a plan without its wait for approval is left behind",
        "daemon/crew.py",
        "        await self._planner.recover()\n",
        "",
        ("I29", "GUARD"),
    ),
    Bug(
        "an order of ours without its row is a stranger's",
        "storage/news.py",
        "    if is_own_order_id(name):\n",
        "    if is_own_order_id(name) and name is None:\n",
        ("I3",),
        ("an old copy + whole folder",),
    ),
    Bug(
        "an old lease is taken for the newest",
        "storage/lease.py",
        '        " ON CONFLICT (only_row) DO UPDATE SET epoch = excluded.epoch,"\n',
        '        " ON CONFLICT (only_row) DO UPDATE SET epoch = lease.epoch,"\n',
        ("I19", "BUG", "GUARD"),
    ),
)
FILLS = (
    Bug(
        "fills of one order are one fill",
        "storage/fills.py",
        "  AND venue_order_id = :venue_order_id AND fill_id = :fill_id AND kind = :kind\n",
        "  AND venue_order_id = :venue_order_id AND kind = :kind\n",
        ("I8",),
    ),
    Bug(
        "a fill that was seen before is counted again",
        "storage/news.py",
        "    if repetition is not None:\n        return\n",
        "",
        ("BUG", "I7"),
    ),
    Bug(
        "fills without a report move no order",
        "storage/news.py",
        "        _settle(transaction, order, None, change)\n    for movement",
        "        orders.require(transaction.connection, client_order_id)\n    for movement",
        ("I7", "GUARD"),
    ),
    Bug(
        "fills after the end count in the order",
        "storage/fills.py",
        "    uncounted = arrival in (Arrival.POST_TERMINAL, Arrival.EXCESS)\n",
        "    uncounted = arrival is Arrival.EXCESS\n",
        ("I7", "I15"),
        BUSTS,
    ),
    Bug(
        "a reversed trade counts as another trade",
        "storage/fills.py",
        "    return -abs(fill.quantity) if fill.kind is FillKind.BUST else fill.quantity\n",
        "    return abs(fill.quantity)\n",
        ("I16", "I8"),
        BUSTS,
    ),
    Bug(
        "what we bought is not ours",
        "storage/news.py",
        "    ownership.record_fill(transaction, fill)\n",
        "",
        ("I16",),
    ),
    Bug(
        "what we sold is ours twice",
        "storage/ownership.py",
        "    change = fill.side.sign * fills.signed_quantity(fill)\n",
        "    change = fills.signed_quantity(fill)\n",
        ("I16",),
    ),
    Bug(
        "an order ends before its fills are here",
        "statemachine/venue_goal.py",
        "    return order.venue_filled_quantity == filled_quantity\n",
        "    return True\n",
        ("I12",),
        ("LATE_FILL + number 400.",),
    ),
    Bug(
        "a trade taken back lowers a counter",
        "daemon/tasks/poll.py",
        "            traded = max(fill.amount, NOTHING)\n",
        "            traded = fill.amount\n",
        ("BUG",),
        BUSTS,
    ),
)
ORDERS = (
    Bug(
        "a leg starts before the one before it ended",
        "daemon/planning/line_book.py",
        " or not _ended_by_us(last) or last.remaining_quantity != 0:",
        ":",
        ("I1", "I2", "BUG"),
    ),
    Bug(
        "a late refusal takes back the acknowledgement",
        "statemachine/venue_goal.py",
        "    if junk and order.state is OrderState.NEW and filled_quantity == 0:\n",
        "    if junk:\n",
        ("BUG", "I12"),
        ("LATE_REJECT",),
    ),
    Bug(
        "an old report is believed over a newer one",
        "statemachine/venue_path.py",
        "    return order.venue_status is not None and report.version <= order.version\n",
        "    return False\n",
        ("I9",),
        ("net:old reports",),
    ),
    Bug(
        "a leg has the id of the leg before it",
        "daemon/planning/identity.py",
        "str(slice_number), str(leg))",
        "str(slice_number))",
        ("BUG",),
    ),
    Bug(
        "a leg asks for the whole quantity again",
        "daemon/planning/line_book.py",
        "            return 0\n        return self.quantity - self.filled_quantity\n",
        "            return 0\n        return self.quantity\n",
        ("I2", "BUG"),
    ),
    Bug(
        "a move is made without its event",
        "storage/orders.py",
        "    for step in steps[:-1]:\n"
        "        journal.append(transaction, _move(after, step, {}, why))\n",
        "",
        ("I10", "I13"),
    ),
    Bug(
        "a change of facts is not written down",
        "storage/orders.py",
        "        journal.append(transaction, _note(after, changes, told))\n        return after\n",
        "        return after\n",
        ("I10", "I13"),
    ),
    Bug(
        "the chain does not name the event before",
        "storage/journal.py",
        'row |= {"prev_hash": last_hash, "hash": _seal(last_hash, row)}',
        'row |= {"prev_hash": GENESIS, "hash": _seal(last_hash, row)}',
        ("I14",),
    ),
    Bug(
        "a transaction that failed is kept",
        "storage/database.py",
        '            connection.execute("COMMIT")\n        except BaseException:\n'
        "            if connection.in_transaction:\n"
        '                connection.execute("ROLLBACK")\n            raise\n'
        "        return Committed",
        '            connection.execute("COMMIT")\n        except BaseException:\n'
        "            if connection.in_transaction:\n"
        '                connection.execute("COMMIT")\n            raise\n'
        "        return Committed",
        ("I7", "I8", "I10", "I13", "I16", "I21", "I25", "I29", "BUG"),
        ("disk:full",),
    ),
    Bug(
        "nobody is told of a send that stays in doubt",
        "storage/orders.py",
        "        add_manual(transaction, item, Severity.P0)\n",
        "",
        ("I25", "I31"),
        ("UNKNOWN_LOST", "UNKNOWN_LATE", "net:lost request + submit"),
    ),
)
TELLING = (
    Bug(
        "a halt is told to nobody",
        "storage/trouble.py",
        '        outbox.tell(transaction, f"{kind} {cause}", incident, halt_id=halt_id)\n',
        "        del incident\n",
        ("I31",),
    ),
    Bug(
        "what was listed once is told to nobody",
        "storage/manual.py",
        "        outbox.tell(transaction, cause_of(item), incident_of(severity, item, item_id))\n",
        "        del severity\n",
        ("I31",),
    ),
)
APPROVALS = (
    Bug(
        "one person is enough where two are asked for",
        "storage/approvals.py",
        "    return min(len(names), len(uids)) >= persons_min\n",
        "    return min(len(names), len(uids), persons_min) >= 1\n",
        ("I4",),
        ("two persons",),
    ),
    Bug(
        "who approved the sells approved the buys",
        "storage/approvals.py",
        "[each for each in given if each.stage.covers(side)]",
        "[each for each in given if side]",
        ("I4", "BUG"),
        ("in stages",),
    ),
)
BUGS = (*SENDING, *RECOVERY, *FILLS, *ORDERS, *TELLING, *APPROVALS)
