"""``Recording`` → CSV with a time column."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from einthoven.recording import Recording

_CHUNK = 1 << 14


def encode_csv(recording: Recording) -> Iterator[bytes]:
    """Yield the file: ``time_s,II_mV,…``, one row a sample, an empty cell for a missing one."""
    labels = [f"{_cell(lead)}_mV" for lead in recording.leads]
    yield (",".join(["time_s", *labels]) + "\n").encode()
    row = "%.9f" + ",%.7g" * recording.n_leads + "\n"
    table = np.empty((_CHUNK, recording.n_leads + 1))
    for start in range(0, recording.n_samples, _CHUNK):
        part = recording.signals[:, start : start + _CHUNK]
        n_rows = part.shape[1]
        table[:n_rows, 0] = np.arange(start, start + n_rows) / recording.fs
        table[:n_rows, 1:] = part.T
        block = table[:n_rows]
        block[~np.isfinite(block)] = np.nan
        text = (row * n_rows) % tuple(block.ravel().tolist())
        yield text.replace("nan", "").encode()


def _cell(label: str) -> str:
    """A label may hold what separates cells; blanks at its ends would be lost."""
    return " ".join(label.replace(",", " ").replace(";", " ").replace('"', "").split()) or "ECG"
