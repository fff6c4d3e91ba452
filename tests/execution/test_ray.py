# SPDX-License-Identifier: Apache-2.0
"""Ray behind the same port: the same runs, errors intact, the user's code shipped, deaths survived."""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from torch import nn

from goodfit.errors import DivergedError, MissingExtraError, SettingsError, TaskError, WorkerDiedError
from goodfit.execution import Failure, Job, RunStore, StoredRun, carry_out, carry_out_all, workers_of
from goodfit.execution.ray_workers import RayWorkers
from goodfit.training import Settings, Task, TaskSource, prepare

needs_ray = pytest.mark.filterwarnings("ignore")  # Ray's own warnings of its parts


def _job(reference: str, store: Path, seed: int = 0) -> Job:
    return Job(TaskSource(reference), Settings(seed=seed, max_epochs=2), store)


def test_without_ray_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ray that is not installed is an error that says what to install."""
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingExtraError, match="ray is needed") as caught:
        workers_of("ray")
    assert "goodfit[ray]" in (caught.value.todo or "")


@pytest.fixture(scope="module")
def folder(toy: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user's folder: a task in a file that imports another file beside it."""
    here = tmp_path_factory.mktemp("user")
    shutil.copyfile(toy, here / "parts_of_mine.py")
    text = "from parts_of_mine import decayed, dies, diverges, raises, task\n"
    (here / "my_task.py").write_text(text, encoding="utf-8")
    return here


@pytest.fixture(scope="module")
def by_ray(folder: Path) -> Iterator[RayWorkers]:
    """Ray on this machine, with the user's code shipped; the originals are gone afterwards."""
    pytest.importorskip("ray", reason="ray is an extra of its own")
    with RayWorkers(2, reference=f"{folder / 'my_task.py'}:task") as workers:
        yield workers


@pytest.mark.slow
@needs_ray
def test_the_same_run_as_here(toy: str, folder: Path, by_ray: RayWorkers, tmp_path: Path) -> None:
    """A training by Ray gives the run of this process to the last bit, from code that was shipped."""
    here = carry_out(_job(f"{toy}:task", tmp_path / "here"))
    by_ray.warm_up()
    kept = folder.with_name("moved")
    folder.rename(kept)  # only what was shipped is left
    try:
        there = by_ray.submit(carry_out, _job(f"{folder / 'my_task.py'}:task", tmp_path / "there")).result()
    finally:
        kept.rename(folder)
    assert there.run.per_example == here.run.per_example
    assert all(torch.equal(there.weights()[name], weight) for name, weight in here.weights().items())
    assert by_ray.submit(torch.get_num_threads).result() == 1
    assert by_ray.submit(os.getpid).result() != os.getpid()


@pytest.mark.slow
@needs_ray
def test_failures_and_deaths_are_values(folder: Path, by_ray: RayWorkers, tmp_path: Path) -> None:
    """Errors arrive whole, a process that dies costs its own training alone."""
    file = folder / "my_task.py"
    jobs = [
        _job(f"{file}:task", tmp_path, 0),
        _job(f"{file}:diverges", tmp_path),
        _job(f"{file}:raises", tmp_path),
        _job(f"{file}:dies", tmp_path),
        _job(f"{file}:task", tmp_path, 1),
    ]
    outcomes = carry_out_all(jobs, by_ray)
    kinds = [type(each.error) if isinstance(each, Failure) else StoredRun for each in outcomes]
    assert kinds == [StoredRun, DivergedError, TaskError, WorkerDiedError, StoredRun]
    diverged = outcomes[1]
    assert isinstance(diverged, Failure)
    assert "learning rate" in str(diverged.error)
    assert RunStore(tmp_path).count() == 2


@pytest.mark.slow
@needs_ray
def test_a_task_at_hand_and_one_by_module(
    by_ray: RayWorkers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A Task with a lambda travels whole and is sent once; a module beside the user is found there too."""
    x = torch.randn(400, 10, generator=torch.Generator().manual_seed(0))
    task = Task(
        name="at hand",
        model=lambda: nn.Linear(10, 2),
        train=(x, (x[:, 0] > 0).long()),
        loss=nn.CrossEntropyLoss(),
        epochs=2,
    )
    source = TaskSource(task=task)
    mark = prepare(source).fingerprint
    job = Job(source, Settings(seed=0), tmp_path / "at hand", mark)
    with RayWorkers(2, shared=task) as workers:  # the connection is shared, and left
        assert workers.submit(carry_out, job).result().run.epochs == 2
    module = tmp_path / "module_of_mine.py"
    shutil.copyfile(Path(__file__).parents[1] / "toy_task.py", module)
    monkeypatch.chdir(tmp_path)
    with RayWorkers(2, reference="module_of_mine:task") as workers:
        run = workers.submit(carry_out, _job("module_of_mine:task", tmp_path / "by module")).result()
        assert run.run.epochs == 2
    assert by_ray.submit(os.getpid).result() != os.getpid()


@pytest.mark.slow
@needs_ray
def test_a_plan_begun_by_the_pool_is_finished_by_ray(
    folder: Path, by_ray: RayWorkers, tmp_path: Path
) -> None:
    """What the pool has finished is not trained again, and the results are those of one executor."""
    jobs = [_job(f"{folder / 'my_task.py'}:task", tmp_path / "both", seed) for seed in range(6)]
    with workers_of("local", 2) as pool:
        begun = carry_out_all(jobs[:3], pool)
    stamps = {each: each.stat().st_mtime_ns for each in (tmp_path / "both" / "runs").glob("*/run.json")}
    finished = carry_out_all(jobs, by_ray)
    alone = carry_out_all(
        [_job(f"{folder / 'my_task.py'}:task", tmp_path / "alone", s) for s in range(6)],
        workers_of("local", 1),
    )
    assert len(stamps) == 3
    assert {each: each.stat().st_mtime_ns for each in stamps} == stamps
    assert finished[:3] == begun
    losses = [
        [each.run.per_example for each in some if isinstance(each, StoredRun)] for some in (finished, alone)
    ]
    assert losses[0] == losses[1]
    assert len(losses[0]) == 6


@pytest.mark.slow
@needs_ray
def test_a_cluster_that_does_not_answer() -> None:
    """No cluster at the address is an error that names it."""
    ray = pytest.importorskip("ray", reason="ray is an extra of its own")
    if ray.is_initialized():
        ray.shutdown()
    with pytest.raises(SettingsError, match="cannot be reached") as caught:
        workers_of("ray", address="127.0.0.1:1")
    assert caught.value.where == "127.0.0.1:1"
