# SPDX-License-Identifier: Apache-2.0
"""A training that is asked to end does so after an epoch, loses none, and goes on to the same result."""

import signal
import time
from pathlib import Path

import pytest

from goodfit.errors import HaltedError
from goodfit.execution import Job, StoredRun, Workers, carry_out, carry_out_stacked, reached, stacked
from goodfit.training import Epoch, Patience, Settings, TaskSource, as_source, prepare
from goodfit.training.halting import ask, finished_epoch, gently, is_asked, under_way, until
from goodfit.values import Run
from stacking import dosed, small


def _ask_at(when: int) -> object:
    def on_epoch(epoch: int, planned: int, measured: Epoch) -> None:
        del planned, measured
        if epoch == when:
            assert ask()

    return on_epoch


def test_a_halt_loses_no_epoch(toy: str, tmp_path: Path) -> None:
    """Three epochs are kept, and going on gives what an uninterrupted training gives, to the last digit."""
    source = as_source(f"{toy}:task")
    job = Job(source, Settings(seed=0), tmp_path / "halted", prepare(source).fingerprint)
    with gently(), pytest.raises(HaltedError):
        carry_out(job, _ask_at(3))  # type: ignore[arg-type]
    assert not is_asked()
    so_far = reached(job)
    assert isinstance(so_far, Run)
    assert so_far.epochs == 3
    begun: list[int] = []
    again = carry_out(job, lambda epoch, *_: begun.append(epoch)).run
    assert begun[0] == 4
    whole = carry_out(Job(source, Settings(seed=0), tmp_path / "whole")).run
    assert again.history == whole.history
    assert again.per_example == whole.per_example
    assert isinstance(reached(job), StoredRun)


def test_a_stack_loses_no_epoch_either(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its arms go on alone from where they were, and agree with the uninterrupted stack within rounding."""
    task = small(10)
    source = TaskSource(task=task)
    jobs = [
        Job(source, dosed(task, rate, patience=Patience()), tmp_path / "halted", prepare(source).fingerprint)
        for rate in (0.2, 0.5)
    ]
    with monkeypatch.context() as patched, gently():
        patched.setattr(stacked, "telling", lambda *_: _ask_at(3))
        found, _ = carry_out_stacked(jobs, Workers(1), stack=True)
        assert not any(isinstance(each, StoredRun) for each in found)
        for job in jobs:
            so_far = reached(job)
            assert isinstance(so_far, Run)
            assert so_far.epochs == 3
    again, because = carry_out_stacked(jobs, Workers(1), stack=True)
    assert because is None
    whole = [Job(source, job.settings, tmp_path / "whole", job.fingerprint) for job in jobs]
    straight, _ = carry_out_stacked(whole, Workers(1), stack=True)
    for one, other in zip(again, straight, strict=True):
        assert isinstance(one, StoredRun)
        assert isinstance(other, StoredRun)
        assert one.run.epochs == other.run.epochs
        assert one.run.per_example == pytest.approx(other.run.per_example, rel=1e-4, abs=1e-4)
        assert "in a stack" in str(one.run.history.source)
    assert not list((tmp_path / "halted" / "unfinished").glob("*.pt"))


def test_the_clock_ends_a_training(toy: str, tmp_path: Path) -> None:
    """After its time a training ends with the epoch under way; one that has not begun does not begin."""
    source = as_source(f"{toy}:slow")
    job = Job(source, Settings(seed=0), tmp_path, prepare(source).fingerprint, until=time.time() + 0.5)
    with pytest.raises(HaltedError):
        carry_out(job)
    so_far = reached(job)
    assert isinstance(so_far, Run)
    assert 1 <= so_far.epochs < 400
    with until(time.time()), pytest.raises(HaltedError):
        carry_out(Job(source, Settings(seed=1), tmp_path))


def test_ctrl_c_waits_only_where_an_epoch_would_be_lost() -> None:
    """The first Ctrl-C is answered at once when nothing is unwritten; the second always is; afterwards all is as before."""
    with pytest.raises(KeyboardInterrupt), gently():
        signal.raise_signal(signal.SIGINT)
    with gently(), under_way():
        finished_epoch()
        signal.raise_signal(signal.SIGINT)
        assert is_asked()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert not is_asked()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_programs_own_ctrl_c_is_left_alone() -> None:
    """Whoever has a handler of his own keeps it."""
    heard: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: heard.append(number))
    try:
        with gently():
            signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)
    assert heard == [signal.SIGINT]
