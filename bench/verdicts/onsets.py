# SPDX-License-Identifier: Apache-2.0
"""The onset and the overfitting verdict at each noise level, on thousands of curves of 60 epochs.

The setting: validation falls, turns, and ends 15 to 60 % above its minimum; the true onset is the argmin of the
noise-free curve, between epochs 12 and 34. Half of the curves are exponentials with straight rises, as the notes' own;
the others mix every form of the generator's part.
"""

from collections import Counter
from dataclasses import dataclass

import numpy as np
from courses import NOISES, Floats, Setting
from generator import Part

from goodfit.measures import onset
from goodfit.rules import RULES, diagnose, diagnose_one
from goodfit.values import Axis, Curve, History, Outcome, Split

EPOCHS = 60
FIRST, LAST = 12, 34
OVERFITTING = next(rule for rule in RULES if rule.code == "GF101")


@dataclass(slots=True, kw_only=True)
class Row:
    """What came out at one noise level and correlation."""

    noise: float
    correlation: float
    curves: int
    outcomes: Counter[str]  # of GF101 on the overfitting runs
    error: float  # mean absolute error of the onset, epochs
    raw_error: float  # of the lowest single evaluation
    covered: float
    width: float  # epochs
    false_alarms: float  # share of healthy runs called overfitting
    any_wrong: float  # share of healthy runs with any finding
    wrong: Counter[str]  # which


def table(part: Part, curves: int) -> list[Row]:
    """One row a noise level, white and with correlated neighbours."""
    return [row(part, noise, r, curves) for r in (0.0, 0.5) for noise in NOISES]


def row(part: Part, noise: float, correlation: float, curves: int) -> Row:
    """Draw and judge `curves` overfitting runs and as many healthy ones."""
    seed = [part == "judge", round(1000 * noise), round(10 * correlation)]
    draw = np.random.default_rng(seed)
    errors, raw, covered, widths = [], [], [], []
    outcomes: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    alarms = any_wrong = 0
    for i in range(curves):
        setting = setting_at(draw, part, noise, correlation)
        clean, truth = overfitting(setting, plain=i % 2 == 0)
        history = _history(setting, 0.02 + 2 * np.exp(-setting.t * EPOCHS / setting.between(5, 15)), clean)
        found = onset(history.curves["val_loss"])
        errors.append(abs(found.epoch - truth))
        raw.append(abs(int(np.argmin(history.curves["val_loss"].values)) - truth))
        covered.append(found.low <= truth <= found.high)
        widths.append(found.high - found.low)
        outcomes[diagnose_one(OVERFITTING, history).outcome] += 1
        setting = setting_at(draw, part, noise, correlation)
        healthy = _healthy(setting)
        findings = [each.code for each in diagnose(healthy) if each.outcome is Outcome.PRESENT]
        alarms += "GF101" in findings
        any_wrong += bool(findings)
        wrong.update(findings)
    return Row(
        noise=noise,
        correlation=correlation,
        curves=curves,
        outcomes=outcomes,
        error=float(np.mean(errors)),
        raw_error=float(np.mean(raw)),
        covered=float(np.mean(covered)),
        width=float(np.mean(widths)),
        false_alarms=alarms / curves,
        any_wrong=any_wrong / curves,
        wrong=wrong,
    )


def setting_at(draw: np.random.Generator, part: Part, noise: float, correlation: float) -> Setting:
    """The surroundings of one curve."""
    return Setting(
        draw=draw,
        judging=part == "judge",
        n=EPOCHS,
        noise=noise,
        train_noise=noise / 4,
        correlation=correlation,
        heavy=False,
        unit=1.0,
        axis=Axis.EPOCH,
        stride=1,
        smoothed=False,
    )


def overfitting(s: Setting, *, plain: bool) -> tuple[Floats, int]:
    """A noise-free validation curve and the epoch of its minimum, counted from 0."""
    while True:
        level, scale, turn = s.between(0.4, 1.0), s.between(1, 2), s.between(6 / EPOCHS, 34 / EPOCHS)
        size = s.between(0.15, 0.65)
        fall = np.exp(-s.t * EPOCHS / s.between(2, 8)) if plain else s.fall(2 / EPOCHS, 8 / EPOCHS)
        rise = np.clip(s.t - turn, 0, None) / (1 - turn) if plain else s.rise(turn)
        clean = level * (1 + size * rise) + scale * fall
        truth = int(np.argmin(clean))
        if FIRST <= truth <= LAST and 0.15 <= clean[-1] / clean[truth] - 1 <= 0.6:
            return clean, truth


def _healthy(s: Setting) -> History:
    """Converged, with a gap of 2 to 25 %."""
    level, scale = s.between(0.2, 0.8), s.between(1, 2)
    val = level + scale * s.fall(3 / EPOCHS, 9 / EPOCHS)
    return _history(s, val * (1 - s.between(0.02, 0.25)), val)


def _history(s: Setting, train: Floats, val: Floats) -> History:
    x = range(EPOCHS)
    noisy_train = train * (1 + s.train_noise * s.wander(0.0))
    noisy_val = val * (1 + s.noise * s.wander())
    return History(
        curves={
            "train_loss": Curve.of(map(float, noisy_train), x=x, split=Split.TRAIN),
            "val_loss": Curve.of(map(float, noisy_val), x=x, split=Split.VALIDATION),
        }
    )


def markdown(rows: list[Row]) -> str:
    """The rows as a table."""
    head = (
        "noise", "correlated", "curves", "recall", "inconclusive", "false alarms", "any wrong finding",
        "onset MAE (epochs)", "MAE of the lowest value", "interval holds the truth", "mean width (epochs)",
    )  # fmt: skip
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for r in rows:
        share = r.outcomes[Outcome.PRESENT] / r.curves
        lines.append(
            f"| {r.noise:.1%} | {r.correlation:g} | {r.curves} | {share:.3f}"
            f" | {r.outcomes[Outcome.INCONCLUSIVE] / r.curves:.3f} | {r.false_alarms:.3f} | {r.any_wrong:.3f}"
            f" | {r.error:.2f} | {r.raw_error:.2f} | {r.covered:.3f} | {r.width:.1f} |"
        )
    named: Counter[str] = Counter()
    for r in rows:
        named.update(r.wrong)
    if named:
        listed = ", ".join(f"{code} {count}" for code, count in named.most_common())
        lines += ["", f"Findings on healthy runs, all rows together: {listed}."]
    return "\n".join(lines)
