"""Who is asking: signature, time window, nonce, session (gateway-contract.md section 1)."""

import hmac
import re
from collections import deque
from collections.abc import Mapping
from datetime import datetime, timedelta

from adapters.gateway.replies import GatewayError
from adapters.wire.errors import ErrorCode
from adapters.wire.ports import UtcNow
from adapters.wire.signing import (
    API_KEY_HEADER,
    AUTHORIZATION_HEADER,
    CONTRACT_V1,
    NONCE_HEADER,
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
    GatewayCredentials,
    SignedParts,
    signature_holds,
    timestamp_moment,
)

AGE_MAX = timedelta(seconds=5)
AHEAD_MAX = timedelta(seconds=1)

_NONCE = re.compile(r"[0-9a-f]{32}")


class NonceCache:
    """Nonces seen within the window; older ones are refused by their timestamp anyway."""

    def __init__(self) -> None:
        self._seen: set[str] = set()
        self._expiries: deque[tuple[datetime, str]] = deque()

    def is_new(self, nonce: str, now: datetime) -> bool:
        """Remember a nonce; False when it was remembered already."""
        self._forget_expired(now)
        if nonce in self._seen:
            return False
        self._seen.add(nonce)
        self._expiries.append((now + AGE_MAX + AHEAD_MAX, nonce))
        return True

    def __len__(self) -> int:
        return len(self._seen)

    def forget(self) -> None:
        """Remember none, as after a restart."""
        self._seen.clear()
        self._expiries.clear()

    def _forget_expired(self, now: datetime) -> None:
        while self._expiries and self._expiries[0][0] < now:
            self._seen.discard(self._expiries.popleft()[1])


class RequestVerifier:
    """Accepts each signed request once."""

    def __init__(self, credentials: GatewayCredentials, utc_now: UtcNow) -> None:
        self._credentials = credentials
        self._utc_now = utc_now
        self._nonces = NonceCache()

    def verify(
        self,
        method: str,
        raw_target: str,
        headers: Mapping[str, str],
        body: bytes,
    ) -> None:
        """Raise GatewayError AUTH_SIGNATURE, AUTH_TIMESTAMP or AUTH_REPLAY, in that order.

        Nothing a stranger sent is remembered: the signature is checked first.
        """
        signed = {name: headers.get(name, "") for name in CONTRACT_V1.signed_headers}
        path, _, raw_query = raw_target.partition("?")
        parts = SignedParts(method, path, raw_query, signed, body)
        self._verify_signature(parts, headers.get(SIGNATURE_HEADER, ""))
        now = self._utc_now()
        _verify_window(signed[TIMESTAMP_HEADER.lower()], now)
        if not self._nonces.is_new(signed[NONCE_HEADER.lower()], now):
            raise GatewayError(ErrorCode.AUTH_REPLAY, "this request has arrived before")

    def forget(self) -> None:
        """Forget the nonces, as a restart does."""
        self._nonces.forget()

    def verify_login(self, headers: Mapping[str, str]) -> None:
        """Raise GatewayError AUTH_FORBIDDEN unless the login token is the right one."""
        token = headers.get(AUTHORIZATION_HEADER, "")
        if not _same(token, self._credentials.token):
            raise GatewayError(ErrorCode.AUTH_FORBIDDEN, "the login token is not accepted")

    def _verify_signature(self, parts: SignedParts, signature: str) -> None:
        key_holds = _same(parts.headers[API_KEY_HEADER.lower()], self._credentials.access_key)
        nonce_holds = _NONCE.fullmatch(parts.headers[NONCE_HEADER.lower()]) is not None
        secret_key = self._credentials.secret_key
        holds = signature_holds(CONTRACT_V1, secret_key, parts, signature)
        if not (key_holds and nonce_holds and holds):
            raise GatewayError(ErrorCode.AUTH_SIGNATURE, "the signature does not hold")


def _verify_window(timestamp: str, now: datetime) -> None:
    try:
        signed_at = timestamp_moment(timestamp)
    except ValueError as error:
        raise GatewayError(ErrorCode.AUTH_TIMESTAMP, str(error)) from error
    if not now - AGE_MAX <= signed_at <= now + AHEAD_MAX:
        message = f"signed at {signed_at.isoformat()}, the time here is {now.isoformat()}"
        raise GatewayError(ErrorCode.AUTH_TIMESTAMP, message)


def _same(left: str, right: str) -> bool:
    return hmac.compare_digest(_bytes(left), _bytes(right))


def _bytes(text: str) -> bytes:
    return text.encode(errors="surrogateescape")
