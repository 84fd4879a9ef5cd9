from pathlib import Path

import pytest

from daemon.rehearsal.folder import MARK, prepare_folder
from daemon.rehearsal.options import RehearsalError


def test_a_missing_or_empty_folder_is_made_and_marked(tmp_path: Path) -> None:
    for out in (tmp_path / "new" / "out", tmp_path / "empty"):
        prepare_folder(out, replace=False)
        assert [path.name for path in out.iterdir()] == [MARK]


@pytest.mark.parametrize("replace", [True, False])
def test_a_folder_somebody_else_filled_is_never_touched(tmp_path: Path, *, replace: bool) -> None:
    (tmp_path / "thesis.txt").touch()

    with pytest.raises(RehearsalError, match="no rehearsal made it"):
        prepare_folder(tmp_path, replace=replace)

    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_an_earlier_rehearsal_is_removed_only_where_that_was_asked_for(tmp_path: Path) -> None:
    out = tmp_path / "out"
    prepare_folder(out, replace=False)
    (out / "state").mkdir()

    with pytest.raises(RehearsalError, match="earlier rehearsal"):
        prepare_folder(out, replace=False)
    assert (out / "state").is_dir()

    prepare_folder(out, replace=True)
    assert [path.name for path in out.iterdir()] == [MARK]


def test_a_file_or_a_link_is_not_a_folder(tmp_path: Path) -> None:
    file, link, behind = tmp_path / "file", tmp_path / "link", tmp_path / "behind"
    file.touch()
    prepare_folder(behind, replace=False)
    link.symlink_to(behind)

    for out in (file, link):
        with pytest.raises(RehearsalError, match="is not a folder"):
            prepare_folder(out, replace=True)
    assert (behind / MARK).is_file()
