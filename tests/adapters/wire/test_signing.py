import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from adapters.wire.signing import (
    CONTRACT_V1,
    LONGPORT_OPENAPI,
    GatewayCredentials,
    SignedParts,
    SigningScheme,
    hmac_sha256_hex,
    signature_header,
    signature_holds,
    timestamp_moment,
    timestamp_text,
)

SECRET = "secret1"
# Signed by the vendor's own SDK (longport 3.0.18 for Linux) and taken down on loopback.
LONGPORT_HEADERS = {
    "authorization": "token1",
    "x-api-key": "key1",
    "x-timestamp": "1795357826",
}
LONGPORT_GET = SignedParts(
    method="GET",
    path="/v1/trade/execution/today",
    raw_query="symbol=700.HK&order_id=1",
    headers=LONGPORT_HEADERS,
    body=b"",
)
LONGPORT_POST = SignedParts(
    method="POST",
    path="/v1/trade/order",
    raw_query="",
    headers=LONGPORT_HEADERS,
    body=b'{"side":"Buy","symbol":"700.HK"}',
)
OURS = SignedParts(
    method="POST",
    path="/v1/orders",
    raw_query="",
    headers={
        "authorization": "Bearer 1.2.3",
        "x-api-key": "key1",
        "x-nonce": "0123456789abcdef0123456789abcdef",
        "x-timestamp": "1795357826000",
    },
    body=b'{"orders":[]}',
)


# Published in rest-api.md of github.com/binance/binance-spot-api-docs, section "SIGNED Endpoint
# Examples for POST /api/v3/order - HMAC Keys"; a secret of nobody.
BINANCE_SECRET = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"
BINANCE_QUERY = (
    "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1"
    "&recvWindow=5000&timestamp=1499827319559"
)


@pytest.mark.parametrize(
    ("parts", "signature"),
    [
        (LONGPORT_GET, "bd4d8c546a09b315978022e567ac4f173a98e51a18d02259dfb9a5adda30cff5"),
        (LONGPORT_POST, "364f35d0a8568a66af52cdfae2873d4d74f6172ac273b924d6070d390f622348"),
    ],
)
def test_with_sha1_and_no_nonce_a_longport_signature_comes_out(
    parts: SignedParts,
    signature: str,
) -> None:
    assert signature_header(LONGPORT_OPENAPI, SECRET, parts) == (
        f"HMAC-SHA256 SignedHeaders=authorization;x-api-key;x-timestamp, Signature={signature}"
    )


def test_a_signature_of_the_contract_names_its_four_headers_and_holds() -> None:
    value = signature_header(CONTRACT_V1, SECRET, OURS)

    assert value.startswith(
        "HMAC-SHA256 SignedHeaders=authorization;x-api-key;x-nonce;x-timestamp, Signature=",
    )
    assert signature_holds(CONTRACT_V1, SECRET, OURS, value)
    assert not signature_holds(CONTRACT_V1, "another", OURS, value)


@pytest.mark.parametrize(
    "tampered",
    [
        replace(OURS, method="GET"),
        replace(OURS, path="/v1/orders/"),
        replace(OURS, raw_query="a=1"),
        replace(OURS, body=b'{"orders":[1]}'),
        replace(OURS, body=b""),
        *(replace(OURS, headers={**OURS.headers, name: "x"}) for name in OURS.headers),
    ],
)
def test_no_signed_part_can_be_changed(tampered: SignedParts) -> None:
    value = signature_header(CONTRACT_V1, SECRET, OURS)

    assert not signature_holds(CONTRACT_V1, SECRET, tampered, value)


@pytest.mark.parametrize("name", sorted(OURS.headers))
def test_a_missing_signed_header_never_holds(name: str) -> None:
    value = signature_header(CONTRACT_V1, SECRET, OURS)
    fewer = {key: text for key, text in OURS.headers.items() if key != name}

    assert not signature_holds(CONTRACT_V1, SECRET, replace(OURS, headers=fewer), value)


def test_the_sender_does_not_choose_which_headers_are_signed() -> None:
    weaker = SigningScheme("sha256", ("authorization",))

    assert not signature_holds(
        CONTRACT_V1,
        SECRET,
        OURS,
        signature_header(weaker, SECRET, OURS),
    )


@pytest.mark.parametrize("value", ["", "HMAC-SHA256", "Bearer x", "HMAC-SHA256 SignedHeaders=a"])
def test_what_is_no_signature_never_holds(value: str) -> None:
    assert not signature_holds(CONTRACT_V1, SECRET, OURS, value)


def test_a_timestamp_is_whole_milliseconds_and_reads_back() -> None:
    moment = datetime(2026, 11, 22, 6, 30, 26, 123000, tzinfo=UTC)

    assert timestamp_text(moment) == "1795329026123"
    assert timestamp_moment("1795329026123") == moment


@pytest.mark.parametrize("text", ["", "1795329026", "1795329026123.0", "-795329026123", "１" * 13])
def test_a_timestamp_that_is_not_thirteen_ascii_digits_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="X-Timestamp"):
        timestamp_moment(text)


def test_no_secret_shows_in_a_repr() -> None:
    assert "canary" not in repr(GatewayCredentials("canary", "canary", "canary"))


def test_the_published_example_of_binance_comes_out_of_the_same_primitive() -> None:
    signature = hmac_sha256_hex(BINANCE_SECRET, BINANCE_QUERY)

    assert signature == "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="longport has no wheel for this Python")
def test_our_function_signs_what_the_longport_sdk_signs_and_our_server_side_verifies_it() -> None:
    with _recording_server() as (port, seen):
        subprocess.run([sys.executable, "-c", _SDK_CALLS, str(port)], check=True, timeout=60)

    assert [(parts.method, bool(parts.body)) for parts, _ in seen] == [
        ("GET", False),
        ("POST", True),
    ]
    for parts, value in seen:
        assert signature_header(LONGPORT_OPENAPI, SECRET, parts) == value
        assert signature_holds(LONGPORT_OPENAPI, SECRET, parts, value)


# In a process of its own: the SDK keeps the interpreter lock while it waits for the answer.
_SDK_CALLS = """
import sys
from longport.openapi import HttpClient
client = HttpClient(f"http://127.0.0.1:{sys.argv[1]}", "key1", "secret1", "token1")
client.request("get", "/v1/trade/execution/today?symbol=700.HK&order_id=1")
client.request("post", "/v1/trade/order", body={"symbol": "700.HK", "side": "Buy"})
"""


@contextmanager
def _recording_server() -> Iterator[tuple[int, list[tuple[SignedParts, str]]]]:
    seen: list[tuple[SignedParts, str]] = []

    class Recorder(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._record()

        def do_POST(self) -> None:
            self._record()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def _record(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            path, _, query = self.path.partition("?")
            headers = {name.lower(): value for name, value in self.headers.items()}
            parts = SignedParts(self.command, path, query, headers, body)
            seen.append((parts, headers["x-api-signature"]))
            answer = b'{"code":0,"message":"ok","data":{}}'
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

    with ThreadingHTTPServer(("127.0.0.1", 0), Recorder) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port, seen
        finally:
            server.shutdown()
            thread.join()
