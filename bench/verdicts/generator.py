# SPDX-License-Identifier: Apache-2.0
"""Drawn training histories of known truth, to set thresholds on one part of and to judge on another.

    from generator import draw_case
    case = draw_case("develop", "overfitting", 17)
    case.history, case.headline, case.present, case.allowed, case.onset

Every case is determined by (part, kind, index). The two parts share no seed, and each has functional forms of its own:
`judge` draws from forms that `develop` does not hold. Nobody looks at single cases of `judge`.
"""

import zlib
from dataclasses import dataclass, field
from math import sqrt
from typing import Literal

import numpy as np
from courses import Setting, setting_of
from drawn import Drawn
from kinds import KINDS
from numpy.typing import NDArray

from goodfit.values import History, RunContext

# Beyond it, "still improving" is neither right nor wrong: half of the rule's threshold, per quarter of the run.
_FALLS = 0.01
# Beyond it, "validation scatters too much" is neither right nor wrong.
_MUCH = 0.02
Part = Literal["develop", "judge"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One labelled history."""

    history: History
    kind: str
    form: str  # which functional form it was drawn from
    headline: str | None  # code of the one thing to act on; None: healthy
    present: frozenset[str]  # codes that are truly there
    allowed: frozenset[str] = field(default_factory=frozenset)  # neither right nor wrong to find
    onset: float | None = None  # x of the minimum of the noise-free validation curve
    noise: float = 0.0  # relative sd of one evaluation
    correlation: float = 0.0  # of neighbouring evaluations
    length: int = 0  # evaluations


def draw_case(part: Part, kind: str, index: int) -> Case:
    """Draw the history of one kind and number."""
    draw = np.random.default_rng([zlib.crc32(part.encode()), zlib.crc32(kind.encode()), index])
    setting = setting_of(draw, judging=part == "judge")
    drawn = KINDS[kind](setting)
    curves = setting.logged(drawn)
    unit = setting.unit
    context = RunContext(
        classes=drawn.classes, chance_level=None if drawn.chance is None else drawn.chance * unit
    )
    onset = None if drawn.onset is None else float(setting.x[drawn.onset])
    return Case(
        history=History(curves=curves, context=context, source=f"{part}/{kind}/{index}"),
        kind=kind,
        form=setting.form,
        headline=drawn.headline,
        present=drawn.present,
        allowed=_allowed(setting, drawn),
        onset=onset,
        noise=setting.noise,
        correlation=setting.correlation,
        length=setting.n,
    )


def _allowed(setting: Setting, drawn: Drawn) -> frozenset[str]:
    """What is neither right nor wrong to find beside the kind's own."""
    found = set(drawn.allowed)
    if _scatter(setting) > _MUCH:
        found.add("GF401")
    if _still_falls(drawn.val):
        found.add("GF202")
    if setting.smoothed and drawn.may_be_smoothed:
        found.add("GF403")  # it is so, and said in the history
    return frozenset(found) - drawn.present


def _still_falls(val: NDArray[np.float64]) -> bool:
    """Whether the noise-free course is lowest at its end and falls there, by half of what the rule asks for."""
    last = max(len(val) // 3, 2)
    whole = val[0] - np.nanmin(val)
    if not np.isfinite(val).all() or whole <= 0 or val[-1] > np.min(val):
        return False
    slope = np.polyfit(np.linspace(0, (last - 1) / (len(val) - 1), last), val[-last:], 1)[0]
    return bool(0.25 * slope / whole < -_FALLS)


def _scatter(setting: Setting) -> float:
    """Standard error of the mean of a sixth of the evaluations, relative, with the noise's correlation."""
    widening = sqrt((1 + setting.correlation) / (1 - setting.correlation))
    return setting.noise * widening / sqrt(max(setting.n / 6, 1))


__all__ = ["KINDS", "Case", "draw_case"]
