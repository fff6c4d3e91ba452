# SPDX-License-Identifier: Apache-2.0
"""The arithmetic behind split-classifier, half-data, random-labels, plateau-slope, single-units and input-noise."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import probe_tasks_trained as tasks
from goodfit.probes import Lab, probe
from goodfit.probes._surface import Surface, lanczos
from goodfit.probes._telling_apart import area, held_out_scores, waves
from goodfit.probes.half_data import half_of, pool_of
from goodfit.probes.random_labels import ShuffledTargets
from goodfit.probes.single_units import hidden_layers
from goodfit.surgery.silencing import silenced
from goodfit.training import Task, as_source, draw
from goodfit.values import Outcome, ProbeResult


def _look(task: Task, name: str, store: Path) -> ProbeResult:
    (result,) = probe(task, [name], store=store)
    return result


def _lab(task: Task, store: Path) -> Lab:
    return Lab(as_source(task), store)


def test_the_area_is_the_share_of_pairs_in_order() -> None:
    """The area under the curve equals a count over all pairs, ties by half."""
    draws = np.random.default_rng(0)
    scores, is_one = draws.integers(0, 9, 60).astype(float), draws.random(60) < 0.4
    pairs = scores[is_one][:, None] - scores[~is_one][None, :]
    expected = float(((pairs > 0) + 0.5 * (pairs == 0)).mean())
    assert area("a", scores, is_one, np.arange(60)).value == pytest.approx(expected)


@pytest.mark.parametrize("nonlinear", [False, True])
def test_copies_do_not_fool_the_classifier(*, nonlinear: bool) -> None:
    """Each example ten times in its own split: kept in one fold the area is that of chance, spread over folds it is not."""
    draws = np.random.default_rng(1)
    rows = np.repeat(draws.standard_normal((80, 8)), 10, axis=0)
    units, is_one = np.repeat(np.arange(80), 10), np.repeat(np.arange(80) >= 40, 10)
    view = waves(rows, np.random.default_rng(2)) if nonlinear else rows
    kept = area("a", held_out_scores(view, is_one, units, np.random.default_rng(3)), is_one, units)
    assert kept.value < 0.62
    assert kept.high - kept.low > 0.15  # eighty independent examples, not eight hundred
    if nonlinear:
        fooled = held_out_scores(view, is_one, np.arange(800), np.random.default_rng(3))
        assert area("a", fooled, is_one, np.arange(800)).value > 0.9


def test_a_change_of_spread_is_seen_by_the_nonlinear_view(tmp_path: Path) -> None:
    """Validation inputs twice as wide: the linear view sees nothing, the other does."""
    x, y = tasks.drawn(400, 2)
    result = _look(tasks.split("wide", tasks.drawn(400, 1), (2 * x, y)), "split-classifier", tmp_path)
    straight, bent = (each.outcome for each in result.evidence)
    assert straight is not Outcome.PRESENT  # .5 on average over draws; one draw may come out at .57
    assert bent is Outcome.PRESENT
    assert result.outcome is Outcome.PRESENT


def test_tokens_can_be_told_apart(tmp_path: Path) -> None:
    """Validation texts of other words are found by their hashed bag; texts of the same words are not."""
    task = replace(tasks.tokens(), train_size=None)
    assert _look(task, "split-classifier", tmp_path).outcome is not Outcome.PRESENT
    held = torch.randint(0, 5, (100, 12), generator=torch.Generator().manual_seed(4))
    other = replace(task, name="other words", validation=(held, torch.zeros(100, dtype=torch.long)))
    assert _look(other, "split-classifier", tmp_path).outcome is Outcome.PRESENT


def test_half_of_the_data_keeps_classes_and_validation(tmp_path: Path) -> None:
    """The half is part of the training examples with the same class shares, and validation stays the same."""
    lab = _lab(tasks.alike(), tmp_path)
    half = half_of(lab)
    assert set(half) < set(lab.split.train)
    assert len(half) == len(lab.split.train) / 2
    assert lab.pool.labels is not None
    whole = lab.pool.labels[lab.split.train].mean()
    assert lab.pool.labels[half].mean() == pytest.approx(whole, abs=0.01)
    cut = draw(lab.prepared.task, pool_of(lab, half), lab.seed)
    assert np.array_equal(cut.train, half)
    assert np.array_equal(cut.validation, lab.split.validation)


def test_shuffled_targets_keep_inputs_counts_and_validation(tmp_path: Path) -> None:
    """Only training targets move, and only among themselves."""
    lab = _lab(tasks.alike(), tmp_path)
    shuffled = ShuffledTargets(lab.pool.examples, lab.split.train, np.random.default_rng(0))
    (x, y), (a, b) = shuffled.batch(lab.split.train), lab.pool.examples.batch(lab.split.train)
    assert torch.equal(x, a)
    assert not torch.equal(y, b)
    assert torch.equal(y.sort().values, b.sort().values)
    held = lab.split.validation
    assert torch.equal(shuffled.batch(held)[1], lab.pool.examples.batch(held)[1])


def test_lanczos_finds_both_ends_of_the_spectrum() -> None:
    """Of a symmetric matrix: smallest and largest eigenvalue, and the vector of the smallest."""
    draws = torch.Generator().manual_seed(0)
    turn, _ = torch.linalg.qr(torch.randn(30, 30, generator=draws, dtype=torch.float64))
    matrix = turn @ torch.diag(torch.linspace(-2, 9, 30, dtype=torch.float64)) @ turn.T
    first = torch.ones(30, dtype=torch.float64) / 30**0.5
    low, high, vector = lanczos(lambda v: matrix @ v, first, 30)
    assert (low, high) == pytest.approx((-2, 9))
    assert torch.allclose(matrix @ vector, -2 * vector, atol=1e-6)


def test_curvature_and_its_finite_differences_agree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where torch cannot differentiate twice, differences of gradients give nearly the same product."""
    lab = _lab(replace(tasks.at_rest(), epochs=1), tmp_path)
    surface = Surface(lab, lab.fresh(), lab.split.train[:64])
    direction = torch.ones_like(surface.start) / len(surface.start) ** 0.5
    exact = surface._product(direction)
    real: Any = torch.autograd.grad

    def once(*given: Any, create_graph: bool = False, **named: Any) -> Any:
        if create_graph:
            raise RuntimeError("no second derivative")
        return real(*given, **named)

    monkeypatch.setattr(torch.autograd, "grad", once)
    assert torch.allclose(surface._product(direction), exact, rtol=0.02, atol=1e-4)


