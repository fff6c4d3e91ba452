# SPDX-License-Identifier: Apache-2.0
"""Several comparisons at once: of many claims, one in twenty would be false by chance alone.

Holm's step-down keeps the chance of ANY false claim of a family below the level, whatever the dependence between the
comparisons (here they share a control and a test set). The primary comparison, named before the first look, stands
apart at its own level.
Source: Holm 1979, "A simple sequentially rejective multiple test procedure".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from goodfit.errors import SettingsError
from goodfit.proof.levels import SEED_LEVEL
from goodfit.values import Decision, Gate, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjusted:
    """One comparison of a family after the correction."""

    decision: Decision
    improved_p: float  # adjusted, against the level of 0.05
    worse_p: float
    level: (
        float  # at which this comparison is decided: `compare_runs(..., level=)` then says the same in full
    )


def holm(ps: Sequence[float]) -> tuple[float, ...]:
    """Adjust p values for being several: each may be held against the level that one alone would be held against.

    Raises:
        SettingsError: a number is not a p value; a comparison that failed has none and must be left out.
    """
    order = _ascending(ps)
    adjusted, largest = [0.0] * len(ps), 0.0
    for rank, place in enumerate(order):
        largest = max(largest, min(1.0, (len(ps) - rank) * ps[place]))
        adjusted[place] = largest
    return tuple(adjusted)


def holm_levels(ps: Sequence[float], level: float = SEED_LEVEL.value) -> tuple[float, ...]:
    """The level at which Holm's step-down judges each of several p values.

    A p value passes its level exactly when its adjusted p value passes `level`: after the first that fails, the others
    are held against the level at which that one failed.

    Raises:
        SettingsError: as `holm`.
    """
    levels, current = [0.0] * len(ps), level
    failed = False
    for rank, place in enumerate(_ascending(ps)):
        if not failed:
            current = level / (len(ps) - rank)
            failed = ps[place] > current
        levels[place] = current
    return tuple(levels)


def claim_p(gates: Sequence[Gate]) -> tuple[float, float]:
    """One p value for a claim that needs every gate, (improved, worse): at most 0.05 exactly when all gates pass.

    A gate with a level of its own is brought to 0.05 first; of several tests that must all reject, the largest p value
    is a valid one (Berger 1982, "Multiparameter hypothesis testing and acceptance sampling").
    """
    scales = [SEED_LEVEL.value / gate.level for gate in gates]
    improved = max(gate.improved_p * scale for gate, scale in zip(gates, scales, strict=True))
    worse = max(gate.worse_p * scale for gate, scale in zip(gates, scales, strict=True))
    return min(1.0, improved), min(1.0, worse)


def decide_together(verdicts: Sequence[Verdict], primary: int | None = None) -> tuple[Adjusted, ...]:
    """Decide the comparisons of one family, so that any false IMPROVED comes in at most 5 % of families, any WORSE too.

    EQUIVALENT is kept as it stands: the correction is for claims of a difference. A claim that does not survive it
    becomes EQUIVALENT where both intervals lie inside the margin, else UNDECIDED.

    Args:
        verdicts: of comparisons with the same control, made by `compare_runs` at the usual level.
        primary: place of the comparison that was named before the first look; it is not corrected.

    Raises:
        SettingsError: the primary comparison is none of them.
    """
    if primary is not None and not 0 <= primary < len(verdicts):
        raise SettingsError(f"comparison {primary} of {len(verdicts)} was named as the primary one")
    pairs = [claim_p(verdict.gates) for verdict in verdicts]
    rest = [i for i in range(len(verdicts)) if i != primary]
    improved, worse = ([pairs[i][side] for i in rest] for side in (0, 1))
    places = {i: place for place, i in enumerate(rest)}
    adjusted = holm(improved), holm(worse)
    levels = holm_levels(improved), holm_levels(worse)
    found = []
    for i, verdict in enumerate(verdicts):
        if i == primary:
            ps, level = pairs[i], SEED_LEVEL.value
        else:
            ps = adjusted[0][places[i]], adjusted[1][places[i]]
            level = levels[pairs[i][1] < pairs[i][0]][places[i]]
        found.append(Adjusted(decision=_kept(verdict, ps), improved_p=ps[0], worse_p=ps[1], level=level))
    return tuple(found)


def _kept(verdict: Verdict, ps: tuple[float, float]) -> Decision:
    claimed = {Decision.IMPROVED: ps[0], Decision.WORSE: ps[1]}.get(verdict.decision)
    if claimed is None or claimed <= SEED_LEVEL.value:
        return verdict.decision
    return Decision.EQUIVALENT if verdict.within_margin else Decision.UNDECIDED


def _ascending(ps: Sequence[float]) -> list[int]:
    odd = [p for p in ps if not (isfinite(p) and 0 <= p <= 1)]
    if odd:
        raise SettingsError(
            f"{odd[0]!r} is no p value",
            todo="leave out comparisons that failed before the others are corrected",
        )
    return sorted(range(len(ps)), key=lambda place: ps[place])
