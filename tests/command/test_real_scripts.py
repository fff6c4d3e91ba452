# SPDX-License-Identifier: Apache-2.0
"""The scripts of the examples are trained by command: what they log is read, and what they score is proven.

Lightning and Hugging Face live in an environment of their own, see `tools_environment`.
"""

import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from goodfit.execution import Job, RunStore, carry_out
from goodfit.training import CommandSource, prepare
from goodfit.trials import prove
from goodfit.tuning import command_knob, tune
from goodfit.values import Run
from tools_environment import ROOT, tools_python

SCRIPTS = ROOT / "examples" / "by_command"
PAGE = ROOT / "docs" / "by-command.md"


@pytest.fixture
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """No search of the scripts for a package in this one's environment."""
    monkeypatch.delenv("PYTHONPATH", raising=False)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


def source_of(python: Path | str, script: str, epochs: int) -> CommandSource:
    """A script of the examples as a command, started by a given Python."""
    places = "--dropout {dropout} --seed {seed} --out {out}"
    return CommandSource(f"'{python}' '{SCRIPTS / script}' {places} --epochs {epochs}")


def check_run(run: Run, epochs: int) -> None:
    """Both losses were read, one value an epoch, and training brought the second down."""
    curve = run.history.curves["val_loss"]
    assert len(curve) == len(run.history.curves["train_loss"]) == epochs
    assert run.score == min(curve.values) < curve.values[0]


@pytest.mark.usefixtures("one_thread")
@pytest.mark.skipif(importlib.util.find_spec("sklearn") is None, reason="scikit-learn is not installed")
def test_the_plain_script(folder: Path) -> None:
    """Its log is read, and its scores are of the same examples whatever the seed."""
    source = source_of(sys.executable, "plain_train.py", 3)
    prepared = prepare(source)
    jobs = [Job(source, source.at(dropout=0.2), folder / ".goodfit", prepared.fingerprint)]
    stored = carry_out(jobs[0])
    check_run(stored.run, 3)
    assert RunStore(folder / ".goodfit").count() == 1
    measured = prepared.score(jobs[0].settings, stored.weights())
    assert len(measured.losses) == 600
    assert np.isfinite(measured.losses).all()
    assert 0.2 < measured.metrics["accuracy"] <= 1
    assert not prepared.locked([stored.weights()]).groups


@pytest.mark.slow
@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize(
    ("script", "needs"), [("lightning_train.py", "lightning"), ("hf_train.py", "transformers")]
)
def test_scripts_of_real_tools(script: str, needs: str, folder: Path) -> None:
    """Tuned over two values and proven with two seeds, each run read as the tool wrote it."""
    python = tools_python()
    found = subprocess.run([python, "-c", f"import {needs}, sklearn"], capture_output=True, check=False)
    if found.returncode:
        pytest.skip(f"{python} has no {needs} or no scikit-learn")
    source = source_of(python, script, 4)
    runs: list[Run] = []
    study = tune(
        source, command_knob(source, "dropout", [0.1, 0.4]), on_run=lambda _what, run: runs.append(run)
    )
    for run in runs:
        check_run(run, 4)
    proof = prove(source, source.at(dropout=study.chosen.value), control=source.at(dropout=0.1), seeds=2)
    assert proof.verdict.test_examples == 600
    assert proof.verdict.holdout_reads == 1
    assert len({run.per_example for run in proof.runs}) == 4
    assert len(list((folder / ".goodfit" / "outputs").glob("*/*/scores.json"))) == 6


def test_the_page_names_scripts_that_are_there() -> None:
    """Every example is linked, and every place that the page's commands use is one that the scripts take."""
    page = PAGE.read_text(encoding="utf-8")
    for script in SCRIPTS.glob("*_train.py"):
        assert f"(../examples/by_command/{script.name})" in page
        text = script.read_text(encoding="utf-8")
        assert all(f'"--{name}"' in text for name in ("dropout", "seed", "out"))
