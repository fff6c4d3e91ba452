# SPDX-License-Identifier: Apache-2.0
"""A place of a command is tuned on the validation curves that it logs; every run is a process, and is run once."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from goodfit.errors import DivergedError, GoodfitError, ReadError, SettingsError, TrainingError
from goodfit.execution import Job, RunStore, carry_out
from goodfit.training import CommandSource, prepare
from goodfit.training.command import process
from goodfit.tuning import command_knob, tune
from goodfit.values import Choice

Make = Callable[..., CommandSource]
Starts = Callable[[], list[str]]
DOSES = [0, 0.2, 0.4, 0.6]


def test_the_best_dose_is_found_and_nothing_is_run_twice(source: Make, starts: Starts) -> None:
    """Own value first, then the others; the same search again starts no process."""
    toy = source()
    study = tune(toy, command_knob(toy, "dose", DOSES))
    assert (study.knob, study.chosen.value, study.control.value) == ("dose", 0.4, 0)
    assert [trial.value for trial in study.trials] == [0.2, 0.4, 0.6]
    assert study.beats_control.low > 0
    assert any("at one seed" in note for note in study.notes)
    assert starts() == ["0 0", "0.2 0", "0.4 0", "0.6 0"]
    again = tune(toy, command_knob(toy, "dose", [*DOSES, 0.8]))
    assert again.chosen.value == 0.4
    assert starts() == ["0 0", "0.2 0", "0.4 0", "0.6 0", "0.8 0"]


def test_a_dose_without_effect_leaves_the_present_one(source: Make) -> None:
    """The curves cannot tell the values apart: the present one stays, and the mildest other would be proven."""
    toy = source("--effect 0")
    study = tune(toy, command_knob(toy, "dose", DOSES))
    assert study.choice is Choice.CANNOT_TELL
    assert (study.chosen.value, study.to_prove.value) == (0.0, 0.2)
    assert "cannot tell these settings apart" in study.because


def test_a_run_is_what_was_logged(source: Make, folder: Path) -> None:
    """Curves, best epoch and score are those of the log; everything lies in the run's own folder."""
    toy = source()
    stored = carry_out(Job(toy, toy.at(dose=0.4), folder / ".goodfit", prepare(toy).fingerprint))
    values = stored.run.history.curves["val_loss"].values
    assert stored.run.score == min(values) == values[stored.run.best_epoch - 1]
    assert stored.run.epochs == 24
    assert stored.run.setting == {"dose": 0.4}
    assert stored.run.per_example == ()
    (out,) = (folder / ".goodfit" / "outputs").glob("*/dose-0.4_seed-0")
    assert sorted(path.name for path in out.iterdir()) == ["log.csv", "output.txt", "scores.json"]


