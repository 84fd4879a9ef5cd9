from datetime import UTC, datetime

from daemon.machine_clock import SystemMachineClock


def test_wall_time_is_aware_and_now() -> None:
    before = datetime.now(UTC)
    told = SystemMachineClock().utc_now()

    assert told.tzinfo is UTC
    assert before <= told <= datetime.now(UTC)


async def test_intervals_never_step_back_and_hold_the_sleep() -> None:
    clock = SystemMachineClock()
    before_ns = clock.monotonic_ns()
    await clock.sleep(0.001)

    assert clock.monotonic_ns() - before_ns >= 1_000_000
