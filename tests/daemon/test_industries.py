from pathlib import Path

import pytest

from config.loading import ConfigError
from daemon.industries import read_industries
from tests.daemon.planning.builders import symbol


def test_industries_are_read_by_code(tmp_path: Path) -> None:
    path = tmp_path / "instruments.csv"
    path.write_text(
        "\ufeffname,ts_code,industry_l1\n浦发,600000.SH,银行\n某基金,,基金\n万科,000002.SZ,\n"
        "坏码,600000,银行\n短行\n",
        encoding="utf-8",
    )

    assert read_industries(path) == {symbol("600000.SH"): "银行"}
    assert read_industries(None) == {}


def test_an_instruments_file_without_rows_says_nothing(tmp_path: Path) -> None:
    path = tmp_path / "instruments.csv"
    path.write_text("ts_code,industry_l1\n")

    assert read_industries(path) == {}


@pytest.mark.parametrize(
    "content",
    [b"code,industry_l1\n600000.SH,x\n", b"ts_code\n600000.SH\n", b"\xff\xfe\n\x00", None],
)
def test_an_instruments_file_that_cannot_be_used_is_a_problem_of_the_configuration(
    tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "instruments.csv"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(ConfigError, match=r"instruments\.csv, key paths\.instruments: ") as caught:
        read_industries(path)

    (problem,) = caught.value.problems
    assert problem.key == "paths.instruments"
