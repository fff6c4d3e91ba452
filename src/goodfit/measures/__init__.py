# SPDX-License-Identifier: Apache-2.0
"""Numbers with intervals, read off the curves of a run; judging them is the business of `goodfit.rules`."""

from goodfit.measures.fit import (
    breakdown,
    fewest_points,
    gradient_ratio,
    learned_share,
    lost_share,
    remaining_share,
)
from goodfit.measures.gap import gap, level
from goodfit.measures.minimum import (
    best_evaluation,
    evaluations_since_minimum,
    noise,
    onset,
    rise_after_minimum,
    share_since_minimum,
    smallest_visible_rise,
)
from goodfit.measures.phases import phases
from goodfit.measures.trend import fall_since, late_change, late_change_of_start

__all__ = [
    "best_evaluation",
    "breakdown",
    "evaluations_since_minimum",
    "fall_since",
    "fewest_points",
    "gap",
    "gradient_ratio",
    "late_change",
    "late_change_of_start",
    "learned_share",
    "level",
    "lost_share",
    "noise",
    "onset",
    "phases",
    "remaining_share",
    "rise_after_minimum",
    "share_since_minimum",
    "smallest_visible_rise",
]
