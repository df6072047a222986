"""Who works on what. All of it are single statements or short transactions, so that a killed process leaves
nothing half done: an unfinished claim runs out, and another takes it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from einthoven.service.store.database import Store
from einthoven.service.store.tables import (
    CANCELLED,
    DONE,
    FAILED,
    FINISHED,
    RUNNING,
    WAITING,
    AnalysisRow,
    JobRow,
    ResultRow,
    new_id,
    now,
)


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to work on an analysis, until the lease ends."""

    analysis_id: str
    key: str
    attempt: int
    name: str
    options: dict[str, Any]
    files: list[dict[str, str]]

    @property
    def folder(self) -> str:
        """Name of the folder for the results of this attempt and no other."""
        return f"{self.analysis_id}-{self.key[-8:]}"


def claim(store: Store, analysis_id: str, lease_s: float, attempts: int) -> Claim | None:
    """Take an analysis that waits, or whose worker has not been heard of; None where there is nothing to do.

    One that was begun ``attempts`` times without an end is given up, with the reason.
    """
    moment, key = now(), new_id()
    with store.write() as session:
        row = _locked(session, analysis_id)
        if row is None:
            return None
        analysis, job = row
        if job.state in FINISHED:
            return None
        if job.state == RUNNING and job.lease_until is not None and job.lease_until > moment:
            return None
        if job.cancel_requested:
            _finish(analysis, job, CANCELLED)
            return None
        if job.attempts >= attempts:
            _finish(analysis, job, FAILED)
            analysis.problem = {
                "kind": "gave-up",
                "title": "The analysis broke off again and again",
                "detail": f"It was begun {job.attempts} times and never came to an end: the service was "
                "stopped or ran out of memory each time. Retry it, or send a part of the recording.",
            }
            return None
        job.state, job.claim, job.attempts = RUNNING, key, job.attempts + 1
        job.lease_until = moment + timedelta(seconds=lease_s)
        job.started_at, job.progress, job.stage = moment, 0.0, "starting"
        analysis.status = RUNNING
        return Claim(
            analysis_id,
            key,
            job.attempts,
            analysis.name,
            dict(analysis.options),
            [{"name": file.name, "sha256": file.sha256} for file in analysis.files],
        )


def renew(store: Store, held: Claim, lease_s: float, stage: str, progress: float) -> bool:
    """Tell how far the work is and hold it for longer; False where it was cancelled or is another's."""
    with store.write() as session:
        found: CursorResult[Any] = session.execute(  # type: ignore[assignment]
            update(JobRow)
            .where(
                JobRow.analysis_id == held.analysis_id,
                JobRow.claim == held.key,
                JobRow.state == RUNNING,
                JobRow.cancel_requested.is_(False),
            )
            .values(lease_until=now() + timedelta(seconds=lease_s), stage=stage, progress=progress)
        )
        return bool(found.rowcount)


def complete(store: Store, held: Claim, facts: dict[str, Any], seconds: float) -> bool:
    """Record the result of a claim; False where the claim is no longer good, and nothing changed then."""
    try:
        with store.write() as session:
            row = _held(session, held)
            if row is None:
                return False
            analysis, job = row
            session.add(
                ResultRow(
                    analysis_id=held.analysis_id, folder=held.folder, seconds=round(seconds, 3), facts=facts
                )
            )
            analysis.summary, analysis.problem = facts, None
            analysis.decision, analysis.duration_s = facts["decision"], facts["duration_s"]
            _finish(analysis, job, DONE)
            job.progress, job.stage = 1.0, "done"
    except IntegrityError:  # there is a result already, and one is enough
        return False
    return True


def fail(store: Store, held: Claim, problem: dict[str, Any]) -> bool:
    """Record that a claim's work ended without a result, and why."""
    with store.write() as session:
        row = _held(session, held)
        if row is None:
            return False
        analysis, job = row
        analysis.problem = problem
        _finish(analysis, job, FAILED)
        return True


def stop(store: Store, held: Claim, *, counts: bool = False) -> None:
    """End a claim whose cancellation was asked for; any other is put back in line.

    Args:
        counts: whether the attempt counts, as it does where it ended by itself.
    """
    with store.write() as session:
        row = _held(session, held)
        if row is None:
            return
        analysis, job = row
        if job.cancel_requested:
            _finish(analysis, job, CANCELLED)
        else:
            job.state, job.claim, job.lease_until = WAITING, None, None
            job.attempts -= 0 if counts else 1
            job.stage, job.progress, job.queued_at = "waiting", 0.0, now()
            analysis.status = WAITING


def overdue(store: Store, older_than_s: float, most: int = 500) -> list[str]:
    """Return analyses that nobody works on and whose message may be lost."""
    moment = now()
    with store.read() as session:
        found = session.scalars(
            select(JobRow.analysis_id)
            .where(
                or_(
                    and_(JobRow.state == RUNNING, JobRow.lease_until < moment),
                    and_(
                        JobRow.state == WAITING, JobRow.queued_at < moment - timedelta(seconds=older_than_s)
                    ),
                )
            )
            .order_by(JobRow.queued_at)
            .limit(most)
        )
        return list(found)


def count_by_state(store: Store) -> dict[str, int]:
    """Return how many jobs are in each state."""
    with store.read() as session:
        rows = session.execute(select(JobRow.state, func.count()).group_by(JobRow.state))
        found = {state: int(n) for state, n in rows}
    return {state: found.get(state, 0) for state in (WAITING, RUNNING, *FINISHED)}


def cancel(session: Session, analysis_id: str) -> str | None:
    """Ask for the end of work; what nobody has begun ends at once.

    Returns:
        The state in which the analysis was found, None where there is no such analysis. Nothing changes where
        it was finished.
    """
    if (row := _locked(session, analysis_id)) is None:
        return None
    analysis, job = row
    found = job.state
    if found not in FINISHED:
        job.cancel_requested = True
    if found == WAITING:
        _finish(analysis, job, CANCELLED)
    return found


def restart(session: Session, analysis_id: str, options: dict[str, Any]) -> str | None:
    """Put an analysis that failed or was cancelled back in line, with some options changed.

    Returns:
        The state in which the analysis was found, None where there is no such analysis. Nothing changes where
        it was in any other.
    """
    if (row := _locked(session, analysis_id)) is None:
        return None
    analysis, job = row
    found = job.state
    if found in (FAILED, CANCELLED):
        job.state, job.claim, job.lease_until = WAITING, None, None
        job.attempts, job.progress, job.stage = 0, 0.0, "waiting"
        job.cancel_requested, job.queued_at = False, now()
        analysis.status, analysis.problem, analysis.finished_at = WAITING, None, None
        analysis.options = analysis.options | options
    return found


def _locked(session: Session, analysis_id: str) -> tuple[AnalysisRow, JobRow] | None:
    """Return an analysis and its job, which nobody else changes until the transaction ends.

    All who change both begin with the job: two that began at different ends would wait for each other.
    """
    job = session.get(JobRow, analysis_id, with_for_update=True)
    return None if job is None else (session.get_one(AnalysisRow, analysis_id), job)


def _held(session: Session, held: Claim) -> tuple[AnalysisRow, JobRow] | None:
    row = _locked(session, held.analysis_id)
    if row is None or row[1].claim != held.key or row[1].state != RUNNING:
        return None
    return row


def _finish(analysis: AnalysisRow, job: JobRow, state: str) -> None:
    job.state, job.claim, job.lease_until = state, None, None
    analysis.status, analysis.finished_at = state, now()
