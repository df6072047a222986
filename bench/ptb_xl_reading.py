"""PTB-XL into training memory: the prepared store against wfdb → CSV → pandas, same records, same run.

    python bench/ptb_xl_reading.py --data ROOT/ptb-xl [--rate 100] [--records 500] [--jobs 2]

The other way is that of many notebooks: ``wfdb.rdrecord`` on each record, ``DataFrame.to_csv`` with the lead
names as header from 20 threads, later ``pandas.read_csv`` on each file, into one float32 array. Ours is
``einthoven data prepare ptb-xl`` once, later `Store.read`, into one float32 array of the same samples, which
is checked. Files were read once before, so that both find them in the system's cache.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd
import wfdb

import machine
from einthoven.datasets.ptb_xl import DATABASE, STATEMENTS, PtbXlRecord, read_ptb_xl
from einthoven.datasets.ptb_xl_prepare import prepare_ptb_xl
from einthoven.datasets.ptb_xl_store import open_store

THREADS = 20
REPEATS = 5
HEADER = ("step", "seconds", "records a second")
Result = TypeVar("Result")


def rows(root: Path, rate: int, n_records: int | None, jobs: int | None) -> Iterator[tuple[str, ...]]:
    """Measure both ways; yield a row a step."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        subset = folder / "ptb-xl"
        records = _copy(root, rate, n_records, subset)
        n = len(records)
        paths = [subset / record.file(rate) for record in records]

        def row(step: str, seconds: float) -> tuple[str, ...]:
            return step, f"{seconds:.3f}", f"{n / seconds:,.0f}"

        csv_files = [folder / "csv" / f"{path.name}.csv" for path in paths]
        (folder / "csv").mkdir()
        convert, _ = _timed(lambda: _write_csv(paths, csv_files))
        yield row(f"wfdb → CSV, {THREADS} threads", convert)
        load, theirs = _timed(lambda: _read_csv(csv_files))
        yield row("CSV → memory, pandas", load)
        prepare, (store_folder, _) = _timed(lambda: prepare_ptb_xl(rate, subset, folder / "store", jobs=jobs))
        yield row("wfdb files → store, `data prepare`", prepare)
        read, ours = min(
            (_timed(lambda: open_store(store_folder).read()) for _ in range(REPEATS)), key=lambda run: run[0]
        )
        yield row(f"store → memory, opening included, best of {REPEATS}", read)
        difference = float(np.abs(ours - theirs).max())
        if difference > 1e-5:
            raise SystemExit(f"The two ways do not give the same samples: {difference:g} mV apart.")
        yield "ratio: wfdb → CSV → memory against store → memory", f"{(convert + load) / read:,.0f} ×", ""
        yield "ratio: CSV → memory against store → memory", f"{load / read:,.0f} ×", ""
        whole = (convert + load) / (prepare + read)
        yield "ratio: both whole ways, from the publisher's files", f"{whole:.1f} ×", ""


def _copy(root: Path, rate: int, n_records: int | None, subset: Path) -> Sequence[PtbXlRecord]:
    """Copy the records to measure on, which reads them once, and the metadata."""
    records = read_ptb_xl(root).here(rate)[:n_records]
    if not records:
        raise SystemExit(f"{root} holds no record at {rate} Hz")
    for record in records:
        for suffix in (".hea", ".dat"):
            target = subset / f"{record.file(rate)}{suffix}"
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / f"{record.file(rate)}{suffix}", target)
    for name in (DATABASE, STATEMENTS):
        shutil.copyfile(root / name, subset / name)
    return records


def _write_csv(paths: Sequence[Path], csv_files: Sequence[Path]) -> None:
    def one(path: Path, csv_file: Path) -> None:
        record = wfdb.rdrecord(str(path))
        pd.DataFrame(record.p_signal, columns=record.sig_name).to_csv(csv_file, index=False)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(one, paths, csv_files))


def _read_csv(csv_files: Sequence[Path]) -> np.ndarray:
    return np.stack([pd.read_csv(path).to_numpy(np.float32).T for path in csv_files])


def _timed(work: Callable[[], Result]) -> tuple[float, Result]:
    began = time.perf_counter()
    result = work()
    return time.perf_counter() - began, result


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="root of PTB-XL")
    parser.add_argument("--rate", type=int, default=100, choices=(100, 500))
    parser.add_argument("--records", type=int, help="only the first so many; default: all that are here")
    parser.add_argument("--jobs", type=int, help="processes of data prepare; default: one a core")
    options = parser.parse_args()
    sys.stdout.write(f"{machine.describe()}\n\n| {' | '.join(HEADER)} |\n|{'---|' * len(HEADER)}\n")
    for row in rows(options.data, options.rate, options.records, options.jobs):
        sys.stdout.write(f"| {' | '.join(row)} |\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
