"""Whatever the bytes are: no exception, and never a portfolio with a number that is none."""

import json
from datetime import date
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.intake.pair import Unreadable, read_pair
from config.settings import IntakeSettings
from market.board import is_tradable_stock
from statemachine.portfolio import TargetPortfolio
from tests.corpus.families import all_bad_pairs
from tests.support.pairs import CONTEXT, CONTEXT_NAME, CSV_NAME, context_bytes, csv_bytes

SETTINGS = IntakeSettings(rows_max=200)
SMALL = [pair for pair in all_bad_pairs() if len(pair.csv) + len(pair.context) < 5_000]

cells = st.one_of(
    st.sampled_from(
        [
            "600000.SH",
            "000001",
            "1.SZ",
            "0.2",
            "1e-05",
            "NaN",
            "-0",
            "",
            "20251107",
            "银行",
            '"',
            "1",
        ],
    ),
    st.text(max_size=8),
)
headers = st.lists(
    st.sampled_from(["ts_code", "code", "weight", "target_weight", "trade_date", "sector", "x"]),
    max_size=7,
)
tables = st.builds(
    lambda header, rows, end: end.join(map(",".join, [header, *rows])) + end,
    headers,
    st.lists(st.lists(cells, max_size=7), max_size=6),
    st.sampled_from(["\n", "\r\n", "\r", ""]),
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=8,
)
contexts = st.builds(
    lambda changes: json.dumps({**CONTEXT, **changes}).encode("utf-8", "surrogatepass"),
    st.dictionaries(st.sampled_from([*CONTEXT, "other"]), json_values),
)


def check(csv: bytes, context: bytes) -> None:
    outcome = read_pair(CSV_NAME, csv, CONTEXT_NAME, context, SETTINGS)
    if isinstance(outcome, Unreadable):
        assert 1 <= len(outcome.refusals) <= 200
        assert all(refusal.message and refusal.file for refusal in outcome.refusals)
    else:
        check_portfolio(outcome)


def check_portfolio(portfolio: TargetPortfolio) -> None:
    assert isinstance(portfolio.signal_date, date)
    assert portfolio.run_id == f"{portfolio.signal_date:%Y%m%d}-{portfolio.input_hash[:12]}"
    assert 0 <= portfolio.target_exposure <= 1
    symbols = [target.symbol for target in portfolio.targets]
    assert symbols == sorted(set(symbols))
    total = Decimal(0)
    for target in portfolio.targets:
        assert is_tradable_stock(target.symbol)
        assert target.weight.is_finite()
        assert target.weight >= 0
        assert not target.weight.is_signed()
        total += target.weight
    if symbols:
        assert abs(total - portfolio.target_exposure) <= SETTINGS.exposure_tolerance


@given(st.binary(max_size=400), st.binary(max_size=400))
def test_random_bytes(csv: bytes, context: bytes) -> None:
    check(csv, context)


@given(st.binary(max_size=400))
def test_a_random_context_beside_a_good_csv(context: bytes) -> None:
    check(csv_bytes(), context)


@settings(max_examples=400)
@given(tables)
def test_random_tables(table: str) -> None:
    check(table.encode("utf-8", "surrogatepass"), context_bytes())


@settings(max_examples=300)
@given(contexts)
def test_random_context_fields(context: bytes) -> None:
    check(csv_bytes(), context)


@settings(max_examples=400)
@given(st.data())
def test_files_cut_doubled_and_overwritten(data: st.DataObject) -> None:
    pair = data.draw(st.sampled_from(SMALL), label="pair")
    spoiled = [data.draw(mutations(original)) for original in (pair.csv, pair.context)]

    check(spoiled[0], spoiled[1])


def mutations(original: bytes) -> st.SearchStrategy[bytes]:
    positions = st.integers(0, len(original))
    return st.one_of(
        st.just(original),
        st.builds(lambda cut: original[:cut], positions),
        st.builds(lambda cut: original[:cut] + original[cut:] * 2, positions),
        st.builds(
            lambda at, junk: original[:at] + junk + original[at + len(junk) :],
            positions,
            st.binary(min_size=1, max_size=4),
        ),
    )


@given(st.decimals(min_value=0, max_value=1, places=18), st.integers(1, 30))
def test_weights_are_kept_to_the_last_digit(weight: Decimal, names: int) -> None:
    rows = [f"20251107,60{number:04d}.SH,,1,,,{weight:f}" for number in range(names)]
    total = weight * names
    if total > 1:
        return
    context = context_bytes(target_exposure=0).replace(b'e": 0', f'e": {total:f}'.encode())
    outcome = read_pair(CSV_NAME, csv_bytes(rows), CONTEXT_NAME, context, SETTINGS)

    assert isinstance(outcome, TargetPortfolio), outcome
    assert {target.weight for target in outcome.targets} == {weight}
