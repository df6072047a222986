"""``einthoven convert`` of a folder: what it prints, its exit status, what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from einthoven.cli import run
from einthoven.errors import EinthovenError
from tiny_ptb_xl import make_ptb_xl, name_of


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_ptb_xl(tmp_path / "ptb-xl", rates=(100,))


def words(root: Path, *more: str) -> list[str]:
    out = str(root.parent / "out")
    return [
        "convert",
        str(root),
        out,
        "--to",
        "csv",
        "--metadata",
        "ptbxl_database.csv",
        "--jobs",
        "1",
        *more,
    ]


def test_a_whole_folder(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(words(root)) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    assert printed.out.splitlines() == [
        "5 recordings converted, 0 were there from before.",
        str(root.parent / "out" / "index.csv"),
    ]
    assert run(words(root)) == 0
    assert "0 recordings converted, 5 were there" in capsys.readouterr().out
    assert run(words(root, "--overwrite")) == 0
    assert "5 recordings converted, 0 were there" in capsys.readouterr().out


def test_what_is_left_out_is_listed_and_is_the_exit_status(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / f"{name_of(1, 100)}.dat").unlink()
    for suffix in (".hea", ".dat"):
        (root / f"{name_of(2, 100)}{suffix}").rename(root / f"records100/stray{suffix}")
    assert run(words(root)) == 1
    printed = capsys.readouterr()
    assert "3 recordings converted" in printed.out
    assert "3 left out; why is in" in printed.out
    for line in (
        "! 1 in the metadata, but no file:",
        f"    {name_of(2, 100)}: ptbxl_database.csv has a row, no file is there",
        "! 1 not in the metadata:",
        "    records100/stray: no row",
        "! 1 not readable:",
        "00001_lr.dat is not there",
    ):
        assert line in printed.err


def test_long_lists_are_cut(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path in (root / "records100" / "00000").glob("*.dat"):
        path.unlink()
    assert run(words(root)) == 1
    assert "    and 1 more, see index-report.csv" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "status", "said"),
    [
        ([], 2, "is a folder: state the format to write, such as --to csv"),
        (
            ["--to", "csw"],
            2,
            "There is no format to write 'csw'; allowed: wfdb, csv, edf. Did you mean 'csv'?",
        ),
        (["--to", "csv", "--rate", "100"], 2, "give --metadata too"),
        (["--to", "csv", "--metadata", "x.csv"], 1, "x.csv is not there"),
        (["--to", "csv", "--jobs", "0"], 1, "0 processes: allowed are 1 to 64"),
        (["--to", "csv", "--metadata", "ptbxl_database.csv", "--rate", "5"], 1, "no files of 5 Hz"),
    ],
)
def test_refusals(
    root: Path, more: list[str], status: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["convert", str(root), str(root.parent / "out"), *more]) == status
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    "option", [["--metadata", "x.csv"], ["--rate", "100"], ["--jobs", "2"], ["--overwrite"]]
)
def test_options_of_folders_are_not_for_files(
    root: Path, option: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    source = str(root / f"{name_of(1, 100)}.hea")
    assert run(["convert", source, str(root / "a.csv"), *option]) == 2
    assert f"{option[0]} is for a folder" in capsys.readouterr().err


def test_one_file_in_a_stated_format(root: Path) -> None:
    source = str(root / f"{name_of(1, 100)}.hea")
    target = root / "a.txt"
    assert run(["convert", source, str(target), "--to", "csv"]) == 0
    assert target.read_text().startswith("time_s,I_mV,")


def test_an_interrupt_says_that_it_goes_on(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from einthoven.datasets import conversion

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(conversion, "_convert_one", interrupted)
    assert run(words(root)) == 130
    assert "goes on with the rest" in capsys.readouterr().err


def test_a_write_that_is_refused_is_listed(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import einthoven.formats

    def refused(*_: object, **__: object) -> None:
        raise EinthovenError("no room for this lead")

    monkeypatch.setattr(einthoven.formats, "write", refused)
    assert run(words(root)) == 1
    assert "no room for this lead" in capsys.readouterr().err
