# SPDX-License-Identifier: Apache-2.0
"""Weight decay and L1 in the optimisers, schedules and checkpoints that people have."""

import copy
import pickle
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from goodfit.errors import NothingMatchedError, SettingsError, SurgeryError
from goodfit.surgery import Subject, at_dose, plan, revert_, training_regularisers, treat_
from goodfit.surgery.verification import same_bits
from goodfit.values import Prescription, Treatment

X = torch.randn(8, 4, generator=torch.Generator().manual_seed(0))
Y = torch.randint(3, (8,), generator=torch.Generator().manual_seed(1))
Optimizer = torch.optim.Optimizer


def network() -> nn.Module:
    """Two layers with a norm between them, the same weights each time."""
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 6), nn.LayerNorm(6), nn.ReLU(), nn.Linear(6, 3))


def loss_of(model: nn.Module) -> Tensor:
    """Of the one batch."""
    return nn.functional.cross_entropy(model(X), Y)


def train(model: nn.Module, optimizer: Optimizer, steps: int = 3) -> None:
    """Some steps."""
    for _ in range(steps):
        optimizer.zero_grad()
        loss_of(model).backward()  # type: ignore[no-untyped-call]
        optimizer.step()


def decayed(model: nn.Module, optimizer: Optimizer, dose: float = 0.5, **options: Any) -> Treatment:
    """Plan and apply weight decay."""
    subject = Subject(model=model, optimizer=optimizer)
    treatment = plan(subject, Prescription(remedy="weight-decay"), dose=dose, **options)
    treat_(subject, treatment)
    return treatment


def groups_of(model: nn.Module, decay: float) -> list[dict[str, Any]]:
    """Parameter groups as a user writes them: weights, and the rest without decay."""
    return [
        {"params": [p for p in model.parameters() if p.dim() > 1], "weight_decay": decay},
        {"params": [p for p in model.parameters() if p.dim() <= 1], "weight_decay": 0.0},
    ]


def equal(one: nn.Module, other: nn.Module) -> bool:
    """Whether all weights are the same bits."""
    return all(same_bits(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))


def test_adam_becomes_adamw_bit_for_bit() -> None:
    """Treated Adam, and treated AdamW, take the very steps of torch's AdamW with groups that spare norms and biases."""
    reference = network()
    train(reference, torch.optim.AdamW(groups_of(reference, 0.5), lr=0.01))
    for kind, own in ((torch.optim.Adam, 0.0), (torch.optim.Adam, 0.1), (torch.optim.AdamW, 0.01)):
        model = network()
        optimizer = kind(model.parameters(), lr=0.01, weight_decay=own)
        decayed(model, optimizer)
        train(model, optimizer)
        assert equal(model, reference)


@pytest.mark.parametrize("where", [None, "3"])
@pytest.mark.parametrize("kind", [torch.optim.Adam, torch.optim.SGD])
def test_the_code_to_paste_does_the_same(kind: Any, where: str | None) -> None:
    """The lines of the edit, run as a user would, take the steps of the treated optimiser, also in chosen places."""
    model, pasted = network(), network()
    optimizer = kind(model.parameters(), lr=0.1)
    code = (
        decayed(model, optimizer, where=where).edits[0].code.replace("(..., ", "(model.parameters(), lr=lr, ")
    )
    names: dict[str, Any] = {"torch": torch, "model": pasted, "lr": 0.1}
    head, _, before_each_step = code.partition("# before each optimizer.step()")
    exec(head, names)  # noqa: S102 - the lines are what is tested
    for _ in range(3):
        names["optimizer"].zero_grad()
        loss_of(pasted).backward()  # type: ignore[no-untyped-call]
        exec(before_each_step, names)  # noqa: S102 - the same
        names["optimizer"].step()
    train(model, optimizer)
    for a, b in zip(model.parameters(), pasted.parameters(), strict=True):
        torch.testing.assert_close(a, b)


