from dataclasses import replace
from pathlib import Path

import pytest

from config.people_settings import PersonSettings, Role
from daemon.authors import is_author, note_author
from statemachine.run import Run
from tests.daemon.planning.builders import portfolio
from tests.support.desk import Room, open_room, settings_in, two_buys

TWO_LOGINS = (
    PersonSettings(user="1000", name="wang", roles=(Role.OPERATOR,)),
    PersonSettings(user="1001", name="wang", roles=(Role.APPROVER,)),
    PersonSettings(user="1002", name="li", roles=(Role.APPROVER,)),
)


async def received(room: Room) -> Run:
    return await room.receive(portfolio(*two_buys()))


async def test_everybody_who_ever_made_it_is_an_author(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        run = await received(room)
        await note_author(room.desk, run.run_id, uids={1000})
        await note_author(room.desk, run.run_id, uids={1001}, by="wang")

        assert await is_author(room.desk, run, 1000, "wang")
        assert await is_author(room.desk, run, 1001, "li")
        assert not await is_author(room.desk, run, 1002, "zhao")


async def test_what_is_known_is_not_written_again(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        run = await received(room)
        await note_author(room.desk, run.run_id, uids={1000})
        before = await room.desk.store.latest_note(f"RUN_AUTHOR:{run.run_id}")
        await note_author(room.desk, run.run_id, uids={1000}, by="li")

        assert await room.desk.store.latest_note(f"RUN_AUTHOR:{run.run_id}") == before


async def test_another_login_of_the_same_person_is_the_same_person(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, people=TWO_LOGINS)
    async with open_room(tmp_path, settings=settings) as room:
        run = await received(room)
        await note_author(room.desk, run.run_id, uids={1000})

        assert await is_author(room.desk, run, 1001, "wang")
        assert not await is_author(room.desk, run, 1002, "li")


async def test_who_made_the_parent_made_the_child(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        run = await received(room)
        await note_author(room.desk, run.run_id, uids={1000})
        child = replace(run, run_id=f"{run.run_id}-R", parent_run_id=run.run_id)

        assert await is_author(room.desk, child, 1000, "wang")


async def test_an_author_nobody_knows_is_a_doubt(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        run = await received(room)

        with pytest.raises(LookupError, match="nobody knows"):
            await is_author(room.desk, run, 1000, "wang")
