"""A file of a run is written, and the chain knows its bytes."""

from hashlib import sha256
from pathlib import Path

from daemon.artifacts.writing import ArtifactFile, write_artifacts
from storage.bindings import Form
from tests.support.desk import open_room, two_buys


async def test_what_is_written_is_bound(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan = await room.planned(*two_buys())
        path = room.desk.artifacts / "broker_report.html"
        await write_artifacts(room.desk, plan.run_id, [ArtifactFile(path, b"seen", Form.OTHER)])
        bound = await room.desk.store.bound_artifacts(plan.run_id)

        assert path.read_bytes() == b"seen"
        assert bound[path.name] == sha256(b"seen").hexdigest()
        assert len(bound) == 2, "the receipt of the plan is bound as well"
