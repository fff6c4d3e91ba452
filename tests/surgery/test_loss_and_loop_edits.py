# SPDX-License-Identifier: Apache-2.0
"""Label smoothing, learning rates under schedules, patience and length, in a user's own loop."""

import copy
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - torch's own abbreviation
from torch.optim import lr_scheduler

from goodfit.errors import NothingMatchedError, SettingsError, SurgeryError
from goodfit.surgery import Subject, plan, revert_, treat_
from goodfit.training import EarlyStopping
from goodfit.values import Goal, Patience, Prescription, Treatment

LOGITS = torch.randn(8, 3, generator=torch.Generator().manual_seed(0))
CLASSES = torch.randint(3, (8,), generator=torch.Generator().manual_seed(1))
YES_OR_NO = (LOGITS > 0.3).float()


def smoothing(loss: Any, dose: float = 0.2) -> tuple[Subject, Treatment]:
    """A subject with its loss smoothed."""
    subject = Subject(model=nn.Linear(3, 3), loss=loss)
    treatment = plan(subject, Prescription(remedy="label-smoothing"), dose=dose)
    treat_(subject, treatment)
    return subject, treatment


@pytest.mark.parametrize(
    "loss",
    [
        nn.CrossEntropyLoss(),
        nn.CrossEntropyLoss(weight=torch.tensor([1.0, 2.0, 3.0]), label_smoothing=0.05),
        F.cross_entropy,
        partial(F.cross_entropy, reduction="sum"),
    ],
    ids=["module", "weighted module", "function", "partial"],
)
def test_cross_entropies_are_smoothed_as_torch_does(loss: Any) -> None:
    """The training loss is torch's own with that argument; the user's loss gives what it gave, and comes back."""
    plain = loss(LOGITS, CLASSES)
    subject, treatment = smoothing(loss)
    assert subject.loss is not None
    options: dict[str, Any] = {"weight": getattr(loss, "weight", None)}
    if isinstance(loss, partial):
        options["reduction"] = "sum"
    expected = F.cross_entropy(LOGITS, CLASSES, label_smoothing=0.2, **options)
    torch.testing.assert_close(subject.loss(LOGITS, CLASSES), expected)
    assert torch.equal(loss(LOGITS, CLASSES), plain)
    assert "label_smoothing=0.2" in treatment.edits[0].code
    revert_(subject, treatment)
    assert subject.loss is loss


@pytest.mark.parametrize(
    "loss",
    [nn.BCEWithLogitsLoss(pos_weight=torch.tensor(2.0)), F.binary_cross_entropy_with_logits],
    ids=["module", "function"],
)
def test_losses_of_two_classes_get_softer_targets(loss: Any) -> None:
    """1 becomes 1 - s / 2 and 0 becomes s / 2 in training; the user's loss stays."""
    subject, treatment = smoothing(loss)
    assert subject.loss is not None
    softer = torch.where(YES_OR_NO > 0, 0.9, 0.1)
    torch.testing.assert_close(subject.loss(LOGITS, YES_OR_NO), loss(LOGITS, softer))
    revert_(subject, treatment)
    assert subject.loss is loss


def _own(outputs: Tensor, targets: Tensor) -> Tensor:
    return F.cross_entropy(outputs, targets)


@pytest.mark.parametrize("loss", [nn.MSELoss(), nn.NLLLoss(), F.mse_loss, _own, lambda o, _: o.sum()])
def test_other_losses_are_not_applicable(loss: Any) -> None:
    """A loss without classes, or with its inside hidden, is refused by its name."""
    with pytest.raises(NothingMatchedError, match="cannot smooth its targets"):
        smoothing(loss)


def test_smoothing_goes_up_only_and_once() -> None:
    """A loss that smooths as much already is left, and a smoothed one is not smoothed again."""
    with pytest.raises(NothingMatchedError, match=r"smooths by 0\.2 already"):
        smoothing(nn.CrossEntropyLoss(label_smoothing=0.2))
    subject, treatment = smoothing(nn.CrossEntropyLoss())
    with pytest.raises(NothingMatchedError, match=r"smooths by 0\.2 already"):
        plan(subject, Prescription(remedy="label-smoothing"), dose=0.4)
    with pytest.raises(SurgeryError, match="treated already"):
        treat_(subject, treatment)


Schedule = Callable[[torch.optim.Optimizer], Any]
SCHEDULES: dict[str, Schedule] = {
    "step": lambda o: lr_scheduler.StepLR(o, step_size=2, gamma=0.5),
    "cosine": lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=6, eta_min=1e-3),
    "lambda": lambda o: lr_scheduler.LambdaLR(o, lambda epoch: 1 / (1 + epoch)),
    "one cycle": lambda o: lr_scheduler.OneCycleLR(o, max_lr=0.3, total_steps=8),
    "cyclic": lambda o: lr_scheduler.CyclicLR(
        o, base_lr=0.01, max_lr=0.1, step_size_up=2, cycle_momentum=False
    ),
    "sequential": lambda o: lr_scheduler.SequentialLR(
        o,
        [
            lr_scheduler.ConstantLR(o, factor=0.1, total_iters=2),
            lr_scheduler.ExponentialLR(o, gamma=0.5),
        ],
        milestones=[2],
    ),
}


