"""Who made a run come into being, so that somebody else can be asked to approve it."""

from collections.abc import Iterable

from config.people_settings import PersonSettings
from daemon.desk import ACTOR, Desk
from daemon.logins import uid_of
from statemachine.run import Run

RUN_AUTHOR = "RUN_AUTHOR"


async def note_author(desk: Desk, run_id: str, *, uids: Iterable[int], by: str = ACTOR) -> None:
    """Remember whose files, and whose word, made the run; everybody who ever did is kept."""
    before = await _uids_of(desk, run_id)
    known = before | set(uids)
    if known != before:
        detail = {"uids": ",".join(map(str, sorted(known)))}
        await desk.store.note(f"{RUN_AUTHOR}:{run_id}", detail, actor=by, now=desk.clock.now())


async def is_author(desk: Desk, run: Run, uid: int, name: str) -> bool:
    """Whether this person, under any login of theirs, made the run or its parent.

    Raises LookupError where nobody knows who did.
    """
    uids = await _uids_of(desk, run.run_id)
    if run.parent_run_id is not None:
        uids |= await _uids_of(desk, run.parent_run_id)
    if not uids:
        raise LookupError(f"nobody knows who made {run.run_id}")
    return bool(uids & ({uid} | _logins_of(name, desk.settings.people)))


async def _uids_of(desk: Desk, run_id: str) -> set[int]:
    note = await desk.store.latest_note(f"{RUN_AUTHOR}:{run_id}")
    return set() if note is None else {int(uid) for uid in note.detail["uids"].split(",")}


def _logins_of(name: str, people: Iterable[PersonSettings]) -> set[int]:
    return {uid_of(entry.user) for entry in people if entry.name == name}
