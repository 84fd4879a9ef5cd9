import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from daemon.cli.main import main
from tests.support.pairs import CONTEXT_NAME, CSV_NAME, context_bytes, csv_bytes, row


def write_pair(folder: Path, csv: bytes | None = None) -> None:
    (folder / CSV_NAME).write_bytes(csv_bytes() if csv is None else csv)
    (folder / CONTEXT_NAME).write_bytes(context_bytes())


def dry_run(folder: Path, *options: str) -> Result:
    words = ["submit", "--portfolio-path", str(folder / CSV_NAME), "--execution-context-path"]
    words += [str(folder / CONTEXT_NAME), "--config", str(folder / "none.yaml"), *options]
    return CliRunner().invoke(main, words)


def test_the_receipt_lies_beside_the_pair_and_says_that_nothing_was_sent(tmp_path: Path) -> None:
    write_pair(tmp_path)

    done = dry_run(tmp_path)

    (path,) = tmp_path.glob("broker_submit_*.json")
    assert (done.exit_code, done.stdout) == (0, f"{path}\n")
    receipt = json.loads(path.read_text())
    assert receipt["submit_mode"] == "dry_run"
    assert receipt["result"]["dry_run"] is True
    assert len(receipt["orders"]) == 3


def test_json_is_the_receipt_itself(tmp_path: Path) -> None:
    write_pair(tmp_path)

    done = dry_run(tmp_path, "--json")

    (path,) = tmp_path.glob("broker_submit_*.json")
    assert json.loads(done.stdout) == json.loads(path.read_text())


def test_the_receipt_goes_to_the_file_or_the_folder_that_was_named(tmp_path: Path) -> None:
    write_pair(tmp_path)
    folder = tmp_path / "receipts"
    folder.mkdir()

    dry_run(tmp_path, "--output-path", str(folder))
    dry_run(tmp_path, "--output-path", str(tmp_path / "mine.json"))

    assert len(list(folder.glob("broker_submit_*.json"))) == 1
    assert (tmp_path / "mine.json").is_file()
    assert not list(tmp_path.glob("broker_submit_*.json"))


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    write_pair(tmp_path)

    done = dry_run(tmp_path, "--output-path", str(tmp_path / "missing"))

    assert done.exit_code == 73
    assert "missing" in done.stderr


def test_the_largest_weights_can_be_looked_at_alone(tmp_path: Path) -> None:
    write_pair(tmp_path)

    receipt = json.loads(dry_run(tmp_path, "--top-n", "1", "--json").stdout)

    assert [order["ts_code"] for order in receipt["orders"]] == ["600000.SH"]


def test_a_pair_that_cannot_be_read_ends_with_65_and_names_file_line_and_field(
    tmp_path: Path,
) -> None:
    write_pair(tmp_path, csv_bytes([row(weight="a lot")]))

    done = dry_run(tmp_path)

    assert done.exit_code == 65
    assert CSV_NAME in done.stderr
    assert "weight" in done.stderr
    assert "line 2" in done.stderr
    assert not list(tmp_path.glob("broker_submit_*"))


def test_a_configuration_that_is_not_sound_ends_with_78(tmp_path: Path) -> None:
    write_pair(tmp_path)
    (tmp_path / "none.yaml").write_text("moed: paper\n")

    done = dry_run(tmp_path)

    assert done.exit_code == 78
    assert "did you mean mode?" in done.stderr


def test_a_pair_that_may_not_be_read_ends_with_66(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_pair(tmp_path)

    def denied(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", denied)

    done = dry_run(tmp_path)

    assert done.exit_code == 66
    assert CSV_NAME in done.stderr
