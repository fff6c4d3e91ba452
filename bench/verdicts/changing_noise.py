# SPDX-License-Identifier: Apache-2.0
"""The onset and the rise where the noise of validation changes along the curve.

    python bench/verdicts/changing_noise.py [CURVES]     writes bench/results/onsets_changing_noise.md

60 epochs of the part `develop`, overfitting and healthy, as in `onsets.py`; the noise is scaled at each point.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from courses import Floats, Setting
from onsets import EPOCHS, overfitting, setting_at

from goodfit.measures import onset, rise_after_minimum
from goodfit.rules._shared import RISE
from goodfit.values import Curve, Split

NOISE = 0.08
HEAD = ("noise", "correlated", "curves", "rise of 5 % found", "on healthy runs", "onset MAE (epochs)",
        "interval holds the truth", "mean width (epochs)", "interval of the rise holds the truth")  # fmt: skip
RESULT = Path(__file__).parents[1] / "results" / "onsets_changing_noise.md"


def same(s: Setting) -> Floats:
    """The same everywhere."""
    return np.ones(s.n)


def calms_down(s: Setting) -> Floats:
    """A fifth or less from somewhere in the middle on, as after a step of the learning rate."""
    return np.where(s.t >= s.between(0.3, 0.75), s.draw.choice((0.03, 0.1, 0.2)), 1.0)


def begins(s: Setting) -> Floats:
    """The reverse."""
    return calms_down(s)[::-1]


def burst(s: Setting) -> Floats:
    """Calm but for a tenth to a quarter of the run."""
    begin = s.between(0.1, 0.7)
    return np.where((s.t >= begin) & (s.t < begin + s.between(0.1, 0.25)), 1.0, 0.15)


KINDS = {"the same": same, "calms down": calms_down, "begins late": begins, "a burst": burst}


def row(name: str, curves: int, correlation: float) -> str:
    """Errors, coverage and false alarms of one kind of noise, as a line of the table."""
    draw = np.random.default_rng([list(KINDS).index(name), round(10 * correlation)])
    errors, covered, widths, found, rises, alarms = [], [], [], [], [], []
    for i in range(curves):
        s = setting_at(draw, "develop", NOISE, correlation)
        clean, truth = overfitting(s, plain=i % 2 == 0)
        curve = _scattered(s, clean, name)
        turned, rise = onset(curve), rise_after_minimum(curve)
        errors.append(abs(turned.epoch - truth))
        covered.append(turned.low <= truth <= turned.high)
        widths.append(turned.high - turned.low)
        found.append(rise.low >= RISE.value)
        rises.append(rise.low <= 100 * (clean[-1] / clean[truth] - 1) <= rise.high)
        s = setting_at(draw, "develop", NOISE, correlation)
        level, scale = s.between(0.2, 0.8), s.between(1, 2)
        healthy = _scattered(s, level + scale * s.fall(3 / EPOCHS, 9 / EPOCHS), name)
        alarms.append(rise_after_minimum(healthy).low >= RISE.value)
    figures = f"{np.mean(errors):.2f} | {np.mean(covered):.3f} | {np.mean(widths):.1f} | {np.mean(rises):.3f}"
    return (
        f"| {name} | {correlation:g} | {curves} | {np.mean(found):.3f} | {np.mean(alarms):.3f} | {figures} |"
    )


def _scattered(s: Setting, clean: Floats, name: str) -> Curve:
    noisy = clean * (1 + s.noise * s.wander() * KINDS[name](s))
    return Curve.of(map(float, noisy), split=Split.VALIDATION)


def main() -> None:
    """Write the table."""
    curves = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    lines = [
        f"# Noise that changes along the curve: {NOISE:.0%} where it is loudest\n",
        f"Written by `python bench/verdicts/changing_noise.py {curves}` on {datetime.now(tz=UTC):%Y-%m-%d}.\n",
        f"| {' | '.join(HEAD)} |",
        "|---" * len(HEAD) + "|",
    ]
    lines += [row(name, curves, r) for r in (0.0, 0.5) for name in KINDS]
    text = "\n".join(lines) + "\n"
    print(text)
    RESULT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