def rates(subject: Subject, steps: int) -> list[float]:
    """The learning rate at each of some steps."""
    assert subject.optimizer is not None
    seen = []
    for _ in range(steps):
        seen.append(float(subject.optimizer.param_groups[-1]["lr"]))
        subject.optimizer.step()
        if subject.scheduler is not None:
            subject.scheduler.step()
    return seen


def scheduled(schedule: Schedule | None) -> Subject:
    """Two groups of different rates under a schedule."""
    model = nn.Linear(3, 2)
    groups: list[dict[str, Any]] = [{"params": [model.bias], "lr": 0.5}, {"params": [model.weight]}]
    optimizer = torch.optim.SGD(groups, lr=0.1)
    return Subject(
        model=model, optimizer=optimizer, scheduler=None if schedule is None else schedule(optimizer)
    )


@pytest.mark.parametrize("name", list(SCHEDULES))
def test_a_whole_schedule_is_scaled_and_given_back(name: str) -> None:
    """Every later rate is ten times what it was, from any moment on; reverted at once nothing has changed."""
    plain, treated, reverted = (scheduled(SCHEDULES[name]) for _ in range(3))
    expected = rates(plain, 7)
    assert rates(treated, 1) == pytest.approx(expected[:1])
    treatment = plan(treated, Prescription(remedy="raise-learning-rate"), dose=10)
    treat_(treated, treatment)
    assert rates(treated, 3) == pytest.approx([10 * each for each in expected[1:4]])
    revert_(treated, treatment)
    assert rates(treated, 3) == pytest.approx(expected[4:])
    assert reverted.optimizer is not None
    before = copy.deepcopy(reverted.optimizer.state_dict()), copy.deepcopy(reverted.scheduler.state_dict())  # type: ignore[union-attr]
    treatment = plan(reverted, Prescription(remedy="lower-learning-rate"), dose=0.3)
    treat_(reverted, treatment)
    revert_(reverted, treatment)
    after = reverted.optimizer.state_dict(), reverted.scheduler.state_dict()  # type: ignore[union-attr]
    assert str(after) == str(
        before
    )  # SequentialLR's state holds schedules of its own, which compare by identity


def test_a_schedule_that_was_not_given_is_noticed() -> None:
    """Scaling the groups alone would be undone by the next step of the schedule: refused, with what to give."""
    subject = scheduled(SCHEDULES["step"])
    treatment = plan(subject, Prescription(remedy="lower-learning-rate"), dose=0.1)
    subject.scheduler = None
    with pytest.raises(
        SurgeryError, match=r"a schedule was made on this optimiser(.|\n)*scheduler=scheduler"
    ):
        treat_(subject, treatment)
    assert rates(subject, 1) == [0.1]


def test_a_rate_kept_as_a_tensor_stays_that_tensor() -> None:
    """Captured steps read the rate from its tensor, so it is changed in place and given back."""
    model = nn.Linear(3, 2)
    optimizer = torch.optim.Adam(model.parameters(), lr=torch.tensor(0.01))
    subject = Subject(model=model, optimizer=optimizer)
    held = optimizer.param_groups[0]["lr"]
    treatment = plan(subject, Prescription(remedy="raise-learning-rate"), dose=3)
    treat_(subject, treatment)
    assert optimizer.param_groups[0]["lr"] is held
    assert float(held) == pytest.approx(0.03)
    revert_(subject, treatment)
    assert torch.equal(held, torch.tensor(0.01))


def test_early_stopping_in_any_loop() -> None:
    """The loop is told to stop when the minimum is old, and the weights of that epoch come back."""
    model = nn.Linear(2, 1)
    subject = Subject(model=model, epochs=50)
    treat_(subject, plan(subject, Prescription(remedy="early-stopping"), dose=3))
    assert subject.patience == Patience(floor=3)
    stopping, seen = EarlyStopping(subject.patience), []
    for epoch in range(1, 51):
        with torch.no_grad():
            model.weight.fill_(float(epoch))
        seen.append(epoch)
        if stopping.step(abs(epoch - 4.0), model):
            break
    assert (seen[-1], stopping.best_epoch, stopping.best) == (8, 4, 0.0)
    stopping.restore_(model)
    assert model.weight.tolist() == [[4.0, 4.0]]


def test_early_stopping_takes_metrics_nan_and_interruptions() -> None:
    """Higher can be better; NaN is never best; what was saved goes on; without a number there is nothing to restore."""
    model = nn.BatchNorm1d(2)
    mean = model.running_mean
    assert mean is not None
    stopping = EarlyStopping(None, goal=Goal.MAXIMIZE)
    assert not stopping.step(float("nan"), model)
    with pytest.raises(SettingsError, match="1 epochs were told, and none had a number"):
        stopping.restore_(model)
    mean += 1
    assert not stopping.step(0.7, model)
    resumed = EarlyStopping(Patience(floor=1, share=0), goal=Goal.MAXIMIZE)
    resumed.load_state_dict(stopping.state_dict())
    mean += 1
    assert not resumed.step(0.6, model)
    assert resumed.step(float("nan"), model)
    resumed.restore_(model)
    assert (resumed.best_epoch, mean.tolist()) == (2, [1.0, 1.0])
