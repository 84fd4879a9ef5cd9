"""Every bad pair is refused with its own reason, place and sentence, and quickly."""

import pytest

from adapters.intake.pair import Unreadable, read_pair
from config.settings import IntakeSettings
from tests.corpus.bad_pairs import ANYWHERE, BadPair
from tests.corpus.families import all_bad_pairs
from tests.support.pairs import CONTEXT_NAME, CSV_NAME

BAD_PAIRS = all_bad_pairs()


@pytest.mark.parametrize(
    "pair", BAD_PAIRS, ids=lambda pair: f"{pair.file.split('_')[0]}: {pair.name}"
)
@pytest.mark.timeout(10)
def test_the_pair_is_refused_with_reason_file_line_and_field(pair: BadPair) -> None:
    outcome = read_pair(CSV_NAME, pair.csv, CONTEXT_NAME, pair.context, IntakeSettings())

    assert isinstance(outcome, Unreadable), "a bad pair became a portfolio"
    refusal = outcome.refusals[0]
    line = ANYWHERE if pair.line == ANYWHERE else refusal.line
    assert (refusal.code, refusal.file, line, refusal.field) == (
        pair.reason,
        pair.file,
        pair.line,
        pair.field,
    )
    assert refusal.message.startswith(pair.file)
    assert len(refusal.message) < 400
    assert {refusal.file for refusal in outcome.refusals} == {pair.file}


def test_the_table_has_a_pair_of_each_class_and_no_name_twice() -> None:
    names = [(pair.file, pair.name) for pair in BAD_PAIRS]

    assert len(BAD_PAIRS) >= 300
    assert len(set(names)) == len(names)
    assert len({pair.reason for pair in BAD_PAIRS}) >= 20
