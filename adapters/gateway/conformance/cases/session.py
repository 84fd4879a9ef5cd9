from datetime import timedelta

from adapters.gateway.conformance.bench import CLIENT_ID, Bench
from adapters.gateway.conformance.case import Case
from adapters.gateway.conformance.client import Packet, content_of
from adapters.gateway.conformance.expectations import refusal, success
from adapters.gateway.conformance.names import resting_buy
from adapters.gateway.conformance.verdict import require
from adapters.wire.errors import ErrorCode
from adapters.wire.models import SessionView, SubmitRequest

_LIFETIME_MAX = timedelta(hours=24)
_CLOCK_ERROR_MAX = timedelta(seconds=5)
_SECOND = timedelta(seconds=1)


async def session_tells_all(bench: Bench) -> None:
    """Open a session and read every field of it."""
    view = await bench.login()
    now = bench.client.server_now()
    require(bool(view.session_token), "the session has no token")
    require(view.account_id == bench.account_id, f"the session is of account {view.account_id}")
    require(
        now < view.expires_at <= now + _LIFETIME_MAX + _CLOCK_ERROR_MAX,
        f"the session ends at {view.expires_at}, it is {now}; at most 24 h lie between",
    )
    told = await bench.time.view()
    require(view.trade_date == told.trade_date, f"trade dates {view.trade_date} {told.trade_date}")


async def epoch_rises(bench: Bench) -> None:
    """Open two sessions."""
    first, second = await bench.login("one"), await bench.login("two")
    require(
        second.session_epoch > first.session_epoch,
        f"session epoch {first.session_epoch} is followed by {second.session_epoch}",
    )
    require(second.session_token != first.session_token, "two sessions have one token")
    await bench.time.view()


async def takeover_supersedes_reads(bench: Bench) -> None:
    """Read on a session that another instance took over."""
    await bench.login("one")
    lost = bench.client.authorization
    await bench.login("two")
    answer = await bench.client.send(bench.client.signed("GET", "/v1/funds", authorization=lost))
    refusal(answer, ErrorCode.AUTH_SESSION_SUPERSEDED)
    await bench.time.view()


async def takeover_fences_submits(bench: Bench) -> None:
    """Submit on a session that another instance took over: nothing may be executed."""
    order = await resting_buy(bench)
    lost = bench.client.authorization
    await bench.login("two")
    body = content_of(SubmitRequest(orders=(order,)))
    packet = bench.client.signed("POST", "/v1/orders", body, authorization=lost)
    refusal(await bench.client.send(packet), ErrorCode.AUTH_SESSION_SUPERSEDED)
    answer = await bench.client.get(f"/v1/orders/{order.client_order_id}")
    refusal(answer, ErrorCode.ORDER_NOT_FOUND)


async def wrong_login_token(bench: Bench) -> None:
    """Log in with another token; the session in use must live on."""
    answer = await bench.login_answer(token=f"{bench.client.credentials.token}x")
    refusal(answer, ErrorCode.AUTH_FORBIDDEN)
    await bench.time.view()


async def other_account(bench: Bench) -> None:
    """Log in to an account that is not served; the session in use must live on."""
    body = {**_login_body(bench), "account_id": f"{bench.account_id}0"}
    packet = _login(bench, content_of(body))
    refusal(await bench.client.send(packet), ErrorCode.AUTH_FORBIDDEN)
    await bench.time.view()


async def made_up_tokens(bench: Bench) -> None:
    """Call without a session token, with the login token, and with a token of our own making."""
    login = bench.client.credentials.token
    for authorization in ("", login, f"Bearer {login}", "Bearer made-up"):
        packet = bench.client.signed("GET", "/v1/funds", authorization=authorization)
        refusal(await bench.client.send(packet), ErrorCode.AUTH_FORBIDDEN)


async def altered_token(bench: Bench) -> None:
    """Change the last character of a token that was given out."""
    token = bench.client.authorization
    altered = token[:-1] + ("0" if token[-1] != "0" else "1")
    packet = bench.client.signed("GET", "/v1/funds", authorization=altered)
    refusal(await bench.client.send(packet), ErrorCode.AUTH_FORBIDDEN)


async def renewal_keeps_orders(bench: Bench) -> None:
    """Renew a session and cancel on the new one what was ordered on the old one."""
    first = await bench.login()
    order = await bench.accepted(await resting_buy(bench))
    second = await bench.login()
    require(second.expires_at >= first.expires_at, "a renewed session ends earlier")
    again = await bench.order(str(order.client_order_id))
    require(again.venue_order_id == order.venue_order_id, "the order changed its venue_order_id")


async def expiry(bench: Bench) -> None:
    """Outlive a session: what is sent on it afterwards is not executed."""
    order = await resting_buy(bench)
    view = await bench.login()
    left = view.expires_at - bench.client.server_now() + _SECOND
    await bench.time.wait_real(-(-left // _SECOND), "the session ends")
    refusal(await bench.client.get("/v1/funds"), ErrorCode.AUTH_TOKEN_EXPIRED)
    answer = await bench.client.post("/v1/orders", SubmitRequest(orders=(order,)))
    refusal(answer, ErrorCode.AUTH_TOKEN_EXPIRED)
    await bench.login()
    lookup = await bench.client.get(f"/v1/orders/{order.client_order_id}")
    refusal(lookup, ErrorCode.ORDER_NOT_FOUND)


async def bad_session_bodies(bench: Bench) -> None:
    """Log in with bodies that lack a field, or are none."""
    whole = _login_body(bench)
    for missing in whole:
        body = {name: text for name, text in whole.items() if name != missing}
        answer = await bench.client.send(_login(bench, content_of(body)))
        refusal(answer, ErrorCode.INVALID_ARGUMENT)
    refusal(await bench.client.send(_login(bench, b"{")), ErrorCode.INVALID_ARGUMENT)
    success(await bench.client.send(_login(bench, content_of(whole))), SessionView)


def _login_body(bench: Bench) -> dict[str, str]:
    return {"client_id": CLIENT_ID, "account_id": bench.account_id, "instance_id": "one"}


def _login(bench: Bench, content: bytes) -> Packet:
    token = bench.client.credentials.token
    return bench.client.signed("POST", "/v1/session", content, authorization=token)


CASES = (
    Case("C04", "session", "a session tells its account, end, dates and limits",
         session_tells_all),
    Case("C05", "session", "the session epoch rises with every session", epoch_rises),
    Case("C06", "session", "a takeover supersedes the other session", takeover_supersedes_reads),
    Case("C07", "session", "a submit on a superseded session is not executed",
         takeover_fences_submits),
    Case("C08", "session", "a wrong login token is forbidden", wrong_login_token),
    Case("C09", "session", "another account is forbidden", other_account),
    Case("C10", "session", "a made-up session token is forbidden", made_up_tokens),
    Case("C11", "session", "an altered session token is forbidden", altered_token),
    Case("C12", "session", "a renewed session has the orders of the one before",
         renewal_keeps_orders),
    Case("C13", "session", "an expired session executes nothing", expiry),
    Case("C14", "session", "a login body that lacks something is refused", bad_session_bodies),
)  # fmt: skip
