# SPDX-License-Identifier: Apache-2.0
"""Workers: the same results here and in processes, errors intact, no process outlives its parent."""

import os
import subprocess
import sys
from concurrent.futures import Future
from functools import partial
from pathlib import Path

import pytest
import torch
from torch import nn

from goodfit.errors import DivergedError, SettingsError, TaskError, TrainingError
from goodfit.execution import Job, Workers, carry_out
from goodfit.execution.calls import Receiver, packed
from goodfit.training import Settings, Task, TaskSource


@pytest.fixture
def linear() -> Task:
    """A Task at hand all of whose parts can be found by name."""
    x = torch.randn(400, 10, generator=torch.Generator().manual_seed(0))
    return Task(
        name="linear",
        model=partial(nn.Linear, 10, 2),
        train=(x, (x[:, 0] > 0).long()),
        loss=nn.CrossEntropyLoss(),
        epochs=2,
    )


def _give(thing: object) -> object:
    return thing


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


@pytest.mark.parametrize("count", [0, -3])
def test_fewer_than_one_worker_is_refused(count: int) -> None:
    """0 does not mean all processors, and a negative number nothing at all."""
    with pytest.raises(SettingsError, match="workers were asked for"):
        Workers(count)


def test_a_worker_that_dies_is_an_error_that_says_what_to_do() -> None:
    """A killed process is one TrainingError, at the call it died in and at every later one."""
    with Workers(2) as pool:
        for _ in range(2):
            with pytest.raises(TrainingError, match="worker process died") as caught:
                pool.submit(os._exit, 9).result()
            assert caught.value.todo is not None
            assert "--workers 1" in caught.value.todo


def test_a_task_at_hand_is_sent_once(linear: Task, tmp_path: Path) -> None:
    """What calls share is named in them, not repeated, and gives the same run as here."""
    job = Job(TaskSource(task=linear), Settings(seed=0), tmp_path / "there")
    whole, short = packed((carry_out, (job,), {})), packed((carry_out, (job,), {}), linear)
    assert len(whole) > 16_000
    assert len(short) < 2_000
    here = carry_out(Job(TaskSource(task=linear), Settings(seed=0), tmp_path / "here")).run
    with Workers(2, shared=linear) as pool:
        pool.warm_up()
        assert pool.submit(carry_out, job).result().run.per_example == here.per_example


def test_what_is_shared_keeps_its_identity(linear: Task) -> None:
    """Every call in a process gets the same object, so that what was prepared for it is found again."""
    receiver = Receiver(packed(linear))
    calls = [packed((_give, (TaskSource(task=linear),), {}), linear) for _ in range(2)]
    first, second = (receiver.carry_out(call) for call in calls)
    assert first.task is second.task
    assert first.task.name == "linear"


def test_a_task_that_cannot_be_sent(tmp_path: Path) -> None:
    """A lambda is a TaskError that says what to do, shared or not, before anything is trained."""
    data = torch.zeros(40, 10), torch.zeros(40, dtype=torch.long)
    task = Task(
        name="lambda", model=lambda: nn.Linear(10, 2), train=data, loss=nn.CrossEntropyLoss(), epochs=1
    )
    with Workers(2) as pool, pytest.raises(TaskError, match="cannot be sent") as caught:
        pool.submit(carry_out, Job(TaskSource(task=task), Settings(seed=0), tmp_path))
    assert caught.value.todo is not None
    assert "workers=1" in caught.value.todo
    with Workers(2, shared=task) as pool, pytest.raises(TaskError, match="cannot be sent"):
        pool.warm_up()


def test_a_task_that_a_worker_cannot_find(linear: Task, toy: str, tmp_path: Path) -> None:
    """A function that only this process knows is a TaskError, not the death of the worker."""
    from goodfit.training import load_task

    task = load_task(f"{toy}:task")  # its functions are in a file that was loaded under a name of our own
    with Workers(2) as pool:
        lost = pool.submit(carry_out, Job(TaskSource(task=task), Settings(seed=0), tmp_path))
        with pytest.raises(TaskError, match="cannot load the task"):
            lost.result()
        found = pool.submit(carry_out, Job(TaskSource(task=linear), Settings(seed=0), tmp_path))
        assert found.result().run.epochs == 2


SCRIPT = """
import os
from goodfit.execution import Workers

def main():
    with Workers(2) as pool:
        print("worked", pool.submit(os.getpid).result() != os.getpid())

"""


@pytest.mark.parametrize(
    ("call", "found"),
    [
        ('if __name__ == "__main__":\n    main()\n', "worked True"),
        ("main()\n", "worker processes import this script"),
        ("for _ in range(1):\n    main()\n", "worker processes import this script"),
    ],
)
def test_a_script_without_a_main_guard(call: str, found: str, tmp_path: Path) -> None:
    """A script that its workers would start over is refused before one is started, with the line and what to do."""
    script = tmp_path / "script.py"
    script.write_text(SCRIPT + call, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=60, check=False
    )
    assert found in done.stdout + done.stderr
    if found not in done.stdout:
        assert done.returncode == 1
        assert done.stderr.count("Traceback") == 1
        assert "__main__" in done.stderr.rpartition("What to do")[2]
        assert "bootstrapping" not in done.stderr
