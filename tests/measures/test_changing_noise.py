# SPDX-License-Identifier: Apache-2.0
"""Courses where the noise changes along the curve: a scatter that calms down, and single spikes."""

from math import exp

import numpy as np
import pytest

from goodfit.measures import onset, rise_after_minimum
from goodfit.measures._changing import changing_noise
from goodfit.rules import diagnose
from goodfit.values import Curve, Outcome, Split

# A real training of a small network on digits with Adam: one early spike of the loss, then a calm rise.
TRAIN = (0.4679, 0.2881, 0.192, 0.1295, 0.088, 0.0386, 0.0256, 0.0151, 0.0176, 0.0589, 0.0718, 0.0223, 0.0076, 0.017,
         0.0044, 0.0019, 0.0014, 0.0012, 0.001, 0.0009, 0.0008, 0.0007, 0.0006, 0.0006, 0.0005, 0.0005, 0.0004, 0.0004,
         0.0004, 0.0004)  # fmt: skip
VAL = (0.5733, 0.4813, 0.4322, 0.4717, 0.442, 0.4298, 0.4094, 0.3942, 0.4606, 0.6136, 0.4897, 0.4843, 0.45, 0.4936,
       0.4455, 0.4618, 0.4607, 0.4663, 0.4749, 0.4804, 0.4857, 0.4925, 0.4944, 0.5028, 0.5053, 0.5085, 0.513, 0.5165,
       0.5205, 0.5234)  # fmt: skip


@pytest.mark.parametrize("unit", [1.0, 1000.0])
def test_a_calm_rise_after_a_wild_beginning_is_overfitting(unit: float) -> None:
    """The scatter of the first half must not hide a rise of the calm second half, in any unit of the loss."""
    found = diagnose(train_loss=[unit * v for v in TRAIN], val_loss=[unit * v for v in VAL])
    assert next(each for each in found if each.code == "GF101").outcome is Outcome.PRESENT


def test_a_nan_in_such_a_curve_is_never_absent() -> None:
    """A broken value settles nothing, whatever the noise does."""
    found = diagnose(train_loss=TRAIN, val_loss=[*VAL[:20], float("nan"), *VAL[21:]])
    assert next(each for each in found if each.code == "GF101").outcome is not Outcome.ABSENT


def test_a_change_of_the_noise_is_found_where_it_is() -> None:
    """Ten times the noise until point 30: two scales, and the change within three points."""
    draw = np.random.default_rng(3)
    noise = draw.standard_normal(60)
    noise[30:] *= 0.1
    sd, changes = changing_noise(noise, 1e-6)
    assert changes == 1
    assert sd[27] == pytest.approx(1.0, rel=0.35)
    assert sd[33] == pytest.approx(0.1, rel=0.35)


def test_a_burst_is_found() -> None:
    """Calm, ten times the noise for a dozen points, and calm again."""
    noise = 0.1 * np.random.default_rng(5).standard_normal(60)
    noise[24:36] *= 10
    sd, changes = changing_noise(noise, 1e-6)
    assert changes == 2
    assert sd[30] > 5 * max(sd[5], sd[55])


def test_noise_that_does_not_change_is_left_alone() -> None:
    """Among 500 stretches of white noise and 500 of correlated noise, of 8 to 64 points, one in 50 seems to change."""
    draw = np.random.default_rng(11)
    wrong = 0
    for i in range(1000):
        noise = draw.standard_normal(int(draw.integers(8, 65)))
        if i % 2:
            for k in range(1, len(noise)):
                noise[k] += 0.5 * noise[k - 1]
        wrong += changing_noise(noise, 1e-6)[1] > 0
    assert wrong <= 20


def test_a_calm_end_makes_the_onset_sharper_than_the_scatter_before_it() -> None:
    """Validation scatters by 8 % until epoch 20 and by .5 % after; it turns at 30: the onset is known to a few epochs."""
    draw = np.random.default_rng(2)
    values = [
        (0.5 + exp(-t / 6) + 0.006 * max(t - 30, 0))
        * (1 + (0.08 if t < 20 else 0.005) * draw.standard_normal())
        for t in range(60)
    ]
    curve = Curve.of(values, split=Split.VALIDATION)
    found = onset(curve)
    assert found.low <= 30 <= found.high
    assert found.high - found.low < 8
    assert rise_after_minimum(curve).low > 20
