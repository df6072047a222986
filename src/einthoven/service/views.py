"""Rows of the database as what goes over the wire."""

from __future__ import annotations

from einthoven.service.schemas.analyses import (
    AnalysisProblem,
    AnalysisView,
    FileEntry,
    Summary,
    UsedOptions,
)
from einthoven.service.store.tables import AnalysisRow


def analysis_view(row: AnalysisRow) -> AnalysisView:
    """Return an analysis as clients see it."""
    return AnalysisView(
        id=row.id,
        name=row.name,
        kind=row.kind,  # type: ignore[arg-type]
        status=row.status,  # type: ignore[arg-type]
        stage=row.job.stage,
        progress=row.job.progress,
        attempts=row.job.attempts,
        created_at=row.created_at,
        finished_at=row.finished_at,
        created_by=row.created_by,
        sample=row.sample,
        options=UsedOptions.model_validate(row.options),
        files=[FileEntry(name=file.name, size=file.size, sha256=file.sha256) for file in row.files],
        tags=[tag.tag for tag in row.tags],
        note=row.note,
        summary=None if row.summary is None or row.status != "done" else Summary.model_validate(row.summary),
        problem=None if row.problem is None else AnalysisProblem.model_validate(row.problem),
        seconds=None if row.result is None else row.result.seconds,
        reread_of=row.reread_of,
        reread_as=row.reread_as,
    )
