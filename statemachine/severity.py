from enum import StrEnum


class Severity(StrEnum):
    """How soon a person must look: P0 now, P1 within the session, P2 today."""

    P0 = "P0"
    P1 = "P1"
    P2 = "P2"
