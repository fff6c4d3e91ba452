# SPDX-License-Identifier: Apache-2.0
"""Several runs are never mixed, and never chosen from in silence."""

from pathlib import Path

import pytest

from goodfit.errors import ReadError, SeveralRunsError
from goodfit.readers import read_history, read_runs

RUN = "epoch,train_loss,val_loss\n0,2.0,1.9\n1,1.5,1.6\n"
TWO_RUNS = "run,epoch,val_loss\na,0,1\na,1,2\nb,0,3\nb,1,4\n"


def write(path: Path, text: str) -> Path:
    """Write a file, with the folders it stands in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_runs_in_one_file(tmp_path: Path) -> None:
    """A run column makes several runs: one history each, and an error that names them."""
    file = write(tmp_path / "all.csv", TWO_RUNS)
    assert [run.curves["val_loss"].values for run in read_runs(file)] == [(1, 2), (3, 4)]
    with pytest.raises(SeveralRunsError, match=r"2 runs.*run=a.*run=b") as caught:
        read_history(file)
    assert "read_runs" in str(caught.value)


def test_interleaved_numbered_runs(tmp_path: Path) -> None:
    """Runs whose rows alternate, told apart by two columns, are separated."""
    rows = "".join(f"{e},{m},{s},{e + 10 * s}\n" for e in range(3) for m in ("x", "y") for s in (1, 2))
    runs = read_runs(write(tmp_path / "all.csv", "epoch,model,seed,val_loss\n" + rows))
    assert [str(run.source).rpartition("(")[2] for run in runs] == [
        "model=x, seed=1)", "model=x, seed=2)", "model=y, seed=1)", "model=y, seed=2)",
    ]  # fmt: skip
    assert runs[1].curves["val_loss"].values == (20, 21, 22)


def test_runs_without_an_epoch_column(tmp_path: Path) -> None:
    """Without x values, runs of several rows are told apart by the run column alone."""
    assert len(read_runs(write(tmp_path / "all.csv", "run,val_loss\na,1\na,2\nb,3\nb,4\n"))) == 2


@pytest.mark.parametrize(
    "text",
    [
        "run,epoch,val_loss\na,0,1\na,1,2\nb,2,3\nb,3,4\n",  # resumed under a new name
        "id,epoch,train_loss,val_loss\n1,0,2,\n2,0,,3\n3,1,1,\n4,1,,2\n",  # a name for each row
        "seed,epoch,val_loss\n7,0,1\n7,1,2\n",  # one value only
    ],
)
def test_columns_that_do_not_mean_several_runs(tmp_path: Path, text: str) -> None:
    """A resumed run, numbered rows and a constant are one run."""
    assert len(read_runs(write(tmp_path / "one.csv", text))) == 1


def test_directory(tmp_path: Path) -> None:
    """A directory gives every readable run below it, sorted; other files are passed over."""
    write(tmp_path / "b" / "metrics.csv", RUN.replace("1.6", "1.7"))
    write(tmp_path / "a" / "log.jsonl", '{"epoch": 0, "loss": 1, "val_loss": 2}\n')
    write(tmp_path / "a" / "config.json", '{"layers": [1, 2], "lr": 0.1}')
    write(tmp_path / "a" / "notes.txt", RUN)
    write(tmp_path / ".cache" / "metrics.csv", RUN)
    runs = read_runs(tmp_path)
    assert [Path(str(run.source)).name for run in runs] == ["log.jsonl", "metrics.csv"]
    with pytest.raises(SeveralRunsError, match=r"log\.jsonl"):
        read_history(tmp_path)


def test_directory_with_one_log(tmp_path: Path) -> None:
    """A directory with one log is that log."""
    write(tmp_path / "version_0" / "metrics.csv", RUN)
    assert read_history(tmp_path).curves["val_loss"].values == (1.9, 1.6)


def test_one_run_logged_twice_is_one_run(tmp_path: Path) -> None:
    """A second log of the same run, or the state of an earlier checkpoint, is left out."""
    write(tmp_path / "version_0" / "metrics.csv", RUN)
    write(tmp_path / "version_1" / "metrics.csv", RUN)
    write(tmp_path / "early" / "metrics.csv", RUN.removesuffix("1,1.5,1.6\n"))
    (run,) = read_runs(tmp_path)
    assert "version_0" in str(run.source)


def test_diverged_copies_are_copies(tmp_path: Path) -> None:
    """NaN equals NaN when two logs are compared."""
    write(tmp_path / "one.csv", RUN.replace("1.6", "nan"))
    write(tmp_path / "two.csv", RUN.replace("1.6", "nan"))
    assert len(read_runs(tmp_path)) == 1


def test_directory_without_a_log(tmp_path: Path) -> None:
    """A directory without a readable log says what was looked at."""
    with pytest.raises(ReadError, match="no file ending in"):
        read_runs(tmp_path)
    write(tmp_path / "config.json", '{"a": 1}')
    with pytest.raises(ReadError, match=r"config\.json: "):
        read_history(tmp_path)
