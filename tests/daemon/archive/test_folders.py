"""A pack on a disk comes back as it was, from a folder and from a tar."""

import io
import tarfile
from pathlib import Path

import pytest

from daemon.archive.folders import read_pack, tar_of, write_folder, write_tar
from daemon.archive.pack import Pack, PackBroken


def test_a_folder_comes_back(pack: Pack, tmp_path: Path) -> None:
    write_folder(tmp_path / "archive" / "run", pack.files)

    assert read_pack(tmp_path / "archive" / "run") == pack.files
    assert [path.name for path in (tmp_path / "archive").iterdir()] == ["run"]


def test_a_second_pack_takes_the_place_of_the_first_whole(pack: Pack, tmp_path: Path) -> None:
    write_folder(tmp_path / "run", {**pack.files, "more": b"x"})
    (tmp_path / ".run.partial").mkdir()
    write_folder(tmp_path / "run", pack.files)

    assert read_pack(tmp_path / "run") == pack.files
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_a_tar_comes_back_and_is_the_same_file_every_time(pack: Pack, tmp_path: Path) -> None:
    write_tar(tmp_path / "run.tar", pack.files)
    write_tar(tmp_path / "again.tar", dict(reversed(list(pack.files.items()))))

    assert read_pack(tmp_path / "run.tar") == pack.files
    assert (tmp_path / "run.tar").read_bytes() == (tmp_path / "again.tar").read_bytes()


def test_every_byte_of_a_tar_counts(tmp_path: Path) -> None:
    content = tar_of({"a": b"1", "b/c": b"2"})
    path = tmp_path / "run.tar"
    for place in range(len(content)):
        path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        try:
            assert read_pack(path) != {"a": b"1", "b/c": b"2"}
        except PackBroken:
            continue


@pytest.mark.parametrize("cut", [0, 1, 512, 1000])
def test_a_cut_tar_is_none(tmp_path: Path, cut: int) -> None:
    (tmp_path / "run.tar").write_bytes(tar_of({"a": b"1"})[:cut])

    with pytest.raises(PackBroken):
        read_pack(tmp_path / "run.tar")


def test_a_link_is_no_file_of_a_pack(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "manifest.json").symlink_to("/etc/hostname")

    with pytest.raises(PackBroken):
        read_pack(tmp_path / "run")


def test_a_folder_in_a_tar_or_a_name_twice_is_refused(tmp_path: Path) -> None:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as tar:
        folder = tarfile.TarInfo("a")
        folder.type = tarfile.DIRTYPE
        tar.addfile(folder)
    (tmp_path / "run.tar").write_bytes(content.getvalue())

    with pytest.raises(PackBroken):
        read_pack(tmp_path / "run.tar")
