"""``einthoven serve``: keys, and refusals that come before anything listens."""

from __future__ import annotations

from pathlib import Path

import pytest

from einthoven.cli import run


def test_tokens_are_made_listed_and_revoked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = ["--data", str(tmp_path)]
    assert run(["serve", "token", "add", "ward-3", "--role", "reviewer", *data]) == 0
    token = capsys.readouterr().out.strip()
    assert token.startswith("ein_")
    assert len(token) > 40
    assert run(["serve", "token", "list", *data]) == 0
    listed = capsys.readouterr().out
    assert "ward-3" in listed
    assert "reviewer" in listed
    assert token not in listed
    assert run(["serve", "token", "add", "ward-3", *data]) == 1
    assert "already" in capsys.readouterr().err
    assert run(["serve", "token", "revoke", "ward-3", *data]) == 0
    assert run(["serve", "token", "revoke", "nobody", *data]) == 1
    assert "token list" in capsys.readouterr().err


def test_other_machines_are_not_served_without_a_token(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["serve", "--host", "0.0.0.0", "--data", str(tmp_path)]) == 1
    assert "einthoven serve token add" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--db", "mysql://x"], "not supported"),
        (["--port", "70000"], "port"),
        (["--workers", "0"], "workers"),
    ],
)
def test_settings_that_cannot_be_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], said: str
) -> None:
    assert run(["serve", "--data", str(tmp_path), *options]) == 1
    assert said in capsys.readouterr().err


def test_a_newer_database_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import sqlite3

    assert run(["serve", "token", "list", "--data", str(tmp_path)]) == 0
    with sqlite3.connect(tmp_path / "einthoven.sqlite3") as database:
        database.execute("update alembic_version set version_num = '9999'")
    database.close()
    assert run(["serve", "token", "list", "--data", str(tmp_path)]) == 1
    assert "newer Einthoven" in capsys.readouterr().err
