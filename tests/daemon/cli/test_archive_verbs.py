"""The verbs on packs: an answer, an exit code, and no daemon anywhere."""

import asyncio
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from daemon.archive.folders import write_folder, write_tar
from daemon.archive.pack import Pack
from daemon.cli.main import main
from tests.support.desk import open_room
from tests.support.packed import ended_run, pack_of_run


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Pack]:
    """The folder of a daemon that ended a run and stopped, and the pack of that run."""
    folder: Path = tmp_path_factory.mktemp("state")

    async def play() -> Pack:
        async with open_room(folder) as room:
            run_id = await ended_run(room)
            paths = room.desk.settings.paths
            (folder / "broker.yaml").write_text(
                f"paths: {{state: {paths.state}, inbox: {room.desk.artifacts}}}\n"
            )
            return await pack_of_run(room, run_id)

    return folder, asyncio.run(play())


@pytest.fixture
def place(state: tuple[Path, Pack], tmp_path: Path) -> Path:
    write_folder(tmp_path / "pack", state[1].files)
    return tmp_path / "pack"


def call(*words: str | Path) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def test_a_run_is_archived_from_its_database(state: tuple[Path, Pack], tmp_path: Path) -> None:
    folder, pack = state
    done = call(
        "archive", pack.run_id, "--config", folder / "broker.yaml", "--out", tmp_path, "--json"
    )

    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["sound"] is True
    assert call("audit", "verify", tmp_path / pack.run_id).exit_code == 0
    again = call(
        *("archive", pack.run_id, "--config", folder / "broker.yaml", "--out", tmp_path, "--tar")
    )
    assert again.exit_code == 0, again.output
    assert call("replay", tmp_path / f"{pack.run_id}.tar").exit_code == 0


def test_a_run_nobody_knows_cannot_be_archived(state: tuple[Path, Pack], tmp_path: Path) -> None:
    folder, _ = state
    done = call("archive", "x", "--config", folder / "broker.yaml", "--out", tmp_path)

    assert done.exit_code == 65


def test_a_changed_artifact_is_told_when_the_run_is_archived(
    state: tuple[Path, Pack], tmp_path: Path
) -> None:
    folder, pack = state
    config = tmp_path / "broker.yaml"
    (tmp_path / "inbox").mkdir()
    config.write_text(f"paths: {{state: {folder}, inbox: {tmp_path / 'inbox'}}}\n")
    done = call("archive", pack.run_id, "--config", config, "--out", tmp_path)

    assert done.exit_code == 1
    assert "was written and is not in the pack" in done.output


def test_a_sound_pack_is_said_to_be_one(place: Path) -> None:
    done = call("audit", "verify", place)

    assert done.exit_code == 0, done.output
    assert "nothing was changed" in done.output


def test_a_changed_pack_ends_with_one_and_names_the_file(place: Path) -> None:
    (place / "plan.json").write_bytes(b"{}")
    done = call("audit", "verify", place, "--json")

    assert done.exit_code == 1
    assert "plan.json" in {found["file"] for found in json.loads(done.stdout)["findings"]}
    assert "plan.json" in call("audit", "verify", place).output


def test_what_is_no_pack_has_a_finding_too(tmp_path: Path) -> None:
    (tmp_path / "x.tar").write_bytes(b"no tar")

    assert call("audit", "verify", tmp_path / "x.tar").exit_code == 1
    assert call("replay", tmp_path / "x.tar").exit_code == 65


def test_a_pack_is_held_against_anchors_kept_elsewhere(
    state: tuple[Path, Pack], place: Path, tmp_path: Path
) -> None:
    folder, _ = state
    anchors = tmp_path / "journal.log"
    lines = (folder / "anchors.jsonl").read_text().splitlines()
    told = [json.dumps({"event": "chain anchored", **json.loads(line)}) for line in lines]
    anchors.write_text("\n".join(['{"event": "daemon started"}', *told]) + "\n")
    assert call("audit", "verify", place, "--anchors", anchors).exit_code == 0

    anchors.write_text(anchors.read_text().replace('"hash": "', '"hash": "0'))
    assert call("audit", "verify", place, "--anchors", anchors).exit_code == 1


def test_a_database_is_walked_with_what_lies_beside_it(state: tuple[Path, Pack]) -> None:
    folder, _ = state
    done = call("audit", "verify", "--database", folder / "execd.sqlite", "--json")

    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["anchors"] > 0


def test_one_of_pack_and_database_is_needed(state: tuple[Path, Pack], place: Path) -> None:
    assert call("audit", "verify").exit_code == 2
    assert call("audit", "verify", place, "--database", state[0] / "execd.sqlite").exit_code == 2


def test_what_is_no_database_ends_with_65(place: Path) -> None:
    assert call("audit", "verify", "--database", place / "plan.json").exit_code == 65


def test_a_replay_says_that_all_is_equal(place: Path) -> None:
    done = call("replay", place)

    assert done.exit_code == 0, done.output
    assert "byte for byte" in done.output
    assert json.loads(call("replay", place, "--json").stdout)["differences"] == []


def test_a_replay_says_where_it_differs_first(state: tuple[Path, Pack], tmp_path: Path) -> None:
    files = dict(state[1].files)
    orders = [json.loads(line) for line in files["rows/orders.jsonl"].splitlines()]
    orders[0]["raw_text"] = "another"
    files["rows/orders.jsonl"] = b"".join(json.dumps(row).encode() + b"\n" for row in orders)
    write_tar(tmp_path / "pack.tar", files)
    done = call("replay", tmp_path / "pack.tar")

    assert done.exit_code == 1
    assert f"orders, row {orders[0]['client_order_id']}, raw_text" in done.output
    assert "recorded another" in done.output


def test_what_if_shows_the_names_that_differ(place: Path, tmp_path: Path) -> None:
    settings = tmp_path / "settings.yaml"
    settings.write_text("capital: {cash_reserve: 500000}\n")
    done = call("replay", place, "--what-if", settings)

    assert done.exit_code == 0, done.output
    assert "600000.SH" in done.output
    settings.write_text("flow: {messages_per_day: 1}\n")
    assert "no plan" in call("replay", place, "--what-if", settings).output
    assert json.loads(call("replay", place, "--what-if", settings, "--json").stdout)["refusals"]
    settings.write_text("flow: {x: 1}\n")
    assert call("replay", place, "--what-if", settings).exit_code == 65
