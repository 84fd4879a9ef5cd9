"""Request signatures (gateway-contract.md section 1); pure, the same code at both ends."""

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

ALGORITHM = "HMAC-SHA256"
API_KEY_HEADER = "X-Api-Key"
TIMESTAMP_HEADER = "X-Timestamp"
NONCE_HEADER = "X-Nonce"
AUTHORIZATION_HEADER = "Authorization"
SIGNATURE_HEADER = "X-Api-Signature"
NONCE_BYTES = 16

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_SIGNATURE = re.compile(
    rf"{ALGORITHM} SignedHeaders=(?P<headers>[a-z0-9;-]+), Signature=(?P<signature>[0-9a-f]{{64}})",
)


@dataclass(frozen=True, slots=True)
class GatewayCredentials:
    """The three secrets of one account; none of them shows in a repr."""

    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SigningScheme:
    """How content is digested ("sha256", "sha1") and which headers, lower case, are signed."""

    digest: str
    signed_headers: tuple[str, ...]

    @property
    def header_list(self) -> str:
        """The signed headers as the signature names them."""
        return ";".join(self.signed_headers)


CONTRACT_V1 = SigningScheme("sha256", ("authorization", "x-api-key", "x-nonce", "x-timestamp"))
LONGPORT_OPENAPI = SigningScheme("sha1", ("authorization", "x-api-key", "x-timestamp"))


@dataclass(frozen=True, slots=True)
class SignedParts:
    """What a signature covers: the path and the query are raw, exactly as sent.

    `headers` holds at least the scheme's signed headers, keyed in lower case.
    """

    method: str
    path: str
    raw_query: str
    headers: Mapping[str, str]
    body: bytes


def signature_header(scheme: SigningScheme, secret_key: str, parts: SignedParts) -> str:
    """Return the value of X-Api-Signature. Raises KeyError when a signed header is missing."""
    signature = _signature(scheme, secret_key, parts)
    return f"{ALGORITHM} SignedHeaders={scheme.header_list}, Signature={signature}"


def signature_holds(scheme: SigningScheme, secret_key: str, parts: SignedParts, value: str) -> bool:
    """Whether `value` signs exactly these parts, in constant time.

    The list of signed headers is the scheme's, never the sender's choice.
    """
    match = _SIGNATURE.fullmatch(value)
    if match is None or match["headers"] != scheme.header_list:
        return False
    if any(name not in parts.headers for name in scheme.signed_headers):
        return False
    return hmac.compare_digest(match["signature"], _signature(scheme, secret_key, parts))


def hmac_sha256_hex(secret_key: str, text: str) -> str:
    """Return HMAC-SHA256 in lower case hex: the one primitive under every scheme here."""
    return hmac.new(secret_key.encode(), text.encode(), hashlib.sha256).hexdigest()


def timestamp_text(moment: datetime) -> str:
    """Return X-Timestamp: whole milliseconds since 1970, UTC."""
    return str((moment - _EPOCH) // _MILLISECOND)


def timestamp_moment(text: str) -> datetime:
    """Read X-Timestamp. Raises ValueError for anything but 13 ASCII digits."""
    if re.fullmatch(r"[0-9]{13}", text) is None:
        raise ValueError(f"X-Timestamp is {text!r}, not milliseconds since 1970")
    return _EPOCH + int(text) * _MILLISECOND


def _signature(scheme: SigningScheme, secret_key: str, parts: SignedParts) -> str:
    digest = _digest_function(scheme.digest)
    text = f"{ALGORITHM}|{digest(_canonical_request(scheme, parts, digest))}"
    return hmac_sha256_hex(secret_key, text)


def _canonical_request(
    scheme: SigningScheme,
    parts: SignedParts,
    digest: Callable[[bytes], str],
) -> bytes:
    headers = "".join(f"{name}:{parts.headers[name]}\n" for name in scheme.signed_headers)
    fields = (parts.method, parts.path, parts.raw_query, headers, scheme.header_list)
    body_hash = digest(parts.body) if parts.body else ""
    return "|".join((*fields, body_hash)).encode(errors="surrogateescape")


def _digest_function(name: str) -> Callable[[bytes], str]:
    return lambda content: hashlib.new(name, content, usedforsecurity=True).hexdigest()
