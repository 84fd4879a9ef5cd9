from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from adapters.gateway.conformance.bench import Bench

CaseFunction = Callable[[Bench], Awaitable[None]]
"""Returns when the promise was kept; raises NotKept or NotTried."""


@dataclass(frozen=True, slots=True)
class Case:
    """One promise of the contract. A number is for ever: new cases go on, they never renumber."""

    number: str
    group: str
    title: str
    run: CaseFunction
