# SPDX-License-Identifier: Apache-2.0
"""How a run fits: healthy, overfitting, gaps, underfitting, cut short; one function a kind."""

from collections.abc import Callable

import numpy as np
from courses import Setting
from drawn import Drawn
from kinds_of_dynamics import DYNAMICS

# A loss that never goes up and never stops is the best of both.
_NOISY = frozenset({"GF401"})


def healthy(s: Setting) -> Drawn:
    """Converged, validation 2 to 25 % above training."""
    level = s.between(0.2, 0.8)
    start = level + s.between(1, 2.2)
    val = level + (start - level) * s.fall()
    train = val * (1 - s.between(0.02, 0.25))
    chance = start * s.between(1.0, 1.3) if s.chance(0.5) else None
    return Drawn(train=train, val=val, headline=None, chance=chance)


def nearly_risen(s: Setting) -> Drawn:
    """A hard negative: healthy, with a rise of under 1 % or a bump that goes away."""
    drawn = healthy(s)
    if s.chance(0.5):
        drawn.val = drawn.val * (1 + s.between(0, 0.01) * s.rise(s.between(0.3, 0.7)))
    else:
        bump = np.exp(-(((s.t - s.between(0.3, 0.6)) / s.between(0.03, 0.08)) ** 2))
        drawn.val = drawn.val * (1 + s.between(0.02, 0.06) * bump)
        drawn.allowed = frozenset({"GF107", "GF303"})
    return drawn


def overfitting(s: Setting) -> Drawn:
    """Validation turns between a tenth and six tenths of the run and ends 15 to 60 % above its minimum."""
    while True:
        level, start = s.between(0.3, 1.2), s.between(1.5, 4)
        turn, size = s.between(0.08, 0.55), s.between(0.15, 0.7)
        val = level * (1 + (start / level - 1) * s.fall(0.03, 0.15) + size * s.rise(turn))
        onset = int(np.argmin(val))
        final = val[-1] / val[onset] - 1
        if 0.15 <= final <= 0.6 and onset >= 2 and s.n - 1 - onset >= 5:
            break
        s.forms.clear()
    forms = list(s.forms)
    train = 0.02 * level + start * s.fall(0.06, 0.25)
    s.forms[:] = forms
    return Drawn(train=train, val=val, headline="GF101", present=frozenset({"GF101"}), onset=onset)


def overconfident(s: Setting) -> Drawn:
    """The loss rises while accuracy goes on improving."""
    drawn = overfitting(s)
    best = s.between(0.75, 0.95)
    slow = 1 - 0.25 * np.exp(-s.t / s.between(0.2, 0.4))
    noise = 0.1 * s.noise * s.wander(0.0)
    drawn.accuracy = np.clip(best * slow + noise, 0, 1)
    drawn.headline, drawn.present = "GF103", frozenset({"GF101", "GF103"})
    return drawn


def standing_gap(s: Setting) -> Drawn:
    """Training goes to nothing, validation stands still at its best."""
    level, start = s.between(0.4, 1.0), s.between(1.5, 3)
    val = level + (start - level) * s.fall(0.04, 0.1)
    train = level * s.between(0.01, 0.35) + start * s.fall(0.05, 0.15)
    return Drawn(train=train, val=val, headline="GF102", present=frozenset({"GF102"}))


def underfitting(s: Setting) -> Drawn:
    """Both flat with more than half of chance level left."""
    chance = s.between(1, 3)
    level, start = chance * s.between(0.58, 0.8), chance * s.between(0.93, 1.0)
    val = level + (start - level) * s.fall(0.04, 0.12)
    train = val * (1 - s.between(0.0, 0.08))
    return Drawn(train=train, val=val, headline="GF201", present=frozenset({"GF201"}), chance=chance)


def interrupted(s: Setting) -> Drawn:
    """Stopped while both still fell."""
    start, end = s.between(1.5, 3), s.between(0.4, 0.9)
    bend = s.between(0.5, 2.0) if not s.judging else s.between(0.35, 3.0)
    fall = 1 - s.t if s.chance(0.3) else (np.exp(-s.t / bend) - np.exp(-1 / bend)) / (1 - np.exp(-1 / bend))
    s.forms.append("still falling")
    val = end + (start - end) * fall
    train = val * (1 - s.between(0.02, 0.2))
    return Drawn(train=train, val=val, headline="GF202", present=frozenset({"GF202"}))


