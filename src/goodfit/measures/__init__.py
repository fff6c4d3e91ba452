# SPDX-License-Identifier: Apache-2.0
"""Numbers with intervals, read off the curves of a run; judging them is the business of `goodfit.rules`."""

from goodfit.measures.broken import Break, BreakKind, breakdown, breaks
from goodfit.measures.checkpoint import Checkpoint, best_evaluation, checkpoint, stray_end
from goodfit.measures.fit import (
    fewest_points,
    gradient_ratio,
    learned_share,
    lost_share,
    remaining_share,
    validation_gain,
)
from goodfit.measures.gap import gap, level
from goodfit.measures.minimum import (
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
    "Break",
    "BreakKind",
    "Checkpoint",
    "best_evaluation",
    "breakdown",
    "breaks",
    "checkpoint",
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
    "stray_end",
    "validation_gain",
]
