"""Where marina-rules answers otherwise than our dated records, each time with our reason.

The tests assert exactly these differences: one more fails, and so does one that has gone.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RuleDifference:
    """One question to which marina-rules gives another answer, over the days both speak.

    `scope` is the other's name for the security; a last day of None has not come yet.
    """

    topic: str
    code: str
    scope: str
    first: str
    last: str | None
    ours: str
    theirs: str


_SAME_DAY_IN_SHENZHEN = (
    "A Shenzhen fund code does not tell its type; T+1 refuses a sale that would be legal and never "
    "makes an illegal one (a-share-rules.md sections 1 and 5; funds are out of universe)."
)

RULE_DIFFERENCES: dict[RuleDifference, str] = {
    RuleDifference(
        "settlement", "159650.SZ", "etf_bond", "2015-01-19", None, "1", "0"
    ): _SAME_DAY_IN_SHENZHEN,
    RuleDifference(
        "settlement", "159001.SZ", "etf_money", "2015-01-19", None, "1", "0"
    ): _SAME_DAY_IN_SHENZHEN,
    RuleDifference(
        "settlement", "159934.SZ", "etf_gold", "2015-01-19", None, "1", "0"
    ): _SAME_DAY_IN_SHENZHEN,
    RuleDifference(
        "settlement", "159980.SZ", "etf_commodity", "2019-01-11", None, "1", "0"
    ): _SAME_DAY_IN_SHENZHEN,
    RuleDifference(
        "settlement", "159920.SZ", "etf_crossborder", "2015-01-19", None, "1", "0"
    ): _SAME_DAY_IN_SHENZHEN,
    RuleDifference("daily_limit", "508000.SH", "reits_day1", "2021-01-29", None, "0.1", "0.3"): (
        "The first day of an infrastructure fund has no record of ours: funds are out of universe "
        "(a-share-rules.md section 1), and the narrower band is the safer one."
    ),
    RuleDifference("daily_limit", "180101.SZ", "reits_day1", "2021-01-29", None, "0.1", "0.3"): (
        "The first day of an infrastructure fund, as in Shanghai."
    ),
}

# marina-rules states no rounding for Beijing; its limit_price() rounds half up there all the same.
ROUNDING_DIFFERENCES: dict[RuleDifference, str] = {
    RuleDifference("limit_rounding", "920002.BJ", "bse", "2021-11-15", None, "INWARD", "HALF_UP"): (
        "Beijing cuts towards the previous close: observed on hundreds of limit-up days and equal "
        "to the limits a trading terminal publishes (a-share-rules.md section 3, example E21)."
    ),
}
