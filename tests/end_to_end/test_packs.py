"""Every rehearsed run leaves a pack that is walked and replayed away from its database."""

from pathlib import Path

import pytest

from daemon.archive.checking import audit_pack
from daemon.archive.folders import read_pack
from tests.daemon.archive.tamperings import tamper
from tests.end_to_end.packs import Elsewhere, assert_sound_elsewhere
from tests.end_to_end.rehearsals import Played, rehearse_weeks, sage_execd
from tests.support.shared_data import shared_data

pytestmark = pytest.mark.timeout(900)

WEEKS = ("--from", "20251107", "--to", "20260130", "--exclude", "20251203")
# A thousand are played on a small pack, tests/daemon/archive/test_checking.py.
TEN_A_PACK = range(130)


def packs_of(played: Played) -> list[Path]:
    """Return the packs of the runs that were rehearsed."""
    packs = [played.out / "archive" / line["run_id"] for line in played.lines]
    assert all(pack.is_dir() for pack in packs)
    return packs


def unfound(packs: list[Path], seeds: range) -> list[str]:
    """Tamper with one pack a seed; return what nobody would notice."""
    contents = [read_pack(pack) for pack in packs]
    missed = []
    for seed in seeds:
        files, done = tamper(seed, contents[seed % len(contents)])
        if not audit_pack(files).findings:
            missed.append(f"{seed}: {done}")
    return missed


def test_the_demo_leaves_a_pack_that_stands_by_itself(tmp_path: Path) -> None:
    played = sage_execd("demo", "--out", str(tmp_path / "out"), "--json", out=tmp_path / "out")
    assert played.code == 0, played.words
    (pack,) = packs_of(played)
    elsewhere = Elsewhere(tmp_path / "elsewhere")
    elsewhere.folder.mkdir()
    replay = assert_sound_elsewhere(elsewhere, pack)

    assert replay.content["plan_hashes"] == [played.line["plan_hash"]]
    assert set(played.line["artifacts"]) <= set(replay.content["artifacts"])
    assert unfound([pack], range(5)) == []


@pytest.fixture(scope="module")
def weeks(tmp_path_factory: pytest.TempPathFactory) -> Played:
    out = tmp_path_factory.mktemp("weeks") / "out"
    return rehearse_weeks(shared_data(), out, *WEEKS)


@pytest.mark.nightly
def test_thirteen_weeks_leave_thirteen_packs_that_stand_by_themselves(
    weeks: Played, tmp_path: Path
) -> None:
    packs = packs_of(weeks)
    elsewhere = Elsewhere(tmp_path)

    assert len(packs) == 13
    for pack, line in zip(packs, weeks.lines, strict=True):
        replay = assert_sound_elsewhere(elsewhere, pack)
        assert line["plan_hash"] in replay.content["plan_hashes"]


@pytest.mark.nightly
def test_ten_tamperings_with_each_of_thirteen_packs_are_found(weeks: Played) -> None:
    assert unfound(packs_of(weeks), TEN_A_PACK) == []
