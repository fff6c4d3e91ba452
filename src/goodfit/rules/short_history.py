# SPDX-License-Identifier: Apache-2.0
"""GF402 short history: too few points to judge by."""

from types import MappingProxyType

from goodfit.measures import fewest_points
from goodfit.rules._example import example, falling
from goodfit.rules._needs import VAL
from goodfit.rules._rule import Rule, against
from goodfit.values import Direction, Evidence, Grade, History, LookAlike, Severity, Source, Threshold

POINTS = Threshold(
    name="fewest-points",
    value=5.0,
    unit="points",
    direction=Direction.BELOW,
    because="a minimum needs a window of three before it and three evaluations after it, six in all",
)


class ShortHistory(Rule):
    """There are too few points for any pattern to show."""

    code = "GF402"
    name = "short-history"
    summary = "A curve has fewer than six points, too few to judge by."
    definition = "fewest points = min(points of training, points of validation) <= 5."
    why = "With a handful of points, the noise of one of them is as large as any pattern; nothing was ruled out."
    limits = (
        "Six points are the least that can show a clear pattern; a mild one needs far more.",
        "Training logged every 50 steps in short epochs leaves one point for ten evaluations: the run was not short.",
    )
    needs = (VAL,)
    thresholds = (POINTS,)
    sources = (
        Source(
            key="prechelt1998early",
            place="section 1, and the training strips among the stopping criteria",
            says="Real validation curves have more than one local minimum; progress is judged over strips of five"
            " epochs.",
            grade=Grade.PRACTICE,
        ),
    )
    told_apart_from = (
        LookAlike(code="GF202", by="fewest-points: a run that was cut short can still have many evaluations"),
        LookAlike(code="GF401", by="fewest-points: noise is measured, not counted"),
    )
    remedies = ()
    since = "0.1"

    severity = Severity.NOTE
    present_message = "There are only {counts}: too few to judge by."
    absent_messages = MappingProxyType({"fewest-points": "There are {counts}, enough to look for patterns."})
    open_message = "There are {counts}: enough for a clear pattern only."
    advice = "Evaluate more often, several times an epoch if need be, or train longer."

    def weigh(self, history: History) -> tuple[Evidence, ...]:
        """Hold the length of the shorter curve against its threshold."""
        return (against(fewest_points(history), POINTS),)

    @staticmethod
    def present() -> History:
        """Four epochs."""
        return example(falling(2.3, 0.4, 4), falling(2.25, 0.45, 4), epochs=4)

    @staticmethod
    def absent() -> History:
        """Forty epochs."""
        return example(falling(2.3, 0.4, 4), falling(2.25, 0.45, 4))
