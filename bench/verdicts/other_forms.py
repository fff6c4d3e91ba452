# SPDX-License-Identifier: Apache-2.0
"""The onset on curves whose falls and rises are of no form that the generator or the estimator holds.

    python bench/verdicts/other_forms.py [CURVES]     writes bench/results/onsets_other_forms.md

60 epochs, onset between 12 and 34, final rise 15 to 60 %. Noise in proportion to the level, or the same everywhere.
"""

import sys
from datetime import UTC, datetime
from math import sqrt
from pathlib import Path

import numpy as np
from courses import NOISES, Floats

from goodfit.measures import onset
from goodfit.values import Curve, Split

EPOCHS = 60
FIRST, LAST = 12, 34
RESULT = Path(__file__).parents[1] / "results" / "onsets_other_forms.md"


def fall(draw: np.random.Generator, t: Floats) -> Floats:
    """Stretched exponential, logistic, two speeds, or rational."""
    pace = draw.uniform(1.5, 9) / EPOCHS
    share = draw.uniform(0.3, 0.9)
    return np.asarray(
        (
            np.exp(-((t / pace) ** draw.uniform(0.6, 1.0))),
            1 / (1 + np.exp((t - 2 * pace) / pace)),
            share * np.exp(-t / (0.4 * pace)) + (1 - share) * np.exp(-t / (1.5 * pace)),
            1 / (1 + (t / pace) ** 2),
        )[draw.integers(4)]
    )


def rise(draw: np.random.Generator, t: Floats) -> Floats:
    """From 0 to 1: soft in three ways, any power, logarithmic, or straight with a bend."""
    turn = draw.uniform(0.03, 0.6)
    u = np.clip(t - turn, 0, None) / (1 - turn)
    raw = (
        np.logaddexp(0, (t - turn) / draw.uniform(0.02, 0.08)),
        0.3 * u + 0.7 * u * u * (3 - 2 * u),
        np.sqrt(u * u + 0.04),
        u ** draw.uniform(0.6, 2),
        np.log1p(u * draw.uniform(1, 8)),
        np.where(u < 0.5, u, 0.5 + (u - 0.5) * draw.uniform(0.3, 1.7)),
    )[draw.integers(6)]
    return np.asarray((raw - raw.min()) / np.ptp(raw))


def clean(draw: np.random.Generator) -> tuple[Floats, int]:
    """A noise-free curve and the epoch of its minimum, counted from 0."""
    t = np.arange(EPOCHS) / (EPOCHS - 1)
    while True:
        level, scale, size = draw.uniform(0.4, 1), draw.uniform(0.5, 3), draw.uniform(0.15, 0.8)
        curve = level * (1 + size * rise(draw, t)) + scale * fall(draw, t)
        at = int(np.argmin(curve))
        if FIRST <= at <= LAST and 0.15 <= curve[-1] / curve[at] - 1 <= 0.6:
            return curve, at


def row(curves: int, noise: float, correlation: float, *, proportional: bool) -> str:
    """Error, coverage and width at one noise level, as a line of the table."""
    draw = np.random.default_rng([round(1000 * noise), round(10 * correlation), proportional])
    errors, covered, widths = [], [], []
    for _ in range(curves):
        curve, truth = clean(draw)
        wander = draw.standard_normal(EPOCHS)
        for i in range(1, EPOCHS):
            wander[i] = correlation * wander[i - 1] + sqrt(1 - correlation**2) * wander[i]
        noisy = curve + noise * wander * (curve if proportional else curve.min())
        found = onset(Curve.of(map(float, noisy), split=Split.VALIDATION))
        errors.append(abs(found.epoch - truth))
        covered.append(found.low <= truth <= found.high)
        widths.append(found.high - found.low)
    kind = "in proportion" if proportional else "everywhere the same"
    figures = f"{np.mean(errors):.2f} | {np.mean(covered):.3f} | {np.mean(widths):.1f}"
    return f"| {noise:.1%} | {kind} | {correlation:g} | {curves} | {figures} |"


def main() -> None:
    """Write the table."""
    curves = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    lines = [
        "# The onset on other forms\n",
        f"Written by `python bench/verdicts/other_forms.py` on {datetime.now(tz=UTC):%Y-%m-%d}.\n",
        "| noise | noise is | correlated | curves | onset MAE (epochs) | interval holds the truth | mean width (epochs) |",
        "|---|---|---|---|---|---|---|",
    ]
    for proportional in (True, False):
        lines += [row(curves, noise, r, proportional=proportional) for r in (0.0, 0.5) for noise in NOISES]
    text = "\n".join(lines) + "\n"
    print(text)
    RESULT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
