"""Tencent Cloud's request signature, TC3-HMAC-SHA256 (libraries-and-recipes.md section 6)."""

import hmac
from datetime import UTC, datetime
from hashlib import sha256

ALGORITHM = "TC3-HMAC-SHA256"
SIGNED_HEADERS = "content-type;host"
END = "tc3_request"


def authorization(
    secret_id: str,
    secret_key: str,
    *,
    service: str,
    host: str,
    content_type: str,
    body: bytes,
    now: datetime,
) -> str:
    """Return the Authorization header of one POST to "/"; `now` is the X-TC-Timestamp's moment.

    `host` and `content_type` are the headers as sent.
    """
    date = f"{now.astimezone(UTC):%Y-%m-%d}"
    scope = f"{date}/{service}/{END}"
    canonical = "\n".join(
        (
            "POST",
            "/",
            "",
            f"content-type:{content_type}",
            f"host:{host}",
            "",
            SIGNED_HEADERS,
            sha256(body).hexdigest(),
        )
    )
    hashed = sha256(canonical.encode()).hexdigest()
    to_sign = "\n".join((ALGORITHM, str(int(now.timestamp())), scope, hashed))
    key = _keyed(_keyed(_keyed(f"TC3{secret_key}".encode(), date), service), END)
    signature = _keyed(key, to_sign).hex()
    return (
        f"{ALGORITHM} Credential={secret_id}/{scope},"
        f" SignedHeaders={SIGNED_HEADERS}, Signature={signature}"
    )


def _keyed(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")