def test_the_test_scores_are_not_looked_at(source: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tuning neither reads them nor minds that they are broken or missing."""

    def refuse(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr("goodfit.training.command.scores.scores_in", refuse)
    for fault in ("", "no-scores", "broken-scores"):
        toy = source(f"--fault {fault},")
        assert tune(toy, command_knob(toy, "dose", [0, 0.4])).chosen.value == 0.4


def test_a_value_that_is_not_read_is_said(source: Make) -> None:
    """Curves that are equal to the last digit are no measurement of a dose."""
    toy = source("--dose 0.2 --fault x --effect 0 --dose 0.1")
    study = tune(toy, command_knob(toy, "dose", [0, 0.4]))
    assert any("1 of the other values logged the curves of your own" in note for note in study.notes)


@pytest.mark.parametrize(
    ("more", "error", "found"),
    [
        (
            "--fault fail",
            TrainingError,
            r"\(dose 0, seed 0\) ended with exit code 1.*loading data.*the data are gone",
        ),
        ("--fault fail-at-0.4", TrainingError, r"\(dose 0.4, seed 0\) ended with exit code 1"),
        ("--fault no-log", ReadError, "no curves were found"),
        ("--fault no-validation", TrainingError, "no validation loss; it has train_loss"),
        ("--fault nan-at-0", DivergedError, "val_loss became nan at epoch 12"),
        ("--unknown", TrainingError, "exit code 2.*unrecognized arguments"),
    ],
)
def test_a_failing_command_is_told_with_its_last_words(
    source: Make, more: str, error: type[GoodfitError], found: str
) -> None:
    """What happened, where the output lies, and what to do."""
    toy = source(more)
    with pytest.raises(error, match=f"(?s){found}") as caught:
        tune(toy, command_knob(toy, "dose", [0, 0.4]))
    assert caught.value.where
    assert caught.value.todo


def test_an_arm_that_diverges_is_left_out(source: Make) -> None:
    """Also when the script ends itself at the NaN."""
    toy = source("--fault nan-at-0.6,exit-after-nan")
    study = tune(toy, command_knob(toy, "dose", [0, 0.4, 0.6]))
    assert [trial.value for trial in study.trials] == [0.4]
    assert any("dose 0.6 diverged" in note for note in study.notes)


def test_a_failure_keeps_what_is_finished(
    source: Make, starts: Starts, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the cause is gone, only what is missing is run; the failed run's folder stays beside the new one."""
    toy = source()
    knob = command_knob(toy, "dose", [0, 0.2, 0.4])
    monkeypatch.setenv("TOY_FAULT", "fail-at-0.4")
    with pytest.raises(TrainingError):
        tune(toy, knob)
    monkeypatch.delenv("TOY_FAULT")
    assert RunStore(folder / ".goodfit").count() == 2
    assert tune(toy, knob).chosen.value == 0.4
    assert starts() == ["0 0", "0.2 0", "0.4 0", "0.4 0"]
    assert len(list((folder / ".goodfit" / "outputs").glob("*/dose-0.4_seed-0*"))) == 2


def test_logs_outside_the_runs_folder(folder: Path) -> None:
    """A script that always logs to the same place is read as well, one run at a time, and only what is new."""
    (folder / "old.csv").write_text("epoch,val_loss\n0,9\n1,8\n2,7\n")
    script = f"'{sys.executable}' train.py --dose {{dose}} --seed 1"
    toy = CommandSource(script, log="log.csv", scores="scores.json")
    mark = prepare(toy).fingerprint
    jobs = [Job(toy, toy.at(dose=dose), folder / ".goodfit", mark) for dose in DOSES]
    with ThreadPoolExecutor(4) as pool:
        scores = [stored.run.score for stored in pool.map(carry_out, jobs)]
    assert scores.index(min(scores)) == 2
    assert len(set(scores)) == 4
    stale = CommandSource(f"{script} --fault no-log", log="log.csv")
    with pytest.raises(ReadError, match="was not changed by the command"):
        tune(stale, command_knob(stale, "dose", [0, 0.4]))


def test_a_run_that_takes_too_long_is_ended(source: Make) -> None:
    """With all that it printed so far."""
    toy = source("--fault hang", timeout=3)
    with pytest.raises(TrainingError, match=r"(?s)longer than 3 seconds.*waiting"):
        tune(toy, command_knob(toy, "dose", [0, 0.4]))


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_no_process_outlives_goodfit(folder: Path, how: signal.Signals) -> None:
    """Neither kill -9 of the parent nor Ctrl-C leaves the command or its children behind."""
    (folder / "slow.py").write_text(
        "import subprocess, sys, os, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "open('pids.part', 'w').write(f'{os.getpid()} {child.pid}')\n"
        "os.rename('pids.part', 'pids')\n"
        "time.sleep(60)\n"
    )
    starter = (
        "import sys\nfrom importlib.util import module_from_spec, spec_from_file_location\nfrom pathlib import Path\n"
        f"spec = spec_from_file_location('process', {process.__file__!r})\n"  # alone: its package loads torch
        "process = module_from_spec(spec)\nspec.loader.exec_module(process)\n"
        "process.carry_out([sys.executable, 'slow.py'], Path.cwd(), Path('output.txt'), None)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", starter],
        stderr=subprocess.DEVNULL,
    )
    try:
        until = time.monotonic() + 60
        while not (folder / "pids").exists():
            assert time.monotonic() < until
            time.sleep(0.02)
        pids = [int(each) for each in (folder / "pids").read_text().split()]
        parent.send_signal(how)
        parent.wait(30)
        until = time.monotonic() + 30
        while any(map(_is_running, pids)):
            assert time.monotonic() < until
            time.sleep(0.02)
    finally:
        parent.kill()
        parent.wait()


def _is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        return not Path("/proc").is_dir()
    return state != "Z"


@pytest.mark.parametrize(
    ("values", "options", "found"),
    [
        ([0], {}, "1 value of dose leaves nothing to try"),
        ([0, 0.2, 0], {}, "stands twice"),
        ([0, "high"], {}, "'high' is no number"),
        ([0, float("nan")], {}, "no number"),
        ([0.2], {"now": 0.2}, "leaves nothing to try"),
        ([0, 1], {"fixed": {"decay": 1}}, r"no place \{decay\}"),
    ],
)
def test_values_that_cannot_be_tried(
    source: Make, values: list[float | str], options: dict[str, object], found: str
) -> None:
    """Each is refused before anything is run."""
    with pytest.raises(SettingsError, match=found):
        command_knob(source(), "dose", values, **options)  # type: ignore[arg-type]


def test_the_present_value_may_be_named_apart(source: Make) -> None:
    """`now` is the user's own; values keep the spelling that the user gave."""
    knob = command_knob(source(), "dose", ["0.20", "0.4"], now="0.1")
    assert (knob.own, knob.values) == (0.1, (0.2, 0.4))
    assert knob.apply(source().at(dose=0), 0.2).placeholders == {"dose": "0.20"}


def test_a_budget_is_not_for_commands(source: Make) -> None:
    """Goodfit cannot end a training that it does not carry out."""
    with pytest.raises(SettingsError, match="cannot end a command"):
        tune(source(), command_knob(source(), "dose", [0, 1]), budget=10)
