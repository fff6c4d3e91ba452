# SPDX-License-Identifier: Apache-2.0
"""What every integration must hold to; subclass it, carry courses out in your framework, and pytest does the rest.

class TestMyFramework(IntegrationContract):
    def carry_out(self, course, *, watched=True, upto=None, resume=False): ...
"""

import logging
from pathlib import Path
from typing import ClassVar

import pytest
import torch
from torch import nn

from goodfit.integrations import watch
from goodfit.integrations._sample import undisturbed
from goodfit.testing._courses import (
    Carried,
    Course,
    Scripted,
    breaking,
    falling,
    recovering,
    scripted,
    small_network,
    turning,
)

EPOCHS = 12
BEST = 4
NEAR = 1e-4  # relative; frameworks add the same float32 numbers in another order


class IntegrationContract:
    """The suite. The courses are in `goodfit.testing`; each takes a fraction of a second to train."""

    first_epoch: ClassVar[int] = 1  # x of the first evaluation

    def carry_out(
        self, course: Course, *, watched: bool = True, upto: int | None = None, resume: bool = False
    ) -> Carried:
        """Train as the course says, in your framework.

        Args:
            course: model, data, learning rate, epochs, and options for GoodfitCallback. The loss of the sample is the
                mean squared error where your framework does not know the loss itself.
            watched: with GoodfitCallback, or without.
            upto: end after this epoch, and leave the checkpoint that your framework made after it in `course.folder`.
            resume: begin with that checkpoint.
        """
        raise NotImplementedError

    def test_the_same_history(self, tmp_path: Path) -> None:
        """One training gives one History: training as logged and in evaluation mode, and validation."""
        course = small_network(folder=tmp_path)
        found, wanted = self.carry_out(course).run.history, by_hand(course).run.history
        assert set(found.curves) >= {"train_loss", "train_loss_eval", "val_loss"}
        for name, curve in wanted.curves.items():
            first = found.curves[name].x[0]
            assert first == self.first_epoch
            assert [x - first for x in found.curves[name].x] == [x - 1 for x in curve.x]
            assert found.curves[name].values == pytest.approx(curve.values, rel=NEAR)
            assert found.curves[name].measured_as is curve.measured_as

    def test_stop_ends_it_with_the_best_weights(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        """on="stop" ends an overfitting training early, and the model has the weights of its best epoch."""
        done = self.carry_out(scripted(turning(EPOCHS, best=BEST), options={"on": "stop"}, folder=tmp_path))
        assert done.run.should_stop
        assert len(done.run.history.curves["val_loss"]) < EPOCHS
        assert progress(done.model) == pytest.approx(BEST, abs=0.01)
        assert any("the training ends" in line for line in said(caplog))

    def test_a_warning_is_withdrawn_on_a_new_best(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Overfitting is said once, and taken back aloud when validation makes a new best."""
        done = self.carry_out(scripted(recovering(), folder=tmp_path))
        lines = [line for line in said(caplog) if "GF101" in line]
        assert "GF101 overfitting (" in lines[0]
        assert "withdrawn" in lines[-1]
        assert "GF101" not in {each.code for each in done.run.findings}

    def test_a_healthy_training_is_left_in_peace(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
    ) -> None:
        """Nothing is printed; weights, random state and training flags are as without goodfit."""
        course = scripted(falling(EPOCHS), folder=tmp_path)
        torch.manual_seed(5)
        alone = self.carry_out(course, watched=False)
        state = torch.get_rng_state()
        torch.manual_seed(5)
        done = self.carry_out(course)
        assert torch.equal(state, torch.get_rng_state())
        assert said(caplog) == []
        captured = capfd.readouterr()
        assert "goodfit" not in captured.out + captured.err
        assert [m.training for m in done.model.modules()] == [m.training for m in alone.model.modules()]
        assert all(map(torch.equal, done.model.state_dict().values(), alone.model.state_dict().values()))

    def test_nan_is_told_and_not_raised(self, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        """A validation loss that becomes NaN is a finding, and the training goes on as it would."""
        done = self.carry_out(scripted(breaking(EPOCHS), folder=tmp_path))
        assert "GF301" in {each.code for each in done.run.findings}
        assert any("GF301" in line for line in said(caplog))
        assert len(done.run.history.curves["val_loss"]) == EPOCHS

    def test_a_resumed_training_has_the_same_verdict(self, tmp_path: Path) -> None:
        """Interrupted and gone on with from the framework's checkpoint: the same history, findings and end."""
        course = scripted(turning(EPOCHS, best=BEST), options={"on": "stop"}, folder=tmp_path)
        whole = self.carry_out(course)
        self.carry_out(course, upto=5)
        rest = self.carry_out(course, resume=True)
        for name, curve in whole.run.history.curves.items():
            assert rest.run.history.curves[name].x == curve.x
            assert rest.run.history.curves[name].values == pytest.approx(curve.values, rel=NEAR)
        assert [each.code for each in rest.run.findings] == [each.code for each in whole.run.findings]
        assert rest.run.ended == whole.run.ended
        assert progress(rest.model) == pytest.approx(progress(whole.model))


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What goodfit said aloud, in the order of saying."""
    return [
        record.getMessage()
        for record in caplog.records
        if record.name == "goodfit" and record.levelno >= logging.WARNING
    ]


def progress(model: nn.Module) -> float:
    """How many epochs the weights of a scripted model have seen."""
    (script,) = [module for module in model.modules() if isinstance(module, Scripted)]
    return script.epoch


def by_hand(course: Course) -> Carried:
    """A course in a loop written by hand, measured independently of how integrations measure."""
    model = course.build()
    optimizer = torch.optim.SGD(model.parameters(), lr=course.rate)
    batches = course.batches()
    run = watch(model)
    for epoch in range(1, course.epochs + 1):
        losses = []
        model.train()
        for inputs, wanted in batches:
            optimizer.zero_grad()
            loss = nn.functional.mse_loss(model(inputs), wanted)
            loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it unannotated
            optimizer.step()
            losses.append(float(loss.detach()))
        with undisturbed(model):
            fitted = float(nn.functional.mse_loss(model(batches[0][0]), batches[0][1]))
            val = float(nn.functional.mse_loss(model(course.validation[0]), course.validation[1]))
        train = sum(losses) / len(losses)
        run.log({"train_loss": train, "train_loss_eval": fitted, "val_loss": val}, step=epoch)
    return Carried(model=model, run=run)
