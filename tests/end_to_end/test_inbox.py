"""What a drop becomes: one run, a refusal with its reason, or a newer plan."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.theatre import SAMPLE_EVENING, Theatre, theatre

pytestmark = pytest.mark.timeout(300)

QUIET = timedelta(seconds=70)


async def _settle(stage: Theatre, minutes: int = 2) -> list[dict[str, Any]]:
    """Let the quiet time pass after the daemon saw what was dropped; returns all runs."""
    await stage.noticed()
    now = await stage.venue.now()
    await stage.until(now + timedelta(minutes=minutes))
    return await stage.runs()


async def test_the_same_pair_twice_makes_one_run(tmp_path: Path) -> None:
    async with theatre(tmp_path / "out") as stage:
        await stage.until(SAMPLE_EVENING)
        stage.drop_sample()
        first = await _settle(stage)
        stage.drop_sample()
        second = await _settle(stage)

    assert [run["state"] for run in first] == ["AWAITING_APPROVAL"]
    assert [run["run_id"] for run in second] == [run["run_id"] for run in first]
    assert second[0]["state"] == "AWAITING_APPROVAL"


async def test_a_changed_pair_holds_at_once_and_then_supersedes(tmp_path: Path) -> None:
    async with theatre(tmp_path / "out") as stage:
        await stage.until(SAMPLE_EVENING)
        stage.drop_sample()
        (first,) = await _settle(stage)
        changed = stage.pair.portfolio.read_bytes().replace(b"601163.SH", b"600000.SH")
        stage.drop(changed, stage.pair.context.read_bytes())

        async def held() -> bool:
            state: str = (await stage.runs())[0]["state"]
            return state == "HOLD_INPUT_CHANGED"

        await stage.eventually(held, "the planned run is held")
        old, new = await _settle(stage)

    assert old["run_id"] == first["run_id"]
    assert old["state"] == "SUPERSEDED"
    assert old["superseded_by"] == new["run_id"]
    assert new["state"] == "AWAITING_APPROVAL"


async def test_a_refused_rewrite_leaves_the_hold_to_a_person(tmp_path: Path) -> None:
    async with theatre(tmp_path / "out") as stage:
        await stage.until(SAMPLE_EVENING)
        stage.drop_sample()
        await _settle(stage)
        stage.drop(b"half a line", stage.pair.context.read_bytes())
        old, new = await _settle(stage)

    assert old["state"] == "HOLD_INPUT_CHANGED"
    assert new["state"] == "REFUSED"


def _last_cell(csv: bytes, value: bytes) -> bytes:
    """Replace the weight of the last row."""
    return csv[: csv.rindex(b",") + 1] + value + b"\n"


BAD_INPUTS: dict[str, tuple[Callable[[bytes], bytes], set[str]]] = {
    "half-written": (lambda csv: csv[: len(csv) - 20], {"CSV_TRUNCATED"}),
    "not a number": (lambda csv: _last_cell(csv, b"NaN"), {"NUMBER_SYNTAX"}),
    "negative": (lambda csv: _last_cell(csv, b"-0.08666"), {"WEIGHT_RANGE"}),
    "duplicate header": (
        lambda csv: csv.replace(b",weight\n", b",code\n", 1),
        {"CSV_DUPLICATE_HEADER"},
    ),
    "lost zeros": (lambda csv: csv.replace(b"600076.SH", b"76.SH", 1), {"CODE_SYNTAX"}),
    "GBK": (lambda csv: csv.decode().encode("gbk"), {"ENCODING"}),
    "UTF-16": (lambda csv: csv.decode().encode("utf-16"), {"ENCODING", "NUL_BYTES"}),
    "NUL bytes": (lambda csv: csv.replace(b"600076", b"6000\x0076", 1), {"NUL_BYTES"}),
}


async def test_bad_input_is_refused_with_its_reason_and_the_daemon_goes_on(
    tmp_path: Path,
) -> None:
    async with theatre(tmp_path / "out") as stage:
        await stage.until(SAMPLE_EVENING)
        good, context = stage.pair.portfolio.read_bytes(), stage.pair.context.read_bytes()
        for number, (name, (spoil, codes)) in enumerate(BAD_INPUTS.items(), start=1):
            spoiled = spoil(good)
            assert spoiled != good, name
            stage.drop(spoiled, context)
            runs = await _settle(stage)
            shown = await stage.show(runs[-1]["run_id"])
            found = {refusal["code"] for refusal in shown["refusals"]}

            assert len(runs) == number, name
            assert runs[-1]["state"] == "REFUSED", name
            assert found & codes, (name, found)
            assert all(refusal["message"] and refusal["file"] for refusal in shown["refusals"]), (
                name
            )
        stage.drop(b"\xef\xbb\xbf" + good, context)
        runs = await _settle(stage)
        shown = await stage.show(runs[-1]["run_id"])
        orders = await stage.orders_at_venue()

    assert runs[-1]["state"] == "AWAITING_APPROVAL"
    assert any("BOM" in note for note in shown["plan"]["notes"])
    assert orders == []


async def test_a_csv_without_its_json_is_never_planned_and_a_person_is_told(
    tmp_path: Path,
) -> None:
    async with theatre(tmp_path / "out") as stage:
        await stage.until(SAMPLE_EVENING)
        stage.drop(stage.pair.portfolio.read_bytes(), None)
        runs = await _settle(stage, minutes=15)
        items = (await stage.daemon.get("/v1/manual"))["items"]

    assert runs == []
    assert [item["reason"] for item in items] == ["PAIR_INCOMPLETE"]
    assert "execution_context_20260116.json" in items[0]["detail"]
