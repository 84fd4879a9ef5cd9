"""Rule 6: when a pair may be taken, by file facts and market time alone."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.intake.names import Part, day_of_name, part_of_name
from adapters.intake.pairing import (
    Incomplete,
    Pair,
    ReadyNow,
    Sighting,
    Signature,
    Wait,
    observe,
    pairs_of,
    readiness,
)

T0 = datetime(2025, 11, 7, 18, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
CSV = "portfolio_20251107.csv"
CONTEXT = "execution_context_20251107.json"
READY = "portfolio_20251107.ready"
QUIET_S = 60


def at(seconds: int) -> datetime:
    return T0 + timedelta(seconds=seconds)


def signature(mtime: int, size: int = 10, inode: int = 1) -> Signature:
    return Signature(mtime, size, inode)


def only_pair(sightings: dict[str, Sighting]) -> Pair:
    (pair,) = pairs_of(sightings)
    return pair


def pair_of(listing: dict[str, Signature], seconds: int = 0) -> Pair:
    return only_pair(observe({}, listing, at(seconds)))


def test_an_untouched_pair_is_ready_after_sixty_quiet_seconds_of_market_time() -> None:
    pair = pair_of({CSV: signature(1), CONTEXT: signature(2)})

    assert readiness(pair, at(0), QUIET_S) == Wait(at(60))
    assert readiness(pair, at(59), QUIET_S) == Wait(at(60))
    assert readiness(pair, at(60), QUIET_S) == ReadyNow()


@pytest.mark.parametrize("change", [signature(3), signature(2, size=11), signature(2, inode=2)])
def test_any_change_of_a_file_starts_the_quiet_time_again(change: Signature) -> None:
    first = observe({}, {CSV: signature(1), CONTEXT: signature(2)}, at(0))
    again = observe(first, {CSV: signature(1), CONTEXT: change}, at(50))

    assert readiness(only_pair(again), at(70), QUIET_S) == Wait(at(110))


def test_a_sweep_that_sees_no_change_keeps_the_first_sighting() -> None:
    listing = {CSV: signature(1), CONTEXT: signature(2)}
    first = observe({}, listing, at(0))

    assert observe(first, listing, at(30)) == first


def test_a_file_that_went_and_came_back_is_new() -> None:
    listing = {CSV: signature(1), CONTEXT: signature(2)}
    gone = observe(observe({}, listing, at(0)), {CSV: signature(1)}, at(10))
    back = observe(gone, listing, at(20))

    assert readiness(only_pair(back), at(60), QUIET_S) == Wait(at(80))


def test_a_csv_newer_than_its_context_is_incomplete_however_long_it_lies() -> None:
    pair = pair_of({CSV: signature(2), CONTEXT: signature(1)})

    verdict = readiness(pair, at(100_000), QUIET_S)
    assert verdict == Incomplete(f"{CSV} is newer than {CONTEXT}", at(0))


def test_equal_times_are_fine() -> None:
    pair = pair_of({CSV: signature(1), CONTEXT: signature(1)})

    assert readiness(pair, at(60), QUIET_S) == ReadyNow()


@pytest.mark.parametrize(
    ("there", "missing"), [(CSV, CONTEXT), (CONTEXT, CSV), (READY, f"{CSV} and {CONTEXT}")]
)
def test_a_missing_partner_is_incomplete_since_the_last_change(there: str, missing: str) -> None:
    pair = pair_of({there: signature(1)}, seconds=5)

    assert readiness(pair, at(1000), QUIET_S) == Incomplete(f"{missing} not there", at(5))


def test_a_ready_file_written_last_releases_the_pair_at_once() -> None:
    for csv_time, context_time in ((1, 2), (2, 1), (3, 3)):
        listing = {CSV: signature(csv_time), CONTEXT: signature(context_time)}
        pair = pair_of(listing | {READY: signature(3)})

        assert readiness(pair, at(0), QUIET_S) == ReadyNow()


def test_a_ready_file_older_than_a_rewrite_says_nothing() -> None:
    rewritten = pair_of({CSV: signature(4), CONTEXT: signature(5), READY: signature(3)})
    half = pair_of({CSV: signature(4), CONTEXT: signature(2), READY: signature(3)})

    assert readiness(rewritten, at(0), QUIET_S) == Wait(at(60))
    assert isinstance(readiness(half, at(1000), QUIET_S), Incomplete)


def test_pairs_are_grouped_by_day_oldest_first() -> None:
    listing = {CSV: signature(1), CONTEXT: signature(2), "portfolio_20251031.csv": signature(1)}
    pairs = pairs_of(observe({}, listing, at(0)))

    assert [(pair.day, pair.context is None) for pair in pairs] == [
        ("20251031", True),
        ("20251107", False),
    ]


def test_every_change_or_removal_changes_the_signature_of_the_pair() -> None:
    listing = {CSV: signature(1), CONTEXT: signature(2), READY: signature(3)}
    original = pair_of(listing).signature

    for name in listing:
        assert pair_of(listing | {name: signature(9)}).signature != original
        assert pair_of({k: v for k, v in listing.items() if k != name}).signature != original


@pytest.mark.parametrize(
    "name",
    [
        "broker_submit_20251107_093000.json",
        "broker_orders_20251107-abc.parquet",
        "broker_portfolio_20251107.csv",
        ".portfolio_20251107.csv",
        "portfolio_20251107.csv.tmp",
        "portfolio_20251107.csv~",
        "portfolio_20251107.CSV",
        "portfolio_2025117.csv",
        "portfolio_202511070.csv",
        "portfolio_２０２５１１０７.csv",
        "portfolio_20251107.csv\n",
        "execution_context_20251107.ready",
        "execution_context_20251107.csv",
        "portfolio_20251107.json",
        "../portfolio_20251107.csv",
        "portfolio_20251107.csv\u202e",
        "",
    ],
)
def test_nothing_else_in_the_directory_is_input(name: str) -> None:
    assert part_of_name(name) is None
    assert day_of_name(name) == "00000000"
    assert observe({}, {name: signature(1)}, at(0)) == {}


@given(st.text())
def test_only_the_three_patterns_are_input(name: str) -> None:
    part = part_of_name(name)

    assert (
        part is None
        or name
        == {
            Part.CSV: f"portfolio_{day_of_name(name)}.csv",
            Part.CONTEXT: f"execution_context_{day_of_name(name)}.json",
            Part.READY: f"portfolio_{day_of_name(name)}.ready",
        }[part]
    )


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(1, 40)), min_size=1),
)
def test_a_pair_is_never_ready_within_the_quiet_time_of_its_last_change(
    sweeps: list[tuple[int, int, int]],
) -> None:
    sightings: dict[str, Sighting] = {}
    now, last, changed = 0, None, 0
    for csv_time, context_time, step in sweeps:
        now += step
        facts = (csv_time, context_time)
        changed = now if facts != last else changed
        last = facts
        listing = {CSV: signature(csv_time), CONTEXT: signature(context_time)}
        sightings = observe(sightings, listing, at(now))
        verdict = readiness(only_pair(sightings), at(now), QUIET_S)

        if csv_time > context_time:
            assert isinstance(verdict, Incomplete)
        elif now - changed < QUIET_S:
            assert verdict == Wait(at(changed + QUIET_S))
        else:
            assert verdict == ReadyNow()


def test_what_is_no_input_belongs_to_no_pair() -> None:
    assert pairs_of({"notes.txt": Sighting("notes.txt", signature(1), at(0))}) == ()