def test_it_stays_out_of_the_momentum_of_sgd() -> None:
    """One step from rest is that of coupled decay; the momentum buffer holds the gradient alone."""
    plain, coupled, treated = network(), network(), network()
    train(plain, plain_sgd := torch.optim.SGD(plain.parameters(), lr=0.1, momentum=0.9), steps=1)
    train(coupled, torch.optim.SGD(groups_of(coupled, 0.5), lr=0.1, momentum=0.9), steps=1)
    optimizer = torch.optim.SGD(treated.parameters(), lr=0.1, momentum=0.9)
    decayed(treated, optimizer)
    train(treated, optimizer, steps=1)
    for a, b in zip(coupled.parameters(), treated.parameters(), strict=True):
        torch.testing.assert_close(a, b)
    for a, b in zip(plain.parameters(), treated.parameters(), strict=True):
        assert same_bits(plain_sgd.state[a]["momentum_buffer"], optimizer.state[b]["momentum_buffer"])


def test_a_closure_is_called_before_the_weights_shrink() -> None:
    """With a closure the steps are torch's own with that closure."""
    reference, model = network(), network()
    optimizers = (
        torch.optim.AdamW(groups_of(reference, 0.5), lr=0.01),
        torch.optim.Adam(model.parameters(), lr=0.01),
    )
    decayed(model, optimizers[1])
    for each, optimizer in zip((reference, model), optimizers, strict=True):

        def closure(each: nn.Module = each, optimizer: Optimizer = optimizer) -> Tensor:
            optimizer.zero_grad()
            loss = loss_of(each)
            loss.backward()  # type: ignore[no-untyped-call]
            return loss.detach()

        assert len({float(optimizer.step(closure)) for _ in range(3)}) == 3
    assert equal(model, reference)


def test_a_step_that_raises_loses_no_coefficient() -> None:
    """After an exception inside a step the next one decays as before, and reverting gives back what was."""
    model = network()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, weight_decay=0.01)
    treatment = decayed(model, optimizer)

    def raising() -> float:
        raise RuntimeError("out of memory")

    with pytest.raises(RuntimeError, match="out of memory"):
        optimizer.step(raising)
    other = network()
    reference = torch.optim.SGD(other.parameters(), lr=0.1)
    decayed(other, reference)
    train(model, optimizer)
    train(other, reference)
    assert equal(model, other)
    assert optimizer.param_groups[0]["weight_decay"] == 0.5
    revert_(Subject(model=model, optimizer=optimizer), treatment)
    assert optimizer.param_groups[0]["weight_decay"] == 0.01


def test_groups_that_the_user_set_apart_stay() -> None:
    """Of groups with several coefficients those with the largest get the new one; others keep theirs, coupled as they were."""
    model = network()
    parameters = list(model.parameters())
    optimizer = torch.optim.SGD(
        [
            {"params": parameters[4:], "weight_decay": 0.0, "lr": 1.0},
            {"params": parameters[:4], "weight_decay": 0.02},
        ],
        lr=0.1,
    )
    before = copy.deepcopy(optimizer.state_dict())
    treatment = decayed(model, optimizer)
    assert [group["weight_decay"] for group in optimizer.param_groups] == [0.0, 0.5]
    revert_(Subject(model=model, optimizer=optimizer), treatment)
    assert optimizer.state_dict() == before


@pytest.mark.parametrize("treat_first", [True, False])
def test_a_schedule_keeps_working(*, treat_first: bool) -> None:
    """Made before or after the treatment, a schedule moves the rates as without it, and the decay follows."""
    reference, model = network(), network()
    expected = torch.optim.AdamW(groups_of(reference, 0.5), lr=0.05)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    if treat_first:
        decayed(model, optimizer)
    schedules = [torch.optim.lr_scheduler.CosineAnnealingLR(each, T_max=4) for each in (expected, optimizer)]
    if not treat_first:
        decayed(model, optimizer)
    for _ in range(4):
        train(reference, expected, steps=2)
        train(model, optimizer, steps=2)
        for schedule in schedules:
            schedule.step()
    assert equal(model, reference)


