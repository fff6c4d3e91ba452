# SPDX-License-Identifier: Apache-2.0
"""`watch` by itself: names, evaluations, what it acts on, and what it leaves alone."""

import logging
from math import nan
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

import goodfit
from goodfit.errors import NothingMatchedError, SettingsError
from goodfit.integrations import AdaptiveDropout
from goodfit.integrations._curves import understood
from goodfit.integrations._moves import Advise, Move, Seen
from goodfit.integrations._sample import Sample, undisturbed
from goodfit.rules import diagnose
from goodfit.testing._courses import falling, turning
from goodfit.values import MeasuredAs


def test_names_are_understood_as_readers_do() -> None:
    """Losses and metrics of any spelling; what is no number, or no measure of fit, is left out."""
    values = {
        "train/loss": torch.tensor(0.5),
        "valid_acc": 0.9,
        "val_loss_epoch": 1.0,
        "val_loss": 2.0,
        "lr": 0.1,
        "text": "0.3",
        "flag": True,
        "test_loss": 3.0,
        "eval_runtime": 4.0,
        "train_matrix": torch.ones(2),
    }
    assert understood(values) == {"train_loss": 0.5, "val_accuracy": 0.9, "val_loss": 1.0}


def test_steps_are_averaged_at_an_evaluation() -> None:
    """Training numbers between evaluations become one point, at the x of the evaluation."""
    run = goodfit.watch(axis="step")
    for step in range(1, 7):
        run.log({"train/loss": float(step)}, step=step)
        if step % 3 == 0:
            run.log({"val/loss": 1.0}, step=step)
    curve = run.history.curves["train_loss"]
    assert (curve.x, curve.values) == ((3, 6), (2, 5))
    assert curve.measured_as is MeasuredAs.EPOCH_MEAN


def test_one_evaluation_may_come_in_parts() -> None:
    """What is logged later for the same x belongs to it, whatever its split."""
    run = goodfit.watch()
    run.log({"val/loss": 1.0}, step=0)
    run.log({"val/acc": 0.5}, step=0)
    run.log({"train/loss": 2.0}, step=0)
    run.log({"train/loss": 1.5, "val/loss": 0.9}, step=1)
    curves = run.history.curves
    assert {name: curve.x for name, curve in curves.items()} == {
        "val_loss": (0, 1),
        "val_accuracy": (0,),
        "train_loss": (0, 1),
    }


def test_training_alone_is_kept_as_logged() -> None:
    """Without validation the curve is what was logged, and NaN in it is told at once."""
    run = goodfit.watch()
    for epoch in range(12):
        run.log({"loss": 0.9**epoch}, step=epoch)
    run.log({"loss": nan}, step=12)
    assert run.history.curves["train_loss"].values[:2] == (1.0, 0.9)
    assert "GF301" in {each.code for each in run.findings}


def test_verdicts_are_those_of_diagnose() -> None:
    """`diagnoses` is `goodfit.diagnose` of the history."""
    run = goodfit.watch()
    for epoch, value in enumerate(turning(14)):
        run.log({"train/loss": 0.9**epoch, "val/loss": value}, step=epoch)
    assert run.diagnoses == diagnose(run.history)
    assert "GF101" in {each.code for each in run.findings}
    assert not run.should_stop


def test_the_log_is_read_back(tmp_path: Path) -> None:
    """`log=` writes what `goodfit diagnose` and `goodfit watch` read, NaN included."""
    path = tmp_path / "logs" / "run.jsonl"
    model = nn.Linear(2, 1)
    run = goodfit.watch(model, log=path, loss=lambda m, batch: m(batch).mean(), sample=[torch.ones(3, 2)])
    for epoch, value in enumerate((*falling(8), nan)):
        run.log({"train/loss": 1.0, "val/loss": value, "val/acc": 0.5}, step=epoch)
    read = goodfit.read_history(path)
    assert set(read.curves) == {"train_loss", "train_loss_eval", "val_accuracy", "val_loss"}
    for name, curve in run.history.curves.items():
        assert read.curves[name].x == curve.x
        assert read.curves[name].values == pytest.approx(curve.values, nan_ok=True)
        assert read.curves[name].axis is curve.axis
    assert read.curves["train_loss_eval"].measured_as is MeasuredAs.EVAL_MODE


def test_the_sample_leaves_no_trace() -> None:
    """Flags of single layers, buffers and random generators are as before, also when the loss raises."""
    norm = nn.BatchNorm1d(3)
    model = nn.Sequential(nn.Linear(3, 3), norm, nn.Dropout(0.5)).train()
    norm.eval()
    before, state = {k: v.clone() for k, v in model.state_dict().items()}, torch.get_rng_state()

    def broken() -> None:
        with undisturbed(model):
            assert not any(module.training for module in model.modules())
            norm.state_dict()["running_mean"].add_(1)
            torch.rand(3)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        broken()
    assert [module.training for module in model] == [True, False, True]
    assert torch.equal(state, torch.get_rng_state())
    assert all(torch.equal(before[key], value) for key, value in model.state_dict().items())


