"""Corrections in the database: kept beside the model's answer, in order, never overwritten."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from einthoven.service.store.database import Store
from einthoven.service.store.tables import AnalysisRow, CorrectionRow, now


def corrections_of(store: Store, analysis_id: str) -> list[CorrectionRow]:
    """Return all corrections of an analysis, undone ones too, in the order in which they were made."""
    with store.read() as session:
        return _all(session, analysis_id)


def _all(session: Session, analysis_id: str) -> list[CorrectionRow]:
    query = select(CorrectionRow).where(CorrectionRow.analysis_id == analysis_id)
    return list(session.scalars(query.order_by(CorrectionRow.number)))


# Corrections of an analysis, undone ones too → what its summary says since.
Facts = Callable[[list[CorrectionRow]], dict[str, Any]]


def add_correction(store: Store, row: CorrectionRow, facts: Facts) -> CorrectionRow:
    """Record a correction as the next of its analysis, and in the same step what its summary says since."""
    with store.write() as session:
        _lock(session, row.analysis_id)
        last = session.scalar(
            select(func.max(CorrectionRow.number)).where(CorrectionRow.analysis_id == row.analysis_id)
        )
        row.number = (last or 0) + 1
        session.add(row)
        _restate(session, row.analysis_id, facts)
    return row


def undo(
    store: Store, analysis_id: str, correction_id: str | None, by: str, facts: Facts
) -> CorrectionRow | None:
    """Mark a correction (None: the last one that stands) as undone; None where there is none to undo."""
    with store.write() as session:
        _lock(session, analysis_id)
        standing = [row for row in _all(session, analysis_id) if row.undone_at is None]
        if correction_id is not None:
            standing = [row for row in standing if row.id == correction_id]
        if not standing:
            return None
        standing[-1].undone_at, standing[-1].undone_by = now(), by
        _restate(session, analysis_id, facts)
        return standing[-1]


def _restate(session: Session, analysis_id: str, facts: Facts) -> None:
    session.flush()
    analysis = session.get(AnalysisRow, analysis_id)
    if analysis is not None and analysis.summary is not None:
        analysis.summary = analysis.summary | facts(_all(session, analysis_id))


def _lock(session: Session, analysis_id: str) -> None:
    """One correction at a time: PostgreSQL locks the analysis, SQLite has locked everything already."""
    session.execute(select(AnalysisRow.id).where(AnalysisRow.id == analysis_id).with_for_update())
