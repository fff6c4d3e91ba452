# SPDX-License-Identifier: Apache-2.0
"""Workers: the same results here and in processes, errors intact, no process outlives its parent."""

import os
from concurrent.futures import Future
from pathlib import Path

import pytest

from goodfit.errors import DivergedError, TaskError
from goodfit.execution import Job, Workers, carry_out
from goodfit.training import Settings, TaskSource


def test_here_and_in_processes_agree(toy: str, tmp_path: Path) -> None:
    """A training gives the same run in this process and in a spawned one, and its errors arrive whole."""
    source = TaskSource(f"{toy}:task")
    settings = Settings(seed=0, max_epochs=2)
    here = carry_out(Job(source, settings, tmp_path / "here")).run
    with Workers(2) as pool:
        pool.warm_up()
        there = pool.submit(carry_out, Job(source, settings, tmp_path / "there"))
        diverging = pool.submit(carry_out, Job(TaskSource(f"{toy}:diverges"), settings, tmp_path))
        assert there.result().run.per_example == here.per_example
        with pytest.raises(DivergedError, match="learning rate") as caught:
            diverging.result()
    assert caught.value.todo


def test_one_worker_is_this_process(toy: str, tmp_path: Path) -> None:
    """With one worker nothing is spawned, and an error waits in the Future."""
    with Workers(1) as here:
        assert here.submit(os.getpid).result() == os.getpid()
        failed: Future[object] = here.submit(
            carry_out, Job(TaskSource(f"{toy}:raises"), Settings(seed=0), tmp_path)
        )
        with pytest.raises(TaskError, match="bees"):
            failed.result()


def test_the_default_uses_every_processor() -> None:
    """None asks for as many workers as there are processors to run on."""
    assert Workers().count == len(os.sched_getaffinity(0))
