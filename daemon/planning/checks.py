"""Run checks: what must hold before anything is sized; every refusal is collected.

A new check is a function here and a row in `_CHECKS`.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from decimal import Decimal

from config.settings import CheckSettings
from market.money import decimal_text
from statemachine.portfolio import Refusal, Target, TargetPortfolio
from statemachine.reasons import Reason

UNKNOWN_INDUSTRY = "UNKNOWN"
_ZERO = Decimal(0)

Check = Callable[[TargetPortfolio, CheckSettings], Iterator[Refusal]]


def check_run(portfolio: TargetPortfolio, settings: CheckSettings) -> tuple[Refusal, ...]:
    """Return every reason why the portfolio may not trade, in a fixed order (rules 9, 10).

    Weights are compared after duplicate names were merged, exact, with `weight_tolerance`; over a
    cap refuses and never clips. Dates are `dates.check_dates`.
    """
    return tuple(refusal for check in _CHECKS for refusal in check(portfolio, settings))


def industry_of(target: Target) -> str:
    """Return the industry the caps count a name under; all without one count as one."""
    return target.industry or UNKNOWN_INDUSTRY


def empty_portfolio(portfolio: TargetPortfolio, _: CheckSettings) -> Iterator[Refusal]:
    """Refuse a file without names: it never means "sell everything"."""
    if not portfolio.targets:
        yield Refusal(
            Reason.EMPTY_PORTFOLIO,
            "the portfolio has no rows; nothing is sold because of an empty file",
            file=portfolio.csv_name,
        )


def risk_checks_present(portfolio: TargetPortfolio, settings: CheckSettings) -> Iterator[Refusal]:
    """Refuse an empty object, else name each required check that is absent."""
    if not portfolio.risk_checks:
        yield _context_refusal(portfolio, Reason.RISK_CHECKS_EMPTY, "risk_checks", "has no entry")
        return
    given = {name for name, _ in portfolio.risk_checks}
    for name in settings.required_risk_checks:
        if name not in given:
            yield _context_refusal(
                portfolio, Reason.RISK_CHECK_MISSING, f"risk_checks.{name}", "is required"
            )


def risk_checks_passed(portfolio: TargetPortfolio, _: CheckSettings) -> Iterator[Refusal]:
    """Refuse every entry that is not true, required or not."""
    for name, passed in portfolio.risk_checks:
        if not passed:
            yield _context_refusal(
                portfolio, Reason.RISK_CHECK_FAILED, f"risk_checks.{name}", "is not true"
            )


def champion_named(portfolio: TargetPortfolio, _: CheckSettings) -> Iterator[Refusal]:
    """Refuse a context that does not say which strategy made the portfolio."""
    if not portfolio.champion_id.strip():
        yield _context_refusal(
            portfolio, Reason.CHAMPION_MISSING, "active_champion_id", "is missing or blank"
        )


def total_weight(portfolio: TargetPortfolio, settings: CheckSettings) -> Iterator[Refusal]:
    """Refuse weights that add up to more than the account."""
    total = sum((target.weight for target in portfolio.targets), _ZERO)
    if _exceeds(total, settings.total_weight_max, settings):
        yield Refusal(
            Reason.TOTAL_WEIGHT,
            f"the weights add up to {_percent(total)}, "
            f"more than {_percent(settings.total_weight_max)}",
            file=portfolio.csv_name,
            field="weight",
        )


def single_name_cap(portfolio: TargetPortfolio, settings: CheckSettings) -> Iterator[Refusal]:
    """Refuse a name above the cap."""
    cap = settings.single_name_weight_max
    for target in portfolio.targets:
        if _exceeds(target.weight, cap, settings):
            yield Refusal(
                Reason.SINGLE_NAME_CAP,
                f"{target.symbol} has {_percent(target.weight)}, more than {_percent(cap)}",
                file=portfolio.csv_name,
                line=target.line,
                field="weight",
            )


def industry_cap(portfolio: TargetPortfolio, settings: CheckSettings) -> Iterator[Refusal]:
    """Refuse an industry above the cap."""
    weights: defaultdict[str, Decimal] = defaultdict(Decimal)
    for target in portfolio.targets:
        weights[industry_of(target)] += target.weight
    cap = settings.industry_weight_max
    for industry, weight in sorted(weights.items()):
        if _exceeds(weight, cap, settings):
            yield Refusal(
                Reason.INDUSTRY_CAP,
                f"industry {industry} has {_percent(weight)}, more than {_percent(cap)}",
                file=portfolio.csv_name,
                field="industry",
            )


def row_dates(portfolio: TargetPortfolio, _: CheckSettings) -> Iterator[Refusal]:
    """Refuse rows that were computed for an earlier day than the context's."""
    for target in portfolio.targets:
        if target.row_date is not None and target.row_date < portfolio.signal_date:
            yield Refusal(
                Reason.ROW_DATE_OLD,
                f"{target.symbol} is dated {target.row_date}, the context {portfolio.signal_date}",
                file=portfolio.csv_name,
                line=target.line,
                field="trade_date",
            )


_CHECKS: tuple[Check, ...] = (
    empty_portfolio,
    risk_checks_present,
    risk_checks_passed,
    champion_named,
    total_weight,
    single_name_cap,
    industry_cap,
    row_dates,
)


def _exceeds(weight: Decimal, cap: Decimal, settings: CheckSettings) -> bool:
    return weight > cap + settings.weight_tolerance


def _percent(weight: Decimal) -> str:
    return f"{decimal_text(weight * 100)} %"


def _context_refusal(portfolio: TargetPortfolio, code: Reason, field: str, what: str) -> Refusal:
    return Refusal(code, f"{field} {what}", file=portfolio.context_name, field=field)
