"""A few thousand spoiled inputs; `make fuzz` feeds a million."""

import random
from collections.abc import Mapping

import pytest

from tests.corpus.fuzz import Outcome, Shard, fuzz, shards
from tests.corpus.mutation import MUTATORS, mutated
from tests.corpus.targets import Target, Unsound, all_targets


@pytest.fixture(scope="module")
def targets() -> Mapping[str, Target]:
    return all_targets()


def test_nothing_but_a_refusal_or_a_sound_acceptance_comes_of_spoiled_bytes(
    targets: Mapping[str, Target],
) -> None:
    outcome = fuzz(Shard(seed=20251107, number=0, inputs=6_000), targets)

    assert outcome.failures == [], outcome.failures[0]
    assert outcome.fed.total() == 6_000
    assert outcome.fed.keys() == targets.keys()


def test_every_reader_takes_its_own_seeds(targets: Mapping[str, Target]) -> None:
    for name, target in targets.items():
        assert any(target.feed(seed) for seed in target.seeds), name


def test_the_same_seed_feeds_the_same_bytes(targets: Mapping[str, Target]) -> None:
    fed: list[bytes] = []

    def remember(data: bytes) -> bool:
        fed.append(data)
        return False

    listening = {name: Target(target.seeds, remember) for name, target in targets.items()}
    for _ in range(2):
        fuzz(Shard(seed=1, number=3, inputs=200), listening)

    assert fed[:200] == fed[200:]
    assert len(set(fed)) > 150


def test_what_goes_wrong_is_told_with_its_bytes() -> None:
    def break_down(data: bytes) -> bool:
        raise Unsound("planted")

    outcome = fuzz(Shard(1, 0, 2), {"x": Target((b"abc",), break_down)})

    assert len(outcome.failures) == 2
    assert "Unsound: planted" in outcome.failures[0]
    total = Outcome()
    total.add(outcome)
    assert (total.fed.total(), total.accepted.total()) == (2, 0)


def test_shares_hold_every_input_once() -> None:
    assert sum(shard.inputs for shard in shards(10_001, 1)) == 10_001
    assert [shard.number for shard in shards(4_001, 1)] == [0, 1, 2]


def test_every_mutation_takes_empty_bytes() -> None:
    for mutator in MUTATORS:
        mutator(random.Random(1), b"", [b""])
    assert isinstance(mutated(random.Random(1), [b""]), bytes)
