import subprocess
import sys
from pathlib import Path

import pytest

from config.loading import ConfigError
from daemon.actions import Person
from daemon.halting.book import OurOrders, orders_in
from daemon.halting.command import LoneWish, NotStopped, WrongAccount, halt_alone, stop_sends
from daemon.halting.files import Grade, HaltFiles
from daemon.halting.receipts import receipt_files
from tests.daemon.planning.builders import target
from tests.daemon.tasks.day import sent
from tests.fakes.fake_broker import UNKNOWN_AND_LOST
from tests.support.desk import BANK, WANG, open_room

CONFIG = """
mode: paper
brokers: {{pingan: {{endpoint: "http://127.0.0.1:9", account_id: A1, client_id: C1}}}}
paths: {{state: {folder}, inbox: {folder}}}
"""
SECRETS = {"PINGAN_API_KEY": "k", "PINGAN_API_SECRET": "s" * 32, "PINGAN_API_TOKEN": "t" * 32}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "broker.yaml"
    path.write_text(CONFIG.format(folder=tmp_path / "state"))
    return path


def test_the_file_is_made_before_anything_else_and_says_who(config: Path, tmp_path: Path) -> None:
    settings, note = stop_sends(config, LoneWish("no daemon", keep_orders=True))

    files = HaltFiles(tmp_path / "state")
    assert files.note(Grade.HALTED) == note
    assert (note.reason, note.keep_orders, note.way) == ("no daemon", True, "command")
    assert settings.paths.state == tmp_path / "state"


def test_buys_alone_have_a_file_of_their_own(config: Path, tmp_path: Path) -> None:
    stop_sends(config, LoneWish("no more buys", reduce_only=True))

    assert HaltFiles(tmp_path / "state").grade() is Grade.REDUCE_ONLY


def test_what_stops_nothing_says_so(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConfigError):
        stop_sends(tmp_path / "none.yaml", LoneWish("no daemon"))
    monkeypatch.setattr(HaltFiles, "place", lambda *_words: False)
    with pytest.raises(NotStopped, match="HALT cannot be made"):
        stop_sends(config, LoneWish("no daemon"))


def test_the_whole_account_asks_for_its_number(config: Path, tmp_path: Path) -> None:
    wish = LoneWish("no daemon", account_wide=True, account="A2")
    settings, note = stop_sends(config, wish)

    with pytest.raises(WrongAccount):
        halt_alone(settings, note, wish, dict(SECRETS), 1)
    assert receipt_files(tmp_path / "state") == []


def test_a_broker_nobody_reaches_leaves_a_receipt_that_proves_nothing(
    config: Path, tmp_path: Path
) -> None:
    wish = LoneWish("no daemon")
    settings, note = stop_sends(config, wish)

    receipt = halt_alone(settings, note, wish, dict(SECRETS), 0.1)

    assert receipt.proven_at is None
    assert "cannot be read" in receipt.notes[0]
    assert "could not be asked" in receipt.notes[1]
    assert [path.name for path in receipt_files(tmp_path / "state")] == [receipt.name]


async def test_the_ids_are_those_of_the_book_and_nothing_is_written(tmp_path: Path) -> None:
    async with open_room(tmp_path):
        pass
    before = (tmp_path / "execd.sqlite").read_bytes()

    assert orders_in(tmp_path / "execd.sqlite") == (OurOrders(frozenset()), "")
    assert (tmp_path / "execd.sqlite").read_bytes() == before


async def test_what_nobody_knows_the_whereabouts_of_is_in_doubt_until_two_looked(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        room.broker.answers.append(UNKNOWN_AND_LOST)
        plan = await sent(room, target(BANK, "0.2"))
        name = (await room.order_of(plan.run_id)).client_order_id
        await room.desk.store.set_unresolved(name, "MANUAL", cause="ABSENT", now=room.clock.now())
        assert orders_in(tmp_path / "execd.sqlite")[0].in_doubt == (name,)

        (item,) = await room.desk.store.manual_items()
        for person in (WANG, Person("li", 1001)):
            await room.actions.resolve(item.item_id, "confirm-absent", person, "looked", "screen")

        assert orders_in(tmp_path / "execd.sqlite")[0].in_doubt == ()


@pytest.mark.parametrize("content", [b"", b"no database" * 500])
def test_a_book_that_does_not_read_has_no_ids(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "execd.sqlite").write_bytes(content)

    ours, sentence = orders_in(tmp_path / "execd.sqlite")

    assert ours == OurOrders(None)
    assert "our shape" in sentence


def test_the_file_needs_nothing_heavy() -> None:
    """A hung machine has no seconds to spare: the file is made before the daemon's code is read."""
    words = "import sys, daemon.halting.command; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)

    heavy = {"daemon.app", "daemon.desk", "aiohttp", "pyarrow", "apsw"}
    assert heavy.isdisjoint(done.stdout.split())
