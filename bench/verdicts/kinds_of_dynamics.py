# SPDX-License-Identifier: Apache-2.0
"""How a run moves: stalled, diverging, oscillating, spikes, steps, plateaus, restarts, second descents; one function a kind."""

from collections.abc import Callable

import numpy as np
from courses import Floats, Setting
from drawn import Drawn


def _base(s: Setting) -> tuple[Floats, Floats]:
    """A healthy pair of training and validation."""
    level = s.between(0.2, 0.8)
    start = level + s.between(1, 2.2)
    val = level + (start - level) * s.fall()
    return val * (1 - s.between(0.02, 0.2)), val


def stalled(s: Setting) -> Drawn:
    """Flat where it began."""
    start = s.between(0.7, 2.5)
    s.noise, s.train_noise = min(s.noise, 0.01), min(s.train_noise, 0.005)
    fall = s.between(0, 0.02) * (1 - s.fall())
    train = start * (1 - fall)
    return Drawn(
        train=train,
        val=train * s.between(1.0, 1.02),
        headline="GF203",
        present=frozenset({"GF203"}),
        chance=start,
    )


def diverging(s: Setting) -> Drawn:
    """Training loses what it had gained, or becomes NaN."""
    train, val = _base(s)
    begin = s.between(0.3, 0.75)
    if s.chance(0.3):
        at = int(begin * s.n)
        train[at:], val[at:] = np.nan, np.nan
        s.forms.append("NaN")
    else:
        up = (train[0] - train[-1]) * s.between(0.8, 3) * np.clip((s.t - begin) / (1 - begin), 0, None) ** 0.7
        train, val = train + up, val + up * s.between(1.0, 1.2)
        s.forms.append("rises")
    return Drawn(
        train=train,
        val=val,
        headline="GF301",
        present=frozenset({"GF301"}),
        allowed=frozenset({"GF302", "GF401"}),
    )


def oscillating(s: Setting) -> Drawn:
    """Training and validation swing together by a fifth to a half of the level."""
    train, val = _base(s)
    size = s.between(0.2, 0.5)
    swing = s.wander(0.0, heavy=False) if not s.judging else np.sign(np.sin(s.t * s.n * s.between(1.5, 2.8)))
    swing = np.exp(size * np.where(swing > 0, swing, 0.3 * swing))
    allowed = frozenset({"GF401", "GF303", "GF402"})
    return Drawn(
        train=train * swing,
        val=val * swing,
        headline="GF302",
        present=frozenset({"GF302"}),
        allowed=allowed,
        may_be_smoothed=False,
    )


