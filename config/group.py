"""What every group of settings is made of: the frozen base and the bounded kinds of number."""

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

# Beyond it a time or a count overflows where it is used, long after the file was read.
WHOLE_MAX = 1_000_000_000

Fraction = Annotated[Decimal, Field(ge=0, le=1)]
Amount = Annotated[Decimal, Field(ge=0)]
Seconds = Annotated[int, Field(ge=0, le=WHOLE_MAX)]
PositiveSeconds = Annotated[int, Field(ge=1, le=WHOLE_MAX)]
Count = Annotated[int, Field(ge=1, le=WHOLE_MAX)]
BasisPoints = Annotated[int, Field(ge=0, le=10_000)]


class Group(BaseModel):
    """A frozen group of settings that refuses unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")
