"""Where the matchers of other people differ from our paper venue, and the rule that decides.

Sections and examples are those of a-share-rules.md. The tests assert exactly this list, and
docs/differences.md shows it; `python -m tests.differential.page` writes that page.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MatcherDifference:
    """One fact of one case that another matcher tells otherwise than our paper venue."""

    other: str
    case: str
    fact: str
    ours: str
    theirs: str


@dataclass(frozen=True, slots=True)
class Reason:
    """Why the other matcher differs, and where the rule stands that ours follows."""

    rule: str
    why: str


_BRIDGE = "qmt-tcp-bridge"
_BACKTEST = "xtquant-big-convert"

_Row = tuple[str, str, str, str]


def _differ(other: str, reason: Reason, *rows: _Row) -> dict[MatcherDifference, Reason]:
    return {MatcherDifference(other, *row): reason for row in rows}


MATCHER_DIFFERENCES: dict[MatcherDifference, Reason] = {
    **_differ(
        _BRIDGE,
        Reason(
            "section 2; E8, E9",
            "It wants every buy in hundreds. STAR takes any number from 200 and Beijing "
            "any from 100.",
        ),
        ("buy 201 of 688981.SH", "ending", "filled", "refused"),
        ("buy 101 of 920002.BJ", "ending", "filled", "refused"),
    ),
    **_differ(
        _BRIDGE,
        Reason(
            "section 2; E10, E11, E13",
            "It checks no lot on a sale. An odd quantity is legal only as the whole odd "
            "remainder, and on STAR and in Beijing only as everything that is left below "
            "the minimum.",
        ),
        ("sell 50 of 232 600000.SH", "ending", "refused", "filled"),
        ("sell 150 of 232 600000.SH", "ending", "refused", "filled"),
        ("sell 32 of 232 688981.SH", "ending", "refused", "filled"),
        ("sell 132 of 232 688981.SH", "ending", "refused", "filled"),
        ("sell 50 of 130 920002.BJ", "ending", "refused", "filled"),
    ),
    **_differ(
        _BRIDGE,
        Reason(
            "section 1; E3, E20",
            "It knows 300 and 301 as ChiNext and gives 302 the band of the main board.",
        ),
        ("buy 302132.SZ at 2.64 after 2.20", "ending", "filled", "refused"),
        ("sell 302132.SZ at 1.76 after 2.20", "ending", "filled", "refused"),
    ),
    **_differ(
        _BRIDGE,
        Reason("section 3; E21", "It gives Beijing the band of the main board; 30 % is right."),
        ("buy 920002.BJ at 2.36 after 1.82", "ending", "filled", "refused"),
        ("sell 920002.BJ at 1.28 after 1.82", "ending", "filled", "refused"),
    ),
    **_differ(
        _BRIDGE,
        Reason(
            "section 3",
            "It checks a buy against the upper limit and a sale against the lower one "
            "only; a price beyond the band is refused on either side.",
        ),
        ("buy 600000.SH at 9.04 after 10.05", "ending", "refused", "nothing filled"),
        ("sell 600000.SH at 11.07 after 10.05", "ending", "refused", "nothing filled"),
    ),
    **_differ(
        _BRIDGE,
        Reason("section 3; E26", "It has no price cage."),
        ("a buy far above the ask", "ending", "refused", "filled"),
        ("a sale far below the bid", "ending", "refused", "filled"),
    ),
    **_differ(
        _BRIDGE,
        Reason("section 3", "It takes any price; ours wants the tick."),
        ("a price off the tick", "ending", "refused", "filled"),
    ),
    **_differ(
        _BRIDGE,
        Reason(
            "section 5; E40", "It lets fees out of the cash check; ours freezes amount and fees."
        ),
        ("a buy with the cash for its amount without fees", "ending", "refused", "filled"),
    ),
    **_differ(
        _BACKTEST,
        Reason(
            "section 2; E8, E9",
            "It wants every buy in hundreds. STAR takes any number from 200 and Beijing "
            "any from 100.",
        ),
        ("buy 201 of 688981.SH", "ending", "filled", "refused"),
        ("buy 101 of 920002.BJ", "ending", "filled", "refused"),
    ),
    **_differ(
        _BACKTEST,
        Reason(
            "section 2; E10, E11, E13",
            "It wants a sale in hundreds or everything. The main board lets the odd "
            "remainder go with whole lots, STAR and Beijing any number from their "
            "minimum.",
        ),
        ("sell 32 of 232 600000.SH", "ending", "filled", "refused"),
        ("sell 132 of 232 600000.SH", "ending", "filled", "refused"),
        ("sell 201 of 232 688981.SH", "ending", "filled", "refused"),
        ("sell 101 of 130 920002.BJ", "ending", "filled", "refused"),
    ),
    **_differ(
        _BACKTEST,
        Reason(
            "section 3; E16, E20",
            "It looks at the daily limits when it matches and lets the order lie; an "
            "exchange refuses it.",
        ),
        ("buy 600000.SH at 11.07 after 10.05", "ending", "refused", "nothing filled"),
        ("sell 600000.SH at 9.04 after 10.05", "ending", "refused", "nothing filled"),
        ("buy 300750.SZ at 2.65 after 2.20", "ending", "refused", "nothing filled"),
        ("sell 300750.SZ at 1.75 after 2.20", "ending", "refused", "nothing filled"),
        ("buy 302132.SZ at 2.65 after 2.20", "ending", "refused", "nothing filled"),
        ("sell 302132.SZ at 1.75 after 2.20", "ending", "refused", "nothing filled"),
        ("buy 688981.SH at 9.49 after 7.90", "ending", "refused", "nothing filled"),
        ("sell 688981.SH at 6.31 after 7.90", "ending", "refused", "nothing filled"),
        ("buy 600000.SH at 9.04 after 10.05", "ending", "refused", "nothing filled"),
        ("sell 600000.SH at 11.07 after 10.05", "ending", "refused", "nothing filled"),
    ),
    **_differ(
        _BACKTEST,
        Reason(
            "section 1; E3, E20",
            "It knows 300 and 301 as ChiNext and gives 302 the band of the main board.",
        ),
        ("buy 302132.SZ at 2.64 after 2.20", "ending", "filled", "nothing filled"),
        ("sell 302132.SZ at 1.76 after 2.20", "ending", "filled", "nothing filled"),
    ),
    **_differ(
        _BACKTEST,
        Reason(
            "section 3; E21",
            "It rounds Beijing's limits half up; they are cut towards the previous close.",
        ),
        ("buy 920002.BJ at 2.37 after 1.82", "ending", "refused", "filled"),
        ("sell 920002.BJ at 1.27 after 1.82", "ending", "refused", "filled"),
    ),
    **_differ(
        _BACKTEST,
        Reason("section 3; E26", "It has no price cage."),
        ("a buy far above the ask", "ending", "refused", "filled"),
        ("a sale far below the bid", "ending", "refused", "filled"),
    ),
    **_differ(
        _BACKTEST,
        Reason("section 3", "It takes any price; ours wants the tick."),
        ("a price off the tick", "ending", "refused", "filled"),
    ),
    **_differ(
        _BACKTEST,
        Reason(
            "section 5; E40",
            "It asks for cash when it matches and shrinks the buy to what is there; a "
            "counter refuses the order.",
        ),
        ("a buy with the cash for its amount without fees", "ending", "refused", "filled in part"),
        ("a buy with the cash for half its amount", "ending", "refused", "filled in part"),
    ),
    **_differ(
        _BACKTEST,
        Reason(
            "section 5; E37",
            "It keeps no cash back for a live buy; a counter freezes amount and fees.",
        ),
        ("cancel an order without a fill", "cash frozen", "True", "False"),
    ),
}