def test_a_checkpoint_of_the_optimiser_goes_round() -> None:
    """A run that is saved, loaded into a fresh treated optimiser and trained on equals one that was not interrupted."""
    whole, first = network(), network()
    optimizers = [torch.optim.Adam(each.parameters(), lr=0.01) for each in (whole, first)]
    for each, optimizer in zip((whole, first), optimizers, strict=True):
        decayed(each, optimizer)
        train(each, optimizer, steps=2)
    second = network()
    second.load_state_dict(first.state_dict())
    resumed = torch.optim.Adam(second.parameters(), lr=0.01)
    decayed(second, resumed)
    resumed.load_state_dict(pickle.loads(pickle.dumps(optimizers[1].state_dict())))  # noqa: S301 - our own bytes
    train(whole, optimizers[0], steps=2)
    train(second, resumed, steps=2)
    assert equal(whole, second)
    assert resumed.param_groups[0]["weight_decay"] == 0.5


def test_tied_and_embedded_weights() -> None:
    """A decoder tied to its embedding shrinks once a step; rows that no token reached shrink too."""
    embedding, decoder = nn.Embedding(9, 4), nn.Linear(4, 9)
    decoder.weight = embedding.weight
    model = nn.Sequential(embedding, decoder)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    decayed(model, optimizer)
    before = embedding.weight.detach().clone()
    (model(torch.tensor([1, 2])).sum() * 0).backward()
    optimizer.step()
    torch.testing.assert_close(embedding.weight.detach(), before * (1 - 0.1 * 0.5))


def test_places_can_be_chosen() -> None:
    """With where= only the weights of those layers are named, and only they shrink; the others are said to be left."""
    model = network()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    start = [p.detach().clone() for p in model.parameters()]
    treatment = decayed(model, optimizer, where="3*")
    assert treatment.edits[0].along == ("3.weight",)
    assert any(
        skip.path == "0.weight" and "not among the places" in skip.because for skip in treatment.skipped
    )
    (loss_of(model) * 0).backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    moved = [not same_bits(a, b) for a, b in zip(start, model.parameters(), strict=True)]
    assert moved == [False, False, False, False, True, False]
    with pytest.raises(NothingMatchedError, match="no weight is among the places"):
        plan(
            Subject(model=network(), optimizer=optimizer),
            Prescription(remedy="l1"),
            dose=0.1,
            where="1",
        )


@pytest.mark.parametrize("remedy", ["weight-decay", "l1"])
def test_an_optimiser_of_another_model_is_refused(remedy: str) -> None:
    """The usual fault, an optimiser made before the model was replaced, is named."""
    optimizer = torch.optim.SGD(network().parameters(), lr=0.1)
    with pytest.raises(SurgeryError, match="holds none of the model's weights"):
        plan(Subject(model=network(), optimizer=optimizer), Prescription(remedy=remedy), dose=0.1)


def test_optimisers_without_weight_decay_are_named() -> None:
    """LBFGS has none to set, and what is no torch optimiser cannot be changed."""
    model = network()
    with pytest.raises(NothingMatchedError, match="LBFGS takes no weight decay"):
        decayed(model, torch.optim.LBFGS(model.parameters()))
    with pytest.raises(SurgeryError, match="a str carries no hooks"):
        decayed(model, "Adam")  # type: ignore[arg-type]
    with pytest.raises(SettingsError, match="-1"):
        decayed(model, torch.optim.SGD(model.parameters(), lr=0.1), dose=-1.0)


@pytest.mark.parametrize("remedy", ["weight-decay", "l1"])
def test_a_step_that_mixed_precision_leaves_out_moves_no_weight(remedy: str) -> None:
    """Fused optimisers are told of an overflow and called all the same; penalties wait as they do."""
    model = network()
    optimizer: Any = torch.optim.Adam(model.parameters(), lr=0.01, fused=True)
    subject = Subject(model=model, optimizer=optimizer)
    treat_(subject, plan(subject, Prescription(remedy=remedy), dose=0.5))
    train(model, optimizer, steps=1)
    before = [p.detach().clone() for p in model.parameters()]
    loss_of(model).backward()  # type: ignore[no-untyped-call]
    optimizer.grad_scale, optimizer.found_inf = torch.ones(()), torch.ones(())  # as torch.amp.GradScaler does
    optimizer.step()
    assert all(same_bits(a, b) for a, b in zip(before, model.parameters(), strict=True))
    del optimizer.grad_scale, optimizer.found_inf
    optimizer.step()
    assert not same_bits(before[0], next(model.parameters()))


