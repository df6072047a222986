"""Measuring the digitiser: pages ``NAME.png`` with their true signals ``NAME.csv``.

Each lead is compared after the shift of at most 0.2 s and the constant offset that fit best, as in the
challenge of 2024 (Reyna et al., doi:10.22489/CinC.2024.017): where a page begins in time and where 0 mV is
cannot be seen on it.
"""

from __future__ import annotations

import csv
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from einthoven.errors import DataError, EinthovenError
from einthoven.evaluation.document import make_folder, number, write_results
from einthoven.evaluation.metrics import interval95
from einthoven.paper.drawing import Float64
from einthoven.recording import normalise_lead

SHIFT_S = 0.2
PAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp", ".pdf")
FIGURES = ("snr_db", "pcc", "rmse_mv")
_LEAST_S = 0.5  # of a lead that can be compared
_BOOTSTRAPS = 1000


def evaluate_digitizer(
    root: str | Path,
    *,
    fs: float = 500.0,
    out: str | Path | None = None,
    on_page: Callable[[str, int], None] = lambda name, n: None,
) -> dict[str, Any]:
    """Digitise every page below ``root`` and compare each lead with the truth.

    Args:
        root: folder of pages and, beside each, ``NAME.csv``: a column a lead, mV, ``fs`` rows a second, empty
            where the page shows nothing; a column of times is skipped.
        fs: rate of the truth, Hz.
        out: folder for ``metrics.json`` and ``predictions.csv``.
        on_page: told each page's name and how many there are.

    Raises:
        DataError: no page with its truth is there, or a truth cannot be read.
    """
    pairs = find_pairs(Path(root))
    if out is not None:
        make_folder(Path(out))
    pages: dict[str, dict[str, Any]] = {}
    for picture, truth in pairs:
        on_page(picture.name, len(pairs))
        pages[picture.stem] = measure_page(picture, read_truth(truth), fs)
    metrics = summarise(pages)
    metrics |= {"task": "digitizer", "data": str(root), "fs": fs}
    if out is not None:
        fields = ("page", "lead", "found", *FIGURES, "shift_s", "confidence")
        rows = [
            {"page": name, "lead": lead, **{field: values.get(field) for field in fields[2:]}}
            for name, page in pages.items()
            for lead, values in page["leads"].items()
        ]
        write_results(Path(out), metrics, lambda path: _write_rows(path, fields, rows))
    return metrics


def find_pairs(root: Path) -> list[tuple[Path, Path]]:
    """Return each page with its truth, by name.

    Raises:
        DataError: there is none.
    """
    if not root.is_dir():
        raise DataError(f"{root} is not a folder; it should hold NAME.png and NAME.csv for each page.")
    pictures = sorted(p for p in root.rglob("*") if p.suffix.lower() in PAGE_SUFFIXES)
    pairs = [(p, p.with_suffix(".csv")) for p in pictures if p.with_suffix(".csv").is_file()]
    if not pairs:
        raise DataError(
            f"{root}: {len(pictures)} pages, none with its truth beside it. "
            "Each NAME.png needs NAME.csv: a column a lead, millivolt."
        )
    return pairs


def read_truth(path: Path) -> dict[str, Float64]:
    """Read the true signals of a page, mV by lead, NaN where a cell is empty.

    Raises:
        DataError: not a table of numbers with lead names above.
    """
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.reader(file))
    if len(rows) < 2:
        raise DataError(f"{path}: {len(rows)} lines; needed are lead names and samples below.")
    try:
        table = np.array(
            [[float(cell) if cell.strip() else np.nan for cell in row] for row in rows[1:] if row]
        )
    except ValueError as error:
        raise DataError(
            f"{path}: {error}; allowed are numbers and empty cells below the lead names."
        ) from error
    if table.ndim != 2 or table.shape[1] != len(rows[0]):
        raise DataError(f"{path}: lines with different numbers of cells; allowed is one for each lead name.")
    names = [normalise_lead(name.strip().removesuffix("_mV")) for name in rows[0]]
    leads = {
        name: table[:, i] for i, name in enumerate(names) if name.lower() not in ("time", "time_s", "t", "")
    }
    if not leads:
        raise DataError(f"{path}: no lead name in the first line ({', '.join(rows[0][:4])}).")
    return leads


