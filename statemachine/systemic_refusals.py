"""Which refusals are about the account or the venue, never about one symbol."""

# The words of gateway-contract.md section 4; trading-day.md rule 21 asks for the difference.
SYSTEMIC_REFUSALS = frozenset(
    {
        "AUTH_SIGNATURE",
        "AUTH_TIMESTAMP",
        "AUTH_REPLAY",
        "AUTH_TOKEN_EXPIRED",
        "AUTH_SESSION_SUPERSEDED",
        "AUTH_FORBIDDEN",
        "TRADING_DISABLED",
        "RATE_LIMITED",
        "VENUE_NOT_READY",
        "VENUE_DISCONNECTED",
        "INTERNAL",
    }
)
