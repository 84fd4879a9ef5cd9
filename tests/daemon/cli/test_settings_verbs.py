import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from daemon.cli.main import main

NAMES = ("PINGAN_API_KEY", "PINGAN_API_SECRET", "PINGAN_API_TOKEN")


@pytest.fixture
def sound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in NAMES:
        monkeypatch.setenv(name, "canary")
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    path = tmp_path / "broker.yaml"
    path.write_text(
        f"""
mode: paper
brokers: {{pingan: {{endpoint: "http://127.0.0.1:1", account_id: A1}}}}
paths: {{inbox: {tmp_path}}}
"""
    )
    return path


def check(path: Path, *options: str) -> Result:
    return CliRunner().invoke(main, ["check-config", "--config", str(path), *options])


def test_a_sound_configuration_ends_with_nought(sound: Path) -> None:
    done = check(sound)

    assert done.exit_code == 0, done.output
    assert done.stdout == "mode paper, endpoint http://127.0.0.1:1\n"


def test_every_problem_is_told_at_once_and_no_secret_is(
    sound: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(NAMES[1])
    sound.write_text("mode: live\npaths: {inbox: /nowhere}\n")

    done = check(sound, "--json")

    assert done.exit_code == 78
    answer = json.loads(done.stdout)
    assert answer["ok"] is False
    assert len(answer["problems"]) == 6
    for words in ("endpoint", "account_id", "live.accounts", "champions", NAMES[1], "/nowhere"):
        assert any(words in problem for problem in answer["problems"]), words
    assert "canary" not in done.output


def test_a_systemd_credential_is_as_good_as_a_variable(
    sound: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(NAMES[0])
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert check(sound).exit_code == 78

    (tmp_path / NAMES[0]).write_text("canary")
    assert check(sound).exit_code == 0


def test_an_unknown_key_is_told_with_its_line(sound: Path) -> None:
    sound.write_text("mode: paper\nflow: {batch_sise: 3}\n")

    done = check(sound)

    assert done.exit_code == 78
    assert "line 2, key flow.batch_sise: unknown key (did you mean batch_size?)" in done.stderr


def test_every_missing_file_is_told_by_its_key(sound: Path) -> None:
    with sound.open("a") as more:
        more.write(
            """
market: {rule_files: [/nowhere/a.yaml, /nowhere/b.yaml], calendar_file: /nowhere/c.yaml}
alerts: {wecom: {key_env: ROBOT}}
people: [{user: nobody-of-that-name, name: li, roles: [viewer]}]
"""
        )
    text = sound.read_text().replace("paths: {", "paths: {instruments: /nowhere/i.csv, ")
    sound.write_text(text.replace("paths: {", f"paths: {{socket: {sound}/s, artifacts: /nowhere, "))

    done = check(sound, "--json")

    assert done.exit_code == 78
    problems = json.loads(done.stdout)["problems"]
    files = ("a.yaml", "b.yaml", "c.yaml", "paths.artifacts", "paths.socket")
    for words in (*files, "alerts.wecom.key_env ROBOT"):
        assert sum(words in problem for problem in problems) == 1, words
    assert any("i.csv" in problem or "nobody-of-that-name" in problem for problem in problems)
