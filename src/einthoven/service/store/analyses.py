"""Analyses in the database: accept, list, change, delete."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.exc import IntegrityError

from einthoven.service.files import FileStore, StoredFile
from einthoven.service.store.database import Store
from einthoven.service.store.tables import AnalysisRow, FileRow, JobRow, TagRow


@dataclass(frozen=True, slots=True)
class Accepted:
    """An analysis that is safe in the database; not ``is_new`` where the same request had come before."""

    id: str
    is_new: bool


def accept(
    store: Store,
    *,
    name: str,
    kind: str,
    files: list[tuple[str, StoredFile]],
    options: dict[str, Any],
    tags: list[str],
    created_by: str,
    sample: str | None = None,
    request_key: str | None = None,
    reread_of: str | None = None,
) -> Accepted:
    """Record an analysis and its job in one transaction.

    Args:
        reread_of: the analysis that the same files gave before, which learns of this one.

    Raises:
        sqlalchemy.exc.NoResultFound: there is no such analysis any more.
    """
    row = AnalysisRow(
        name=name,
        kind=kind,
        options=options,
        created_by=created_by,
        sample=sample,
        request_key=request_key,
        reread_of=reread_of,
        search=searchable(name, "", [filename for filename, _ in files]),
        files=[
            FileRow(position=i, name=filename, sha256=stored.sha256, size=stored.size)
            for i, (filename, stored) in enumerate(files)
        ],
        tags=[TagRow(tag=tag) for tag in dict.fromkeys(tags)],
        job=JobRow(),
    )
    try:
        with store.write() as session:
            session.add(row)
            session.flush()
            if reread_of is not None:
                first = update(AnalysisRow).where(AnalysisRow.id == reread_of).values(reread_as=row.id)
                session.execute(first.returning(AnalysisRow.id)).scalar_one()
        return Accepted(row.id, True)
    except IntegrityError:
        if request_key is None:
            raise
        with store.read() as session:
            found = session.scalar(select(AnalysisRow.id).where(AnalysisRow.request_key == request_key))
        if found is None:
            raise
        return Accepted(found, False)


def searchable(name: str, note: str, filenames: list[str]) -> str:
    """Return what a search looks in."""
    return "\n".join([name, note, *filenames]).lower()


@dataclass(frozen=True, slots=True)
class Filter:
    """Which analyses are wanted; None where it does not matter."""

    search: str | None = None
    status: list[str] | None = None
    decision: str | None = None
    tag: list[str] | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None
    min_duration_s: float | None = None
    max_duration_s: float | None = None
    beats_of: list[str] | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return it as SQL."""
        wanted: list[ColumnElement[bool]] = []
        for word in (self.search or "").lower().split():
            wanted.append(AnalysisRow.search.contains(word, autoescape=True))
        if self.status:
            wanted.append(AnalysisRow.status.in_(self.status))
        if self.decision:
            wanted.append(AnalysisRow.decision == self.decision)
        for tag in self.tag or ():
            wanted.append(AnalysisRow.id.in_(select(TagRow.analysis_id).where(TagRow.tag == tag)))
        if self.created_after:
            wanted.append(AnalysisRow.created_at >= self.created_after)
        if self.created_before:
            wanted.append(AnalysisRow.created_at < self.created_before)
        if self.min_duration_s is not None:
            wanted.append(AnalysisRow.duration_s >= self.min_duration_s)
        if self.max_duration_s is not None:
            wanted.append(AnalysisRow.duration_s <= self.max_duration_s)
        for letter in self.beats_of or ():
            wanted.append(AnalysisRow.summary["counts"][letter].as_integer() > 0)
        return wanted


def find(
    store: Store, wanted: Filter, after: str | None, limit: int
) -> tuple[list[AnalysisRow], int, str | None]:
    """Return a page of analyses, the newest first, how many there are in all, and where the next begins."""
    conditions = wanted.conditions()
    with store.read() as session:
        total = session.scalar(select(func.count()).select_from(AnalysisRow).where(*conditions)) or 0
        query = select(AnalysisRow).where(*conditions)
        mark = session.get(AnalysisRow, after) if after else None
        if mark is not None:
            query = query.where(
                or_(
                    AnalysisRow.created_at < mark.created_at,
                    and_(AnalysisRow.created_at == mark.created_at, AnalysisRow.id < mark.id),
                )
            )
        elif after:  # deleted meanwhile: identifiers sort by time too
            query = query.where(AnalysisRow.id < after)
        query = query.order_by(AnalysisRow.created_at.desc(), AnalysisRow.id.desc()).limit(limit + 1)
        rows: list[AnalysisRow] = list(session.scalars(query).unique())
    more = len(rows) > limit
    return rows[:limit], total, rows[limit - 1].id if more else None


def count_tags(store: Store) -> list[tuple[str, int]]:
    """Return all tags and how many analyses have each, the most frequent first."""
    n = func.count()
    with store.read() as session:
        rows = session.execute(select(TagRow.tag, n).group_by(TagRow.tag).order_by(n.desc(), TagRow.tag))
        return [(tag, int(count)) for tag, count in rows]


def delete(store: Store, files: FileStore, analysis_id: str) -> str | None:
    """Delete an analysis and the files that no other one needs; return the folder of its results, if any.

    Files that cannot be removed at once, for uploads go on without a pause, are left to the worker's tidying.
    """
    with store.write() as session:
        row = session.get(AnalysisRow, analysis_id)
        if row is None:
            return None
        folder = row.result.folder if row.result is not None else None
        hashes = {file.sha256 for file in row.files}
        session.delete(row)
        for column in (AnalysisRow.reread_of, AnalysisRow.reread_as):
            session.execute(update(AnalysisRow).where(column == analysis_id).values({column: None}))
    files.remove_unneeded(hashes, lambda wanted: needed(store, wanted))
    return folder


def needed(store: Store, hashes: set[str]) -> set[str]:
    """Return those of some files that an analysis has."""
    found: set[str] = set()
    wanted = sorted(hashes)
    with store.read() as session:
        for begin in range(0, len(wanted), 500):
            some = wanted[begin : begin + 500]
            found |= set(session.scalars(select(FileRow.sha256).where(FileRow.sha256.in_(some)).distinct()))
    return found
