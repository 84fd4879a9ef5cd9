"""What happens to an order, told to every matcher in the same words.

A script plays on one matcher and returns named facts; two matchers agree on a case when all facts
are equal. The rule behind each case is a section or an example of a-share-rules.md.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from market.side import Side
from tests.differential.matchers import PARTICIPATION, Ending, Lock, Matcher, Scene

Facts = Mapping[str, str]
Script = Callable[[Matcher], Awaitable[Facts]]

MAIN = "600000.SH"
CHINEXT = "300750.SZ"
NEWER_CHINEXT = "302132.SZ"
STAR = "688981.SH"
BSE = "920002.BJ"

BUY_PRICE, SELL_PRICE = "10.05", "9.95"
OFFER, REQUEST = "10.50", "9.50"  # sell and buy prices at which nobody trades
THIN_VOLUME = 80_000


@dataclass(frozen=True)
class Case:
    """`rule` is where the right answer is written."""

    name: str
    rule: str
    scene: Scene
    script: Script


async def ending(matcher: Matcher, order: str | None, quantity: int) -> Ending:
    if order is None:
        return Ending.REFUSED
    filled = await matcher.filled(order)
    if filled == 0:
        return Ending.NOTHING
    return Ending.ALL if filled == quantity else Ending.PART


def one_order(side: Side, quantity: int, price: str) -> Script:
    async def play(matcher: Matcher) -> Facts:
        order = await matcher.place(side, quantity, price)
        await matcher.trade()
        return {"ending": await ending(matcher, order, quantity)}

    return play


def a_buy(code: str, quantity: int, rule: str) -> Case:
    script = one_order(Side.BUY, quantity, BUY_PRICE)
    return Case(f"buy {quantity} of {code}", rule, Scene(code), script)


def a_sale(code: str, quantity: int, held: int, rule: str) -> Case:
    script = one_order(Side.SELL, quantity, SELL_PRICE)
    return Case(f"sell {quantity} of {held} {code}", rule, Scene(code, held=held), script)


def lot_cases() -> Iterator[Case]:
    yield a_buy(MAIN, 150, "E7")
    yield a_buy(MAIN, 200, "section 2")
    yield a_buy(STAR, 199, "E8")
    yield a_buy(STAR, 201, "E8")
    yield a_buy(BSE, 99, "E9")
    yield a_buy(BSE, 101, "E9")
    for quantity in (32, 100, 132, 200, 232, 50, 150):
        yield a_sale(MAIN, quantity, 232, "E10")
    for quantity in (32, 132, 200, 201, 232):
        yield a_sale(STAR, quantity, 232, "E11")
    yield a_sale(STAR, 132, 132, "E12")
    for quantity, held in ((101, 130), (50, 130), (29, 29)):
        yield a_sale(BSE, quantity, held, "E13")


def limit_case(code: str, side: Side, price: str, prev_close: str, rule: str) -> Case:
    name = f"{side.value.lower()} {code} at {price} after {prev_close}"
    held = 1_000 if side is Side.SELL else 0
    scene = Scene(code, prev_close, prev_close, held=held, clock="09:16:00")
    return Case(name, rule, scene, one_order(side, 1_000, price))


def limit_cases() -> Iterator[Case]:
    """Return orders at each daily limit and one tick beyond, sent where no cage applies."""
    bands = (
        (MAIN, "10.05", "11.06", "9.05", "E16"),
        (CHINEXT, "2.20", "2.64", "1.76", "E20"),
        (NEWER_CHINEXT, "2.20", "2.64", "1.76", "E20"),
        (STAR, "7.90", "9.48", "6.32", "E20"),
        (BSE, "1.82", "2.36", "1.28", "E21"),
    )
    tick = Decimal("0.01")
    for code, prev_close, up, down, rule in bands:
        yield limit_case(code, Side.BUY, up, prev_close, rule)
        yield limit_case(code, Side.BUY, str(Decimal(up) + tick), prev_close, rule)
        yield limit_case(code, Side.SELL, down, prev_close, rule)
        yield limit_case(code, Side.SELL, str(Decimal(down) - tick), prev_close, rule)
    yield limit_case(MAIN, Side.BUY, "9.04", "10.05", "section 3")
    yield limit_case(MAIN, Side.SELL, "11.07", "10.05", "section 3")


def locked_cases() -> Iterator[Case]:
    for lock, price in ((Lock.UP, "11.00"), (Lock.DOWN, "9.00")):
        for side in Side:
            scene = Scene(price=price, lock=lock, held=1_000)
            name = f"{side.value.lower()} of a name locked at its limit {lock.value.lower()}"
            yield Case(name, "section 7, 8; E29", scene, one_order(side, 1_000, price))


def price_cases() -> Iterator[Case]:
    yield Case("a low buy waits", "section 3", Scene(), one_order(Side.BUY, 1_000, REQUEST))
    yield Case("a buy far above the ask", "E26", Scene(), one_order(Side.BUY, 1_000, "10.50"))
    yield Case(
        "a sale far below the bid", "E26", Scene(held=1_000), one_order(Side.SELL, 1_000, "9.50")
    )
    yield Case("a price off the tick", "section 3", Scene(), one_order(Side.BUY, 1_000, "10.005"))
    for cash, name in (("10000", "its amount without fees"), ("5000", "half its amount")):
        script = one_order(Side.BUY, 1_000, "10.00")
        yield Case(f"a buy with the cash for {name}", "E40", Scene(cash=cash), script)


async def bought_today_stays(matcher: Matcher) -> Facts:
    buy = await matcher.place(Side.BUY, 300, BUY_PRICE)
    await matcher.trade()
    sale = await matcher.place(Side.SELL, 1_100, SELL_PRICE)
    today = await matcher.sellable()
    part = await matcher.place(Side.SELL, 500, SELL_PRICE)
    await matcher.trade()
    left = await matcher.sellable()
    await matcher.next_day()
    return {
        "buy": await ending(matcher, buy, 300),
        "sale of today's shares": await ending(matcher, sale, 1_100),
        "sellable": str(today),
        "sale of 500": await ending(matcher, part, 500),
        "sellable after it": str(left),
        "sellable tomorrow": str(await matcher.sellable()),
    }


async def only_bought_today(matcher: Matcher) -> Facts:
    await matcher.place(Side.BUY, 300, BUY_PRICE)
    await matcher.trade()
    today = await matcher.place(Side.SELL, 300, SELL_PRICE)
    await matcher.next_day()
    tomorrow = await matcher.place(Side.SELL, 300, SELL_PRICE)
    await matcher.trade()
    return {
        "today": await ending(matcher, today, 300),
        "tomorrow": await ending(matcher, tomorrow, 300),
    }


async def live_sale_freezes(matcher: Matcher) -> Facts:
    first = await matcher.place(Side.SELL, 400, OFFER)
    left = await matcher.sellable()
    second = await matcher.place(Side.SELL, 700, OFFER)
    assert first is not None
    cancelled = await matcher.cancel(first)
    return {
        "sellable beside it": str(left),
        "second sale": await ending(matcher, second, 700),
        "cancelled": str(cancelled),
        "sellable after the cancel": str(await matcher.sellable()),
    }


async def cancelled_unfilled(matcher: Matcher) -> Facts:
    before = await matcher.cash()
    order = await matcher.place(Side.BUY, 1_000, REQUEST)
    assert order is not None
    held_back = before - await matcher.cash()
    first = await matcher.cancel(order)
    return {
        "cash frozen": str(held_back > 0),
        "cancelled": str(first),
        "ending": await ending(matcher, order, 1_000),
        "cash is back": str(await matcher.cash() == before),
        "cancelled again": str(await matcher.cancel(order)),
    }


async def cancelled_after_the_fill(matcher: Matcher) -> Facts:
    order = await matcher.place(Side.BUY, 1_000, BUY_PRICE)
    await matcher.trade()
    assert order is not None
    return {
        "ending": await ending(matcher, order, 1_000),
        "cancelled": str(await matcher.cancel(order)),
        "ending after it": await ending(matcher, order, 1_000),
    }


async def filled_in_part(matcher: Matcher) -> Facts:
    order = await matcher.place(Side.BUY, 10_000, BUY_PRICE)
    await matcher.trade()
    assert order is not None
    filled = await matcher.filled(order)
    cancelled = await matcher.cancel(order)
    at_the_end = await matcher.filled(order)
    again = await matcher.cancel(order)
    await matcher.next_day()
    return {
        "ending": await ending(matcher, order, 10_000),
        "within our share": str(filled <= PARTICIPATION * THIN_VOLUME),
        "in whole lots": str(filled % 100 == 0),
        "cancelled": str(cancelled),
        "nothing lost by it": str(at_the_end >= filled),
        "cancelled again": str(again),
        "sellable tomorrow is what filled": str(await matcher.sellable() == at_the_end),
    }


def story_cases() -> Iterator[Case]:
    rich = Scene(held=800)
    yield Case("buy 300 beside 800, then sell", "E36", rich, bought_today_stays)
    yield Case("sell what was bought today", "section 5, T+1", Scene(), only_bought_today)
    yield Case("a live sale of 400 of 1,000", "E39", Scene(held=1_000), live_sale_freezes)
    yield Case("cancel an order without a fill", "section 5", Scene(), cancelled_unfilled)
    yield Case("cancel a filled order", "E50", Scene(), cancelled_after_the_fill)
    thin = Scene(volume=THIN_VOLUME)
    yield Case("fill 10,000 from a thin market and cancel", "E51", thin, filled_in_part)


def cases() -> tuple[Case, ...]:
    """Return every case; their names are unique."""
    return (*lot_cases(), *limit_cases(), *locked_cases(), *price_cases(), *story_cases())
