"""The structured log: one line an event, on stderr, with both times and the run it is about."""

import json
import logging
import os
from collections.abc import Callable

import structlog
from structlog.typing import EventDict, FilteringBoundLogger

from daemon.clock import MarketClock
from daemon.journal_stream import PREFIX_OF, STDERR

HIDDEN = "**********"
# A shorter secret would take common words out of the log with it.
HIDDEN_LENGTH_MIN = 4


def logger(
    clock: MarketClock, *, as_json: bool, in_journal: bool = False, hidden: tuple[str, ...] = ()
) -> FilteringBoundLogger:
    """Return the log of one process.

    `in_journal` puts the syslog priority before each line; `hidden` never appear in one, whoever
    wrote them there. A value that is a function is asked when its line is written.
    """
    render: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.dev.ConsoleRenderer()
    )
    hide = _hiding(hidden)

    def add_market_time(_logger: object, _method: str, event: EventDict) -> EventDict:
        event["market_time"] = clock.now().isoformat()
        return event

    def write(own: object, method: str, event: EventDict) -> str:
        line = hide(str(render(own, method, event)))
        return _prefixed(PREFIX_OF[method], line) if in_journal else line

    log: FilteringBoundLogger = structlog.wrap_logger(
        structlog.PrintLogger(os.fdopen(os.dup(STDERR), "w", encoding="utf-8", buffering=1)),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            add_market_time,
            _ask_functions,
            structlog.processors.format_exc_info,
            write,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )
    return log


def _ask_functions(_logger: object, _method: str, event: EventDict) -> EventDict:
    return {name: value() if callable(value) else value for name, value in event.items()}


def _hiding(secrets: tuple[str, ...]) -> Callable[[str], str]:
    """Return what takes secrets out of a finished line, however they are spelled."""
    words = {secret for secret in secrets if len(secret) >= HIDDEN_LENGTH_MIN}
    spelled = words | {json.dumps(word)[1:-1] for word in words}
    spelled |= {json.dumps(word, ensure_ascii=False)[1:-1] for word in words}
    spelled |= {repr(word)[1:-1] for word in words}
    longest_first = sorted(spelled, key=len, reverse=True)

    def hide(line: str) -> str:
        for word in longest_first:
            line = line.replace(word, HIDDEN)
        return line

    return hide


def _prefixed(prefix: str, line: str) -> str:
    return "\n".join(prefix + part for part in line.split("\n"))


class LibraryLines(logging.Handler):
    """Takes what libraries log (asyncio, aiohttp, backoff) into our log, from warnings up."""

    def __init__(self, log: FilteringBoundLogger) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record as a line; its logger's name is the value `library`."""
        self._log.log(
            record.levelno, record.getMessage(), library=record.name, exc_info=record.exc_info
        )

    def install(self) -> Callable[[], None]:
        """Listen to all libraries; returns what ends it."""
        root = logging.getLogger()
        root.addHandler(self)
        return lambda: root.removeHandler(self)
