# SPDX-License-Identifier: Apache-2.0
"""Two gates and one margin become one of four words.

A claim needs every gate: a gain that other seeds, or other test examples, could wipe out is no gain.
EQUIVALENT needs evidence too: the intervals must lie inside the margin, which a small study cannot reach.
"""

from collections.abc import Sequence
from math import isfinite

from goodfit.proof.levels import LEAST_UNITS
from goodfit.values import Decision, Gate

Interval = tuple[float, float]


def enough_units(units: int) -> bool:
    """Whether the test set holds enough independent units for gate E to be believed."""
    return units >= LEAST_UNITS.value


def decide(gates: Sequence[Gate], intervals: Sequence[Interval], *, margin: float, units: int) -> Decision:
    """Apply the law of the four decisions.

    Args:
        gates: S and E, or E alone for a single pair.
        intervals: 90 % intervals of the gain, one for each gate, in loss units.
        margin: half width of the region that counts as no difference, loss units.
        units: independent units of the test set; too few decide nothing.
    """
    if not enough_units(units):
        return Decision.UNDECIDED
    if all(gate.improved_p <= gate.level for gate in gates):
        return Decision.IMPROVED
    if all(gate.worse_p <= gate.level for gate in gates):
        return Decision.WORSE
    if within_margin(intervals, margin=margin, units=units):
        return Decision.EQUIVALENT
    return Decision.UNDECIDED


def within_margin(intervals: Sequence[Interval], *, margin: float, units: int) -> bool:
    """Whether every 90 % interval lies inside the margin, with enough independent units to believe it."""
    return enough_units(units) and all(_inside(interval, margin) for interval in intervals)


def _inside(interval: Interval, margin: float) -> bool:
    low, high = interval
    return isfinite(low) and isfinite(high) and -margin <= low and high <= margin
