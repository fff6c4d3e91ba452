# SPDX-License-Identifier: Apache-2.0
"""A plan of twelve trainings whose driver is killed at random moments and then goes on; what that costs, as JSON.

    python killed_plan.py toy_task.py FOLDER 50   # how often; a tenth of them with a pool of two processes
    python killed_plan.py toy_task.py STORE pool  # carries the plan out by a pool, to be killed

Drivers in one process are forked from this one, so that a trial costs seconds and not an import of torch. They keep
their state after every epoch, so that the kill also comes in the middle of writing it.
"""

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from goodfit.errors import GoodfitError
from goodfit.execution import Job, RunStore, StoredRun, Workers, carry_out_all
from goodfit.training import Prepared, Settings, TaskSource, interrupted, settle_threads
from goodfit.values import Arm, Run, dumps, loads
from toy_task import decayed

SEEDS = range(6)
EPOCHS = 4


def plan(toy: str, store: Path) -> list[Job]:
    """Six seeds, untreated and treated."""
    base = Settings(seed=0, max_epochs=EPOCHS)
    arms = (base, replace(base, arm=Arm.TREATMENT, treatment=decayed(0.2)))
    return [Job(TaskSource(f"{toy}:task"), replace(arm, seed=seed), store) for seed in SEEDS for arm in arms]


def table(outcomes: list[Any]) -> list[tuple[str, str]]:
    """Everything that a run says, and its weights, to the last bit."""
    rows = []
    for each in outcomes:
        assert isinstance(each, StoredRun), each
        digest = hashlib.sha256()
        for name, tensor in sorted(each.weights().items()):
            digest.update(name.encode() + tensor.numpy().tobytes())
        run = loads(
            Run, dumps(replace(each.run, seconds=0.0))
        )  # whole numbers as they are read again: 1.0 for 1
        rows.append((dumps(run), digest.hexdigest()))
    return rows


def trial(toy: str, store: Path, begin: Callable[[], int], seconds: float) -> dict[str, Any]:
    """Begin a plan, kill its driver after so many seconds, go on here."""
    child = begin()
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    runs = store / "runs"
    finished = {path: path.stat().st_mtime_ns for path in runs.glob("[!.]*/run.json")}
    going_on = len(list((store / "unfinished").glob("*.pt")))
    trained: list[int] = []
    outcomes = carry_out_all(plan(toy, store), _Counting(trained))
    return {
        "finished before": len(finished),
        "under way": going_on,
        "trained after": len(trained),
        "kept": all(path.is_file() and path.stat().st_mtime_ns == stamp for path, stamp in finished.items()),
        "runs": RunStore(store).count(),
        "table": table(outcomes),
        "left over": [path.name for path in (store / "unfinished").glob("*")],
    }


class _Counting(Workers):
    """This process, counting how many trainings are done in earnest."""

    def __init__(self, trained: list[int]) -> None:
        super().__init__(1)
        self._trained = trained

    def submit(self, fn: Any, *args: Any, **kwargs: Any) -> Any:
        """Carry out with the trainings counted."""

        def counted(this: Prepared, settings: Settings, *rest: Any, **named: Any) -> Any:
            self._trained.append(settings.seed)
            return train(this, settings, *rest, **named)

        train = Prepared.train
        Prepared.train = counted  # type: ignore[method-assign, assignment]
        try:
            return super().submit(fn, *args, **kwargs)
        finally:
            Prepared.train = train  # type: ignore[method-assign]


def forked(toy: str, store: Path) -> int:
    """Carry the plan out in a child process; its number."""
    child = os.fork()
    if child:
        return child
    carry_out_all(plan(toy, store), Workers(1))
    os._exit(0)


def main(toy: str, folder: Path, kills: int) -> None:
    """Print what each kill cost."""
    settle_threads()
    interrupted.EVERY, interrupted.SHARE = 0.0, 0
    began = time.perf_counter()
    undisturbed = table(carry_out_all(plan(toy, folder / "undisturbed"), Workers(1)))
    whole = time.perf_counter() - began
    draws, trials = random.Random(0), []
    for number in range(kills):
        store = folder / f"trial-{number}"
        if number % 10 == 9:
            command = [sys.executable, __file__, toy, str(store), "pool"]
            pool = subprocess.Popen(command, stdout=subprocess.PIPE)
            assert pool.stdout is not None
            pool.stdout.readline()  # its processes are up
            done = trial(toy, store, lambda pid=pool.pid: pid, draws.uniform(0, whole))  # type: ignore[misc]
            pool.returncode = -signal.SIGKILL
            pool.stdout.close()
        else:
            done = trial(toy, store, lambda store=store: forked(toy, store), draws.uniform(0, whole))  # type: ignore[misc]
        done["same table"] = done.pop("table") == undisturbed
        trials.append(done)
    sys.stdout.write(json.dumps(trials))


def by_pool(toy: str, store: Path) -> None:
    """Carry the plan out by a pool of two."""
    with Workers(2) as pool:
        for each in [pool.submit(os.getpid) for _ in range(2)]:
            each.result()
        sys.stdout.write("up\n")
        sys.stdout.flush()
        carry_out_all(plan(toy, store), pool)


if __name__ == "__main__":
    try:
        if sys.argv[3] == "pool":
            by_pool(sys.argv[1], Path(sys.argv[2]))
        else:
            main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
    except GoodfitError as error:
        sys.exit(str(error))
