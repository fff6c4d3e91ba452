# SPDX-License-Identifier: Apache-2.0
"""The run store: a finished training is never repeated, an unfinished one leaves nothing that could be mistaken for one."""

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from goodfit.errors import StoreError
from goodfit.execution import Job, RunStore, StoredRun, carry_out
from goodfit.training import Patience, Settings, TaskSource, Trained, prepare, save_weights, train
from goodfit.values import Arm
from toy_task import decayed


def _job(toy: str, store: Path, **changes: object) -> Job:
    return Job(TaskSource(f"{toy}:task"), replace(Settings(seed=0, max_epochs=2), **changes), store)  # type: ignore[arg-type]


def _path(stored: StoredRun) -> Path:
    assert isinstance(stored.folder, Path)
    return stored.folder


def test_a_finished_training_is_not_repeated(toy: str, tmp_path: Path) -> None:
    """The second call finds the first one's run, with the same numbers and weights."""
    first = carry_out(_job(toy, tmp_path))
    trained: list[int] = []
    again = carry_out(_job(toy, tmp_path), lambda *heard: trained.append(heard[0]))
    assert trained == []
    assert again.run == first.run
    assert torch.equal(again.weights()["0.weight"], first.weights()["0.weight"])
    assert RunStore(tmp_path).count() == 1


def test_a_cap_that_would_not_have_ended_a_training_finds_it(toy: str, tmp_path: Path) -> None:
    """What ended by itself within a cap is what the cap would have given; one that a cap cuts short is another training."""
    whole = carry_out(_job(toy, tmp_path, max_epochs=None))
    heard: list[int] = []
    again = carry_out(_job(toy, tmp_path, max_epochs=whole.run.epochs), lambda *each: heard.append(each[0]))
    assert (again.folder, heard) == (whole.folder, [])
    cut = carry_out(_job(toy, tmp_path, max_epochs=whole.run.epochs - 1), lambda *each: heard.append(each[0]))
    assert cut.folder != whole.folder
    assert heard == list(range(1, whole.run.epochs))


def test_what_was_said_about_a_run_is_not_its_identity(toy: str, tmp_path: Path) -> None:
    """Arm and knob names relabel a run; seed, patience and weight decay make another one."""
    first = carry_out(_job(toy, tmp_path))
    other = carry_out(_job(toy, tmp_path, arm=Arm.TREATMENT, knobs={"weight decay": 0.0}))
    assert other.folder == first.folder
    assert (other.run.arm, dict(other.run.setting)) == (Arm.TREATMENT, {"weight decay": 0.0})
    store, task = RunStore(tmp_path), "t"
    settings = Settings(seed=0)
    keys = {
        store.key(task, s)
        for s in (
            settings,
            replace(settings, seed=1),
            replace(settings, patience=Patience()),
            replace(settings, treatment=decayed(0.1)),
            replace(settings, treatment=decayed(0.2)),
        )
    }
    assert len(keys) == 5
    assert store.key("u", settings) not in keys


def test_a_broken_run_is_trained_anew(toy: str, tmp_path: Path) -> None:
    """A run written by another version, or damaged, is replaced and not trusted."""
    stored = carry_out(_job(toy, tmp_path))
    (_path(stored) / "run.json").write_text('{"type": "Run", "schema_version": 0}', encoding="utf-8")
    assert carry_out(_job(toy, tmp_path)).run.score == stored.run.score
    assert RunStore(tmp_path).count() == 1


def test_damaged_weights_are_named(toy: str, tmp_path: Path) -> None:
    """A checkpoint that cannot be read is an error that names its file."""
    stored = carry_out(_job(toy, tmp_path))
    (_path(stored) / "weights.safetensors").write_bytes(b"rubbish")
    with pytest.raises(StoreError, match=r"weights\.safetensors"):
        stored.weights()


def test_nothing_is_left_when_keeping_fails(toy: str, tmp_path: Path) -> None:
    """A store that cannot be written says so; no half run appears."""
    (tmp_path / "runs").write_text("in the way", encoding="utf-8")
    with pytest.raises(StoreError, match=r"cannot be (kept|read)"):
        carry_out(_job(toy, tmp_path))


@pytest.fixture(scope="module")
def trained(toy: str) -> Trained:
    """A short training, to be kept under many keys."""
    prepared = prepare(TaskSource(f"{toy}:task"))
    return train(prepared.task, prepared.pool, Settings(seed=0, max_epochs=1))


def test_a_run_that_is_not_text_is_trained_anew(trained: Trained, tmp_path: Path) -> None:
    """A run.json with bytes that are not UTF-8 counts as no run, and is replaced by the next one."""
    store, settings = RunStore(tmp_path), Settings(seed=0)
    kept = store.keep("t", settings, trained.run, trained.state)
    (_path(kept) / "run.json").write_bytes(b"\xff\xfe rubbish \x80")
    (_path(kept) / "weights.safetensors").write_bytes(b"rubbish")
    assert store.find("t", settings) is None
    again = store.keep("t", settings, trained.run, trained.state)
    found = store.find("t", settings)
    assert found is not None
    assert found.run == again.run == trained.run
    assert torch.equal(again.weights()["0.weight"], trained.state["0.weight"])
    assert [path.name for path in (tmp_path / "runs").iterdir()] == [kept.folder.name]


