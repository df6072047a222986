"""What was read on a page decides where the gate is in doubt."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from einthoven.errors import PageError
from einthoven.paper import files
from einthoven.paper.ecg_evidence import why_no_ecg
from einthoven.paper.gate import GateVerdict
from einthoven.recording import Recording
from einthoven.signal.simulator import simulate


def read(
    layout: str = "strip", names: int = 0, pulses: int = 0, words: int = 0, signal: np.ndarray | None = None
) -> Any:
    recording = simulate(10.0, 500.0, ("II",), seed=1)
    if signal is not None:
        recording = Recording(signal[None].astype(np.float32), 500.0, ("II",))
    reading = SimpleNamespace(
        arrangement=SimpleNamespace(names_read=names), pulses=[0] * pulses, words=[0] * words, rows=[0]
    )
    return SimpleNamespace(layout=layout, reading=reading, recording=recording)


def test_names_in_columns_are_enough() -> None:
    flat = np.zeros(5000)
    assert why_no_ecg(read("3x4", names=5, signal=flat), strict=True) is None


def test_a_strip_with_beats_is_one() -> None:
    assert why_no_ecg(read(), strict=False) is None
    assert why_no_ecg(read(names=1, pulses=1), strict=True) is None


def test_where_the_gate_was_against_it_beats_alone_are_too_little() -> None:
    assert "names" in str(why_no_ecg(read(), strict=True))


def test_a_line_without_beats_is_none() -> None:
    slow = np.sin(np.arange(5000) / 900)
    assert "beats" in str(why_no_ecg(read(names=1, pulses=1, signal=slow), strict=False))


def test_a_page_of_text_is_none() -> None:
    assert "print" in str(why_no_ecg(read(words=200), strict=False))


@pytest.mark.parametrize(
    ("verdict", "evidence", "taken"),
    [
        (GateVerdict("page12", True, (), {}, certain=True), "no beats", True),
        (GateVerdict("page12", True, (), {}, certain=False), "no beats", False),
        (GateVerdict("page12", True, (), {}, certain=False), None, True),
        (GateVerdict("none", False, ("a chart",), {}, certain=False), None, True),
        (GateVerdict("none", False, ("a chart",), {}, certain=False), "no beats", False),
        (GateVerdict("none", False, ("a chart",), {}, certain=True), None, False),
    ],
)
def test_gate_and_reading_together(monkeypatch, verdict, evidence, taken) -> None:
    page = SimpleNamespace(name="a.png", pixels=np.zeros((40, 40, 3), np.uint8), number=1, n_pages=1)
    monkeypatch.setattr(files, "judge", lambda pixels: verdict)
    monkeypatch.setattr(files, "digitize", lambda page, **known: "digitized")
    monkeypatch.setattr(files, "why_no_ecg", lambda digitized, strict: evidence)
    monkeypatch.setattr(files, "from_digitizer", lambda digitized, page: "result")
    if taken:
        assert files.read_picture(page) == "result"
        return
    with pytest.raises(PageError, match=r"a\.png is not read: (a chart|no beats)\."):
        files.read_picture(page)
