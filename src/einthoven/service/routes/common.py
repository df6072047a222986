"""What routes share."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Path, Query

from einthoven.service.schemas.analyses import ID

AnalysisId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$", examples=[ID], description="the analysis")]
LONGEST_S = 40 * 24 * 3600.0  # no recording of ours lasts longer than that
Seconds = Annotated[float, Query(ge=0, le=LONGEST_S, allow_inf_nan=False)]
Answer = Annotated[
    Literal["reviewed", "model"],
    Query(description="`reviewed`: with what people said laid over, if they said anything; `model`: without"),
]