class _Wrapping(torch.optim.Optimizer):
    """As some libraries wrap an optimiser: the class of torch, and none of its making."""

    def __init__(self, optimizer: Optimizer) -> None:
        self.optimizer = optimizer

    @property
    def param_groups(self) -> Any:  # type: ignore[override]
        """Those of the inner one."""
        return self.optimizer.param_groups


def test_a_wrapper_without_hooks_is_noticed() -> None:
    """Nothing is changed in an optimiser whose steps could not be followed."""
    model = network()
    inner = torch.optim.SGD(model.parameters(), lr=0.1)
    with pytest.raises(SurgeryError, match=r"_Wrapping carries no hooks(.|\n)*that it wraps"):
        decayed(model, _Wrapping(inner))
    assert inner.param_groups[0]["weight_decay"] == 0


def test_another_dose_of_a_penalty_is_planned_anew() -> None:
    """`at_dose` is for drop probabilities, and says so."""
    model = network()
    treatment = decayed(model, torch.optim.SGD(model.parameters(), lr=0.1))
    with pytest.raises(SettingsError, match=r"no drop probability(.|\n)*plan it again"):
        at_dose(treatment, 0.1)


def test_one_weight_decay_at_a_time() -> None:
    """A second treatment is refused while the first is there; so is one planned for another coefficient."""
    model = network()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    subject = Subject(model=model, optimizer=optimizer)
    decay = Prescription(remedy="weight-decay")
    other = plan(subject, decay, dose=0.1)
    decayed(model, optimizer)
    with pytest.raises(NothingMatchedError, match=r"to 0\.5 already"):
        plan(subject, decay, dose=0.1)
    with pytest.raises(SurgeryError, match="already"):
        treat_(subject, other)
    changed = Subject(model=model, optimizer=torch.optim.SGD(model.parameters(), lr=0.1, weight_decay=0.3))
    with pytest.raises(SurgeryError, match=r"weight decay of 0\.0 was expected, and 0\.3 found"):
        treat_(changed, other)


def test_a_compiled_model_can_be_decayed() -> None:
    """A penalty changes the optimiser alone, so that compiled code is no obstacle."""
    model = torch.compile(network(), backend="eager")
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)  # type: ignore[attr-defined]
    treatment = decayed(model, optimizer)  # type: ignore[arg-type]
    assert treatment.skipped[0].path == "0.bias, 3.bias"


def test_l1_leaves_exact_zeros_and_both_penalties_go_together() -> None:
    """Trained on, a share of the weights is exactly zero and biases are not; L1 and weight decay can be in one optimiser."""
    model = network()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    subject = Subject(model=model, optimizer=optimizer)
    treatment = plan(subject, Prescription(remedy="l1"), dose=0.02)
    treat_(subject, treatment)
    decayed(model, optimizer, 0.01)
    assert training_regularisers(subject) == {"weight decay": 0.01, "L1": 0.02}
    train(model, optimizer, steps=60)
    weights = torch.cat([p.flatten() for p in model.parameters() if p.dim() > 1])
    assert 0.1 < float((weights == 0).float().mean()) < 1
    assert all((p != 0).all() for p in model.parameters() if p.dim() <= 1)
    revert_(subject, treatment)
    train(model, optimizer, steps=3)
    assert training_regularisers(subject) == {"weight decay": 0.01}
    with pytest.raises(SurgeryError, match="not in the optimiser"):
        revert_(subject, treatment)


def test_a_copied_optimiser_has_no_hooks_and_can_be_treated() -> None:
    """Torch leaves hooks out of copies: the copy is untreated, says so, and takes the treatment."""
    model = network()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    treatment = plan(Subject(model=model, optimizer=optimizer), Prescription(remedy="l1"), dose=0.3)
    treat_(Subject(model=model, optimizer=optimizer), treatment)
    both = copy.deepcopy({"model": model, "optimizer": optimizer})
    copied = Subject(model=both["model"], optimizer=both["optimizer"])  # type: ignore[arg-type]
    assert training_regularisers(copied) == {}
    treat_(copied, treatment)
    assert training_regularisers(copied) == {"L1": 0.3}
