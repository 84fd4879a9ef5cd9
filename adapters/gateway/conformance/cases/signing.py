"""Section 1 of the contract: what is signed, and that nothing else passes."""

from dataclasses import replace
from datetime import timedelta

from adapters.gateway.conformance.bench import Bench
from adapters.gateway.conformance.case import Case
from adapters.gateway.conformance.client import Packet
from adapters.gateway.conformance.expectations import refusal, success
from adapters.gateway.conformance.verdict import require
from adapters.wire.errors import ErrorCode
from adapters.wire.models import FundsView, InstrumentsView
from adapters.wire.signing import CONTRACT_V1, NONCE_BYTES, SigningScheme, timestamp_text

_SIGNATURE = "x-api-signature"
_SYMBOLS = "600000.SH%2C000001.SZ"


async def tampered_headers(bench: Bench) -> None:
    """Change each signed header after signing."""
    packet = bench.client.signed("GET", "/v1/funds")
    later = timestamp_text(bench.client.server_now() - timedelta(milliseconds=700))
    changes = {
        "authorization": f"{packet.headers['authorization']}x",
        "x-api-key": f"{packet.headers['x-api-key']}x",
        "x-nonce": bench.client.random_bytes(NONCE_BYTES).hex(),
        "x-timestamp": later,
    }
    for name, value in changes.items():
        await _require_unsigned(bench, packet.with_header(name, value))


async def tampered_method_and_path(bench: Bench) -> None:
    """Send what was signed for another method or another path."""
    packet = bench.client.signed("GET", "/v1/funds")
    await _require_unsigned(bench, replace(packet, target="/v1/positions"))
    packet = bench.client.signed("GET", "/v1/orders")
    await _require_unsigned(bench, replace(packet, method="POST"))


async def tampered_query(bench: Bench) -> None:
    """Change, add and take away a query after signing."""
    packet = bench.client.signed("GET", "/v1/orders?limit=1")
    for target in ("/v1/orders?limit=2", "/v1/orders?limit=1&since=0", "/v1/orders"):
        await _require_unsigned(bench, replace(packet, target=target))


async def tampered_body(bench: Bench) -> None:
    """Change one value of a body after signing; nothing may be cancelled."""
    packet = bench.client.signed("POST", "/v1/cancel-all", b'{"account_wide":false}')
    for body in (b'{"account_wide":true}', b'{"account_wide": false}', b""):
        await _require_unsigned(bench, replace(packet, body=body))


async def tampered_signature(bench: Bench) -> None:
    """Change one digit of the signature."""
    packet = bench.client.signed("GET", "/v1/funds")
    signature = packet.headers[_SIGNATURE]
    altered = signature[:-1] + ("0" if signature[-1] != "0" else "1")
    await _require_unsigned(bench, packet.with_header(_SIGNATURE, altered))


async def stale_timestamp(bench: Bench) -> None:
    """Sign for a moment more than 5 s ago."""
    for age in (timedelta(seconds=7), timedelta(hours=1)):
        moment = bench.client.server_now() - age
        packet = bench.client.signed("GET", "/v1/funds", moment=moment)
        refusal(await bench.client.send(packet), ErrorCode.AUTH_TIMESTAMP)


async def future_timestamp(bench: Bench) -> None:
    """Sign for a moment more than 1 s ahead."""
    for ahead in (timedelta(seconds=4), timedelta(hours=1)):
        moment = bench.client.server_now() + ahead
        packet = bench.client.signed("GET", "/v1/funds", moment=moment)
        refusal(await bench.client.send(packet), ErrorCode.AUTH_TIMESTAMP)


async def timestamp_inside_window(bench: Bench) -> None:
    """Sign for moments inside the window of 5 s back and 1 s ahead."""
    for shift_ms in (-3_500, -1_000, 500):
        moment = bench.client.server_now() + timedelta(milliseconds=shift_ms)
        packet = bench.client.signed("GET", "/v1/funds", moment=moment)
        success(await bench.client.send(packet), FundsView)


async def unreadable_timestamp(bench: Bench) -> None:
    """Send seconds, words and nothing as the timestamp."""
    packet = bench.client.signed("GET", "/v1/funds")
    seconds = packet.headers["x-timestamp"][:10]
    for text in (seconds, "now", ""):
        answer = await bench.client.send(packet.with_header("x-timestamp", text))
        refusal(answer, ErrorCode.AUTH_SIGNATURE, ErrorCode.AUTH_TIMESTAMP)


async def replayed_request(bench: Bench) -> None:
    """Send the same bytes twice."""
    packet = bench.client.signed("GET", "/v1/funds")
    success(await bench.client.send(packet), FundsView)
    refusal(await bench.client.send(packet), ErrorCode.AUTH_REPLAY)


async def reused_nonce(bench: Bench) -> None:
    """Sign two different requests with one nonce."""
    nonce = bench.client.random_bytes(NONCE_BYTES).hex()
    success(
        await bench.client.send(bench.client.signed("GET", "/v1/funds", nonce=nonce)), FundsView
    )
    again = bench.client.signed("GET", "/v1/positions", nonce=nonce)
    refusal(await bench.client.send(again), ErrorCode.AUTH_REPLAY)


