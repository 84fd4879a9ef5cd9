"""The verbs about the rehearsal of a plan: bodies in, plain values out."""

from typing import Any

from daemon.actions import Person
from daemon.desk import Desk
from daemon.plan_rehearsal.rehearsals import Rehearsals, Standing
from daemon.plan_rehearsal.view import rehearsal_view

Body = dict[str, Any]


class RehearsalVerbs:
    """Starts the rehearsal of a plan and shows it."""

    def __init__(self, desk: Desk) -> None:
        self._rehearsals = Rehearsals(desk)

    async def rehearse(self, body: Body, person: Person) -> Body:
        """Begin; with `wait` answer when it is done."""
        run_id = str(body["run_id"])
        standing = await self._rehearsals.start(run_id, person)
        if body.get("wait") is True:
            await self._rehearsals.wait()
            standing = await self._rehearsals.standing(run_id)
        return standing_view(standing)

    async def show(self, run_id: str) -> Body:
        """Return what there is about the plan a run has now."""
        return standing_view(await self._rehearsals.standing(run_id))


def standing_view(standing: Standing) -> Body:
    """Return how far it is, and the rehearsal where there is one."""
    found = standing.rehearsal
    return {
        "plan_hash": standing.plan_hash,
        "progress": standing.progress.value,
        "why": standing.why,
        "rehearsal": None if found is None else rehearsal_view(found),
    }
