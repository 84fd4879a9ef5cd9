"""The checks of a plan with their values, as the person sees them who approves it."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from config.settings import CheckSettings, Settings
from daemon.planning.checks import industry_of
from daemon.planning.flags import exposure_fall, net_sell_share
from market.money import decimal_text
from statemachine.plan import Plan
from statemachine.portfolio import TargetPortfolio

_ZERO = Decimal(0)
_STEP = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class CheckedValue:
    """One check: what was found, what is allowed, and whether it holds.

    `about` is the name or industry that comes closest to the limit, "" where it is about the plan.
    """

    name: str
    english: str
    chinese: str
    value: str
    limit: str
    passed: bool
    about: str = ""


def checked_values(
    plan: Plan, portfolio: TargetPortfolio | None, settings: Settings
) -> tuple[CheckedValue, ...]:
    """Return the producer's checks, then the caps, then what is looked at in the plan itself."""
    of_file = () if portfolio is None else (*_given(portfolio), *_caps(portfolio, settings.checks))
    return (*of_file, *_of_plan(plan, settings))


def _given(portfolio: TargetPortfolio) -> Iterator[CheckedValue]:
    for name, passed in portfolio.risk_checks:
        yield CheckedValue(
            name=f"risk_checks.{name}",
            english="the producer's own check",
            chinese="生成方自检",
            value="true" if passed else "false",
            limit="true",
            passed=passed,
        )
    yield CheckedValue(
        name="market_volatility",
        english="the producer knew the market's volatility",
        chinese="生成方已知市场波动率",
        value="known" if portfolio.market_volatility_known else "null",
        limit="known",
        passed=portfolio.market_volatility_known,
    )


def _caps(portfolio: TargetPortfolio, settings: CheckSettings) -> Iterator[CheckedValue]:
    weights = {str(target.symbol): target.weight for target in portfolio.targets}
    industries: defaultdict[str, Decimal] = defaultdict(Decimal)
    for target in portfolio.targets:
        industries[industry_of(target)] += target.weight
    total, tolerance = sum(weights.values(), _ZERO), settings.weight_tolerance
    most = settings.total_weight_max
    yield _at_most("total_weight", "sum of weights", "权重合计", total, most, tolerance)
    for name, english, chinese, found, limit in (
        (
            "single_name",
            "largest weight",
            "单一证券最大权重",
            weights,
            settings.single_name_weight_max,
        ),
        ("industry", "largest industry", "最大行业权重", industries, settings.industry_weight_max),
    ):
        about = max(sorted(found), key=lambda key: found[key], default="")
        value = found.get(about, _ZERO)
        yield _at_most(name, english, chinese, value, limit, tolerance, about)


def _of_plan(plan: Plan, settings: Settings) -> Iterator[CheckedValue]:
    checks, flow = settings.checks, settings.flow
    allowed = flow.message_budget_share * flow.messages_per_day
    for name, english, chinese, value, limit in (
        (
            "exposure_fall",
            "fall of our exposure",
            "仓位下降",
            exposure_fall(plan.lines, plan.capital),
            checks.derisk_exposure_fall,
        ),
        (
            "net_sell_share",
            "sells not offset by buys, of capital",
            "未被买入抵消的卖出占比",
            net_sell_share(plan.lines, plan.capital),
            checks.derisk_sell_share,
        ),
        (
            "underinvested_gap",
            "planned exposure below target",
            "计划仓位低于目标的差额",
            plan.target_exposure - plan.planned_exposure,
            checks.underinvested_gap,
        ),
        ("messages", "orders needed", "所需委托笔数", Decimal(plan.message_count), allowed),
    ):
        yield _at_most(name, english, chinese, value, limit)


def _at_most(
    name: str,
    english: str,
    chinese: str,
    value: Decimal,
    limit: Decimal,
    tolerance: Decimal = _ZERO,
    about: str = "",
) -> CheckedValue:
    return CheckedValue(
        name=name,
        english=english,
        chinese=chinese,
        value=decimal_text(value.quantize(_STEP)),
        limit=decimal_text(limit),
        passed=value <= limit + tolerance,
        about=about,
    )
