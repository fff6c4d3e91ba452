# SPDX-License-Identifier: Apache-2.0
"""The dot plot of the proof: one paired difference a seed, the interval, and the margin around zero.

Places are shares from 0 (left) to 1 (right) of one common scale, so that the page draws them without a script.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isfinite

from goodfit.report.words import number, plural, quantity, signed
from goodfit.values import Arm, Run, RunStatus, Verdict

_PADDING = 0.06  # of the scale, free at each end


@dataclass(frozen=True, slots=True, kw_only=True)
class PairDot:
    """The loss gained in one seed: control minus treatment."""

    seed: int
    gain: float
    text: str
    place: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PairFigure:
    """Dots, mean with interval, zero and margin on one scale."""

    dots: tuple[PairDot, ...]
    zero: float
    mean: float
    low: float
    high: float
    margin_low: float
    margin_high: float
    mean_text: str
    summary: str


def pair_gains(runs: Sequence[Run]) -> tuple[tuple[int, float], ...]:
    """The loss gained by the treatment in each seed that has both arms, in seed order."""
    scores: dict[int, dict[Arm, float]] = {}
    for run in runs:
        if run.status is not RunStatus.FAILED and isfinite(run.score):
            scores.setdefault(run.seed, {})[run.arm] = run.score
    return tuple(
        (seed, arms[Arm.CONTROL] - arms[Arm.TREATMENT])
        for seed, arms in sorted(scores.items())
        if len(arms) == len(Arm)
    )


def pair_figure(runs: Sequence[Run], verdict: Verdict) -> PairFigure | None:
    """Lay the paired differences out on one scale; None without a complete pair."""
    gains = pair_gains(runs)
    if not gains:
        return None
    effect, margin = verdict.effect, verdict.margin
    shown = [gain for _, gain in gains] + [0.0, effect.value, effect.low, effect.high, margin, -margin]
    finite = [each for each in shown if isfinite(each)]
    least, most = min(finite), max(finite)
    room = (most - least or 1.0) * _PADDING
    left, right = least - room, most + room

    def place(value: float) -> float:
        if not isfinite(value):
            return 1.0 if value > 0 else 0.0
        return round((value - left) / (right - left), 4)

    dots = tuple(PairDot(seed=seed, gain=gain, text=signed(gain), place=place(gain)) for seed, gain in gains)
    return PairFigure(
        dots=dots,
        zero=place(0.0),
        mean=place(effect.value),
        low=place(effect.low),
        high=place(effect.high),
        margin_low=place(-margin),
        margin_high=place(margin),
        mean_text=signed(effect.value),
        summary=f"Loss gained by the treatment in {plural(len(dots), 'seed')}: "
        f"{', '.join(dot.text for dot in dots)}. The mean is {quantity(replace(effect, unit=''))}; "
        f"differences within {number(margin)} count as none.",
    )