def below(s: Setting) -> Drawn:
    """Validation 10 to 40 % below a training loss measured with dropout."""
    drawn = healthy(s)
    drawn.train = drawn.val / (1 - s.between(0.1, 0.4))
    drawn.headline, drawn.present, drawn.allowed = "GF104", frozenset({"GF104"}), frozenset({"GF403"})
    return drawn


def gap_from_the_start(s: Setting) -> Drawn:
    """Validation lies above training by nearly as much at the first evaluation as at the last."""
    level = s.between(0.3, 0.8)
    start = level + s.between(1, 2)
    train = level + (start - level) * s.fall()
    val = train + s.between(0.6, 1.0) * start * (1 + s.between(-0.1, 0.1) * s.t)
    allowed = frozenset({"GF102", "GF407"})
    return Drawn(train=train, val=val, headline="GF105", present=frozenset({"GF105"}), allowed=allowed)


def unlike(s: Setting) -> Drawn:
    """Sum against mean: one loss is a constant times the other."""
    level, start = s.between(0.2, 0.5), s.between(1.5, 3)
    train = level + (start - level) * s.fall()
    factor = float(s.draw.choice((4, 8, 32, 100)))
    val = train * factor * s.between(0.95, 1.2) if s.chance(0.7) else train / factor
    allowed = frozenset({"GF102", "GF104", "GF105"})
    return Drawn(train=train, val=val, headline="GF407", present=frozenset({"GF407"}), allowed=allowed)


def noisy(s: Setting) -> Drawn:
    """Healthy, with a noise of 15 to 30 % on validation."""
    drawn = healthy(s)
    s.noise, s.train_noise = s.between(0.15, 0.3), 0.02
    s.n = min(s.n, 60)
    again = healthy(s)
    drawn.train, drawn.val = again.train, again.val
    drawn.headline, drawn.present, drawn.allowed = "GF401", _NOISY, frozenset({"GF404", "GF302"})
    return drawn


def short(s: Setting) -> Drawn:
    """Three to five evaluations."""
    s.n = int(s.draw.integers(3, 6))
    drawn = healthy(s)
    others = {"GF202", "GF405", "GF102", "GF201", "GF203", "GF401"}
    drawn.headline, drawn.present, drawn.allowed = "GF402", frozenset({"GF402"}), frozenset(others)
    return drawn


def over_regularised(s: Setting) -> Drawn:
    """Dropout far too high: train mode far above evaluation mode, which is close to validation and far from fitted."""
    drawn = underfitting(s)
    drawn.extra["train_loss_eval"] = drawn.train * (1 + s.train_noise * s.wander(0.0))
    drawn.train = drawn.train * s.between(1.2, 1.6)
    drawn.headline, drawn.present = "GF204", frozenset({"GF204", "GF201"})
    drawn.allowed = frozenset({"GF403", "GF104"})
    return drawn


def eval_mismatch(s: Setting) -> Drawn:
    """Batch norm: training in evaluation mode, and validation with it, far above train mode."""
    drawn = healthy(s)
    factor = s.between(1.6, 4)
    drawn.extra["train_loss_eval"] = drawn.train * factor * (1 + s.noise * s.wander())
    drawn.val = drawn.train * factor * s.between(1.02, 1.2)
    drawn.headline, drawn.present = "GF408", frozenset({"GF408"})
    drawn.allowed = frozenset({"GF403", "GF102", "GF105", "GF407", "GF201"})
    return drawn


def leak(s: Setting) -> Drawn:
    """Training and validation both go to nothing together; the test loss does not."""
    start = s.between(1.5, 3)
    fall = s.fall(0.05, 0.1)
    train = start * (0.004 + fall)
    val = train * s.between(1.0, 1.15)
    last = start * s.between(0.35, 0.7)
    test = last + (start - last) * fall
    return Drawn(
        train=train, val=val, test=test, headline="GF106", present=frozenset({"GF106"}), allowed=frozenset()
    )


KINDS: dict[str, Callable[[Setting], Drawn]] = {
    "healthy": healthy,
    "nearly-risen": nearly_risen,
    "overfitting": overfitting,
    "overconfident": overconfident,
    "standing-gap": standing_gap,
    "underfitting": underfitting,
    "still-improving": interrupted,
    "validation-below-training": below,
    "gap-from-the-start": gap_from_the_start,
    "unlike-losses": unlike,
    "noisy-validation": noisy,
    "short-history": short,
    "over-regularised": over_regularised,
    "eval-mode-mismatch": eval_mismatch,
    "suspected-leakage": leak,
    **DYNAMICS,
}