def test_the_first_of_two_runs_stays(trained: Trained, tmp_path: Path) -> None:
    """Who finishes the same training second gets the first one's run under his own labels; no file is touched."""
    store, settings = RunStore(tmp_path), Settings(seed=0)
    first = store.keep("t", settings, trained.run, trained.state)
    stamps = {path: path.stat().st_mtime_ns for path in _path(first).iterdir()}
    slower = replace(trained.run, seconds=trained.run.seconds + 1)
    second = store.keep("t", replace(settings, arm=Arm.TREATMENT), slower, trained.state)
    assert second.run == replace(trained.run, arm=Arm.TREATMENT)
    assert {path: path.stat().st_mtime_ns for path in _path(first).iterdir()} == stamps
    assert [path.name for path in (tmp_path / "runs").iterdir()] == [first.folder.name]


def test_what_a_killed_writer_left_is_removed(trained: Trained, tmp_path: Path) -> None:
    """An unfinished folder of an hour ago goes with the next run that is kept; one under way stays."""
    store = RunStore(tmp_path)
    (tmp_path / "runs").mkdir()
    left, under_way = (tmp_path / "runs") / ".unfinished-left", (tmp_path / "runs") / ".unfinished-now"
    for folder in (left, under_way):
        folder.mkdir()
    an_hour_ago = time.time() - 3700
    os.utime(left, (an_hour_ago, an_hour_ago))
    store.keep("t", Settings(seed=0), trained.run, trained.state)
    assert not left.exists()
    assert under_way.exists()


@pytest.mark.parametrize("damaged", [False, True])
def test_writers_of_the_same_run_beside_a_reader(trained: Trained, tmp_path: Path, *, damaged: bool) -> None:
    """Whoever wins, one whole run is left, and a reader that has seen it sees it whole ever after."""
    store = RunStore(tmp_path)
    with ThreadPoolExecutor(5) as threads:
        for seed in range(25):
            settings = Settings(seed=seed)
            folder = (tmp_path / "runs") / store.key("t", settings)
            if damaged:
                folder.mkdir(parents=True)
                (folder / "run.json").write_text("{}", encoding="utf-8")
            begin, over = threading.Barrier(4), threading.Event()
            looks = threads.submit(_watch, store, settings, over)
            writers = [threads.submit(_keep_at, begin, store, settings, trained) for _ in range(4)]
            for writer in writers:
                assert writer.result().run == trained.run
            over.set()
            seen = looks.result()
            assert seen[-1]
            assert seen == sorted(seen), f"seed {seed}: the run was seen and then gone"
            assert sorted(path.name for path in folder.iterdir()) == [
                "run.json",
                "task.txt",
                "weights.safetensors",
            ]
    assert [path.name for path in (tmp_path / "runs").iterdir() if path.name.startswith(".")] == []


def _keep_at(begin: threading.Barrier, store: RunStore, settings: Settings, trained: Trained) -> StoredRun:
    begin.wait()
    return store.keep("t", settings, trained.run, trained.state)


def _watch(store: RunStore, settings: Settings, over: threading.Event) -> list[bool]:
    """Whether the run was there, look by look, the last one after all writers have ended; what is there is whole."""
    seen = []
    while True:
        last = over.is_set()
        found = store.find("t", settings)
        seen.append(found is not None)
        if found is not None:
            assert found.weights().keys() == {f"{i}.{part}" for i in (0, 2, 4) for part in ("weight", "bias")}
        if last:
            return seen


def test_a_checkpoint_that_cannot_be_written(tmp_path: Path) -> None:
    """What the file system refuses is a StoreError with what to do, not one of safetensors."""
    with pytest.raises(StoreError, match="cannot be written") as caught:
        save_weights({"w": torch.zeros(2)}, tmp_path / "absent" / "w.safetensors")
    assert caught.value.todo is not None
    assert "--store" in caught.value.todo


@pytest.mark.parametrize(
    ("entry", "found"),
    [
        ({"steps": 3}, "holds a dict"),
        (torch.eye(2).to_sparse(), "sparse"),
        (torch.zeros(2, dtype=torch.complex128), "complex128"),
    ],
)
def test_state_that_is_no_plain_tensor_is_refused(entry: object, found: str, tmp_path: Path) -> None:
    """Extra state of a module, and tensors that safetensors does not hold, are named; nothing is written."""
    with pytest.raises(StoreError, match=found) as caught:
        save_weights({"1._extra_state": entry}, tmp_path / "w.safetensors")
    assert "_extra_state" in str(caught.value) or "complex128" in str(caught.value)
    assert caught.value.todo
    assert list(tmp_path.iterdir()) == []
