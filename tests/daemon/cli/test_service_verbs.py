import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from daemon import morning_check
from daemon.cli.main import main
from tests.support.desk import open_room


def typed(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "broker.yaml"
    path.write_text(f"paths: {{state: {tmp_path}}}\nhttp: {{port: 1}}\n")
    return path


async def test_a_backup_says_where_it_is(config: Path, tmp_path: Path) -> None:
    into = tmp_path / "backups"
    async with open_room(tmp_path):
        done = typed("backup", "--config", str(config), "--to", str(into), "--json")

    assert done.exit_code == 0, done.output
    answer = json.loads(done.stdout)
    assert Path(answer["backup"]).parent == into
    assert answer["removed"] == []


def test_a_backup_of_nothing_ends_with_65(config: Path, tmp_path: Path) -> None:
    done = typed("backup", "--config", str(config), "--to", str(tmp_path / "backups"))

    assert done.exit_code == 65
    assert "no backup of" in done.stderr
    assert typed("backup", "--config", "/nowhere", "--to", str(tmp_path)).exit_code == 78


@pytest.mark.parametrize("silent", [True, False])
def test_a_missing_message_ends_with_69(
    config: Path, monkeypatch: pytest.MonkeyPatch, *, silent: bool
) -> None:
    def look(message: str, _settings: object, _now: object) -> str:
        if silent:
            raise morning_check.Silent(f"no {message}")
        return f"{message}: said"

    monkeypatch.setattr(morning_check, "look", look)

    done = typed("morning-check", "started", "--config", str(config))

    assert done.exit_code == (69 if silent else 0)
    assert "started" in done.output
    assert typed("morning-check", "started", "--config", "/nowhere").exit_code == 78
