# SPDX-License-Identifier: Apache-2.0
"""Whoever has a `submit` can carry trainings out: executors that the user has, and the choice by name."""

import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
import torch

from goodfit.errors import SettingsError, TaskError, WorkerDiedError
from goodfit.execution import Borrowed, Failure, Job, StoredRun, Workers, carry_out_all, workers_of
from goodfit.execution.shipping import folder_to_ship, leaving, staged
from goodfit.training import Settings, TaskSource


@pytest.fixture(scope="module")
def pool() -> Iterator[ProcessPoolExecutor]:
    """A pool that is the user's own."""
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as executor:
        yield executor


def _job(toy: str, store: Path, name: str = "task", seed: int = 0) -> Job:
    return Job(TaskSource(f"{toy}:{name}"), Settings(seed=seed, max_epochs=1), store)


def test_a_pool_that_is_the_users(toy: str, tmp_path: Path, pool: ProcessPoolExecutor) -> None:
    """Its processes train with one thread each, errors arrive whole, and it is there afterwards."""
    with Borrowed(pool) as workers:
        workers.warm_up()
        assert workers.count == 2
        assert workers.submit(torch.get_num_threads).result() == 1
        outcomes = carry_out_all([_job(toy, tmp_path), _job(toy, tmp_path, "raises")], workers)
    assert isinstance(outcomes[0], StoredRun)
    assert isinstance(outcomes[1], Failure)
    assert isinstance(outcomes[1].error, TaskError)
    assert pool.submit(os.getpid).result() != os.getpid()


def test_threads_are_refused(toy: str, tmp_path: Path) -> None:
    """Threads would mix up the random numbers of two trainings."""
    with ThreadPoolExecutor(2) as threads, Borrowed(threads) as workers:
        (outcome,) = carry_out_all([_job(toy, tmp_path)], workers)
    assert isinstance(outcome, Failure)
    assert "random generators" in str(outcome.error)


def test_what_carries_nothing_out_is_refused() -> None:
    """An object without submit is named."""
    with pytest.raises(SettingsError, match="a int carries nothing out"):
        Borrowed(3)


class KilledWorker(Exception):  # noqa: N818 - dask's name
    """As dask says that a process died."""


@dataclass
class _Future:
    """A future that is not concurrent.futures' own."""

    value: Any = None
    error: Exception | None = None

    def add_done_callback(self, told: Any) -> None:
        told(self)

    def cancelled(self) -> bool:
        return False

    def cancel(self) -> None:
        """Too late."""

    def exception(self) -> Exception | None:
        return self.error

    def result(self) -> Any:
        return self.value


class Client:
    """What a dask Client has, as far as it is asked."""

    __module__ = "distributed.client"

    def __init__(self) -> None:
        self.dies = False
        self.asked: list[dict[str, Any]] = []

    def ncores(self) -> dict[str, int]:
        """Three workers of two threads."""
        return dict.fromkeys("abc", 2)

    def submit(self, fn: Any, *args: Any, **options: Any) -> _Future:
        """Carry a call out here and now."""
        self.asked.append(options)
        return _Future(error=KilledWorker()) if self.dies else _Future(fn(*args))


def test_a_client_of_dask() -> None:
    """It is asked as dask has to be: nothing is taken for pure; its workers are counted, their deaths are ours."""
    client = Client()
    workers = Borrowed(client)
    assert workers.count == 3
    assert workers.submit(int, "7").result() == 7
    assert client.asked == [{"pure": False}]
    client.dies = True
    with pytest.raises(WorkerDiedError):
        workers.submit(int, "7").result()


def test_the_choice_by_name(toy: str) -> None:
    """Local is a pool of ours; an address without Ray is refused."""
    chosen = workers_of("local", 3, source=TaskSource(f"{toy}:task"))
    assert isinstance(chosen, Workers)
    assert chosen.count == 3
    with pytest.raises(SettingsError, match="address"):
        workers_of("local", address="ray://head:10001")


def test_what_is_shipped(toy: str, tmp_path: Path) -> None:
    """The Python files of the task's folder, with their places; hidden folders, environments and data stay."""
    for name in ("task.py", "parts/more.py", ".git/x.py", "env/pyvenv.cfg", "env/x.py", "data.npz"):
        (tmp_path / "mine" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "mine" / name).write_text("", encoding="utf-8")
    assert folder_to_ship(f"{tmp_path}/mine/task.py:task") == tmp_path / "mine"
    there = staged(tmp_path / "mine", tmp_path / "there")
    assert sorted(str(each.relative_to(there)) for each in there.rglob("*.py")) == [
        "parts/more.py",
        "task.py",
    ]
    assert list(there.rglob("*.npz")) == []
    assert folder_to_ship("torch.nn:Linear") is None  # installed
    assert folder_to_ship("goodfit.tasks:mnist") is None
    assert folder_to_ship("no_such_module_of_mine:task") is None
    assert folder_to_ship(None) is None
    job = _job(toy, Path("relative"))
    assert leaving(job).store == Path.cwd() / "relative"
