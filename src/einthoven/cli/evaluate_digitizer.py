"""``einthoven evaluate digitizer``: pages with known signals."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from einthoven.cli.console import require_rate_is_positive, stdout
from einthoven.cli.evaluate_tables import each_record, say_where


def digitizer(*, data: Path, fs: float = 500.0, out: Path | None = None) -> int:
    """Measure how well signals are read from pages.

    Each lead is compared after the shift of at most 0.2 s and the constant offset that fit best.

    Parameters
    ----------
    data
        Folder of NAME.png (or jpg, pdf …) and NAME.csv: a column a lead, mV, empty where nothing is shown.
    fs
        Rate of these signals, Hz.
    out
        Folder for metrics.json and predictions.csv.
    """
    from einthoven.evaluation.digitizer import evaluate_digitizer

    require_rate_is_positive(fs)
    with each_record() as show:
        metrics = evaluate_digitizer(data, fs=fs, out=out, on_page=show)
    _print(metrics)
    say_where(out, False)
    return 0


def _print(metrics: dict[str, Any]) -> None:
    console = stdout()
    console.print(
        f"{metrics['n_pages']} pages, {metrics['leads_found']} of {metrics['leads_shown']} leads found, "
        f"{metrics['failures']} pages refused, {metrics['seconds']:.2f} s a page"
    )
    for key, name, unit in (("snr_db", "SNR", " dB"), ("pcc", "correlation", ""), ("rmse_mv", "RMSE", " mV")):
        if metrics[key] is not None:
            low, high = metrics[f"{key}_ci95"]
            console.print(f"  {name:12} {metrics[key]:7.3f}{unit} ({low:.3f} to {high:.3f})")
    for reason, count in metrics["failures_by_reason"].items():
        console.print(f"  refused {count}: {reason}", markup=False)
    if metrics["incomplete"]:
        console.print(f"  leads missing on: {', '.join(metrics['incomplete'])}", markup=False)
