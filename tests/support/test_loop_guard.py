import asyncio

import pytest

from tests.support.loop_guard import loop_guard


async def fail() -> None:
    raise ValueError("lost")


async def lose_an_exception() -> None:
    asyncio.get_running_loop().create_task(fail())
    await asyncio.sleep(0)


async def test_a_task_that_outlives_its_test_fails_it() -> None:
    with pytest.raises(AssertionError, match=r"leaked forgotten: .*Event\.wait"):
        async with loop_guard():
            asyncio.get_running_loop().create_task(asyncio.Event().wait(), name="forgotten")


async def test_a_task_exception_nobody_looks_at_fails_its_test() -> None:
    with pytest.raises(AssertionError, match="never retrieved: ValueError"):
        async with loop_guard():
            await lose_an_exception()


async def test_a_task_that_ends_while_the_loop_settles_is_no_leak() -> None:
    async with loop_guard():
        short = asyncio.get_running_loop().create_task(asyncio.sleep(0))

    assert short.done()


async def test_an_error_in_the_body_is_told_as_it_is() -> None:
    with pytest.raises(ValueError, match="lost"):
        async with loop_guard():
            await fail()


def test_every_coroutine_test_is_guarded(request: pytest.FixtureRequest) -> None:
    coroutine_tests = [
        item for item in request.session.items if item.get_closest_marker("asyncio") is not None
    ]

    assert coroutine_tests
    for item in coroutine_tests:
        assert isinstance(item, pytest.Function)
        assert item.fixturenames[0] == "guarded_loop", item.nodeid
