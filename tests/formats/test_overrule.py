"""A file that states a wrong unit or rate is read by what a person states, where the person insists."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from einthoven import read
from einthoven.errors import FormatError, MissingInformationError
from einthoven.formats import write
from einthoven.signal.simulator import simulate

RECORDING = simulate(4.0, 250.0, ("I", "II"), seed=1)


@pytest.fixture(params=[".hea", ".edf", ".csv"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A file that states millivolt (EDF: microvolt or millivolt) and 250 Hz."""
    return write(RECORDING, tmp_path / f"rec{request.param}")[0]


def test_a_contradiction_is_an_error_unless_the_person_insists(path: Path) -> None:
    with pytest.raises(FormatError, match="but V was given"):
        read(path, unit="V")
    with pytest.raises(FormatError, match="but 500 Hz was"):
        read(path, fs=500)
    told, plain = read(path, fs=500, unit="V", overrule=True), read(path)
    assert told.fs == 500
    assert told.n_samples == plain.n_samples
    factors = told.signals / np.where(plain.signals == 0, np.nan, plain.signals)
    assert np.nanmedian(factors) in (pytest.approx(1e3), pytest.approx(1e6))
    assert any("Read in V as asked, against the file" in each for each in told.warnings)
    assert any("Read at 500 Hz as asked, against the file, which states 250 Hz" in w for w in told.warnings)


def test_what_agrees_is_no_contradiction(path: Path) -> None:
    told, plain = read(path, fs=250, overrule=True), read(path)
    assert told.fs == plain.fs
    assert told.warnings == plain.warnings


def test_what_the_file_does_not_say_is_stated_as_ever(tmp_path: Path) -> None:
    table = tmp_path / "a.csv"
    table.write_text("II\n1\n2\n3\n")
    with pytest.raises(MissingInformationError):
        read(table, fs=250, overrule=True)
    told = read(table, fs=250, unit="uV", overrule=True)
    assert told.fs == 250
    np.testing.assert_allclose(told.signals, [[0.001, 0.002, 0.003]], rtol=1e-6)
    assert not told.warnings


def test_the_worth_of_a_converter_step_is_a_unit(tmp_path: Path) -> None:
    table = tmp_path / "a.csv"
    table.write_text("II\n200\n-400\n0\n")
    told = read(table, fs=250, unit="5 uV")
    np.testing.assert_allclose(told.signals, [[1.0, -2.0, 0.0]], rtol=1e-6)
    for wrong in ("0 uV", "1e999 uV", "5", "5 kg"):
        with pytest.raises(MissingInformationError, match="one step of the converter"):
            read(table, fs=250, unit=wrong)
