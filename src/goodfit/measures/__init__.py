# SPDX-License-Identifier: Apache-2.0
"""Numbers with intervals, read off the curves of a run; judging them is the business of `goodfit.rules`."""

from goodfit.measures._memory import forget
from goodfit.measures.broken import Break, BreakKind, breakdown, breaks
from goodfit.measures.checkpoint import Checkpoint, best_evaluation, checkpoint, stray_end
from goodfit.measures.counts import (
    grid_size,
    passes,
    sampling_error,
    share_of_examples,
    training_points,
    training_points_per_evaluation,
    validation_size,
)
from goodfit.measures.drops import Drop, calm_curve, drop_of, drop_size, drop_suddenness
from goodfit.measures.fit import (
    fewest_points,
    gradient_ratio,
    learned_share,
    least_remaining_share,
    lost_share,
    remaining_share,
    validation_gain,
)
from goodfit.measures.frozen import distance_from_best, liveliest_metric, loss_movement, metric_range
from goodfit.measures.gap import gap, level
from goodfit.measures.humps import (
    Hump,
    hump_of,
    hump_return,
    hump_rise,
    hump_suddenness,
    training_during_hump,
)
from goodfit.measures.minimum import (
    changes_sign,
    evaluation_error,
    evaluations_since_minimum,
    noise,
    onset,
    onset_span,
    rise_after_minimum,
    share_since_minimum,
    smallest_visible_rise,
)
from goodfit.measures.phases import phases
from goodfit.measures.plateaus import Plateau, change_inside, later_fall, plateau_of
from goodfit.measures.restarts import (
    Jump,
    fallen_again,
    jump_back,
    jump_of,
    jumps_elsewhere,
    repeat_distance,
    repeat_length,
)
from goodfit.measures.softmax_floor import (
    answers_distance,
    lowest_over_floor,
    over_floor,
    right_answers,
    softmax_floor,
)
from goodfit.measures.spikes import spike_height, spike_in_noise, spikes, spiking_curve
from goodfit.measures.swings import swing, swings_together
from goodfit.measures.trend import fall_since, late_change, late_change_of_start

__all__ = [
    "Break",
    "BreakKind",
    "Checkpoint",
    "Drop",
    "Hump",
    "Jump",
    "Plateau",
    "answers_distance",
    "best_evaluation",
    "breakdown",
    "breaks",
    "calm_curve",
    "change_inside",
    "changes_sign",
    "checkpoint",
    "distance_from_best",
    "drop_of",
    "drop_size",
    "drop_suddenness",
    "evaluation_error",
    "evaluations_since_minimum",
    "fall_since",
    "fallen_again",
    "fewest_points",
    "forget",
    "gap",
    "gradient_ratio",
    "grid_size",
    "hump_of",
    "hump_return",
    "hump_rise",
    "hump_suddenness",
    "jump_back",
    "jump_of",
    "jumps_elsewhere",
    "late_change",
    "late_change_of_start",
    "later_fall",
    "learned_share",
    "least_remaining_share",
    "level",
    "liveliest_metric",
    "loss_movement",
    "lost_share",
    "lowest_over_floor",
    "metric_range",
    "noise",
    "onset",
    "onset_span",
    "over_floor",
    "passes",
    "phases",
    "plateau_of",
    "remaining_share",
    "repeat_distance",
    "repeat_length",
    "right_answers",
    "rise_after_minimum",
    "sampling_error",
    "share_of_examples",
    "share_since_minimum",
    "smallest_visible_rise",
    "softmax_floor",
    "spike_height",
    "spike_in_noise",
    "spikes",
    "spiking_curve",
    "stray_end",
    "swing",
    "swings_together",
    "training_during_hump",
    "training_points",
    "training_points_per_evaluation",
    "validation_gain",
    "validation_size",
]
