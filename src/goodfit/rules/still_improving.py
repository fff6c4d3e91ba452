# SPDX-License-Identifier: Apache-2.0
"""GF202 still improving: the run ended while validation was falling."""

from types import MappingProxyType

from goodfit.measures import late_change, share_since_minimum
from goodfit.rules._example import example, falling, line
from goodfit.rules._needs import VAL
from goodfit.rules._rule import Rule, Step, against
from goodfit.values import Direction, Evidence, Grade, History, LookAlike, Severity, Source, Threshold

FALLING = Threshold(
    name="late-change",
    value=-0.02,
    unit="share",
    direction=Direction.BELOW,
    because="at one fiftieth of the whole fall per quarter of the run, a run a quarter longer still gains as much as"
    " the smallest rise that counts as overfitting",
)
AT_THE_END = Threshold(
    name="share-since-minimum",
    value=0.1,
    unit="share",
    direction=Direction.BELOW,
    because="a tenth of the run is the width of the window over which levels are averaged",
)


class StillImproving(Rule):
    """The run stopped before validation did."""

    code = "GF202"
    name = "still-improving"
    summary = "Validation was still falling when the run ended."
    definition = (
        "late change of validation = slope over the last third x a quarter of the run / whole fall <= -2 %, and its"
        " minimum within the last tenth of the run."
    )
    why = "More epochs are the cheapest improvement there is, and any verdict on other remedies would be premature."
    limits = (
        "With a learning rate that falls to zero by plan, longer means a new plan, not more of the same epochs.",
        "Slow improvement can go on for very long (grokking, large data): the rule does not say where it ends.",
        "A validation set that was looked at many times keeps improving by choice.",
    )
    needs = (VAL,)
    thresholds = (FALLING, AT_THE_END)
    sources = (
        Source(
            key="prechelt1998early",
            place="abstract",
            says="Slower stopping criteria gained about 4 % in generalisation on average, for about four times the"
            " training time.",
            grade=Grade.SINGLE_STUDY,
        ),
    )
    told_apart_from = (
        LookAlike(code="GF201", by="late-change: underfitting is flat"),
        LookAlike(code="GF102", by="late-change of validation: a standing gap is flat"),
    )
    remedies = ("train-longer", "raise-learning-rate", "lower-learning-rate", "batch-norm")
    since = "0.1"

    severity = Severity.NOTE
    steps = (
        Step(
            severity=Severity.WARNING,
            threshold=Threshold(
                name="late-change",
                value=-0.05,
                unit="share",
                direction=Direction.BELOW,
                because="another run as long would at this pace add a fifth of all that was learned",
            ),
        ),
    )
    present_message = (
        "{val} was still improving when the run ended, by {late} of its whole fall per quarter of the run, and is"
        " best at the end."
    )
    absent_messages = MappingProxyType(
        {
            "late-change": "{val} no longer improves at the end of the run.",
            "share-since-minimum": "{val} was best near {onset}, not at the end.",
        }
    )
    open_message = (
        "Whether {val} was still improving at the end cannot be told from its noise or its few points."
    )
    advice = "Train longer before you change anything else."

    def weigh(self, history: History) -> tuple[Evidence, ...]:
        """Hold the late slope of validation and the place of its minimum against their thresholds."""
        val = history.val
        if val is None:
            return ()
        return (against(late_change(val), FALLING), against(share_since_minimum(val), AT_THE_END))

    @staticmethod
    def present() -> History:
        """Both losses fall in a straight line until the run is cut off."""
        return example(line(2.3, 1.0), line(2.3, 1.1))

    @staticmethod
    def absent() -> History:
        """Both have settled long before the end."""
        return example(falling(2.3, 0.4, 4), falling(2.25, 0.45, 4))
