"""Clauses of annot(5), with the reference implementation as oracle."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from einthoven.errors import FormatError
from einthoven.formats import read_annotations
from einthoven.formats.wfdb.annotations import CODE_OF_SYMBOL, encode_annotations, to_beats_and_events

wfdb = pytest.importorskip("wfdb")


def _words(*words: int) -> bytes:
    return struct.pack(f"<{len(words)}H", *words)


def _file(folder: Path, data: bytes) -> Path:
    path = folder / "rec.atr"
    path.write_bytes(data)
    return path


def test_interval_and_code_share_a_word(tmp_path: Path) -> None:
    found = read_annotations(_file(tmp_path, _words(1 << 10 | 5, 5 << 10 | 1023, 0)))
    assert found.samples.tolist() == [5, 1028]
    assert found.symbols.tolist() == ["N", "V"]
    assert found.warnings == ()


def test_skip_is_a_long_interval_high_word_first(tmp_path: Path) -> None:
    found = read_annotations(_file(tmp_path, _words(59 << 10, 1, 2, 1 << 10, 0)))
    assert found.samples.tolist() == [65538]


def test_skip_may_go_back(tmp_path: Path) -> None:
    data = _words(1 << 10 | 100, 59 << 10, 0xFFFF, 0xFFF6, 1 << 10, 0)
    assert read_annotations(_file(tmp_path, data)).samples.tolist() == [100, 90]


def test_num_and_chan_hold_on_and_subtype_does_not(tmp_path: Path) -> None:
    data = _words(1 << 10 | 1, 60 << 10 | 3, 61 << 10 | 0x3FF, 62 << 10 | 1, 1 << 10 | 1, 0)
    found = read_annotations(_file(tmp_path, data))
    assert (found.num.tolist(), found.chan.tolist(), found.subtype.tolist()) == ([3, 3], [1, 1], [-1, 0])


def test_aux_of_odd_length_is_padded(tmp_path: Path) -> None:
    data = _words(28 << 10 | 7, 63 << 10 | 5) + b"(AFIB\0" + _words(1 << 10 | 2, 0)
    found = read_annotations(_file(tmp_path, data))
    assert found.aux == ("(AFIB", "")
    assert found.samples.tolist() == [7, 9]


def test_time_resolution_and_own_types_are_taken_from_notes_at_zero(tmp_path: Path) -> None:
    notes = [
        b"## time resolution: 1000",
        b"## annotation type definitions",
        b"42 z my own beat",
        b"## end of definitions",
    ]
    data = b"".join(_words(22 << 10, 63 << 10 | len(n)) + n + b"\0" * (len(n) % 2) for n in notes)
    found = read_annotations(_file(tmp_path, data + _words(42 << 10 | 500, 0)))
    assert (found.fs, found.symbols.tolist(), found.samples.tolist()) == (1000.0, ["z"], [500])
    beats, _, _ = to_beats_and_events(found, 1000, 250.0, 250.0)
    assert len(beats) == 0


def test_positions_follow_the_time_resolution(tmp_path: Path) -> None:
    note = b"## time resolution: 1000"
    data = _words(22 << 10, 63 << 10 | len(note)) + note + _words(1 << 10 | 500, 0)
    beats, _, _ = to_beats_and_events(read_annotations(_file(tmp_path, data)), 1000, 250.0, 250.0)
    assert beats.samples.tolist() == [125]


def test_rhythm_lasts_until_the_next_and_the_last_to_the_end(tmp_path: Path) -> None:
    data = encode_annotations([0, 10, 50, 100], ["+", "N", '"', "+"], ["(N", "", "cough", "(AFIB"])
    beats, events, _ = to_beats_and_events(read_annotations(_file(tmp_path, data)), 200, 10.0, 10.0)
    assert beats.samples.tolist() == [10]
    assert [(e.onset, e.duration, e.text) for e in events] == [
        (0, 10, "(N"),
        (5, 0, "cough"),
        (10, 10, "(AFIB"),
    ]


def test_what_lies_outside_the_recording_is_left_out_with_a_number(tmp_path: Path) -> None:
    data = encode_annotations([10, 20, 999], ["N", "V", "N"], [""] * 3)
    beats, _, warnings = to_beats_and_events(read_annotations(_file(tmp_path, data)), 100, 10.0, 10.0)
    assert beats.samples.tolist() == [10, 20]
    assert warnings == ("1 annotations lie outside the 100 samples and were left out.",)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (_words(1 << 10 | 5), "without an end mark"),
        (_words(1 << 10 | 5, 59 << 10, 1), "inside a long interval"),
        (_words(1 << 10 | 5, 63 << 10 | 9) + b"(A", "inside a note"),
        (_words(1 << 10 | 5, 55 << 10), "code 55 at byte 2"),
    ],
)
def test_a_damaged_file_gives_what_came_before(tmp_path: Path, data: bytes, said: str) -> None:
    found = read_annotations(_file(tmp_path, data))
    assert found.samples.tolist() == [5]
    assert said in found.warnings[0]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (_words(60 << 10 | 1, 0), "before any annotation"),
        (_words(52 << 10 | 1, 0), "code 52"),
        (b"\0N" + bytes(14) + b"\0V" + bytes(14), "AHA format"),
    ],
)
def test_what_is_no_annotation_file(tmp_path: Path, data: bytes, said: str) -> None:
    with pytest.raises(FormatError, match=said):
        read_annotations(_file(tmp_path, data))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"none\.atr"):
        read_annotations(tmp_path / "none.atr")


def test_an_unknown_symbol_is_not_written() -> None:
    with pytest.raises(FormatError, match="'§'"):
        encode_annotations([1], ["§"], [""])


_rows = st.lists(
    st.tuples(
        st.integers(0, 1 << 22),
        st.sampled_from(sorted(CODE_OF_SYMBOL)),
        st.sampled_from(["", "(N", "(AFIB", "x" * 255]),
    ),
    max_size=30,
).map(sorted)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=_rows)
def test_what_is_written_reads_the_same(tmp_path: Path, rows: list[tuple[int, str, str]]) -> None:
    samples, symbols, aux = [[row[k] for row in rows] for k in range(3)]
    found = read_annotations(_file(tmp_path, encode_annotations(samples, symbols, aux)))  # type: ignore[arg-type]
    assert (found.samples.tolist(), found.symbols.tolist(), list(found.aux)) == (samples, symbols, aux)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
# The reference package drops some notes at time 0; see its handling of definitions.
@given(rows=_rows.filter(lambda rows: len(rows) > 0 and all(row[1] != '"' for row in rows)))
def test_the_reference_package_reads_what_is_written(
    tmp_path: Path, rows: list[tuple[int, str, str]]
) -> None:
    samples, symbols, aux = [[row[k] for row in rows] for k in range(3)]
    _file(tmp_path, encode_annotations(samples, symbols, aux))  # type: ignore[arg-type]
    theirs = wfdb.rdann(str(tmp_path / "rec"), "atr")
    assert (theirs.sample.tolist(), theirs.symbol, theirs.aux_note) == (samples, symbols, aux)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=120))
def test_any_bytes_give_annotations_or_an_error_of_ours(tmp_path: Path, data: bytes) -> None:
    try:
        found = read_annotations(_file(tmp_path, data))
    except FormatError:
        return
    to_beats_and_events(found, 1000, 100.0, 100.0)


@pytest.mark.parametrize("name", ["mitdb/208", "mitdb/207", "svdb/802", "mitdb/102"])
def test_real_annotations_against_the_reference_package(data_root: Path, name: str) -> None:
    path = data_root / f"{name}.atr"
    if not path.is_file():
        pytest.skip(f"{path} is not in EINTHOVEN_DATA")
    theirs = wfdb.rdann(str(path)[:-4], "atr")
    ours = read_annotations(path)
    np.testing.assert_array_equal(ours.samples, theirs.sample)
    assert ours.symbols.tolist() == theirs.symbol
    assert list(ours.aux) == [note.rstrip("\0") for note in theirs.aux_note]
    np.testing.assert_array_equal(ours.subtype, theirs.subtype)
    np.testing.assert_array_equal(ours.chan, theirs.chan)
    np.testing.assert_array_equal(ours.num, theirs.num)
