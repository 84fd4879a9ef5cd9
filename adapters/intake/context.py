"""JSON bytes to the five contract fields of the execution context (architecture.md section 5)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from adapters.intake.decoding import decode_utf8
from adapters.intake.findings import Findings, shown
from adapters.intake.json_outline import Outline, outline_of
from adapters.intake.numerals import (
    DECIMAL_PLACES_MAX,
    decimal_places,
    is_fraction,
    parse_day,
)
from statemachine.reasons import Reason

DEPTH_MAX = 64


@dataclass(frozen=True, slots=True)
class Context:
    """What the run needs of the execution context.

    `champion_id` is "" where it is absent or blank: planning refuses that. A risk check counts as
    passed only where the JSON says `true`. `market_volatility_known` is False unless
    `position_info.market_volatility` is a number.
    """

    signal_date: date
    champion_id: str
    risk_checks: tuple[tuple[str, bool], ...]
    target_exposure: Decimal
    market_volatility_known: bool


def read_context(data: bytes, findings: Findings) -> tuple[Context | None, date | None]:
    """Return the context, or None with every problem in `findings`; and its date if that is known.

    The date is told apart so that a refusal of anything else can still name the signal it is for.
    """
    text = decode_utf8(data, findings)
    if text is None:
        return None, None
    outline = outline_of(text, DEPTH_MAX)
    document = _parse(text, outline, findings)
    if document is None:
        return None, None
    return _Fields(document, outline, findings).read()


def _parse(text: str, outline: Outline, findings: Findings) -> Mapping[str, object] | None:
    if outline.depth > DEPTH_MAX:
        problem = f"the JSON is nested deeper than {DEPTH_MAX} levels"
        findings.refuse(Reason.JSON_TOO_DEEP, problem)
        return None
    try:
        document: object = json.loads(text, parse_float=_number, parse_int=_number)
    except json.JSONDecodeError as error:
        findings.refuse(Reason.JSON_SYNTAX, f"{error.msg}, column {error.colno}", line=error.lineno)
        return None
    _refuse_foreign(outline, findings)
    if not isinstance(document, dict):
        findings.refuse(Reason.JSON_SYNTAX, "the JSON is not an object", line=1)
        return None
    return document


def _number(text: str) -> Decimal | None:
    """Return an exact number; None where its exponent is beyond what Decimal can hold."""
    try:
        return Decimal(text)
    except ArithmeticError:
        return None


def _refuse_foreign(outline: Outline, findings: Findings) -> None:
    for path, line in outline.doubled_keys:
        field = shown(path)[1:-1]
        findings.refuse(Reason.JSON_DUPLICATE_KEY, "the key appears twice", line=line, field=field)
    for path, line in outline.constants:
        problem = "NaN and Infinity are not JSON"
        findings.refuse(Reason.JSON_SYNTAX, problem, line=line, field=shown(path)[1:-1])
    for path, line in outline.long_numbers:
        problem = "the number is longer than 64 characters"
        findings.refuse(Reason.NUMBER_SYNTAX, problem, line=line, field=shown(path)[1:-1])


@dataclass(frozen=True, slots=True)
class _Fields:
    """Reads the fields one by one, each problem with the line its key stands on."""

    document: Mapping[str, object]
    outline: Outline
    findings: Findings

    def read(self) -> tuple[Context | None, date | None]:
        signal_date = self._signal_date()
        champion_id = self._champion_id()
        risk_checks = self._risk_checks()
        target_exposure = self._target_exposure()
        volatility_known = self._market_volatility_known()
        if self.findings or signal_date is None or target_exposure is None:
            return None, signal_date
        context = Context(signal_date, champion_id, risk_checks, target_exposure, volatility_known)
        return context, signal_date

    def _signal_date(self) -> date | None:
        value = self.document.get("trade_date")
        if not isinstance(value, str):
            self._refuse("trade_date", "expected the text YYYYMMDD")
            return None
        day = parse_day(value)
        if day is None:
            self._refuse("trade_date", f"{shown(value)} is no day YYYYMMDD", Reason.DATE_SYNTAX)
        return day

    def _champion_id(self) -> str:
        value = self.document.get("active_champion_id")
        if value is None:
            return ""
        if not isinstance(value, str) or not _is_encodable(value):
            self._refuse("active_champion_id", "expected text")
            return ""
        return value.strip()

    def _risk_checks(self) -> tuple[tuple[str, bool], ...]:
        value = self.document.get("risk_checks")
        if not isinstance(value, dict) or not all(map(_is_encodable, value)):
            self._refuse("risk_checks", "expected an object of names and true or false")
            return ()
        return tuple(sorted((name, passed is True) for name, passed in value.items()))

    def _target_exposure(self) -> Decimal | None:
        value = self.document.get("target_exposure")
        if not isinstance(value, Decimal) or decimal_places(value) > DECIMAL_PLACES_MAX:
            self._refuse("target_exposure", "expected a number")
            return None
        if not is_fraction(value):
            self._refuse("target_exposure", f"{value} is outside 0 to 1", Reason.WEIGHT_RANGE)
            return None
        return value

    def _market_volatility_known(self) -> bool:
        position_info = self.document.get("position_info")
        if position_info is None:
            return False
        if not isinstance(position_info, dict):
            self._refuse("position_info", "expected an object")
            return False
        value = position_info.get("market_volatility")
        if value is not None and not isinstance(value, Decimal):
            self._refuse("position_info.market_volatility", "expected a number or null")
        return value is not None

    def _refuse(self, field: str, problem: str, code: Reason = Reason.CONTEXT_FIELD) -> None:
        line = self.outline.lines.get(field)
        missing = "" if line else " (it is missing)"
        self.findings.refuse(code, problem + missing, line=line, field=field)


def _is_encodable(text: str) -> bool:
    r"""Whether the text can be written down: "\ud800" alone is legal JSON and no character."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
