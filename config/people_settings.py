"""Who may do what, and who must say yes before a plan is sent."""

from decimal import Decimal
from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from config.group import Group, Seconds

# Less than this nobody has read a plan.
SHOWN_MIN_S = 3
# Names the journal uses for what no person did.
MACHINE_NAMES = frozenset({"", "auto", "sage-execd"})


class Role(StrEnum):
    """What a person may do at the control socket; every role may also look."""

    VIEWER = "viewer"
    APPROVER = "approver"
    OPERATOR = "operator"
    KILLER = "killer"


class PersonSettings(Group):
    """One login of the host: a user name or a uid in digits, whose it is, and what they may do.

    The name is what the audit says; two logins of one name are one person.
    """

    user: str = Field(min_length=1)
    name: str = Field(min_length=1)
    roles: tuple[Role, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _is_somebody(self) -> Self:
        if self.name.strip().lower() in MACHINE_NAMES or self.name != self.name.strip():
            raise ValueError(f"name {self.name!r} is nobody's")
        return self


class ApprovalSettings(Group):
    """Who must say yes how often before a plan is sent; everything off by default.

    `seconds_shown_min` 0 asks for nothing, anything else for at least `SHOWN_MIN_S` seconds
    (never-twice-never-lost.md section E).
    """

    stages: bool = False
    two_persons_above: Decimal | None = Field(default=None, ge=0)
    author_may_approve: bool = True
    seconds_shown_min: Seconds = 0
    auto: bool = False

    @model_validator(mode="after")
    def _auto_is_alone(self) -> Self:
        if self.auto and self.stages:
            raise ValueError("auto approves whole plans: it goes without stages")
        if 0 < self.seconds_shown_min < SHOWN_MIN_S:
            raise ValueError(f"seconds_shown_min is 0 or at least {SHOWN_MIN_S} s")
        return self
