"""What all recipes are made of."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Positive = Annotated[int, Field(gt=0)]
Share = Annotated[float, Field(ge=0, le=1)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]*$")]


class Part(BaseModel):
    """Base of all recipe parts: a key that does not exist is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)