def measure_page(picture: Path, truth: dict[str, Float64], fs: float) -> dict[str, Any]:
    """Digitise one page and compare it; a refusal is a failure with its reason."""
    from einthoven.paper.files import iter_results

    begun = time.perf_counter()
    shown = {name: lead for name, lead in truth.items() if np.isfinite(lead).sum() >= _LEAST_S * fs}
    _, page = next(iter_results(picture, fs=fs))
    if isinstance(page, EinthovenError):
        seconds = time.perf_counter() - begun
        return {
            "failure": str(page),
            "seconds": seconds,
            "layout": None,
            "leads_found": 0,
            "leads_shown": len(shown),
            "leads": {name: {"found": False} for name in shown},
        }
    seconds = time.perf_counter() - begun
    found = {
        name: page.recording.signals[i].astype(np.float64) for i, name in enumerate(page.recording.leads)
    }
    confidence = {lead.name: lead.confidence for lead in page.leads}
    leads = {}
    for name, lead in shown.items():
        values = compare_lead(lead, found[name], fs) if name in found else None
        leads[name] = (
            {"found": False} if values is None else {"found": True, **values, "confidence": confidence[name]}
        )
    return {
        "failure": None,
        "seconds": seconds,
        "layout": page.layout,
        "leads_found": sum(values["found"] for values in leads.values()),
        "leads_shown": len(shown),
        **{key: number(_mean([values.get(key) for values in leads.values()])) for key in FIGURES},
        "warnings": list(page.warnings),
        "leads": leads,
    }


def compare_lead(true: Float64, found: Float64, fs: float) -> dict[str, float] | None:
    """Compare a lead with its truth, mV, after the shift and offset that fit best.

    What is shown but was not found counts as the mean of what was found: a flat line. Returns None where
    less than half a second was found.
    """
    n = max(len(true), len(found))
    true, found = (np.pad(each, (0, n - len(each)), constant_values=np.nan) for each in (true, found))
    if np.isfinite(found).sum() < _LEAST_S * fs:
        return None
    shown = np.isfinite(true)
    signal = true[shown] - true[shown].mean()
    reach = round(SHIFT_S * fs)
    best: tuple[float, int, Float64] | None = None
    for shift in range(-reach, reach + 1):
        moved = np.full(n, np.nan)
        if shift >= 0:
            moved[shift:] = found[: n - shift]
        else:
            moved[:shift] = found[-shift:]
        part = moved[shown]
        there = np.isfinite(part)
        if there.sum() < _LEAST_S * fs:
            continue
        offset = float(np.mean(part[there] - signal[there]))
        guess = np.where(there, part - offset, 0.0)
        error = float(np.sum((guess - signal) ** 2))
        if best is None or error < best[0]:
            best = (error, shift, guess)
    if best is None:
        return None
    error, shift, guess = best
    power = float(np.sum(signal**2))
    flat = np.ptp(found[np.isfinite(found)]) == 0 or np.ptp(signal) == 0
    return {
        "snr_db": float(10 * np.log10(max(power, 1e-12) / max(error, 1e-12))),
        "pcc": 0.0 if flat else float(np.corrcoef(guess, signal)[0, 1]),
        "rmse_mv": float(np.sqrt(error / len(signal))),
        "shift_s": shift / fs,
    }


def summarise(pages: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return ``metrics.json``: in all (means over leads, intervals over pages), and each page."""
    leads = [values for page in pages.values() for values in page["leads"].values()]
    rng = np.random.default_rng(0)
    names = list(pages)
    chosen = rng.integers(len(names), size=(_BOOTSTRAPS, len(names)))
    overall: dict[str, Any] = {}
    for key in FIGURES:
        overall[key] = number(_mean([values.get(key) for values in leads]))
        sums = np.array(
            [sum(v[key] for v in page["leads"].values() if v.get(key) is not None) for page in pages.values()]
        )
        counts = np.array(
            [sum(v.get(key) is not None for v in page["leads"].values()) for page in pages.values()]
        )
        with np.errstate(invalid="ignore", divide="ignore"):
            boot = sums[chosen].sum(axis=1) / counts[chosen].sum(axis=1)
        boot = boot[np.isfinite(boot)]
        overall[f"{key}_ci95"] = interval95(boot) if boot.size else None
    failed = {name: page["failure"] for name, page in pages.items() if page["failure"]}
    incomplete = [n for n, p in pages.items() if not p["failure"] and p["leads_found"] < p["leads_shown"]]
    shown = sum(page["leads_shown"] for page in pages.values())
    return {
        **overall,
        "n_pages": len(pages),
        "failures": len(failed),
        "failures_by_reason": dict(Counter(reason.split(".")[0].split(":")[0] for reason in failed.values())),
        "incomplete": incomplete,
        "leads_found": sum(page["leads_found"] for page in pages.values()),
        "leads_shown": shown,
        "seconds": number(float(np.mean([page["seconds"] for page in pages.values()]))),
        "pages": pages,
    }


def _mean(values: list[Any]) -> float:
    present = [value for value in values if value is not None]
    return float(np.mean(present)) if present else float("nan")


def _write_rows(path: Path, fields: tuple[str, ...], rows: list[dict[str, Any]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fields)
        writer.writeheader()
        writer.writerows(rows)
