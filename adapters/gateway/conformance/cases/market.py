from adapters.broker import InstrumentStatus
from adapters.gateway.conformance.bench import Bench
from adapters.gateway.conformance.case import Case
from adapters.gateway.conformance.expectations import refusal
from adapters.gateway.conformance.names import (
    instruments,
    known_symbols,
    quote,
    tradable_names,
    unknown_symbol,
)
from adapters.gateway.conformance.verdict import require
from adapters.wire.errors import ErrorCode
from adapters.wire.models import QuotesView
from market.money import is_multiple_of


async def instruments_in_order(bench: Bench) -> None:
    """Ask for the names known here, forwards and backwards."""
    symbols = await known_symbols(bench)
    for row in await instruments(bench, *symbols):
        is_known = row.status is not InstrumentStatus.NOT_FOUND
        require(not is_known or bool(row.name and row.board), f"{row.symbol} lacks name or board")
    await instruments(bench, *reversed(symbols))


async def limits_on_the_grid(bench: Bench) -> None:
    """Read the limits of every name that has some."""
    for name in await tradable_names(bench):
        limits = (name.limit_down, name.limit_up)
        require(name.tick > 0, f"{name.symbol} has the tick {name.tick}")
        require(
            limits[0] < name.prev_close < limits[1],
            f"{name.symbol} closed at {name.prev_close}, its limits are {limits}",
        )
        for price in (*limits, name.prev_close):
            on_grid = is_multiple_of(price, name.tick)
            require(on_grid, f"{name.symbol}: {price} is no multiple of {name.tick}")


async def unknown_names(bench: Bench) -> None:
    """Ask for an unknown name between known ones: a row, no error."""
    known = (await known_symbols(bench))[0]
    unknown = await unknown_symbol(bench)
    rows = await instruments(bench, known, unknown)
    require(rows[0].status is not InstrumentStatus.NOT_FOUND, f"{known} is lost beside {unknown}")


async def quotes_in_order(bench: Bench) -> None:
    """Ask for the quotes of the names known here."""
    symbols = await known_symbols(bench)
    rows = (await bench.read(f"/v1/quotes?symbols={','.join(symbols)}", QuotesView)).quotes
    answered = [row.symbol for row in rows]
    require(answered == symbols, f"asked for {symbols}, the quotes are of {answered}")


async def quotes_make_sense(bench: Bench) -> None:
    """Read the touch of every tradable name in continuous trading."""
    await bench.trading()
    for name in await tradable_names(bench):
        row = await quote(bench, name.symbol)
        crossed = row.bid1 is not None and row.ask1 is not None and row.bid1 >= row.ask1
        require(not crossed, f"{name.symbol} is bid {row.bid1} and offered {row.ask1}")
        for price in (row.last, row.bid1, row.ask1):
            inside = price is None or name.limit_down <= price <= name.limit_up
            require(inside, f"{name.symbol} is quoted {price} outside its limits")
        require(row.volume >= 0 and row.amount >= 0, f"{name.symbol} has a negative turnover")


async def malformed_symbols(bench: Bench) -> None:
    """Ask for symbols that are none, and for none at all."""
    for call in ("instruments", "quotes"):
        for symbols in ("", "600000", "600000.XX", "sh600000"):
            answer = await bench.client.get(f"/v1/{call}?symbols={symbols}")
            refusal(answer, ErrorCode.INVALID_ARGUMENT)
        refusal(await bench.client.get(f"/v1/{call}"), ErrorCode.INVALID_ARGUMENT)


CASES = (
    Case("C33", "market", "instruments answer a row a name, in the order asked",
         instruments_in_order),
    Case("C34", "market", "price limits lie on the tick, around the last close",
         limits_on_the_grid),
    Case("C35", "market", "an unknown name is NOT_FOUND and no error", unknown_names),
    Case("C36", "market", "quotes answer a row a name, in the order asked", quotes_in_order),
    Case("C37", "market", "the bid is below the offer, both inside the limits",
         quotes_make_sense),
    Case("C38", "market", "a malformed symbol is refused", malformed_symbols),
)  # fmt: skip
