# SPDX-License-Identifier: Apache-2.0
"""SQLite databases of others: locked, in use, damaged, hostile; never written to, not even beside them."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import pytest

from binary_logs import MLFLOW, SAMPLES, TRACKIO, database, mlflow_row, trackio_row
from goodfit.errors import FormatError, NoCurvesError, ReadError, SeveralRunsError
from goodfit.readers import Log, _sqlite, read_history, read_log, read_runs

ROWS = (mlflow_row("train_loss", 2.0, 0), mlflow_row("val_loss", 1.5, 0), mlflow_row("val_loss", 1.25, 1))
RUN = database(*MLFLOW, *ROWS)


def content(folder: Path) -> dict[str, bytes]:
    """All files of a folder."""
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def live(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """An MLflow database with a write-ahead log, and a writer that keeps it open."""
    (tmp_path / "mlflow.db").write_bytes(RUN)
    with closing(sqlite3.connect(tmp_path / "mlflow.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        yield connection


def test_locked_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that a writer keeps locked is waited for, then refused with the reason."""
    monkeypatch.setattr(_sqlite, "PATIENCE", 0.1)
    file = tmp_path / "mlflow.db"
    file.write_bytes(RUN)
    with closing(sqlite3.connect(file, isolation_level=None)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        before = content(tmp_path)
        with pytest.raises(ReadError, match="keeps it locked"):
            read_history(file)
        assert content(tmp_path) == before
        writer.execute("COMMIT")
        assert len(read_history(file).curves["val_loss"]) == 2


def test_database_in_use(tmp_path: Path, live: sqlite3.Connection) -> None:
    """What stands only in the write-ahead log of a running writer is read, and nothing is touched."""
    live.execute(mlflow_row("val_loss", 1.0, 2))
    before = content(tmp_path)
    assert read_history(tmp_path / "mlflow.db").curves["val_loss"].values == (1.5, 1.25, 1.0)
    assert content(tmp_path) == before
    live.execute("BEGIN IMMEDIATE")
    live.execute(mlflow_row("val_loss", 9.0, 3))
    assert len(read_history(tmp_path / "mlflow.db").curves["val_loss"]) == 3


def test_write_ahead_log_at_rest(tmp_path: Path) -> None:
    """A database that was closed is read without making the files that SQLite lays beside it."""
    shutil.copy(SAMPLES / "trackio" / "digits.db", tmp_path)
    assert len(read_runs(tmp_path / "digits.db")) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["digits.db"]


def test_writer_that_died(tmp_path: Path) -> None:
    """The journal of a writer that died is played back in a copy, and stays where it is."""
    file = tmp_path / "mlflow.db"
    file.write_bytes(RUN)
    with closing(sqlite3.connect(file, isolation_level=None)) as writer:
        writer.execute("PRAGMA cache_size = 1")
        writer.execute("BEGIN")
        writer.execute("UPDATE metrics SET value = 99")
        for step in range(2, 500):
            writer.execute(mlflow_row("val_loss", 9.0, step))
        folder = tmp_path / "dead"
        shutil.copytree(tmp_path, folder)
        writer.execute("ROLLBACK")
    before = content(folder)
    assert [path.name for path in sorted(folder.iterdir())] == ["mlflow.db", "mlflow.db-journal"]
    assert read_history(folder / "mlflow.db").curves["val_loss"].values == (1.5, 1.25)
    assert content(folder) == before


@pytest.mark.parametrize(
    "statements",
    [
        ("CREATE TABLE songs (title TEXT)",),
        ("CREATE TABLE metrics (key TEXT, value FLOAT)",),
        (
            "CREATE VIEW metrics AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x FROM n) SELECT x FROM n",
        ),
        ("CREATE TABLE gone (a)", "DROP TABLE gone"),
    ],
)
def test_foreign_schema(statements: tuple[str, ...]) -> None:
    """A database of another program is refused by name; a view that never ends is not even looked at."""
    with pytest.raises(FormatError, match=r"SQLite database holds no training log|cannot be read"):
        read_log(Log(source="x.db", raw=database(*statements)))


def test_queries_that_do_not_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """A query that would take for ever is stopped; the clock runs by a second a look here."""
    monkeypatch.setattr(_sqlite, "_LIMIT", 0.5)
    monkeypatch.setattr(_sqlite, "_STEPS", 100)
    rows = [mlflow_row("val_loss", float(step), step) for step in range(2_000)]
    looks = count()
    monkeypatch.setattr("goodfit.readers._sqlite.time", SimpleNamespace(monotonic=lambda: float(next(looks))))
    with pytest.raises(ReadError, match="takes more than"):
        read_log(Log(source="x.db", raw=database(*MLFLOW, *rows)))


def test_odd_cells_are_left_out() -> None:
    """Text, blobs and nothing in a column of numbers are no points, and no error."""
    odd = (
        "INSERT INTO metrics VALUES ('val_loss', 'high', 5, 'a1', 5, 0)",
        "INSERT INTO metrics VALUES ('val_loss', x'00ff', 6, 'a1', 6, 0)",
        "INSERT INTO metrics VALUES ('val_loss', NULL, 7, 'a1', 7, 0)",
        "INSERT INTO metrics VALUES (NULL, 1.0, 8, 'a1', 8, 0)",
        "INSERT INTO metrics VALUES (CAST(x'ff' AS TEXT), 1.0, 8, 'a1', 8, 0)",
    )
    (history,) = read_log(Log(source="x.db", raw=database(*MLFLOW, *ROWS, *odd)))
    assert len(history.curves["val_loss"]) == 2
    assert history.warnings == ("4 rows without a number were left out.",)


def test_copies_of_autologging() -> None:
    """MLflow's autologging writes train_loss_epoch twice, and batches with a step of their own: one loss, one per batch."""
    rows = [
        mlflow_row(key, 2.0 - step / 8, step)
        for step in range(4)
        for key in ("train_loss", "train_loss_epoch", "val_loss")
    ]
    batches = [mlflow_row("train_loss_step", 3.0, step * 50) for step in range(4)]
    (history,) = read_log(Log(source="x.db", raw=database(*MLFLOW, *rows, *batches)))
    assert set(history.curves) == {"train_loss", "val_loss", "train_loss_step"}
    assert list(history.curves["train_loss_step"].x) == [0, 50, 100, 150]


def test_several_runs_are_all_named() -> None:
    """Each run of a database is a history under its name, by its id where names are shared; the bin stays shut."""
    runs = (
        "INSERT INTO runs VALUES ('b2', 'base', 'active')",
        "INSERT INTO runs VALUES ('c3', 'other', 'active')",
        "INSERT INTO runs VALUES ('d4', 'gone', 'deleted')",
        *(mlflow_row("val_loss", 1.0, 0, run=run) for run in ("b2", "c3", "d4")),
    )
    found = read_log(Log(source="x.db", raw=database(*MLFLOW, *ROWS, *runs)))
    assert [run.source for run in found] == [
        "x.db (run=base, id=a1)",
        "x.db (run=base, id=b2)",
        "x.db (run=other)",
    ]


def test_one_run_is_not_chosen_in_silence() -> None:
    """read_history of a database with several runs names them."""
    with pytest.raises(SeveralRunsError, match=r"run=base.*run=other"):
        read_history(SAMPLES / "trackio" / "digits.db")


def test_databases_without_curves() -> None:
    """An experiment that has only just begun is said to have no metric."""
    for raw in (database(*MLFLOW), database(TRACKIO), database(TRACKIO, trackio_row(0, {"lr": 1.0}))):
        with pytest.raises(NoCurvesError):
            read_log(Log(source="x.db", raw=raw))


def test_trackio_rows_that_are_no_json() -> None:
    """A row whose metrics are no object is left out, and counted."""
    broken = "INSERT INTO metrics (run_id, run_name, step, metrics) VALUES ('base', 'base', 1, '{\"a\"')"
    (history,) = read_log(
        Log(source="x.db", raw=database(TRACKIO, trackio_row(0, {"val_loss": 1.0}), broken))
    )
    assert "1 row" in history.warnings[0]


@pytest.mark.parametrize("tool", ["mlflow-sqlite/mlflow.db", "trackio/digits.db"])
def test_truncated_and_damaged(tool: str, tmp_path: Path) -> None:
    """Cut off or damaged at many places, on disk: read, or refused by a ReadError; nothing is left beside it."""
    raw = (SAMPLES / tool).read_bytes()
    file = tmp_path / "copy.db"
    for at in range(0, len(raw), 97):
        for damaged in (raw[:at], raw[:at] + b"\xff\x00\xff" + raw[at + 3 :]):
            file.write_bytes(damaged)
            with suppress(ReadError):
                assert read_runs(file)
    assert os.listdir(tmp_path) == ["copy.db"]  # noqa: PTH208 - names alone
