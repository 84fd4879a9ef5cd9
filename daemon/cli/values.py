"""Option types of our own."""

import re
from datetime import datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import click

# Fixed, and free of imports: the command line must start fast.
SHANGHAI_OFFSET = timezone(timedelta(hours=8))
PLAIN = re.compile(r"[0-9]+(\.[0-9]+)?")

# A file that is there; a directory is none.
InputFile = click.Path(exists=True, dir_okay=False, path_type=Path)


class MoneyType(click.ParamType[Decimal]):
    """A plain decimal number; never a float."""

    name = "decimal"

    def __init__(self, *, places: int | None = None, maximum: Decimal | None = None) -> None:
        """Take at most so many decimal places and no more than a maximum."""
        self._places = places
        self._maximum = maximum

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Decimal:
        """Return the exact decimal, or fail as click does."""
        if isinstance(value, Decimal):
            return value
        text = str(value).replace("_", "").replace(",", "")
        if not PLAIN.fullmatch(text):
            self.fail(f"{value!r} is not a plain decimal number", param, ctx)
        if self._places is not None and len(text.partition(".")[2]) > self._places:
            self.fail(f"{value!r} has more than {self._places} decimal places", param, ctx)
        if self._maximum is not None and Decimal(text) > self._maximum:
            self.fail(f"{value!r} is more than {self._maximum}", param, ctx)
        return Decimal(text)


class MomentType(click.ParamType[datetime]):
    """A moment in ISO 8601; Shanghai time where it carries no offset."""

    name = "moment"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Return an aware datetime, or fail as click does."""
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is not an ISO 8601 moment", param, ctx)
        return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI_OFFSET)


class ClockType(click.ParamType[time]):
    """A time of day, HH:MM or HH:MM:SS, without an offset: it is the market's."""

    name = "clock"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> time:
        """Return the time, or fail as click does."""
        if isinstance(value, time):
            return value
        try:
            clock = time.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is not a time of day", param, ctx)
        if clock.tzinfo is not None:
            self.fail(f"{value!r} carries an offset", param, ctx)
        return clock
