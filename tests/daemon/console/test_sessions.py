from daemon.actions import Person
from daemon.console.sessions import LOCK_S_MAX, SESSIONS_MAX, WRONG_FREE, Lockout, Sessions
from tests.fakes.fake_clock import FakeMachineClock
from tests.fakes.fake_randomness import CountingRandomness
from tests.support.desk import WANG

LI = Person("li", 1001)


def test_a_session_ends_when_nobody_clicks() -> None:
    clock = FakeMachineClock()
    sessions = Sessions(clock, CountingRandomness(), idle_s=60)
    session_id = sessions.open(WANG)
    clock.advance(60)
    assert sessions.find(session_id) is not None
    clock.advance(61)

    assert sessions.find(session_id) is None


def test_what_a_page_does_by_itself_keeps_no_session_alive() -> None:
    clock = FakeMachineClock()
    sessions = Sessions(clock, CountingRandomness(), idle_s=60)
    session_id = sessions.open(WANG)
    clock.advance(40)
    assert sessions.find(session_id, is_click=False) is not None
    clock.advance(40)

    assert sessions.find(session_id) is None


def test_each_login_is_a_session_of_its_own() -> None:
    sessions = Sessions(FakeMachineClock(), CountingRandomness(), idle_s=60)
    first, second = sessions.open(WANG), sessions.open(WANG)
    ours, theirs = sessions.find(first), sessions.find(second)

    assert ours is not None
    assert theirs is not None
    assert ours.csrf != theirs.csrf
    assert ours.wrote(ours.csrf)
    assert not ours.wrote(theirs.csrf)
    assert not ours.wrote("")
    sessions.close(first)
    assert sessions.find(first) is None
    assert sessions.find(second) is theirs


def test_a_person_is_logged_out_everywhere_and_nobody_else() -> None:
    sessions = Sessions(FakeMachineClock(), CountingRandomness(), idle_s=60)
    mine, hers = [sessions.open(WANG), sessions.open(WANG)], sessions.open(LI)
    sessions.close_all_of(WANG)

    assert [sessions.find(session_id) for session_id in mine] == [None, None]
    assert sessions.find(hers) is not None


def test_the_session_unseen_longest_makes_room() -> None:
    clock = FakeMachineClock()
    sessions = Sessions(clock, CountingRandomness(), idle_s=3600)
    first = sessions.open(WANG)
    clock.advance(1)
    second = sessions.open(WANG)
    clock.advance(1)
    sessions.find(first)
    for _ in range(SESSIONS_MAX - 1):
        sessions.open(WANG)

    assert sessions.find(second) is None
    assert sessions.find(first) is not None


def test_wrong_tokens_make_the_next_try_wait_longer_each_time() -> None:
    clock = FakeMachineClock()
    lockout = Lockout(clock)
    waits = []
    for _ in range(WRONG_FREE + 8):
        lockout.note_wrong()
        waits.append(lockout.wait_s())
        clock.advance(lockout.wait_s())

    assert waits[: WRONG_FREE + 3] == [0] * (WRONG_FREE - 1) + [1, 2, 4, 8]
    assert waits[-1] == LOCK_S_MAX
    assert lockout.wait_s() == 0
    lockout.note_right()
    lockout.note_wrong()
    assert lockout.wait_s() == 0