def test_the_saddle_is_called_one(tmp_path: Path) -> None:
    """No gradient and a way down along negative curvature."""
    assert "a saddle" in _look(tasks.saddle(), "plateau-slope", tmp_path).message


def test_a_rate_too_low_leaves_a_slope(tmp_path: Path) -> None:
    """A training that hardly moved is told to go faster."""
    found = _look(tasks.never_learns(), "plateau-slope", tmp_path)
    assert found.outcome is Outcome.PRESENT
    assert "along the gradient" in found.message


def test_units_are_silenced_behind_their_activation_and_come_back(tmp_path: Path) -> None:
    """In a convolutional net: channel and unit are 0 behind the ReLU, and no hook stays."""
    x = torch.randn(60, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    y = (x.mean(dim=(1, 2, 3)) > 0).long()

    def model() -> nn.Module:
        return nn.Sequential(
            nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.Sigmoid(), nn.Flatten(), nn.Linear(144, 6), nn.Sigmoid(),
            nn.Linear(6, 2),
        )  # fmt: skip

    task = replace(tasks.split("conv", (x, y), (x, y), epochs=1), model=model, test=(x, y))
    lab = _lab(task, tmp_path)
    net = lab.trained()
    layers = hidden_layers(lab, net)
    assert [(layer.path, layer.units, layer.dimension) for layer in layers] == [("0", 4, 1), ("4", 6, -1)]
    assert isinstance(net, nn.Sequential)
    assert [layer.place for layer in layers] == [net[2], net[5]]
    before = net(x)
    with silenced(layers[0], 2):
        changed = net[:3](x)
        assert not changed[:, 2].any()
        assert changed[:, 1].all()
    assert torch.equal(net(x), before)
    assert not any(part._forward_hooks for part in net.modules())


def test_the_crucial_unit_is_named(tmp_path: Path) -> None:
    """The message says which unit it is."""
    assert "unit 7 of 0 " in _look(tasks.one_unit(), "single-units", tmp_path).message


def test_more_noise_harms_more(tmp_path: Path) -> None:
    """Noise of no spread changes nothing; the rises are in the message, and the weakest decides."""
    found = _look(tasks.fed(), "input-noise", tmp_path)
    assert all(f"at {strength}" in found.message for strength in ("0.1", "0.2", "0.4"))
    assert [each.measurement.name for each in found.evidence] == ["rise under the weakest noise"]


@pytest.mark.parametrize(
    "name", ["half-data", "random-labels", "plateau-slope", "single-units", "input-noise"]
)
@pytest.mark.parametrize("make", [tasks.alike, tasks.shifted])
def test_the_users_randomness_and_run_stay(name: str, make: Callable[[], Task], tmp_path: Path) -> None:
    """A probe gives back torch's and numpy's global generators, and does not touch the stored weights."""
    lab = _lab(make(), tmp_path)
    weights = {key: value.clone() for key, value in lab.trained().state_dict().items()}
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    _look(make(), name, tmp_path)
    assert torch.equal(torch.rand(3), expected)
    again = _lab(make(), tmp_path).trained().state_dict()
    assert all(torch.equal(again[key], value) for key, value in weights.items())
