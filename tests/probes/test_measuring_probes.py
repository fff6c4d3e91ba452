# SPDX-License-Identifier: Apache-2.0
"""What the measuring probes say of tasks made to show it, and the numbers behind it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import probe_tasks
import toy_task
from goodfit.execution import Job, RunStore, carry_out
from goodfit.probes import Lab, probe
from goodfit.probes._intervals import ratio, standard_error
from goodfit.probes._lab import Losses
from goodfit.probes._tempering import Outputs, best_temperature, calibration_error
from goodfit.training import Settings, Task, as_source
from goodfit.values import Outcome, ProbeResult


def _look(task: Task, name: str, store: Path) -> ProbeResult:
    (result,) = probe(task, [name], store=store)
    return result


def _lab(task: Task, store: Path) -> Lab:
    return Lab(as_source(task), store)


def test_the_true_gap_is_that_of_evaluation_mode(tmp_path: Path) -> None:
    """The training loss reported is the one that the loop measured in evaluation mode on the same examples."""
    lab = _lab(probe_tasks.drops(), tmp_path)
    measured = lab.losses(lab.trained(), lab.split.train).mean()
    assert measured == pytest.approx(
        lab.history.curves["train_loss_eval"].values[lab.run.best_epoch - 1], rel=1e-6
    )
    result = _look(probe_tasks.drops(), "train-in-eval-mode", tmp_path)
    logged = lab.history.curves["train_loss"].values[lab.run.best_epoch - 1]
    off = 100 * abs(logged - measured) / lab.losses(lab.trained(), lab.split.validation).mean()
    assert result.measured("blur of the logged training loss") == pytest.approx(off, rel=1e-5)


def test_augmentation_is_taken_off_where_the_validation_data_show_how(tmp_path: Path) -> None:
    """Training inputs that change are read with the validation transform; without one it is said."""
    task = probe_tasks.augmented()
    assert "with the transform of the validation data" in _look(task, "train-in-eval-mode", tmp_path).message
    x, y = toy_task.data(300)
    bare = replace(task, validation=(x[200:], y[200:]), name="bare")
    assert "loss with augmentation" in _look(bare, "train-in-eval-mode", tmp_path).message


@pytest.mark.parametrize(
    ("make", "suspect"),
    [
        (probe_tasks.ignores_eval, "AlwaysDrops.forward calls functional.dropout"),
        (probe_tasks.uses_the_batch, "StaysInTraining, still in training mode"),
    ],
)
def test_the_part_that_ignores_evaluation_mode_is_named(
    make: Callable[[], Task], suspect: str, tmp_path: Path
) -> None:
    """Functional dropout without a flag, and modules that refuse eval(), are found by reading."""
    result = _look(make(), "repeated-evaluation", tmp_path)
    assert result.outcome is Outcome.PRESENT
    assert suspect in result.message


def test_random_validation_inputs_are_told_from_a_random_model(tmp_path: Path) -> None:
    """Augmentation in the validation data is named as the cause."""
    x, y = toy_task.data(300)
    shaken = probe_tasks.Jittered(x[200:], y[200:], probe_tasks.shaken)
    result = _look(replace(probe_tasks.augmented(), validation=shaken), "repeated-evaluation", tmp_path)
    assert result.outcome is Outcome.PRESENT
    assert "inputs themselves change" in result.message


def test_a_leak_of_the_label_begins_below_chance(tmp_path: Path) -> None:
    """An untrained model that knows the answer begins below chance."""

    class Knows(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.scale = nn.Parameter(torch.ones(1))

        def forward(self, x: Tensor) -> Tensor:
            clue = (x[:, 0] + x[:, 1] > 0).float() * 2 - 1
            return torch.stack([-clue, clue], dim=1) * self.scale

    x, _ = toy_task.data()
    leaks = replace(toy_task.task(epochs=1), model=Knows, train=(x, (x[:, 0] + x[:, 1] > 0).long()))
    result = _look(leaks, "initial-loss", tmp_path)
    assert result.outcome is Outcome.PRESENT
    assert "below chance" in result.message


def test_targets_that_differ_between_the_splits_are_seen_before_training(tmp_path: Path) -> None:
    """A validation set from elsewhere has another loss under a model that knows nothing."""
    x, _ = toy_task.data(400)
    y = torch.randn(400, 1, generator=torch.Generator().manual_seed(5))
    far = torch.cat([y[:200], y[200:300] + 1.5])
    task = replace(
        toy_task.task(epochs=1),
        model=lambda: nn.Linear(10, 1),
        loss=lambda outputs, targets: nn.functional.mse_loss(outputs[:, 0], targets),
        train=(x[:200], far[:200, 0]),
        validation=(x[200:300], far[200:, 0]),
        test=(x[300:], y[300:, 0]),
        metric=None,
    )
    assert _look(task, "initial-loss", tmp_path).outcome is Outcome.NOT_APPLICABLE  # a loss of one's own

    class Flat(nn.Linear):
        def forward(self, x: Tensor) -> Tensor:
            return super().forward(x)[:, 0]

    known = replace(task, loss=nn.MSELoss(), model=lambda: Flat(10, 1))
    result = _look(known, "initial-loss", tmp_path)
    assert result.outcome is Outcome.PRESENT
    assert "differ before anything is learned" in result.message


def test_a_run_that_ends_at_its_best_has_no_rise(tmp_path: Path) -> None:
    """Best and last checkpoint are one: nothing is compared, and that is said."""
    for name in ("paired-noise", "temperature"):
        result = _look(probe_tasks.calm(), name, tmp_path)
        assert result.outcome is Outcome.ABSENT
        assert "ended at its best checkpoint" in result.message


def test_the_paired_rise_is_that_of_the_curve(tmp_path: Path) -> None:
    """On the whole validation set the rise is the last loss over the lowest one."""
    result = _look(probe_tasks.overconfident(), "paired-noise", tmp_path)
    curve = _lab(probe_tasks.overconfident(), tmp_path).history.curves["val_loss"].values
    rise = result.measured("rise since the best checkpoint")
    assert rise == pytest.approx(100 * (curve[-1] / min(curve) - 1), rel=1e-4)


def test_an_old_store_without_the_last_weights_is_enough(tmp_path: Path) -> None:
    """The run is carried out once more, ends with the same weights, and these are kept from then on."""
    lab = _lab(toy_task.task(), tmp_path)
    ended = lab.last().state_dict()
    (kept,) = tmp_path.glob("runs/*/last.safetensors")
    kept.unlink()
    again = _lab(toy_task.task(), tmp_path).last().state_dict()
    assert all(torch.equal(ended[name], again[name]) for name in ended)
    assert kept.is_file()


def test_short_runs_of_the_proof_keep_one_checkpoint(tmp_path: Path) -> None:
    """Only runs trained to their planned end keep the weights they ended with."""
    from goodfit.training import Patience

    settings = Settings(seed=1, patience=Patience())
    carry_out(Job(as_source(toy_task.task()), settings, tmp_path))
    assert not list(tmp_path.glob("runs/*/last.safetensors"))
    assert RunStore(tmp_path).count() == 1


def _outputs(scale: float) -> Outputs:
    """Calibrated logits, multiplied."""
    draws = np.random.default_rng(4)
    logits = torch.from_numpy(draws.normal(size=(4000, 5)))
    chances = torch.softmax(logits, dim=1).numpy()
    targets = torch.from_numpy((draws.random((4000, 1)) > chances.cumsum(axis=1)).sum(axis=1).clip(0, 4))

    def losses(scaled: Tensor, wanted: Tensor) -> Losses:
        return nn.functional.cross_entropy(scaled, wanted, reduction="none").double().numpy()

    return Outputs(logits * scale, targets, losses)


@pytest.mark.parametrize("scale", [0.5, 1.0, 3.0])
def test_the_temperature_undoes_a_scale(scale: float) -> None:
    """Logits that were multiplied get that number back as temperature, and the calibration error falls."""
    outputs = _outputs(scale)
    heat = best_temperature(outputs, torch.arange(4000))
    assert heat == pytest.approx(scale, rel=0.1)
    mended = calibration_error(outputs, np.full(4000, heat))
    assert mended < 0.03
    assert scale == 1.0 or calibration_error(outputs, None) > 2 * mended


def test_intervals_hold_what_they_promise() -> None:
    """A 90 % interval of a ratio misses the truth in about one of ten samples; groups widen it."""
    draws, missed = np.random.default_rng(6), 0
    for _ in range(400):
        base = draws.lognormal(size=100)
        found = ratio("r", base * 0.1 + draws.normal(0, 0.3, 100), base)
        missed += not found.low <= 10.0 <= found.high
    assert 0.05 < missed / 400 < 0.17
    shared = np.repeat(draws.normal(size=25), 4)
    alone, _ = standard_error(shared)
    together, units = standard_error(shared, np.repeat(np.arange(25), 4))
    assert units == 25
    assert together > 1.5 * alone
