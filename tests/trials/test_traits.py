# SPDX-License-Identifier: Apache-2.0
"""Traits: numbers that can be computed by hand, intervals over seeds, and models that are left as they were."""

from dataclasses import replace
from math import isnan, log
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import toy_task
from goodfit.errors import InputError
from goodfit.proof.intervals import paired_t_interval
from goodfit.surgery import plan
from goodfit.training import Settings, Task, as_examples, as_source, build_model, prepare, train
from goodfit.trials.traits import (
    TRAITS,
    NotMeasurable,
    Specimen,
    ensemble_losses,
    outputs_of_masks,
    reliance_of,
    rise_under,
    specimen_of,
)
from goodfit.values import Dose, Prescription

NAMES = {
    "single-unit-reliance", "input-noise", "step-time", "inference-time", "weight-norm", "zero-share", "generalisation-gap", "epochs-to-best",
    "best-loss", "between-epoch-noise", "gradient-spread", "parameters", "mask-ensemble", "calibration-error",
}  # fmt: skip
Arms = tuple[list[Specimen], list[Specimen]]


@pytest.fixture(scope="module")
def arms() -> Arms:
    """Three seeds of the toy task, without and with dropout."""
    prepared = prepare(as_source(toy_task.task()))
    example = prepared.pool.examples.batch(prepared.pool.indices[:2])[0]
    remedy = Prescription(remedy="raise-dropout", dose=Dose(value=0.5, low=0.5, high=0.5))
    treatment = plan(build_model(prepared.task, Settings(seed=0)), remedy, example=example)

    def arm(given: Settings) -> list[Specimen]:
        found = []
        for seed in (1, 2, 3):
            settings = replace(given, seed=seed)
            trained = train(prepared.task, prepared.pool, settings)
            found.append(specimen_of(prepared, settings, trained.run, trained.state))
        return found

    return arm(Settings(seed=0)), arm(Settings(seed=0, treatment=treatment))


def _specimen(model: nn.Module, x: Tensor, y: Tensor, loss: Any = None, **changed: Any) -> Specimen:
    """A model that was not trained here, on all of (x, y)."""
    task: Task = replace(toy_task.task(), train=(x, y), loss=loss or nn.CrossEntropyLoss(), **changed)
    prepared = prepare(as_source(toy_task.task(epochs=1)))
    run = train(prepared.task, prepared.pool, Settings(seed=1)).run
    examples = as_examples((x, y), "train")
    return Specimen(
        run=run, task=task, model=model.eval(), examples=examples, indices=np.arange(len(y), dtype=np.int64)
    )


def test_the_traits_are_these() -> None:
    """Each name stands for one measurement, under its own name."""
    assert set(TRAITS) == NAMES
    assert all(trait.name == name for name, trait in TRAITS.items())


@pytest.mark.parametrize("name", sorted(NAMES - {"mask-ensemble"}))
def test_a_trait_is_a_mean_over_seeds_with_a_paired_interval(name: str, arms: Arms) -> None:
    """The value is the mean over seeds, the interval is Student's, and a change is paired by seed."""
    trait = TRAITS[name]
    measured = trait(arms[0])
    assert measured.name == name
    assert measured.n == 3
    assert measured.low <= measured.value <= measured.high
    changed = trait.change(*arms)
    assert changed.low <= changed.value <= changed.high
    if trait.together is None:  # times differ from one measurement to the next
        one, other = trait.values(arms[0]), trait.values(arms[1])
        changes = [b - a for a, b in zip(one, other, strict=True)]
        assert changed.value == pytest.approx(np.mean(changes))
        assert (changed.low, changed.high) == pytest.approx(paired_t_interval(changes, 0.95))
        assert trait(arms[0]) == measured


def test_one_seed_has_no_interval_and_arms_must_match(arms: Arms) -> None:
    """Without a second seed the ends are NaN; other seeds in the other arm are refused."""
    control, treated = arms
    assert isnan(TRAITS["best-loss"](control[:1]).low)
    with pytest.raises(InputError, match="the arms have the seeds"):
        TRAITS["best-loss"].change(control, treated[::-1])
    with pytest.raises(InputError, match="no training"):
        TRAITS["best-loss"]([])


def test_what_the_history_tells(arms: Arms) -> None:
    """Best loss, epochs, parameters and gap are those of the run; the gap is that of the best checkpoint's own losses."""
    one = arms[0][1]
    prepared = prepare(as_source(toy_task.task()))
    assert TRAITS["best-loss"]([one]).value == one.run.score
    assert TRAITS["best-loss"]([one]).value == pytest.approx(one.losses().mean())
    assert TRAITS["epochs-to-best"]([one]).value == one.run.best_epoch
    assert TRAITS["parameters"]([one]).value == sum(p.numel() for p in one.trained().parameters())
    drawn = np.setdiff1d(prepared.pool.indices, one.measured_on()[1])
    fitted = replace(one, indices=drawn).losses().mean()
    assert TRAITS["generalisation-gap"]([one]).value == pytest.approx(one.run.score - fitted, rel=1e-4)
    assert len(TRAITS["gradient-spread"].values(arms[0])) == 3


