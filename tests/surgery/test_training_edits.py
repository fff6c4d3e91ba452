# SPDX-License-Identifier: Apache-2.0
"""Every training remedy on every architecture and optimiser: what is declared holds, and taking it back is exact."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from goodfit.errors import GoodfitError, NothingMatchedError, SurgeryError
from goodfit.surgery import Subject, plan, revert_, training_regularisers, treat_
from goodfit.surgery.edits._weights import penalised, spared
from goodfit.surgery.trace import call, tensors_of
from goodfit.surgery.verification import same_bits
from goodfit.testing.architectures import ARCHITECTURES, Architecture
from goodfit.values import Prescription, Treatment

DOSES = {
    "weight-decay": 0.5,
    "l1": 0.05,
    "early-stopping": 5,
    "train-longer": 2,
    "raise-learning-rate": 10,
    "lower-learning-rate": 0.1,
}
OPTIMIZERS: dict[str, Callable[[Any], torch.optim.Optimizer]] = {
    "SGD": lambda p: torch.optim.SGD(p, lr=0.02, momentum=0.9, weight_decay=1e-3),
    "Adam": lambda p: torch.optim.Adam(p, lr=0.01),
    "AdamW": lambda p: torch.optim.AdamW(p, lr=0.01),
    "RMSprop": lambda p: torch.optim.RMSprop(p, lr=0.01),
}


def subject_for(architecture: Architecture, optimizer: str) -> Subject:
    """The architecture with an optimiser over what is trained."""
    torch.manual_seed(0)
    model = architecture.build()
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    return Subject(
        model=model,
        optimizer=OPTIMIZERS[optimizer](trained),
        loss=lambda outputs, _: architecture.loss(outputs),
        epochs=10,
    )


def planned(subject: Subject, remedy: str) -> Treatment:
    """The remedy worked out for the subject."""
    return plan(subject, Prescription(remedy=remedy), dose=DOSES[remedy])


def step(subject: Subject, architecture: Architecture, masks: int = 1) -> None:
    """One step of training, dropout drawn from the same stream each time."""
    assert subject.optimizer is not None
    assert subject.loss is not None
    torch.manual_seed(masks)
    subject.model.train()
    subject.optimizer.zero_grad()
    subject.loss(call(subject.model, architecture.example()), None).backward()  # type: ignore[no-untyped-call]
    subject.optimizer.step()


def numbers(model: nn.Module) -> dict[str, Tensor]:
    """A copy of the state."""
    return {name: tensor.clone() for name, tensor in model.state_dict().items()}


@pytest.mark.parametrize("optimizer", ["SGD", "Adam", "AdamW"])
@pytest.mark.parametrize("remedy", list(DOSES))
@pytest.mark.parametrize("architecture", ARCHITECTURES, ids=lambda each: each.name)
def test_what_a_remedy_declares_holds(architecture: Architecture, remedy: str, optimizer: str) -> None:
    """Keys and the evaluation output stay bit for bit, two steps run, and taking it back leaves groups, loss and loop as they were."""
    subject = subject_for(architecture, optimizer)
    assert subject.optimizer is not None
    before, state = _training(subject), numbers(subject.model)
    output = _evaluated(subject, architecture)
    treatment = planned(subject, remedy)
    assert _training(subject) == before, "planning changes nothing"
    treat_(subject, treatment)
    assert _training(subject) != before
    assert all(same_bits(a, b) for a, b in zip(output, _evaluated(subject, architecture), strict=True))
    assert list(subject.model.state_dict()) == list(state)
    with pytest.raises(SurgeryError, match="treated already"):
        treat_(subject, treatment)
    for masks in (1, 2):
        step(subject, architecture, masks)
    revert_(subject, treatment)
    assert _training(subject) == before
    with pytest.raises(SurgeryError):
        revert_(subject, treatment)
    assert _training(subject) == before


@pytest.mark.parametrize("optimizer", list(OPTIMIZERS))
@pytest.mark.parametrize("architecture", ARCHITECTURES, ids=lambda each: each.name)
def test_each_weight_shrinks_once(architecture: Architecture, optimizer: str) -> None:
    """After one step each weight, shared or not, is lr times c of itself smaller than without; norms, biases and frozen ones are not."""
    plain, treated = subject_for(architecture, optimizer), subject_for(architecture, optimizer)
    for group in plain.optimizer.param_groups if plain.optimizer else ():
        group["weight_decay"] = 0.0
    start = {name: each.detach().clone() for name, each in treated.model.named_parameters()}
    treat_(treated, planned(treated, "weight-decay"))
    for each in (plain, treated):
        step(each, architecture)
    rate = 0.02 if optimizer == "SGD" else 0.01
    shrunk, found = penalised(treated.model), dict(treated.model.named_parameters())
    for name, parameter in plain.model.named_parameters():
        pulled = (
            rate * DOSES["weight-decay"] * start[name] if name in shrunk and parameter.grad is not None else 0
        )
        torch.testing.assert_close(found[name].detach(), parameter.detach() - pulled, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("architecture", ARCHITECTURES, ids=lambda each: each.name)
def test_l1_makes_exact_zeros_and_spares_the_rest(architecture: Architecture) -> None:
    """A threshold above what a step can move leaves zeros in the weights; biases and norms are as without it."""
    plain, treated = subject_for(architecture, "SGD"), subject_for(architecture, "SGD")
    treat_(treated, plan(treated, Prescription(remedy="l1"), dose=2.0))
    for each in (plain, treated):
        step(each, architecture)
    found = dict(treated.model.named_parameters())
    for name, parameter in plain.model.named_parameters():
        if name in penalised(plain.model) and parameter.grad is not None:
            move = 0.02 * 2.0
            expected = parameter.sign() * (parameter.abs() - move).clamp(min=0)
            torch.testing.assert_close(found[name], expected)
            assert (found[name] == 0).sum() >= (parameter.abs() < move).sum()
        else:
            assert same_bits(found[name], parameter), name
    assert any((found[name] == 0).any() for name in penalised(treated.model))


@pytest.mark.parametrize("architecture", ARCHITECTURES, ids=lambda each: each.name)
def test_what_is_spared(architecture: Architecture) -> None:
    """Weights and spared parameters are all there is, no parameter twice; a spared one is a bias, a norm, a vector or frozen."""
    model = architecture.build()
    weights, rest = penalised(model), spared(model)
    names = [name for name, _ in model.named_parameters()]
    assert sorted([*weights, *rest]) == sorted(names)
    assert all(weight.dim() > 1 and weight.requires_grad for weight in weights.values())
    assert set(rest.values()) <= {"is a bias", "belongs to a norm", "holds one number a unit", "is frozen"}


@pytest.mark.parametrize("architecture", ARCHITECTURES, ids=lambda each: each.name)
def test_label_smoothing_is_not_applicable_to_a_loss_without_classes(architecture: Architecture) -> None:
    """The loss of these architectures has no targets: the error names it and what would do."""
    subject = subject_for(architecture, "SGD")
    with pytest.raises(NothingMatchedError, match=r"cannot smooth its targets(.|\n)*CrossEntropyLoss"):
        plan(subject, Prescription(remedy="label-smoothing"), dose=0.1)


@pytest.mark.parametrize("remedy", [*DOSES, "label-smoothing"])
def test_what_is_missing_is_asked_for(remedy: str) -> None:
    """A model alone, with a remedy of its training: the error says what to give; early stopping needs nothing."""
    doses = {**DOSES, "label-smoothing": 0.1}
    model = nn.Linear(3, 2)
    if remedy == "early-stopping":
        treat_(Subject(model=model), plan(model, Prescription(remedy=remedy), dose=doses[remedy]))
        return
    with pytest.raises(SurgeryError, match=r"none was given(.|\n)*Subject\(model=model, "):
        plan(model, Prescription(remedy=remedy), dose=doses[remedy])
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    whole = Subject(model=model, optimizer=optimizer, loss=nn.CrossEntropyLoss(), epochs=4)
    treatment = plan(whole, Prescription(remedy=remedy), dose=doses[remedy])
    with pytest.raises(SurgeryError, match="none was given"):
        treat_(Subject(model=model), treatment)


@pytest.mark.parametrize("remedy", [*DOSES, "label-smoothing"])
def test_doses_out_of_range_are_refused(remedy: str) -> None:
    """Each remedy names the range that its dose has to lie in."""
    model = nn.Linear(3, 2)
    subject = Subject(
        model=model,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.1),
        loss=nn.CrossEntropyLoss(),
        epochs=4,
    )
    for dose in (-1.0, float("nan")):
        with pytest.raises(GoodfitError, match=f"of {dose}"):
            plan(subject, Prescription(remedy=remedy), dose=dose)


def _training(subject: Subject) -> Any:
    """All of a training that an edit may touch, but for the weights."""
    optimizer = subject.optimizer
    assert optimizer is not None
    hooks = len(optimizer._optimizer_step_pre_hooks), len(optimizer._optimizer_step_post_hooks)
    groups = copy.deepcopy(optimizer.state_dict()["param_groups"])
    loss = subject.loss if subject.loss is None else id(subject.loss)
    return groups, hooks, loss, subject.epochs, subject.patience, training_regularisers(subject)


def _evaluated(subject: Subject, architecture: Architecture) -> list[Tensor]:
    subject.model.eval()
    with torch.no_grad():
        return list(tensors_of(call(subject.model, architecture.example())))
