"""The page of a run's report: one HTML file that asks nothing of anybody.

No script, no picture, no font, no link to elsewhere: its policy allows its own style sheet alone.
"""

from base64 import b64encode
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from hashlib import sha256
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from daemon.console.formats import FILTERS
from daemon.console.texts.language import Language
from daemon.reconciliation.costs import CostParts
from daemon.report.pictures import chart_style, charts_of
from daemon.report.texts import ReportTexts

LANGUAGES = MappingProxyType({"zh": Language.CHINESE, "en": Language.ENGLISH})


def report_page(document: Mapping[str, Any], language: Language) -> bytes:
    """Return the page of a report document; the same document gives the same bytes."""
    texts, style = ReportTexts(language), page_style()
    names = document["reconcile"]["names"]
    page = (
        _environment()
        .get_template("report.html")
        .render(
            **document,
            language=language.value,
            style=style,
            policy=f"default-src 'none'; style-src 'sha256-{_digest(style)}'",
            say=texts.say,
            word=texts.word,
            why=texts.reason,
            detailed=texts.detail,
            event=texts.event,
            parts=tuple(CostParts.__dataclass_fields__),
            charts=charts_of(document, texts),
            left=[name for name in names if name["reason"] and name["disposition"] != "KEEP"],
            not_compared=[
                what for what, came in document["reconcile"]["complete"].items() if not came
            ],
        )
    )
    return page.encode()


@cache
def page_style() -> str:
    """Return the style sheet of the page, that of its charts included."""
    sheet = (files("daemon.report") / "report.css").read_text(encoding="utf-8")
    return f"\n{sheet}{chart_style()}"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("daemon.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(FILTERS)
    environment.filters["negative"] = _negative
    return environment


def _negative(amount: str) -> Decimal:
    """Return an amount that is taken away; of nothing, nothing."""
    return Decimal(0) - Decimal(amount)


def _digest(style: str) -> str:
    return b64encode(sha256(style.encode()).digest()).decode()
