"""The command line: what goes to stdout, what to stderr, and the exit status."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import jsonschema
import pytest

import stand_in
from einthoven import read, write
from einthoven.analysis_document import json_schema
from einthoven.cli import VERBS, run
from einthoven.signal.simulator import simulate
from tiny_bundle import make_bundle


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(make_bundle(tmp_path_factory.mktemp("bundle") / "tiny"))


@pytest.fixture(scope="session")
def record(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("record") / "one.hea"
    write(simulate(duration=20.0, fs=250.0, seed=5, name="one"), path)
    return str(path)


@pytest.fixture(autouse=True)
def _known_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in.install(monkeypatch)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Five files, one of them broken."""
    root = tmp_path / "recordings"
    root.mkdir()
    for i in range(4):
        write(simulate(duration=10.0, fs=250.0, seed=i, name=f"r{i}"), root / f"r{i}.hea")
    (root / "r9.hea").write_text("r9 2 250 2500\nr9.dat 16 oops\n", encoding="ascii")
    return root


def test_analyze_shows_a_table(record: str, model: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["analyze", record, "--model", model]) == 0
    shown = capsys.readouterr()
    for word in ("one", "Heart rate", "ventricular ectopic", "Findings", "not a medical device"):
        assert word in shown.out
    assert shown.err == ""


def test_json_is_one_valid_document_and_nothing_else(
    record: str, model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["analyze", record, "--model", model, "--json"]) == 0
    shown = capsys.readouterr()
    jsonschema.validate(json.loads(shown.out), json_schema())
    assert shown.err == ""


