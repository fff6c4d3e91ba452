# SPDX-License-Identifier: Apache-2.0
"""Steps that are too short or too long by what is known of the optimiser, whatever the curves look like.

Adam and its kin move a weight by about the learning rate in a step, and hardly by more, however large gradients are
(Kingma and Ba 2015, section 2.1): so the rate can be held against the size of the weights that it moves, which start
at about one over the square root of a layer's inputs.
"""

from math import ceil

from goodfit.measures import remaining_share
from goodfit.remedies._case import Case, reaches
from goodfit.values import Direction, Grade, Measurement, Source, Threshold

NORMALISED = ("Adam", "AdamW", "NAdam", "RAdam", "Adamax")
SHORT = Threshold(
    name="reach",
    value=0.1,
    unit="change of a weight",
    direction=Direction.BELOW,
    because="all steps together can then move no weight by as much as those of a layer with a hundred inputs have to start with",
)
LONG = Threshold(
    name="learning-rate",
    value=0.03,
    unit="change of a weight in a step",
    because="one step then moves each weight by as much as those of a layer with a thousand inputs have to start with",
)
MUCH_LEFT = Threshold(
    name="remaining-share",
    value=0.5,
    unit="share",
    because="where more than half of the loss was learned, as in the fine tuning of a trained network, short steps suffice",
)
BOUNDED_STEPS = Source(
    key="kingma2015adam",
    place="section 2.1",
    says="The step that Adam takes in each parameter is approximately bounded by the learning rate.",
    grade=Grade.THEOREM,
)
SLOW = frozenset({"GF201", "GF202", "GF203"})
"""Findings of a training that has not got as far as it might."""


def too_short(case: Case) -> str:
    """Why the steps are too short, in words; empty when they are not, or when that is not known."""
    reach = _reach(case)
    if not _slow(case) or not reaches(reach, SHORT) or reach is None:
        return ""
    left = remaining_share(case.history) if case.history else None
    if not reaches(left, MUCH_LEFT):
        return ""
    return f"the learning rate times the number of steps is {reach.value:.2g}: {SHORT.because}"


def too_long(case: Case) -> str:
    """Why the steps are too long, in words; empty when they are not, or when that is not known."""
    rate = _rate(case)
    if not _slow(case) or rate is None or not reaches(Measurement.exact("learning-rate", rate), LONG):
        return ""
    return f"the learning rate is {rate:g}, and {LONG.because}"


def _slow(case: Case) -> bool:
    return bool(SLOW & set(case.found)) and "GF101" not in case.found


def _rate(case: Case) -> float | None:
    """The learning rate of an optimiser whose steps it bounds, None for others or when it is not known."""
    context = case.history.context if case.history else None
    return context.learning_rate if context and context.optimizer in NORMALISED else None


def _reach(case: Case) -> Measurement | None:
    """How far all steps together can move a weight: an upper bound, since a schedule lowers the rate."""
    context, rate = (case.history.context if case.history else None), _rate(case)
    if (
        context is None
        or rate is None
        or not (context.epochs_planned and context.train_size and context.batch_size)
    ):
        return None
    steps = context.epochs_planned * ceil(context.train_size / context.batch_size)
    return Measurement.exact("reach", rate * steps)
