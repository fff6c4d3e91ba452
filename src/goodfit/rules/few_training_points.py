# SPDX-License-Identifier: Apache-2.0
"""GF405 few training points: training was logged so much more rarely than validation that its course is unknown."""

from dataclasses import replace
from types import MappingProxyType

from goodfit.measures import training_points, training_points_per_evaluation
from goodfit.rules._example import example, falling
from goodfit.rules._needs import TRAIN, VAL
from goodfit.rules._rule import Rule, against
from goodfit.values import Direction, Evidence, Grade, History, LookAlike, Severity, Source, Threshold

RATIO = Threshold(
    name="training-points-per-evaluation",
    value=0.6,
    unit="points",
    direction=Direction.BELOW,
    because="a convention of ours: with one training point for two evaluations, every second value of validation has"
    " nothing beside it; a tenth above a half, so that 4 points for 10 evaluations count with one more or less",
)
POINTS = Threshold(
    name="training-points",
    value=20.0,
    unit="points",
    direction=Direction.BELOW,
    because="a convention of ours: with 20 points each tenth of the run holds two, and its course can be drawn however"
    " often validation was evaluated",
)


class FewTrainingPoints(Rule):
    """Too few training points for a comparison with the course of validation."""

    code = "GF405"
    name = "few-training-points"
    summary = "Training was logged far more rarely than validation, too rarely to compare their courses."
    definition = (
        "training points / validation points <= 0.6 up to the last evaluation (with one point more or less in each), and"
        " training points <= 20."
    )
    why = (
        "Overfitting is a comparison of two courses. Tools that log every 50 steps leave one training point for ten"
        " short epochs, with or without a change in training between them."
    )
    limits = (
        "A training that is evaluated many times an epoch has fewer training points on purpose, and may show enough.",
        "Points are counted: two that lie at the beginning and the end say more than two side by side.",
    )
    needs = (TRAIN, VAL)
    thresholds = (RATIO, POINTS)
    sources = (
        Source(
            key="prechelt1998early",
            place="classes of stopping criteria: training progress",
            says="Whether validation is past its best is judged together with training, over strips of five epochs.",
            grade=Grade.PRACTICE,
        ),
    )
    told_apart_from = (
        LookAlike(
            code="GF402", by="training-points-per-evaluation: in a short history both curves are short"
        ),
    )
    remedies = ()
    since = "0.1"

    severity = Severity.NOTE
    present_message = "There are only {training_points} beside the evaluations ({counts}): how training went between them is unknown."
    absent_messages = MappingProxyType(
        {
            "training-points-per-evaluation": "Training was logged often enough beside validation: {counts}.",
            "training-points": "There are {training_points}, enough to see the course of training.",
        }
    )
    open_message = "With {counts} this is a matter of taste."
    advice = "Log training at least as often as validation: lower the logging interval (log_every_n_steps, logging_steps)."

    def weigh(self, history: History) -> tuple[Evidence, ...]:
        """Hold the number of training points, and their number for each evaluation, against their thresholds."""
        return (
            against(training_points_per_evaluation(history), RATIO),
            against(training_points(history), POINTS),
        )

    @staticmethod
    def present() -> History:
        """Four training points for forty evaluations."""
        return _every(10)

    @staticmethod
    def absent() -> History:
        """One training point for each of forty evaluations."""
        return _every(1)


def _every(stride: int) -> History:
    drawn = example(falling(2.3, 0.4, 4), falling(2.25, 0.45, 4))
    train = drawn.curves["train_loss"]
    kept = replace(train, values=train.values[stride - 1 :: stride], x=train.x[stride - 1 :: stride])
    return replace(drawn, curves={**drawn.curves, "train_loss": kept})
