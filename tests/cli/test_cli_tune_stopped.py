# SPDX-License-Identifier: Apache-2.0
"""`goodfit tune` and a real Ctrl-C: the best so far is printed, and the same command loses no finished epoch."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from goodfit.values import ArmEnd, Study, loads

TASK = '''
import time
from dataclasses import replace
from pathlib import Path
from torch import nn, optim
from toy_task import model, task as toy


class Slow(nn.Module):
    """Takes its time, once it has dropout."""

    def __init__(self):
        super().__init__()
        self.body = model()

    def forward(self, x):
        if self.training and any(isinstance(each, nn.Dropout) or "Drop" in type(each).__name__ for each in self.modules()):
            time.sleep(0.02)
            with Path("steps.txt").open("a") as steps:
                steps.write(".")
        return self.body(x)


def task():
    return replace(toy(40), model=Slow, optimizer=lambda parameters: optim.SGD(parameters, lr=1e-3))
'''


STEPS = 40  # an epoch has 8, and a first look at a stack takes some


def _stopped(folder: Path, workers: int) -> tuple[int, Study, str]:
    """Start a search, press Ctrl-C when its arms have trained some epochs, and take what it gives."""
    steps = folder / "steps.txt"
    before = steps.stat().st_size if steps.exists() else 0
    command = [sys.executable, "-m", "goodfit", "tune", "mine.py:task", "--remedy", "raise-dropout"]
    options = ["--workers", str(workers), "--output-format", "json"]
    with subprocess.Popen(
        [*command, *options],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    ) as process:
        assert process.stderr is not None
        assert process.stdout is not None
        while process.poll() is None and (not steps.exists() or steps.stat().st_size < before + STEPS):
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        out, rest = process.stdout.read(), process.stderr.read()
        code = process.wait(timeout=120)
    return code, loads(Study, out), rest


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_ctrl_c_gives_the_best_so_far(tmp_path: Path, workers: int) -> None:
    """Exit code 130, a study with the arm's finished epochs; the next search goes on from exactly there."""
    (tmp_path / "mine.py").write_text(TASK, encoding="utf-8")
    code, first, said = _stopped(tmp_path, workers)
    assert code == 130
    assert first.stopped.startswith("stopped by you after")
    assert "goes on from there" in said
    assert "Traceback" not in said
    halted = {t.value: t.run.epochs for t in first.trials if t.ended is ArmEnd.INTERRUPTED}
    assert halted
    code, second, _ = _stopped(tmp_path, workers)
    assert code == 130
    there = {trial.value: trial.run.epochs for trial in second.trials}
    assert all(there[value] >= epochs for value, epochs in halted.items())
    assert any(there[value] > epochs for value, epochs in halted.items())
    curves = {trial.value: trial.run.history.curves["val_loss"].values for trial in second.trials}
    for trial in first.trials:
        before = trial.run.history.curves["val_loss"].values
        assert tuple(curves[trial.value][: len(before)]) == tuple(before)
