# SPDX-License-Identifier: Apache-2.0
"""Damaged and hostile binary logs and folders: read in part and said so, or refused; never a crash or a hang."""

import os
import resource
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from binary_logs import SAMPLES, event_file_of, history, message, wandb_file, wandb_log
from goodfit.errors import NoCurvesError, ReadError
from goodfit.readers import Log, read_each, read_history, read_log, read_runs


def _is_plain_run(folder: Path) -> bool:
    """Whether it is a run of MLflow that was not resumed: cut short, that one still has what was dropped later."""
    return (folder / "metrics").is_dir() and "resumed" not in (folder / "meta.yaml").read_text(
        encoding="utf-8"
    )


WANDB = sorted(SAMPLES.rglob("*.wandb"))
LAYOUTS = ("tags", "tensors", "purged", "add_scalars/loss_val")
EVENTS = [
    next(path for path in sorted((SAMPLES / "tensorboard" / layout).glob("*tfevents*"))) for layout in LAYOUTS
]
METRICS = sorted(
    path / "metrics" / "val_loss" for path in (SAMPLES / "mlflow-files").rglob("*") if _is_plain_run(path)
)


@pytest.mark.parametrize("file", [WANDB[-1], *EVENTS, *METRICS], ids=lambda path: path.name[:30])
def test_truncated_at_every_byte(file: Path) -> None:
    """A file of the real tool that ends at any byte gives what is whole, or a ReadError; no value is made up."""
    raw = file.read_bytes()
    whole = _values(raw, file)
    for end in range(len(raw)):
        assert _values(raw[:end], file) <= whole


def _values(raw: bytes, file: Path) -> set[tuple[str, str]]:
    """All values by curve, as text so that NaN equals NaN."""
    try:
        runs = read_log(Log(source=str(file), raw=raw))
    except ReadError:
        return set()
    return {
        (name, str(value)) for run in runs for name, curve in run.curves.items() for value in curve.values
    }


@pytest.mark.parametrize("file", [*WANDB, *EVENTS], ids=lambda path: path.name[:30])
def test_one_wrong_byte_anywhere(file: Path) -> None:
    """A byte that was changed costs points and is noticed; it never changes a value, since checksums guard them."""
    raw = file.read_bytes()
    whole = _values(raw, file)
    for at in range(8, len(raw), 7):
        assert _values(raw[:at] + bytes((raw[at] ^ 0x55,)) + raw[at + 1 :], file) <= whole


def test_wandb_records_over_blocks() -> None:
    """A record longer than a block comes in pieces and is put together; damage costs that record only."""
    long = history({"_step": 1, "val/loss": 1.5, "note": "x" * 70_000})
    raw = wandb_log((history({"_step": 0, "val/loss": 2.0}), long, history({"_step": 2, "val/loss": 1.0})))
    (run,) = read_log(Log(source="x", raw=raw))
    assert run.curves["val_loss"].values == (2.0, 1.5, 1.0)
    (run,) = read_log(Log(source="x", raw=raw[:40_000] + b"\0" + raw[40_001:]))
    assert run.curves["val_loss"].values == (2.0, 1.0)
    assert "left out" in run.warnings[0]


def test_wandb_values_that_are_none() -> None:
    """Records that are no message, values that are no JSON, text and nested values do not stop the reading."""
    rows = [history({"_step": 0, "val/loss": 2.0}), b"\xff\xff", message(2, message(1, message(16, b"{")))]
    (run,) = read_log(Log(source="x", raw=wandb_log([*rows, history({"_step": 1, "val/loss": {"a": [1]}})])))
    assert run.curves["val_loss"].values == (2.0,)
    assert "2 records" in run.warnings[0]


def test_run_without_history() -> None:
    """A run that has only just begun is said to have no history."""
    with pytest.raises(NoCurvesError, match="no history yet"):
        read_log(Log(source="x", raw=wandb_file([])))


def test_huge_lengths_take_no_memory() -> None:
    """Lengths of exabytes in any frame or field are refused in a process that may use 512 MiB."""
    script = (
        "import resource; resource.setrlimit(resource.RLIMIT_AS, (512 * 2**20,) * 2)\n"
        "from binary_logs import *\n"
        "from goodfit.errors import ReadError\n"
        "from goodfit.readers import Log, read_log\n"
        "huge = b'\\xff' * 8\n"
        "inner = b'\\x2a' + b'\\xff' * 8 + b'\\x7f'\n"
        "raws = [VERSION + huge + masked(huge) + b'x' * 99, VERSION + record(inner), event_file(inner),\n"
        "        wandb_log([b'\\x12' + b'\\xff' * 8 + b'\\x7f'])]\n"
        "for raw in raws:\n"
        "    try:\n"
        "        read_log(Log(source='x', raw=raw))\n"
        "    except ReadError as error:\n"
        "        print('refused')\n"
    )
    paths = os.pathsep.join(path for path in sys.path if path)
    environment = {**os.environ, "PYTHONPATH": paths, "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=environment, check=False
    )
    assert done.stdout.split() == ["refused"] * 4, done.stderr
    assert resource.RLIMIT_AS


def test_rings_of_links(tmp_path: Path) -> None:
    """A folder that links to itself is gone through once."""
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "events.out.tfevents.1").write_bytes(event_file_of({"val/loss": [2.0, 1.0, 1.5]}))
    (tmp_path / "run" / "again").symlink_to(tmp_path)
    (tmp_path / "run" / "train").symlink_to(tmp_path / "run")
    (tmp_path / "broken.db").symlink_to(tmp_path / "broken.db")
    assert len(read_runs(tmp_path)) == 1


def test_pipes_and_devices_are_left_alone(tmp_path: Path) -> None:
    """A pipe with the name of a log would never end; it is passed over in a directory."""
    os.mkfifo(tmp_path / "a.csv")
    os.mkfifo(tmp_path / "events.out.tfevents.1")
    (tmp_path / "b.csv").write_text("epoch,val_loss\n0,1\n1,2\n", encoding="utf-8")
    assert len(read_runs(tmp_path)) == 1


def test_folders_that_hold_copies(tmp_path: Path) -> None:
    """The summary that W&B keeps beside a run is not read as another run."""
    (tmp_path / "run-a" / "files").mkdir(parents=True)
    (tmp_path / "run-a" / "run-a.wandb").write_bytes(wandb_file([{"_step": 0, "val/loss": 2.0}]))
    (tmp_path / "run-a" / "files" / "wandb-summary.json").write_text('{"val/loss": 2.0}', encoding="utf-8")
    assert [path.name for path, _ in read_each(tmp_path)] == ["run-a.wandb"]


def test_damaged_mlruns(tmp_path: Path) -> None:
    """A metric's file that is binary, or empty, or half written does not hide the others."""
    folder = tmp_path / "run"
    (folder / "metrics" / "val").mkdir(parents=True)
    (folder / "meta.yaml").write_text("run_name: 'base'\n", encoding="utf-8")
    (folder / "metrics" / "a_empty").write_bytes(b"")
    (folder / "metrics" / "train_loss").write_text("1795631548473 2.0 0\n1795631548474 1.", encoding="utf-8")
    (folder / "metrics" / "val" / "loss").write_text("1795631548473 1.5 0\r\nnonsense\r\n", encoding="utf-8")
    run = read_history(folder)
    assert run.curves["train_loss"].values == (2.0,)
    assert run.curves["val_loss"].values == (1.5,)
    assert run.source == f"{folder} (run=base)"
    (folder / "metrics" / "val" / "loss").write_bytes(b"1795631548473 1.5 0\n\xff\0")
    with suppress(ReadError):
        assert read_runs(folder)
