import json
import os
from pathlib import Path

import pytest

from daemon.artifacts.listing import artifacts_of

RUN_ID = "20251107-0123456789ab"
pytestmark = pytest.mark.spoils_reports


def test_the_artifacts_of_a_run_are_named_in_order_and_no_other(tmp_path: Path) -> None:
    for run_id in (RUN_ID, "20251107-ba9876543210"):
        (tmp_path / f"broker_orders_{run_id}.parquet").touch()
        (tmp_path / f"broker_reconcile_{run_id}.json").touch()
        (tmp_path / f"broker_report_{run_id}.html").touch()
        (tmp_path / f"broker_chart_cash_{run_id}.png").touch()
        receipt = tmp_path / f"broker_submit_20251107_18010{run_id[-1] == 'b':d}.json"
        receipt.write_text(json.dumps({"run_id": run_id}))
    (tmp_path / f"broker_fills_{RUN_ID}.parquet").mkdir()

    assert artifacts_of(tmp_path, RUN_ID) == (
        f"broker_chart_cash_{RUN_ID}.png",
        f"broker_orders_{RUN_ID}.parquet",
        f"broker_reconcile_{RUN_ID}.json",
        f"broker_report_{RUN_ID}.html",
        "broker_submit_20251107_180101.json",
    )


def test_a_receipt_that_is_not_ours_or_broken_hides_nothing(tmp_path: Path) -> None:
    (tmp_path / "broker_submit_1.json").write_bytes(b"\xff{")
    (tmp_path / "broker_submit_2.json").write_text('["run_id"]')
    (tmp_path / "broker_submit_3.json").mkdir()
    (tmp_path / "broker_submit_4.json").write_text('{"broker": "pingan"}')
    (tmp_path / "broker_submit_5.json").write_text(json.dumps({"run_id": RUN_ID}))

    assert artifacts_of(tmp_path, RUN_ID) == ("broker_submit_5.json",)


def test_a_folder_that_is_not_there_has_no_artifacts(tmp_path: Path) -> None:
    assert artifacts_of(tmp_path / "missing", RUN_ID) == ()


def test_links_pipes_and_folders_are_nobodys_artifacts(tmp_path: Path) -> None:
    secret = tmp_path / "approval.key"
    secret.write_bytes(b"secret")
    (tmp_path / f"broker_chart_cash_{RUN_ID}.png").symlink_to(secret)
    (tmp_path / f"broker_report_{RUN_ID}.html").symlink_to(secret)
    (tmp_path / f"broker_chart_fills_{RUN_ID}.png").mkdir()
    os.mkfifo(tmp_path / f"broker_chart_weights_{RUN_ID}.png")
    os.mkfifo(tmp_path / "broker_submit_20251110_093105.json")

    assert artifacts_of(tmp_path, RUN_ID) == ()
