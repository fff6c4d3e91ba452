# SPDX-License-Identifier: Apache-2.0
"""The run store: a finished training is never repeated, an unfinished one leaves nothing that could be mistaken for one."""

import threading
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from goodfit.errors import StoreError
from goodfit.execution import Job, RunStore, carry_out
from goodfit.training import Patience, Settings, TaskSource, prepare, train
from goodfit.values import Arm


def _job(toy: str, store: Path, **changes: object) -> Job:
    return Job(TaskSource(f"{toy}:task"), replace(Settings(seed=0, max_epochs=2), **changes), store)  # type: ignore[arg-type]


def test_a_finished_training_is_not_repeated(toy: str, tmp_path: Path) -> None:
    """The second call finds the first one's run, with the same numbers and weights."""
    first = carry_out(_job(toy, tmp_path))
    trained: list[int] = []
    again = carry_out(_job(toy, tmp_path), lambda *heard: trained.append(heard[0]))
    assert trained == []
    assert again.run == first.run
    assert torch.equal(again.weights()["0.weight"], first.weights()["0.weight"])
    assert RunStore(tmp_path).count() == 1


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
            replace(settings, weight_decay=0.1),
        )
    }
    assert len(keys) == 4
    assert store.key("u", settings) not in keys


def test_a_broken_run_is_trained_anew(toy: str, tmp_path: Path) -> None:
    """A run written by another version, or damaged, is replaced and not trusted."""
    stored = carry_out(_job(toy, tmp_path))
    (stored.folder / "run.json").write_text('{"type": "Run", "schema_version": 0}', encoding="utf-8")
    assert carry_out(_job(toy, tmp_path)).run.score == stored.run.score
    assert RunStore(tmp_path).count() == 1


def test_damaged_weights_are_named(toy: str, tmp_path: Path) -> None:
    """A checkpoint that cannot be read is an error that names its file."""
    stored = carry_out(_job(toy, tmp_path))
    (stored.folder / "weights.safetensors").write_bytes(b"rubbish")
    with pytest.raises(StoreError, match=r"weights\.safetensors"):
        stored.weights()


def test_nothing_is_left_when_keeping_fails(toy: str, tmp_path: Path) -> None:
    """A store that cannot be written says so; no half run appears."""
    (tmp_path / "runs").write_text("in the way", encoding="utf-8")
    with pytest.raises(StoreError, match=r"cannot be (kept|read)"):
        carry_out(_job(toy, tmp_path))


def test_two_writers_of_the_same_run(toy: str, tmp_path: Path) -> None:
    """Processes that finish the same training at once leave one whole run."""
    prepared = prepare(TaskSource(f"{toy}:task"))
    settings = Settings(seed=0, max_epochs=1)
    trained = train(prepared.task, prepared.pool, settings)
    store = RunStore(tmp_path)
    writers = [
        threading.Thread(target=store.keep, args=(prepared.fingerprint, settings, trained.run, trained.state))
        for _ in range(4)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    found = store.find(prepared.fingerprint, settings)
    assert found is not None
    assert found.run == trained.run
    assert [path.name for path in store.runs.iterdir() if path.name.startswith(".")] == []
