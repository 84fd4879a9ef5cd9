"""Packs as somebody else has them: another folder, an empty home, nothing of the machine."""

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.project import ROOT

VERB_TIMEOUT_S = 300


@dataclass(frozen=True, slots=True)
class Answer:
    """What a verb said in JSON, and how it ended."""

    code: int
    content: dict[str, Any]
    words: str


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A place with packs and nothing else; `source` is where the program was unpacked."""

    folder: Path
    source: Path = ROOT

    def take(self, pack: Path) -> Path:
        """Copy a pack here, away from the database it was made of."""
        place = self.folder / pack.name
        shutil.copytree(pack, place)
        return place

    def call(self, *words: str | Path) -> Answer:
        """Run a verb with an empty environment."""
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        done = subprocess.run(
            [sys.executable, "-m", "daemon.cli.main", *map(str, words), "--json"],
            capture_output=True,
            text=True,
            cwd=home,
            env={"HOME": str(home), "PYTHONPATH": str(self.source), "LANG": "C.UTF-8"},
            timeout=VERB_TIMEOUT_S,
            check=False,
        )
        content = json.loads(done.stdout) if done.stdout else {}
        return Answer(done.returncode, content, done.stderr)


def assert_sound_elsewhere(elsewhere: Elsewhere, pack: Path) -> Answer:
    """Audit and replay a pack away from its database; return what the replay said."""
    place = elsewhere.take(pack)
    audit = elsewhere.call("audit", "verify", place)
    assert audit.code == 0, (audit.content.get("findings"), audit.words)
    assert audit.content["anchors"] > 0
    replay = elsewhere.call("replay", place)
    assert replay.code == 0, (replay.content.get("differences"), replay.words)
    assert replay.content["differences"] == []
    assert replay.content["plan_hashes"]
    made = {*replay.content["artifacts"], *replay.content["others"]}
    assert made >= {path.name for path in (place / "artifacts").iterdir()}
    return replay
