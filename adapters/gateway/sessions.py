import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from adapters.gateway.idempotency import IdempotencyStore
from adapters.gateway.replies import GatewayError
from adapters.wire.errors import ErrorCode
from adapters.wire.ports import UtcNow
from adapters.wire.signing import GatewayCredentials, timestamp_moment, timestamp_text

_LIFETIME_MAX = timedelta(hours=24)
_TOKEN = re.compile(r"Bearer (?P<epoch>[0-9]{1,18})\.(?P<expiry>[0-9]{13})\.(?P<mac>[0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Session:
    """A trading session; of one account's sessions only the highest epoch lives."""

    token: str
    epoch: int
    expires_at: datetime


class SessionRegistry:
    """Opens sessions and knows which one is the account's.

    A token carries its epoch and its end under a MAC, and the newest epoch is on disk: after a
    restart the running session goes on, and a superseded one stays superseded.
    """

    def __init__(
        self,
        account_id: str,
        lifetime: timedelta,
        credentials: GatewayCredentials,
        store: IdempotencyStore,
        utc_now: UtcNow,
    ) -> None:
        if lifetime > _LIFETIME_MAX:
            raise ValueError(f"a session of {lifetime} is longer than the contract's 24 hours")
        self._account_id = account_id
        self._lifetime = lifetime
        self._secret = credentials.secret_key.encode()
        self._store = store
        self._utc_now = utc_now
        self._ended_epoch = 0

    def end_all(self) -> None:
        """End the running session without another taking over, as a counter does that restarts."""
        self._ended_epoch = self._store.session_epoch(self._account_id)

    async def open(self) -> Session:
        """Open a session that supersedes every earlier one."""
        epoch = await self._store.next_session_epoch(self._account_id)
        expiry = timestamp_text(self._utc_now() + self._lifetime)
        token = f"{epoch}.{expiry}.{self._mac(epoch, expiry)}"
        return Session(token, epoch, timestamp_moment(expiry))

    def require_current(self, authorization: str) -> None:
        """Raise GatewayError unless this is the token of the current session.

        AUTH_FORBIDDEN for a token we never gave out, AUTH_SESSION_SUPERSEDED for one taken over
        (which outranks expiry: the loser must learn it lost), AUTH_TOKEN_EXPIRED for an old one
        and for one of an epoch this gateway has lost its memory of.
        """
        match = _TOKEN.fullmatch(authorization)
        if match is None or not self._is_ours(int(match["epoch"]), match["expiry"], match["mac"]):
            raise GatewayError(ErrorCode.AUTH_FORBIDDEN, "this is not a session token")
        epoch, newest = int(match["epoch"]), self._store.session_epoch(self._account_id)
        if epoch < newest:
            raise GatewayError(ErrorCode.AUTH_SESSION_SUPERSEDED, "a newer session took over")
        is_ended = epoch > newest or epoch <= self._ended_epoch
        if is_ended or timestamp_moment(match["expiry"]) <= self._utc_now():
            raise GatewayError(ErrorCode.AUTH_TOKEN_EXPIRED, "the session has ended")

    def _is_ours(self, epoch: int, expiry: str, mac: str) -> bool:
        return hmac.compare_digest(mac, self._mac(epoch, expiry))

    def _mac(self, epoch: int, expiry: str) -> str:
        text = f"session|{self._account_id}|{epoch}|{expiry}"
        return hmac.new(self._secret, text.encode(), hashlib.sha256).hexdigest()
