"""Questions that every task asks again and again, read anew only after something was written."""

import sqlite3
from collections.abc import Callable
from typing import Concatenate, Generic, ParamSpec, TypeVar

Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")


class LastAnswer(Generic[Asked, Answer]):
    """Remembers the last answer to one question; lives on the database's thread.

    The answer is shared: nobody may change it.
    """

    def __init__(self, question: Callable[Concatenate[sqlite3.Connection, Asked], Answer]) -> None:
        self._question = question
        self._asked: object = None
        self._answer: Answer | None = None

    def read(
        self, connection: sqlite3.Connection, *args: Asked.args, **kwargs: Asked.kwargs
    ) -> Answer:
        """Return what the question answers now."""
        (others,) = connection.execute("PRAGMA data_version").fetchone()
        asked = (connection.total_changes, int(others), args, tuple(kwargs.items()))
        if self._answer is None or asked != self._asked:
            self._answer = self._question(connection, *args, **kwargs)
            self._asked = asked
        return self._answer
