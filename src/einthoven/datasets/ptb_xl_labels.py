"""What a network learns of PTB-XL: the label sets of the published benchmark, and MI against normal.

Strodthoff N et al. Deep Learning for ECG Analysis: Benchmarks and Insights from PTB-XL. IEEE Journal of
Biomedical and Health Informatics 25(5):1519-1528, 2021. doi:10.1109/JBHI.2020.3022989. As there, a statement
counts whatever its likelihood, also 0 (no likelihood given), and a record without any label of the set is
left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from einthoven.errors import DataError, did_you_mean
from einthoven.recording import Int64

if TYPE_CHECKING:
    from einthoven.datasets.ptb_xl import PtbXl, PtbXlRecord, Statement

SUPERCLASSES = ("NORM", "MI", "STTC", "CD", "HYP")
TASKS = ("superclass", "subclass", "diagnostic", "form", "rhythm", "all", "mi", "mi_code")


@dataclass(frozen=True, eq=False)
class Labels:
    """Labels of records, in order of ``ecg_id``.

    Attributes:
        task: one of `TASKS`.
        classes: names of the columns.
        targets: bool, shape ``(n_records, n_classes)``; several of a row can be true.
        ecg_ids: int64, shape ``(n_records,)``.
        dropped: why records are left out → how many.
    """

    task: str
    classes: tuple[str, ...]
    targets: npt.NDArray[np.bool_]
    ecg_ids: Int64
    dropped: dict[str, int] = field(default_factory=dict)

    def counts(self) -> dict[str, int]:
        """Return class → number of records that have it."""
        return dict(zip(self.classes, self.targets.sum(axis=0).tolist(), strict=True))


def labels(ptb_xl: PtbXl, task: str, folds: Collection[int] | None = None) -> Labels:
    """Return what a network should answer for each record.

    ======================  ==============================================================================
    ``superclass``          NORM MI STTC CD HYP: classes of the record's diagnostic statements
    ``subclass``            their 23 subclasses
    ``diagnostic``          the 44 diagnostic statements
    ``form``, ``rhythm``    the 19 statements on form, the 12 on rhythm
    ``all``                 all 71 statements
    ``mi``                  one column: true with a statement of superclass MI, false where NORM is the only
                            superclass; everything else is left out
    ``mi_code``             one column: true with a statement of superclass MI, false for all other records
    ======================  ==============================================================================

    Args:
        ptb_xl: the metadata.
        task: one of `TASKS`.
        folds: only records of these; others are not counted as dropped.

    Raises:
        DataError: there is no such task or fold.
    """
    if task not in TASKS:
        raise DataError(
            f"PTB-XL has no labels {task!r}; allowed: {', '.join(TASKS)}.{did_you_mean(task, TASKS)}"
        )
    for fold in folds or ():
        if not 1 <= fold <= 10:
            raise DataError(f"PTB-XL has no fold {fold}; allowed are 1 to 10.")
    records = [record for record in ptb_xl.records if folds is None or record.fold in folds]
    if task == "mi":
        return _infarction(ptb_xl, records)
    if task == "mi_code":
        coded = [["MI" in superclasses(record, ptb_xl.statements)] for record in records]
        numbers = np.array([record.ecg_id for record in records], dtype=np.int64)
        return Labels(task, ("MI",), np.array(coded, dtype=np.bool_).reshape(-1, 1), numbers)
    of_statement, classes = _classes(ptb_xl, task)
    column = {name: index for index, name in enumerate(classes)}
    targets = np.zeros((len(records), len(classes)), dtype=np.bool_)
    for row, record in enumerate(records):
        for code in record.scp_codes:
            statement = ptb_xl.statements.get(code)
            name = of_statement(statement) if statement is not None else ""
            if name:
                targets[row, column[name]] = True
    keep = targets.any(axis=1)
    ecg_ids = np.array([record.ecg_id for record in records], dtype=np.int64)
    n_dropped = int((~keep).sum())
    dropped = {f"no {task} statement" if task != "all" else "no statement": n_dropped} if n_dropped else {}
    return Labels(task, classes, targets[keep], ecg_ids[keep], dropped)


def superclasses(record: PtbXlRecord, statements: dict[str, Statement]) -> set[str]:
    """Return the superclasses of a record's diagnostic statements."""
    known = (statements[code] for code in record.scp_codes if code in statements)
    return {statement.superclass for statement in known if statement.superclass}


def _classes(ptb_xl: PtbXl, task: str) -> tuple[Callable[[Statement], str], tuple[str, ...]]:
    def superclass(statement: Statement) -> str:
        return statement.superclass

    def subclass(statement: Statement) -> str:
        return statement.subclass

    def code(statement: Statement) -> str:
        return statement.code if task == "all" or getattr(statement, task) else ""

    if task == "superclass":
        return superclass, SUPERCLASSES
    of_statement = subclass if task == "subclass" else code
    names = {of_statement(statement) for statement in ptb_xl.statements.values()}
    return of_statement, tuple(sorted(names - {""}))


def _infarction(ptb_xl: PtbXl, records: list[PtbXlRecord]) -> Labels:
    ecg_ids, targets = [], []
    dropped: Counter[str] = Counter()
    for record in records:
        found = superclasses(record, ptb_xl.statements)
        if "MI" not in found and found != {"NORM"}:
            without = "NORM together with other diagnoses" if "NORM" in found else "other diagnoses, neither"
            dropped[without if found else "no diagnostic statement"] += 1
            continue
        ecg_ids.append(record.ecg_id)
        targets.append("MI" in found)
    return Labels(
        "mi",
        ("MI",),
        np.array(targets, dtype=np.bool_).reshape(-1, 1),
        np.array(ecg_ids, dtype=np.int64),
        dict(dropped),
    )