def spikes(s: Setting) -> Drawn:
    """One to three jumps of both losses that are gone after an evaluation or two."""
    train, val = _base(s)
    lift = np.zeros(s.n)
    for _ in range(int(s.draw.integers(1, 4))):
        at = int(s.draw.integers(s.n // 4, s.n - 3))
        lift[at] = s.between(0.6, 3)
        if s.chance(0.4):
            lift[at + 1] = 0.4 * lift[at]
    present = frozenset({"GF303"})
    return Drawn(
        train=train * (1 + lift),
        val=val * (1 + 0.8 * lift),
        headline="GF303",
        present=present,
        allowed=frozenset({"GF401"}),
        may_be_smoothed=False,
    )


def second_descent(s: Setting) -> Drawn:
    """Validation falls, rises by 15 to 50 %, and falls again below its first minimum."""
    s.n = max(s.n, 60)
    level, start = s.between(0.6, 1.2), s.between(1.8, 3)
    t = s.t
    hill = s.between(0.2, 0.6) * np.exp(-(((t - s.between(0.35, 0.5)) / s.between(0.08, 0.12)) ** 2))
    later = s.between(0.1, 0.3) / (1 + np.exp(-(t - 0.65) / 0.05))
    val = level * (1 + hill - later) + (start - level) * np.exp(-t / 0.05)
    train = 0.02 + start * s.fall(0.08, 0.2)
    return Drawn(
        train=train, val=val, headline="GF107", present=frozenset({"GF107"}), allowed=frozenset({"GF102"})
    )


def plateau(s: Setting) -> Drawn:
    """Flat for a quarter to a half of the run, then a fall to convergence."""
    s.n = max(s.n, 40)
    start, level = s.between(1.5, 3), s.between(0.3, 0.7)
    middle = s.between(0.45, 0.9) if s.chance(0.5) else 1.0
    begin, length = (0.0 if middle == 1 else s.between(0.1, 0.2)), s.between(0.25, 0.45)
    end, t = begin + length, s.t
    first = np.exp(-t / 0.03) if middle < 1 else np.zeros(s.n)
    high = level + (start - level) * middle
    val = np.where(t < end, high + (start - high) * first, 0.0)
    val = val + np.where(t >= end, level + (high - level) * np.exp(-(t - end) / s.between(0.04, 0.08)), 0.0)
    train = val * (1 - s.between(0.02, 0.15))
    return Drawn(
        train=train, val=val, headline="GF205", present=frozenset({"GF205"}), allowed=frozenset({"GF304"})
    )


def frozen_metric(s: Setting) -> Drawn:
    """Accuracy is one constant number while the loss falls."""
    train, val = _base(s)
    accuracy = np.full(s.n, round(s.between(0.1, 0.6), 3))
    return Drawn(train=train, val=val, accuracy=accuracy, headline="GF206", present=frozenset({"GF206"}))


def double_softmax(s: Setting) -> Drawn:
    """Cross-entropy of probabilities settles at ln(1 + (K - 1) / e)."""
    classes = int(s.draw.choice((2, 5, 10, 100)))
    s.unit, chance = 1.0, float(np.log(classes))
    floor = float(np.log(1 + (classes - 1) / np.e))
    # No example can lie below the floor, so the noise is one of what is above it.
    above = (chance - floor) * (s.between(0.002, 0.01) + s.fall(0.03, 0.08))
    train, val = (floor + a * np.exp(s.noise * s.wander()) for a in (above, above * s.between(1.0, 1.1)))
    present, allowed = frozenset({"GF207"}), frozenset({"GF201", "GF203"})
    return Drawn(
        train=train, val=val, headline="GF207", present=present, allowed=allowed, chance=chance, classes=classes,
        noise_scale=0.0, may_be_smoothed=False,
    )  # fmt: skip


def learning_rate_step(s: Setting) -> Drawn:
    """A step of the learning rate: both losses drop at once in the middle of a flat stretch."""
    s.n = max(s.n, 40)
    train, val = _base(s)
    at = int(s.between(0.45, 0.75) * s.n)
    drop = np.where(np.arange(s.n) >= at, s.between(0.15, 0.4), 0.0)
    present, allowed = frozenset({"GF304"}), frozenset({"GF205"})
    return Drawn(
        train=train * (1 - drop),
        val=val * (1 - 0.6 * drop),
        headline="GF304",
        present=present,
        allowed=allowed,
        may_be_smoothed=False,
    )


def restarted(s: Setting) -> Drawn:
    """The second half begins again where the first began, and falls in the same way; it may still be falling."""
    s.n = max(s.n, 40)
    n = s.n
    cut = int(s.between(0.35, 0.65) * n)
    level, start, pace = s.between(0.2, 0.6), s.between(1.5, 3), s.between(0.05, 0.1) * n
    since = np.where(np.arange(n) < cut, np.arange(n), np.arange(n) - cut)
    val = level + (start - level) * np.exp(-since / pace)
    return Drawn(
        train=val * (1 - s.between(0.05, 0.2)),
        val=val,
        headline="GF406",
        present=frozenset({"GF406"}),
        allowed=frozenset({"GF401", "GF202"}),
        may_be_smoothed=False,
    )


def few_training_points(s: Setting) -> Drawn:
    """Training was logged at every fifth to tenth evaluation only."""
    s.n = min(max(s.n, 30), 60)
    train, val = _base(s)
    return Drawn(
        train=train,
        val=val,
        every=int(s.draw.integers(5, 11)),
        headline="GF405",
        present=frozenset({"GF405"}),
        allowed=frozenset({"GF402"}),
    )


DYNAMICS: dict[str, Callable[[Setting], Drawn]] = {
    "stalled": stalled,
    "diverging": diverging,
    "oscillating": oscillating,
    "loss-spikes": spikes,
    "second-descent": second_descent,
    "plateau": plateau,
    "frozen-metric": frozen_metric,
    "double-softmax": double_softmax,
    "learning-rate-step": learning_rate_step,
    "restarted": restarted,
    "few-training-points": few_training_points,
}
