"""Option types of our own."""

import re
from datetime import datetime, timedelta, timezone
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

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Decimal:
        """Return the exact decimal, or fail as click does."""
        if isinstance(value, Decimal):
            return value
        text = str(value).replace("_", "").replace(",", "")
        if not PLAIN.fullmatch(text):
            self.fail(f"{value!r} is not a plain decimal number", param, ctx)
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