def test_the_sample_is_a_small_share() -> None:
    """Of 400 steps four batches are kept, of few steps one; later batches change nothing."""
    for steps, kept in ((400, 4), (20, 1)):
        sample = Sample(lambda _, batch: batch.mean(), 8)
        for step in range(steps):
            sample.see(torch.tensor([float(step)]))
        first = sample.measure(nn.Identity())
        sample.see(torch.tensor([1e9]))
        assert len(sample.batches) == kept
        assert sample.measure(nn.Identity()) == first == sum(range(kept)) / kept


def test_a_loss_that_raises_ends_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """It is said once, and the other curves go on."""

    def broken(_model: nn.Module, _batch: Any) -> Any:
        raise KeyError("labels")

    run = goodfit.watch(nn.Linear(1, 1), loss=broken)
    for epoch in range(3):
        run.batch(torch.ones(2, 1))
        run.log({"val/loss": 1.0 - 0.1 * epoch}, step=epoch)
    said = [each.getMessage() for each in caplog.records if each.levelno >= logging.WARNING]
    assert said == ["goodfit: the training loss in evaluation mode is not measured: KeyError: 'labels'"]
    assert len(run.history.curves["val_loss"]) == 3


def overfitting_network(**options: Any) -> tuple[Any, nn.Sequential]:
    """A real network that learns random labels by heart."""
    torch.manual_seed(0)
    rows, labels = torch.randn(96, 20), torch.randint(0, 2, (96,))
    model = nn.Sequential(nn.Linear(20, 64), nn.ReLU(), nn.Dropout(0.0), nn.Linear(64, 2))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    with goodfit.watch(model, **options) as run:
        for epoch in range(30):
            for begin in range(0, 48, 16):
                part = slice(begin, begin + 16)
                optimizer.zero_grad()
                loss = nn.functional.cross_entropy(model(rows[part]), labels[part])
                loss.backward()  # type: ignore[no-untyped-call]
                optimizer.step()
                run.batch(rows[part], loss)
            with undisturbed(model):
                value = nn.functional.cross_entropy(model(rows[48:]), labels[48:])
            if run.log({"val/loss": value}, step=epoch):
                break
    return run, model


def test_adapt_raises_dropout_from_the_best_weights(caplog: pytest.LogCaptureFixture) -> None:
    """Each raise is said; the rate in the model is the run's."""
    run, model = overfitting_network(on="adapt")
    assert run.rate is not None
    assert model[2].p == pytest.approx(run.rate)
    raised = [each.getMessage() for each in caplog.records if "from now on" in each.getMessage()]
    assert "dropout 0.5 from now on, with the weights of epoch" in raised[0]
    assert len(raised) == 1 + (0.5, 0.7, 0.85).index(run.rate)


def test_the_ladder_can_begin_at_once() -> None:
    """Without waiting for overfitting the first rate is set at the first evaluation, and the training ends behind the last."""
    run, model = overfitting_network(controller=AdaptiveDropout((0.2, 0.6), at_once=True), on="adapt")
    assert run.rate == model[2].p == 0.6
    assert run.should_stop
    for wrong in ((), (0.5, 0.2), (0.0, 0.5), (0.5, 0.95)):
        with pytest.raises(SettingsError, match="no rates to climb"):
            AdaptiveDropout(wrong)


def test_adapt_goes_on_from_a_state() -> None:
    """A resumed run has the rate of the one before, in the model too, and its best weights."""
    run, model = overfitting_network(on="adapt")
    fresh = nn.Sequential(nn.Linear(20, 64), nn.ReLU(), nn.Dropout(0.0), nn.Linear(64, 2))
    resumed = goodfit.watch(fresh, on="adapt")
    resumed.load_state_dict(run.state_dict())
    assert fresh[2].p == model[2].p != 0
    assert resumed.history == run.history
    assert resumed.findings == run.findings
    resumed.close()
    assert all(map(torch.equal, fresh.state_dict().values(), model.state_dict().values()))


def test_another_controller_decides() -> None:
    """A controller of one's own takes the place of what `on` names."""

    class AtThree(Advise):
        def move(self, seen: Seen) -> Move | None:
            done = seen.history.val is not None and len(seen.history.val) == 3
            return Move(because="Three are enough.", rate=0.25) if done else None

    run, model = overfitting_network(on="adapt", controller=AtThree())
    assert run.rate == model[2].p == 0.25
    assert not run.should_stop


def test_what_cannot_be_is_refused_at_once() -> None:
    """Unknown options, no model to change, no place for dropout, and steps that go back."""
    for wrong in ({"on": "fix"}, {"axis": "hours"}, {"on": "adapt"}):
        with pytest.raises(SettingsError):
            goodfit.watch(None, **wrong)
    with pytest.raises(NothingMatchedError):
        goodfit.watch(nn.Linear(2, 2), on="adapt")
    run = goodfit.watch()
    run.log({"val/loss": 1.0}, step=5)
    with pytest.raises(SettingsError, match="epoch 4 came after 5"):
        run.log({"val/loss": 1.0}, step=4)
    with pytest.raises(SettingsError, match="version"):
        run.load_state_dict({"version": 99})


def test_an_exception_leaves_the_model_as_it_is() -> None:
    """Best weights are loaded at an end, not after Ctrl-C."""
    model = nn.Linear(1, 1)

    def interrupted() -> None:
        with goodfit.watch(model, on="stop") as run:
            run.log({"val/loss": 1.0}, step=0)
            nn.init.constant_(model.weight, 7.0)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert model.weight.item() == 7.0
