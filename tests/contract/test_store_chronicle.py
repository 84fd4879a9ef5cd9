"""What a store tells about the past."""

from storage.store import Store
from tests.support.book import RUN_ID, VANKE, accepted, approved_run, at, make_order


async def test_the_story_of_an_order_is_told_in_order(store: Store) -> None:
    await approved_run(store)
    order = await accepted(store, make_order())

    story = await store.order_story(order.client_order_id)

    assert [chapter.target for chapter in story if chapter.target] == ["NEW", "ACK"]
    assert [chapter.at for chapter in story] == sorted(chapter.at for chapter in story)
    assert story[0].cause == "CREATED"
    assert story[-1].source == "NEW"
    assert await store.order_story("S0") == ()


async def test_what_changed_is_told_once(store: Store) -> None:
    before = await store.newest_event()
    await approved_run(store)
    after = await store.changes_since(before)
    assert after.sequence == await store.newest_event() > before
    assert {("RUN", RUN_ID), ("APPROVAL", RUN_ID)} <= after.subjects

    await store.decide_ownership(VANKE, "foreign", 0, actor="wang", now=at("10:00"))
    news = await store.changes_since(after.sequence)

    assert news.subjects == {("OWNERSHIP", "")}
    assert await store.changes_since(news.sequence) == type(news)(news.sequence, frozenset())
