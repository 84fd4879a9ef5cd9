"""The whole table of bad pairs, by family."""

from collections.abc import Callable, Iterator

from tests.corpus import bad_pairs, worse_pairs
from tests.corpus.bad_pairs import BadPair

FAMILIES: tuple[Callable[[], Iterator[BadPair]], ...] = (
    bad_pairs.half_written,
    bad_pairs.headers,
    bad_pairs.weights,
    bad_pairs.weights_out_of_bounds,
    bad_pairs.encodings,
    bad_pairs.codes,
    bad_pairs.dates,
    bad_pairs.contexts,
    bad_pairs.json_syntax,
    bad_pairs.sizes,
    worse_pairs.injections,
    worse_pairs.foreign_digits,
    worse_pairs.invisible_signs,
    worse_pairs.invisible_signs_in_the_header,
    worse_pairs.delimiters,
    worse_pairs.cut_tables,
    worse_pairs.cut_contexts,
    worse_pairs.context_types,
    worse_pairs.exposures,
    worse_pairs.other_markets,
    worse_pairs.calendar_days,
    worse_pairs.invalid_bytes,
    worse_pairs.doubled_rows_and_keys,
)


def all_bad_pairs() -> tuple[BadPair, ...]:
    """Return every bad pair."""
    return tuple(pair for family in FAMILIES for pair in family())