def test_one_broken_of_five_files(
    folder: Path, model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    words = ["analyze", str(folder), "--model", model, "--json", "--out", str(out), "--format", "json,csv"]
    assert run(words) == 1
    shown = capsys.readouterr()
    names = [json.loads(line)["recording"]["name"] for line in shown.out.splitlines()]
    assert names == ["r0", "r1", "r2", "r3"]
    assert "r9.hea:\n" in shown.err
    assert "Traceback" not in shown.err
    assert sorted(path.name for path in out.iterdir()) == [
        f"r{i}.{e}" for i in range(4) for e in ("csv", "json")
    ]


def test_many_sources_are_rows_of_one_table(
    folder: Path, model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["analyze", str(folder / "r[0-3].hea"), "--model", model]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert sum(line.startswith(("r0", "r1", "r2", "r3")) for line in lines) == 4


def test_reports_of_equal_names_do_not_overwrite_each_other(
    record: str, model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["analyze", record, record, "--model", model, "--out", str(tmp_path), "--format", "json"]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one-2.json", "one.json"]


def test_a_report_that_cannot_be_written_is_said(
    record: str, model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    out = str(tmp_path / "file" / "out")
    assert run(["analyze", record, "--model", model, "--out", out, "--format", "json"]) == 1
    assert "Choose another folder with --out" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["analyse", "x"], 'Did you mean "analyze"?'),
        (["analyze", "x", "--fromat", "html"], "Did you mean --format?"),
        (["analyze", "x", "--format", "htlm"], "Did you mean 'html'?"),
        (["analyze", "x", "--fs", "fast"], '"fast" into float'),
        (["analyze"], "Name at least one file"),
        (["evaluate", "beets"], 'Did you mean "beats"?'),
        (["train", "x.yaml", "--set", "epochs"], "KEY=VALUE"),
    ],
)
def test_wrong_usage_exits_2_and_suggests(
    words: list[str], expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(words) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert expected in shown.err
    assert "Traceback" not in shown.err


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["analyze", "nowhere.hea", "--model", "MODEL"], "nowhere.hea"),
        (["analyze", "no*where", "--model", "MODEL"], "No file matches"),
        (["analyze", "x", "--model", "betas"], "no model 'betas'"),
        (["analyze", "x", "--model", "MODEL", "--fs", "-1"], "positive number"),
        (["convert", "nowhere.edf", "out.csv"], "nowhere.edf"),
        (["models", "show", "nothing"], "no model 'nothing'"),
        (["evaluate", "beats", "--model", "MODEL", "--data", "nowhere"], "is not a folder"),
    ],
)
def test_what_fails_exits_1_with_a_sentence(
    words: list[str], expected: str, model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([word.replace("MODEL", model) for word in words]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert expected in shown.err
    assert "Traceback" not in shown.err


@pytest.mark.parametrize(
    ("words", "asked"), [(["--unit", "uV"], "State it: --fs 360"), (["--fs", "250"], "State it: --unit mV")]
)
def test_what_is_missing_is_asked_for_as_an_option(
    words: list[str], asked: str, model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.csv").write_text("II,V1\n1,2\n3,4\n")
    assert run(["analyze", str(tmp_path / "a.csv"), "--model", model, *words]) == 1
    shown = capsys.readouterr().err
    assert asked in shown
    assert "fs=" not in shown
    assert "unit=" not in shown


def test_a_fault_of_ours_is_short_unless_debug(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise RuntimeError("a fault")

    monkeypatch.setattr("einthoven.analysis_document.json_schema", fail)
    assert run(["schema"]) == 70
    shown = capsys.readouterr()
    assert "RuntimeError: a fault" in shown.err
    assert "report it" in shown.err
    assert "Traceback" not in shown.err
    with pytest.raises(RuntimeError):
        run(["schema", "--debug"])


def test_interrupt_keeps_what_is_done(
    folder: Path, model: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    done = iter([False, False, True])
    module = sys.modules["einthoven.models.beats"]

    def classify(*args: object) -> object:
        if next(done):
            raise KeyboardInterrupt
        return stand_in.classify_beats(*args)

    monkeypatch.setattr(module, "classify_beats", classify)
    assert run(["analyze", str(folder), "--model", model]) == 130
    shown = capsys.readouterr()
    assert "r0" in shown.out
    assert "r1" in shown.out
    assert "r2" not in shown.out
    assert "Interrupted" in shown.err


def test_schema_is_the_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema"]) == 0
    schema = json.loads(capsys.readouterr().out)
    assert schema == json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["properties"]["schema"]["const"] == "einthoven.analysis/1"


def test_convert_keeps_signals_and_leads(
    record: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "one.edf"
    assert run(["convert", record, str(target)]) == 0
    before, after = read(record), read(target)
    assert after.leads == before.leads
    assert after.fs == before.fs
    assert abs(after.signals[:, : before.n_samples] - before.signals).max() < 0.002


@pytest.mark.parametrize("name", ["strip.png", "strip.svg"])
def test_view_draws(record: str, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["view", record, "--seconds", "10", "--out", str(tmp_path / "new" / name)]) == 0
    assert (tmp_path / "new" / name).stat().st_size > 1000


def test_models_show_and_verify(model: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["models", "show", model]) == 0
    assert "knows nothing" in capsys.readouterr().out
    assert run(["models", "show", model, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["name"] == "tiny"
    assert run(["models", "verify", model]) in (0, 1)
    assert "free sizes" in capsys.readouterr().out


def test_verify_fails_on_a_damaged_bundle(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = make_bundle(tmp_path / "tiny")
    (folder / "model.onnx").write_bytes(b"gone")
    assert run(["models", "verify", str(folder)]) == 1
    assert "failed" in capsys.readouterr().out


def test_data_list_counts_records(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EINTHOVEN_DATA", str(folder.parent))
    assert run(["data", "list"]) == 0
    assert "recordings" in capsys.readouterr().out


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_every_verb_has_help_with_an_example(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([verb, "--help"]) == 0
    assert f"einthoven {verb}" in capsys.readouterr().out.split("Example", 1)[1]


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("einthoven 0.")


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_json_goes_to_stdout_also_while_a_bar_is_on_the_terminal(
    record: str, model: str, tmp_path: Path
) -> None:
    import os
    import pty
    import subprocess

    terminal, theirs = pty.openpty()
    code = (
        "import sys, types; sys.path.insert(0, sys.argv.pop(1)); import stand_in; "
        "sys.modules['einthoven.models.beats'] = "
        "types.SimpleNamespace(classify_beats=stand_in.classify_beats); "
        "from einthoven.cli import run; sys.exit(run(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", code, str(Path(__file__).parent.parent)]
    command += ["analyze", record, "--model", model, "--json"]
    with (tmp_path / "out.json").open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=theirs, env=os.environ | {"TERM": "xterm"})
        os.close(theirs)
        shown = b""
        try:
            while block := os.read(terminal, 4096):
                shown += block
        except OSError:
            """Linux ends a terminal without writers with an error."""
        assert process.wait() == 0
    os.close(terminal)
    assert json.loads((tmp_path / "out.json").read_text())["schema"] == "einthoven.analysis/1"
    assert b"einthoven.analysis" not in shown
