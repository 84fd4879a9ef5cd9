"""The other end of the morning's good news: somebody else who misses them (rule 5).

It asks a running daemon nothing but its metrics, so that a hung one is missed as well.
"""

import re
from datetime import date, datetime
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from config.settings import HttpSettings, Settings
from daemon.market_files import load_calendar
from market.phases import SHANGHAI

TIMEOUT_S = 10
NOT_TODAY = "no session today"


class Silent(Exception):
    """The message of this morning is missing."""


def look(message: str, settings: Settings, now: datetime) -> str:
    """Return what was found. Raises Silent, and ConfigError for a calendar that cannot be read."""
    today = now.astimezone(SHANGHAI).date()
    if not load_calendar(settings.market).is_session(today):
        return NOT_TODAY
    said = last_said(message, _metrics(settings.http))
    if said is None or said.date() != today:
        raise Silent(f'the daemon has not said "{message}" on {today}; last: {_words(said)}')
    return f'"{message}" at {said:%H:%M:%S}'


def last_said(message: str, metrics: str) -> datetime | None:
    """Return when a task of this name last succeeded, Shanghai time, by a page of metrics."""
    pattern = rf'^sage_last_success_timestamp_seconds\{{task="{message}"\}} (\S+)$'
    found = re.search(pattern, metrics, re.MULTILINE)
    return None if found is None else datetime.fromtimestamp(float(found[1]), SHANGHAI)


def _metrics(http: HttpSettings) -> str:
    address = f"http://{http.host}:{http.port}/metrics"
    try:
        with build_opener(ProxyHandler({})).open(address, timeout=TIMEOUT_S) as answer:
            content: bytes = answer.read()
    except (URLError, OSError) as error:
        raise Silent(f"{address} does not answer: {error}") from error
    return content.decode()


def _words(said: datetime | None) -> str | date:
    return "never since its start" if said is None else said.date()
