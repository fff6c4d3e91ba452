# SPDX-License-Identifier: Apache-2.0
"""What can be given as logs: files, folders, patterns, standard input, gzip; and what lies about beside logs."""

import gzip
import io
import os
import sys
from pathlib import Path

import pytest

from goodfit.errors import FormatError, ReadError, SeveralRunsError
from goodfit.readers import _log, read_each, read_history, read_runs

RUN = "epoch,train_loss,val_loss\n0,2.0,1.9\n1,1.5,1.6\n"
OTHER = RUN.replace("1.6", "1.7")
PRINTED = "loading\nEpoch 1 | train_loss: 2.0 | val_loss: 1.9\nEpoch 2 | train_loss: 1.5 | val_loss: 1.6\n"


def write(path: Path, text: str | bytes) -> Path:
    """Write a file, with the folders it stands in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def pipe(monkeypatch: pytest.MonkeyPatch, raw: bytes) -> None:
    """Let these bytes be what is piped into the program."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))


@pytest.mark.parametrize(
    "text", [RUN, PRINTED, '{"epoch": 0, "loss": 2.0, "val_loss": 1.9}\n{"epoch": 1, "val_loss": 1.6}\n']
)
def test_standard_input(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """A hyphen is standard input, in any format, packed or not."""
    for raw in (text.encode(), gzip.compress(text.encode())):
        pipe(monkeypatch, raw)
        history = read_history("-")
        assert history.curves["val_loss"].values == (1.9, 1.6)
        assert history.source == "standard input"


def test_empty_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing piped in is an error that says so; a program without any standard input too."""
    pipe(monkeypatch, b"")
    with pytest.raises(FormatError, match="empty"):
        read_history("-")
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(ReadError, match="no standard input"):
        read_history("-")


def test_patterns_and_several(tmp_path: Path) -> None:
    """A pattern gives each file that matches, also in folders; a file that is given twice is read once."""
    one, two = write(tmp_path / "a" / "one.csv", RUN), write(tmp_path / "b" / "two.csv", OTHER)
    assert len(read_runs(f"{tmp_path}/*/*.csv")) == 2
    assert len(read_runs(f"{tmp_path}/**/two.csv")) == 1
    assert len(read_runs([one, two, one])) == 2
    assert len(read_runs([tmp_path / "a", two])) == 2
    with pytest.raises(SeveralRunsError, match="2 runs"):
        read_history([one, two])
    with pytest.raises(ReadError, match="no file matches"):
        read_runs(f"{tmp_path}/*.nothing")
    with pytest.raises(ReadError, match="no log was given"):
        read_runs([])
    odd = write(tmp_path / "a[1].csv", RUN)
    assert read_history(odd).source == str(odd)  # a file that is there is no pattern


def test_gzip(tmp_path: Path) -> None:
    """A packed log is read as what is in it, whatever it is called; cut off, as far as it goes."""
    packed = gzip.compress((RUN + "".join(f"{e},1.{e},1.{e}\n" for e in range(2, 3000))).encode())
    history = read_history(write(tmp_path / "log.csv.gz", packed))
    assert len(history.curves["val_loss"]) == 3000
    assert history.warnings == ()
    cut = read_history(write(tmp_path / "cut", packed[: len(packed) // 2]))
    assert cut.curves["val_loss"].values[:2] == (1.9, 1.6)
    assert any("cut off or damaged" in warning for warning in cut.warnings)
    with pytest.raises(ReadError, match="cannot be unpacked"):
        read_history(write(tmp_path / "broken.gz", b"\x1f\x8b\x08\x00"))
    with pytest.raises(FormatError, match="a gzip archive in a gzip archive"):
        read_history(write(tmp_path / "twice.gz", gzip.compress(packed)))


def test_a_bomb_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A few kilobytes that unpack to more than a log can have are refused while they are unpacked."""
    monkeypatch.setattr(_log, "MAX_BYTES", 2**21)
    bomb = write(tmp_path / "bomb.csv.gz", gzip.compress(b"epoch,train_loss\n" + b"1,2\n" * 2**20))
    assert bomb.stat().st_size < 20_000
    with pytest.raises(ReadError, match="unpacks to more than 2 MiB"):
        read_history(bomb)


def test_text_logs_in_a_folder(tmp_path: Path) -> None:
    """Text files are taken by content: printed logs are runs, and what else people keep beside them is not."""
    write(tmp_path / "train.log", PRINTED)
    write(tmp_path / "slurm-12.out", PRINTED.replace("1.6", "1.61"))
    write(tmp_path / "nohup.out", PRINTED.replace("1.6", "1.62"))
    write(tmp_path / "log", PRINTED.replace("1.6", "1.63"))
    write(tmp_path / "old.txt.gz", gzip.compress(PRINTED.replace("1.6", "1.64").encode()))
    write(tmp_path / "table.txt", RUN.replace("1.6", "1.65"))
    write(tmp_path / "README.txt", "Our runs\n\n" + PRINTED)
    write(tmp_path / "requirements.txt", "torch==2.13.0\nnumpy>=1.26\n")
    write(tmp_path / "notes.txt", PRINTED)
    write(tmp_path / "words.txt", "We trained 3 models.\nThe loss was fine.\n")
    write(tmp_path / "server.log", "GET /loss 200\nGET /epoch 404 12\n")
    write(tmp_path / "data.dat", bytes(range(256)) * 40)
    write(tmp_path / "model.py", "train_loss = 0.5\nval_loss = 0.6\n")
    write(tmp_path / "empty.log", "")
    names = [path.name for path, _ in read_each(tmp_path)]
    assert names == ["log", "nohup.out", "old.txt.gz", "slurm-12.out", "table.txt", "train.log"]
    assert all(isinstance(found, tuple) for _, found in read_each(tmp_path))


def test_links_pipes_and_locked_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rings of links end, a pipe is not waited for, and a folder that cannot be looked into is named."""
    write(tmp_path / "a" / "one.csv", RUN)
    (tmp_path / "a" / "ring").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "a" / "self.csv").symlink_to(tmp_path / "a" / "self.csv")
    (tmp_path / "a" / "gone.csv").symlink_to(tmp_path / "nothing.csv")
    os.mkfifo(tmp_path / "a" / "pipe.csv")
    (tmp_path / "locked").mkdir()
    scan = os.scandir

    def scandir(path: str) -> object:
        if str(path).endswith("locked"):
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", scandir)
    found = {path.name: runs for path, runs in read_each(tmp_path)}
    assert set(found) == {"one.csv", "gone.csv", "self.csv", "locked"}
    assert isinstance(found["locked"], ReadError)
    assert "Permission denied" in str(found["locked"])
    assert len(read_runs(tmp_path)) == 1
    with pytest.raises(ReadError, match="cannot be read"):
        read_history(tmp_path / "a" / "self.csv")


def test_copies_are_named_and_read_once(tmp_path: Path) -> None:
    """Trap 5: one run that two loggers wrote, by epoch and by step and rounded, is one run; another run is another."""
    losses = [(2.0 / (e + 1), 1.9 / (e + 1) + 0.01 * e) for e in range(12)]
    write(
        tmp_path / "version_0" / "metrics.csv",
        "epoch,train_loss,val_loss\n" + "".join(f"{e},{a!r},{b!r}\n" for e, (a, b) in enumerate(losses)),
    )
    write(
        tmp_path / "version_1" / "metrics.csv",
        "step,train_loss,val_loss\n"
        + "".join(f"{7 * e},{a:.9g},{b:.9g}\n" for e, (a, b) in enumerate(losses)),
    )
    write(
        tmp_path / "version_2" / "metrics.csv",
        "epoch,train_loss,val_loss\n"
        + "".join(f"{e},{a!r},{b * 1.001!r}\n" for e, (a, b) in enumerate(losses)),
    )
    first, copy, other = (found for _, found in read_each(tmp_path))
    assert isinstance(first, tuple)
    assert isinstance(other, tuple)
    assert isinstance(copy, ReadError)
    assert "the same run as" in copy.found
    assert "version_0" in copy.found
