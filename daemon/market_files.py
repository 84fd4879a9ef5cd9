"""The rule book and the calendar with an operator's own files laid over the shipped ones."""

from pathlib import Path

from config.loading import CONFIG_BYTES_MAX, ConfigError, ConfigProblem
from config.settings import MarketSettings
from market.calendar import TradingCalendar
from market.rules import RuleBook


def load_rules(market: MarketSettings) -> RuleBook:
    """Return the rule book; a later file wins over an earlier one. Raises ConfigError."""
    texts: list[str] = []
    book = RuleBook.load()
    for path in market.rule_files:
        texts.append(_text(path))
        try:
            book = RuleBook.load(texts)
        except ValueError as error:
            raise _unusable(path, str(error)) from error
    return book


def load_calendar(market: MarketSettings) -> TradingCalendar:
    """Return the calendar. Raises ConfigError."""
    path = market.calendar_file
    if path is None:
        return TradingCalendar.load()
    text = _text(path)
    try:
        return TradingCalendar.load(text)
    except ValueError as error:
        raise _unusable(path, str(error)) from error


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
        if len(data) > CONFIG_BYTES_MAX:
            raise _unusable(path, f"is larger than {CONFIG_BYTES_MAX} bytes")
        return data.decode("utf-8-sig")
    except OSError as error:
        raise _unusable(path, f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise _unusable(path, "is not UTF-8") from error


def _unusable(path: Path, why: str) -> ConfigError:
    return ConfigError((ConfigProblem(str(path), None, "", why),))
