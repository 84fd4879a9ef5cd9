from dataclasses import replace
from pathlib import Path

import pytest

from daemon.plan_rehearsal import shelf
from tests.daemon.plan_rehearsal.given import HASH, OTHER_HASH, a_rehearsal


def test_a_rehearsal_is_found_by_the_hash_of_its_plan_and_by_no_other(tmp_path: Path) -> None:
    shelf.keep(tmp_path, a_rehearsal())

    assert shelf.find(tmp_path, HASH) == a_rehearsal()
    assert shelf.find(tmp_path, OTHER_HASH) is None


def test_a_newer_one_takes_its_place(tmp_path: Path) -> None:
    shelf.keep(tmp_path, a_rehearsal())
    newer = replace(a_rehearsal(), hold=None, run_id="another")
    shelf.keep(tmp_path, newer)

    assert shelf.find(tmp_path, HASH) == newer


def test_one_under_the_name_of_another_plan_is_not_shown(tmp_path: Path) -> None:
    shelf.keep(tmp_path, a_rehearsal())
    folder = tmp_path / shelf.FOLDER
    (folder / f"{HASH}.json").rename(folder / f"{OTHER_HASH}.json")

    assert shelf.find(tmp_path, OTHER_HASH) is None


@pytest.mark.parametrize("text", ["", "{}", "no JSON", '{"plan_hash": "x"}'])
def test_what_does_not_read_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / shelf.FOLDER).mkdir()
    (tmp_path / shelf.FOLDER / f"{HASH}.json").write_text(text)

    assert shelf.find(tmp_path, HASH) is None


def test_a_name_that_leads_elsewhere_is_no_plan_hash(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no plan hash"):
        shelf.keep(tmp_path, replace(a_rehearsal(), plan_hash="../../etc/passwd"))
    assert shelf.find(tmp_path, "../execd") is None
