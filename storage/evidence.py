"""Bytes kept for ever under their own hash; the same bytes are kept once."""

from hashlib import sha256

from statemachine.canonical import utc_text
from storage.transaction import Transaction


def keep_evidence(transaction: Transaction, content: bytes) -> str:
    """Keep what went to or came from the broker; returns its SHA-256 in hexadecimal."""
    key = sha256(content).hexdigest()
    transaction.connection.execute(
        "INSERT INTO evidence (sha256, content, kept_utc) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        (key, content, utc_text(transaction.utc_now)),
    )
    return key


def keep_input(transaction: Transaction, content: bytes) -> str:
    """Keep an input file exactly as it was read; returns its SHA-256 in hexadecimal."""
    key = sha256(content).hexdigest()
    transaction.connection.execute(
        "INSERT INTO input_blob (sha256, content, kept_utc) VALUES (?, ?, ?)"
        " ON CONFLICT DO NOTHING",
        (key, content, utc_text(transaction.utc_now)),
    )
    return key
