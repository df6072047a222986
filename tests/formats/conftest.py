"""Builders of small files, good and bad."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

HeaderWriter = Callable[..., Path]


@pytest.fixture
def record(tmp_path: Path) -> HeaderWriter:
    """Write a record of format 16 from samples of shape ``(n_leads, n_samples)``; return its header."""

    def build(
        name: str = "rec",
        samples: npt.ArrayLike = ((0, 200, 400), (0, -200, -400)),
        *,
        header: str | None = None,
        gain: str = "200",
        labels: tuple[str, ...] = ("MLII", "V1"),
        fs: str = "360",
    ) -> Path:
        values = np.asarray(samples, dtype="<i2")
        (tmp_path / f"{name}.dat").write_bytes(values.T.tobytes())
        if header is None:
            lines = [f"{name} {len(values)} {fs} {values.shape[1]}"]
            lines += [f"{name}.dat 16 {gain} 16 0 {lead[0]} {_checksum(lead)} 0 {label}" for lead, label in
                      zip(values, labels, strict=False)]  # fmt: skip
            header = "\n".join(lines) + "\n"
        path = tmp_path / f"{name}.hea"
        path.write_text(header)
        return path

    return build


def _checksum(lead: npt.NDArray[np.int16]) -> int:
    return (int(lead.sum(dtype=np.int64)) + 32768) % 65536 - 32768
