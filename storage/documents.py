"""Whole values kept as one JSON text, where no query looks inside them."""

from functools import cache
from typing import TypeVar

from pydantic import TypeAdapter

from statemachine.events import OrderReport
from statemachine.plan import Plan
from statemachine.portfolio import Refusal, TargetPortfolio
from statemachine.position import AccountSnapshot

Value = TypeVar("Value")


def encode(adapter: TypeAdapter[Value], value: Value) -> str:
    """Return the JSON of a frozen value; decimals are strings and keep their digits."""
    return adapter.dump_json(value).decode()


def decode(adapter: TypeAdapter[Value], text: str) -> Value:
    """Return the value of what `encode` wrote; raises ValueError for anything else."""
    return adapter.validate_json(text)


@cache
def plan() -> TypeAdapter[Plan]:
    """How a plan is written."""
    return TypeAdapter(Plan)


@cache
def portfolio() -> TypeAdapter[TargetPortfolio]:
    """How a portfolio is written."""
    return TypeAdapter(TargetPortfolio)


@cache
def refusals() -> TypeAdapter[tuple[Refusal, ...]]:
    """How the refusals of a run are written."""
    return TypeAdapter(tuple[Refusal, ...])


@cache
def snapshot() -> TypeAdapter[AccountSnapshot]:
    """How an account snapshot is written."""
    return TypeAdapter(AccountSnapshot)


@cache
def report() -> TypeAdapter[OrderReport]:
    """How the venue's view of somebody else's order is written."""
    return TypeAdapter(OrderReport)


@cache
def choices() -> TypeAdapter[tuple[str, ...]]:
    """How the choices of a manual item are written."""
    return TypeAdapter(tuple[str, ...])