def test_only_the_run_is_needed_where_it_says_so(arms: Arms) -> None:
    """Traits of the history work without a model; the others say that they need one."""
    bare = [Specimen(run=one.run, task=one.task) for one in arms[0]]
    for trait in TRAITS.values():
        if trait.reads_model:
            with pytest.raises(NotMeasurable, match=r"needed"):
                trait(bare)
        else:
            assert trait(bare) == trait(arms[0])


def test_models_are_left_as_they_were(arms: Arms) -> None:
    """After every trait: the same weights, modes and hooks, and the caller's random numbers go on as if nothing was."""
    one = arms[1][0]
    model = one.trained()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    hooks = [len(part._forward_hooks) for part in model.modules()]
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    for trait in TRAITS.values():
        trait([one])
    assert torch.equal(torch.rand(3), expected)
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())
    assert [len(part._forward_hooks) for part in model.modules()] == hooks
    assert not any(part.training for part in model.modules())


def test_norm_and_zeros_by_hand() -> None:
    """Frozen weights do not count; exact zeros do, small numbers do not."""
    first, frozen = nn.Linear(2, 2), nn.Linear(2, 2, bias=False)
    with torch.no_grad():
        first.weight.copy_(torch.tensor([[3.0, 0.0], [0.0, 4.0]]))
        first.bias.copy_(torch.tensor([0.0, 1e-30]))
        frozen.weight.fill_(7.0)
    frozen.weight.requires_grad = False
    one = _specimen(nn.Sequential(first, frozen), torch.ones(4, 2), torch.zeros(4, dtype=torch.long))
    assert TRAITS["weight-norm"]([one]).value == pytest.approx(5.0)
    assert TRAITS["zero-share"]([one]).value == pytest.approx(50.0)


class _Says(nn.Module):
    """The same logits for every example."""

    def __init__(self, *logits: float) -> None:
        super().__init__()
        self.logits = nn.Parameter(torch.tensor(logits))

    def forward(self, x: Tensor) -> Tensor:
        return self.logits.expand(len(x), -1)


def test_calibration_by_hand() -> None:
    """Sure to 90 % and right in 6 of 10: 30 points apart; for yes-or-no losses too; numbers have no confidence."""
    x, y = torch.zeros(10, 1), torch.tensor([0] * 6 + [1] * 4)
    sure = _specimen(_Says(log(9.0), 0.0), x, y)
    assert TRAITS["calibration-error"]([sure]).value == pytest.approx(30.0, abs=1e-4)
    yes = _specimen(_Says(-log(9.0)), x, y[:, None].float(), nn.BCEWithLogitsLoss())
    assert TRAITS["calibration-error"]([yes]).value == pytest.approx(30.0, abs=1e-4)
    with pytest.raises(NotMeasurable, match="neither CrossEntropyLoss nor"):
        TRAITS["calibration-error"]([_specimen(_Says(0.0), x, y[:, None].float(), nn.MSELoss())])


class _Leans(nn.Module):
    """Adds `copies` equal hidden units up, each of which knows the answer; the others are noise that is not listened to."""

    def __init__(self, copies: int) -> None:
        super().__init__()
        self.hidden, self.out = nn.Linear(1, 8), nn.Linear(8, 1, bias=False)
        with torch.no_grad():
            self.hidden.weight.fill_(1.0)
            self.hidden.bias.zero_()
            self.out.weight.zero_()
            self.out.weight[0, :copies] = 1 / copies

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = self.out(self.hidden(x))
        return found


def test_reliance_tells_one_unit_from_many_that_share_the_work() -> None:
    """One unit that carries all: its rise is all there is. Eight equal ones: each carries little, and none stands out."""
    x = torch.randn(64, 1, generator=torch.Generator().manual_seed(0))
    y = x + 0.1
    lone, shared = (_specimen(_Leans(copies), x, y, nn.MSELoss()) for copies in (1, 8))
    (of_lone,), (of_shared,) = reliance_of(lone), reliance_of(shared)
    rise = float(
        (y.square().mean() - 0.01) / 8
    )  # one of eight units lifts the error from 0.1^2 to the mean of y^2
    assert of_lone.rise == pytest.approx(rise, rel=1e-4)
    assert of_lone.mean == pytest.approx(100 * rise / 0.01, rel=1e-4)
    assert of_lone.worst_share == pytest.approx(1.0)
    assert of_shared.rise < of_lone.rise / 5
    assert of_shared.worst_share == pytest.approx(1 / 8, rel=1e-3)
    assert TRAITS["single-unit-reliance"]([lone]).value == of_lone.mean


def test_what_examples_win_and_lose_does_not_cancel_in_what_moved() -> None:
    """A unit that helps half of the examples as much as it harms the others raises no loss, and moves every one."""
    x = torch.tensor([[1.0], [1.0]] * 20)
    y = torch.tensor([[0.0], [1.0]] * 20)
    (layer,) = reliance_of(_specimen(_Leans(1), x, y, nn.MSELoss()))
    assert layer.rise == pytest.approx(0.0, abs=1e-6)
    assert layer.moved == pytest.approx(100 * (1 / 8) / 0.5, rel=1e-4)


