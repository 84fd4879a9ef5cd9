from pathlib import Path
from typing import Any, cast

import pytest

from daemon.rehearsal.daemon_control import DaemonControl
from daemon.rehearsal.options import RehearsalError
from daemon.rehearsal.rehearse import _declare_owners
from daemon.rehearsal.sample import sample_directory


class Adoptions:
    """A daemon that remembers whose everything is."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []

    async def post(self, target: str, body: dict[str, Any]) -> dict[str, Any]:
        assert target == "/v1/adopt"
        self.bodies.append(body)
        return {}


async def declared(positions: Path | None) -> tuple[list[dict[str, Any]], list[str]]:
    daemon, said = Adoptions(), list[str]()
    await _declare_owners(positions, cast("DaemonControl", daemon), said.append)
    return daemon.bodies, said


async def test_holdings_are_ours_unless_they_are_marked(tmp_path: Path) -> None:
    path = tmp_path / "positions.csv"
    path.write_text(
        "ts_code,quantity,owner\n600000.SH,500,\n000001.SZ,100,foreign\n600519.SH,7,unmarked\n"
    )

    bodies, said = await declared(path)

    assert bodies == [
        {"ts_code": "600000.SH", "quantity": "500", "owner": "ours"},
        {"ts_code": "000001.SZ", "quantity": "100", "owner": "foreign"},
    ]
    assert said == ["600000.SH 500 is ours", "000001.SZ 100 is foreign"]


async def test_a_file_without_owners_is_all_ours_and_no_file_declares_nothing() -> None:
    bodies, _ = await declared(sample_directory() / "positions.csv")

    assert {body["owner"] for body in bodies} == {"ours"}
    assert await declared(None) == ([], [])


async def test_a_row_without_a_code_or_a_count_is_told_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / "positions.csv"
    path.write_text("ts_code,quantity\n600000.SH,500\n,100\n")

    with pytest.raises(RehearsalError, match=r"positions\.csv:3 needs ts_code and quantity"):
        await declared(path)
