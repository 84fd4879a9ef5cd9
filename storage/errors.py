"""What the store refuses, as errors a caller acts on."""


class StoreError(Exception):
    """Base of what the store refuses; an I/O error of the database is not one of these."""


class StampMismatch(StoreError):
    """The database belongs to another mode, endpoint or account (trading-day.md rule 26)."""


class StaleEpoch(StoreError):
    """Another process took the lease; this one must stop."""


class Contradiction(StoreError):
    """What was asked for can never be right, whoever acted meanwhile: a bug, so the process stops.

    Nothing was changed.
    """


class Conflict(StoreError):
    """What the caller saw is no longer so (a stale page, a double click); nothing was changed.

    `chinese` is the same sentence for who reads Chinese, the English one where nobody wrote it.
    """

    def __init__(self, english: str, chinese: str = "") -> None:
        super().__init__(english)
        self.chinese = chinese or english