async def refused_nonce_stays_free(bench: Bench) -> None:
    """Let a stranger burn a nonce: what is not signed must not count against who signs."""
    packet = bench.client.signed("GET", "/v1/funds")
    await _require_unsigned(bench, packet.with_header(_SIGNATURE, _signature("0" * 64)))
    success(await bench.client.send(packet), FundsView)


async def odd_nonces(bench: Bench) -> None:
    """Sign with nonces that are not 32 hex digits."""
    for nonce in ("0" * 31, "0" * 33, "g" * 32):
        packet = bench.client.signed("GET", "/v1/funds", nonce=nonce)
        refusal(await bench.client.send(packet), ErrorCode.AUTH_SIGNATURE)


async def missing_headers(bench: Bench) -> None:
    """Take each header of the signature away."""
    for name in ("authorization", "x-api-key", "x-nonce", "x-timestamp", _SIGNATURE):
        packet = bench.client.signed("GET", "/v1/funds").without_header(name)
        answer = await bench.client.send(packet)
        refusal(
            answer, ErrorCode.AUTH_SIGNATURE, ErrorCode.AUTH_TIMESTAMP, ErrorCode.AUTH_FORBIDDEN
        )


async def raw_query(bench: Bench) -> None:
    """Ask with a percent-encoded comma: the query is signed as it is sent."""
    answer = await bench.client.get(f"/v1/instruments?symbols={_SYMBOLS}")
    rows = success(answer, InstrumentsView).instruments
    symbols = [row.symbol for row in rows]
    require(symbols == ["600000.SH", "000001.SZ"], f"asked for two names, got {symbols}")
    decoded = bench.client.signed("GET", "/v1/instruments?symbols=600000.SH,000001.SZ")
    await _require_unsigned(bench, replace(decoded, target=f"/v1/instruments?symbols={_SYMBOLS}"))


async def header_list(bench: Bench) -> None:
    """Sign honestly, but name the headers in another order, or fewer of them."""
    names = CONTRACT_V1.signed_headers
    for chosen in (tuple(reversed(names)), names[:-1], ("authorization",)):
        scheme = SigningScheme(CONTRACT_V1.digest, chosen)
        await _require_unsigned(bench, bench.client.signed("GET", "/v1/funds", scheme=scheme))


async def empty_body(bench: Bench) -> None:
    """Cancel an unknown order without a body: the signature must hold."""
    unknown = bench.fresh_id()
    target = f"/v1/orders/{unknown}/cancel"
    refusal(await bench.client.send(bench.client.signed("POST", target)), ErrorCode.ORDER_NOT_FOUND)


async def other_digest(bench: Bench) -> None:
    """Sign with sha1, and with another secret."""
    scheme = SigningScheme("sha1", CONTRACT_V1.signed_headers)
    await _require_unsigned(bench, bench.client.signed("GET", "/v1/funds", scheme=scheme))
    secret_key = f"{bench.client.credentials.secret_key}x"
    await _require_unsigned(bench, bench.client.signed("GET", "/v1/funds", secret_key=secret_key))


def _signature(digits: str) -> str:
    return f"HMAC-SHA256 SignedHeaders={CONTRACT_V1.header_list}, Signature={digits}"


async def _require_unsigned(bench: Bench, packet: Packet) -> None:
    refusal(await bench.client.send(packet), ErrorCode.AUTH_SIGNATURE)


CASES = (
    Case("C15", "signing", "a signed header changed afterwards is refused", tampered_headers),
    Case("C16", "signing", "another method or path is refused", tampered_method_and_path),
    Case("C17", "signing", "a changed query is refused", tampered_query),
    Case("C18", "signing", "a changed body is refused", tampered_body),
    Case("C19", "signing", "a changed signature is refused", tampered_signature),
    Case("C20", "signing", "a timestamp over 5 s old is refused", stale_timestamp),
    Case("C21", "signing", "a timestamp over 1 s ahead is refused", future_timestamp),
    Case("C22", "signing", "a timestamp inside the window is taken", timestamp_inside_window),
    Case("C23", "signing", "a timestamp that is no milliseconds is refused", unreadable_timestamp),
    Case("C24", "signing", "the same request twice is a replay", replayed_request),
    Case("C25", "signing", "a nonce signs one request only", reused_nonce),
    Case("C26", "signing", "an unsigned request burns no nonce", refused_nonce_stays_free),
    Case("C27", "signing", "a nonce is 32 hex digits", odd_nonces),
    Case("C28", "signing", "each header of the signature is needed", missing_headers),
    Case("C29", "signing", "the query is signed raw, as it is sent", raw_query),
    Case("C30", "signing", "the list of signed headers is complete and sorted", header_list),
    Case("C31", "signing", "an empty body hashes as the empty string", empty_body),
    Case("C32", "signing", "another digest or secret is refused", other_digest),
)  # fmt: skip