def test_a_unit_that_says_the_same_always_carries_no_information() -> None:
    """Set to 0 such a unit is missed, set to its mean it is not."""

    class Constant(_Leans):
        def forward(self, x: Tensor) -> Tensor:
            found: Tensor = self.out(self.hidden(torch.ones_like(x)))
            return found

    x = torch.zeros(40, 1)
    one = _specimen(Constant(1), x, x + 1.1, nn.MSELoss())
    assert reliance_of(one)[0].rise == pytest.approx((1.1**2 - 0.1**2) / 8, rel=1e-4)
    assert reliance_of(one, "mean")[0].rise == pytest.approx(0.0, abs=1e-6)


def test_noise_on_numbers_is_in_their_own_standard_deviations() -> None:
    """For a linear model and squared error the rise is (strength * sd)^2, whatever the scale of the input."""
    x = torch.randn(4000, 1, generator=torch.Generator().manual_seed(0)) * 100
    model = nn.Linear(1, 1)
    nn.init.constant_(model.weight, 0.01)
    nn.init.zeros_(model.bias)
    one = _specimen(model, x, x / 100 + 1, nn.MSELoss())
    looked = one.sample(1000)
    sd = float(looked.examples.batch(looked.indices)[0].std(correction=0)) / 100  # type: ignore[union-attr, arg-type]
    assert rise_under(one, 0.5) == pytest.approx(
        100 * (0.5 * sd) ** 2, abs=8
    )  # the loss is 1, the noise of 1000 draws 3
    assert rise_under(one, 0.0) == 0.0


class _Words(nn.Module):
    """Listens to the first of two words, or to none."""

    def __init__(self, *, deaf: bool) -> None:
        super().__init__()
        self.embed, self.deaf = nn.Embedding(2, 2), deaf
        with torch.no_grad():
            self.embed.weight.copy_(torch.tensor([[3.0, -3.0], [-3.0, 3.0]]))

    def forward(self, x: Tensor) -> Tensor:
        heard: Tensor = self.embed(x[:, 0])
        return heard * 0 if self.deaf else heard


def test_exchanged_words_matter_to_who_listens() -> None:
    """Whole numbers are exchanged with other examples: a rise in step with the share for a listener, none for a deaf model."""
    x = torch.randint(2, (2000, 2), generator=torch.Generator().manual_seed(1))
    listener, deaf = (_specimen(_Words(deaf=deaf), x, x[:, 0]) for deaf in (False, True))
    tenth = (0.1 / 2) * 6  # half of the exchanged are equal; a wrong word costs 6
    plain = float(listener.losses().mean())
    assert rise_under(listener, 0.1) == pytest.approx(100 * tenth / plain, rel=0.35)
    assert rise_under(deaf, 0.1) == 0.0
    assert TRAITS["input-noise"]([listener]).value > 0
    assert rise_under(listener, 2.0, "embeddings") > 0
    with pytest.raises(NotMeasurable, match="no embedding"):
        rise_under(_specimen(_Says(0.0, 1.0), x, x[:, 0]), 0.1, "embeddings")


def test_a_step_that_does_more_takes_longer() -> None:
    """The ratio of steps taken in turn shows forty times the work."""
    x, y = toy_task.data(256)
    deep = nn.Sequential(nn.Linear(10, 400), *(nn.Linear(400, 400) for _ in range(12)), nn.Linear(400, 2))
    small, large = (_specimen(model, x, y, batch_size=256) for model in (nn.Linear(10, 2), deep))
    changed = TRAITS["step-time"].change([small], [large])
    assert changed.value > 3
    assert changed.unit == "times"
    assert TRAITS["step-time"]([small]).value > 0


def test_the_ensemble_of_masks_by_hand() -> None:
    """It averages probabilities; without dropout there is no ensemble; for numbers it never loses against its own masks."""
    x, y = toy_task.data(200)

    def net() -> nn.Module:
        return nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Dropout(0.5), nn.Linear(32, 2))

    one = _specimen(net(), x, y)
    chances = torch.stack([outputs.softmax(1) for outputs, _ in outputs_of_masks(one, 7)]).mean(0)
    by_hand = nn.functional.nll_loss(chances.log(), y)
    assert ensemble_losses(one, 7).mean() == pytest.approx(float(by_hand), rel=1e-5)
    single = float(one.losses().mean())
    assert TRAITS["mask-ensemble"]([one]).value == pytest.approx(float(ensemble_losses(one).mean()) - single)
    with pytest.raises(NotMeasurable, match="no dropout"):
        TRAITS["mask-ensemble"]([_specimen(toy_task.model(), x, y)])
    numbers = _specimen(net(), x, torch.randn(200, 2), nn.MSELoss())
    targets = outputs_of_masks(numbers, 1)[0][1]
    losses = [float((outputs - targets).square().mean()) for outputs, _ in outputs_of_masks(numbers, 7)]
    assert ensemble_losses(numbers, 7).mean() < np.mean(losses)
