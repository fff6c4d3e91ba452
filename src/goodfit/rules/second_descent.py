# SPDX-License-Identifier: Apache-2.0
"""GF107 second descent: validation fell, rose, and fell again as low as before."""

from math import exp
from types import MappingProxyType

from goodfit.measures import hump_return, hump_rise, hump_suddenness, training_during_hump
from goodfit.rules._example import example, falling, turning
from goodfit.rules._needs import TRAIN, VAL
from goodfit.rules._rule import Rule, against
from goodfit.values import Direction, Evidence, Grade, History, LookAlike, Severity, Source, Threshold

ROSE = Threshold(
    name="rise-between-minima",
    value=5.0,
    unit="%",
    because="the rise that would have been called overfitting had the run ended on it (GF101)",
)
CAME_BACK = Threshold(
    name="second-minimum-above-first",
    value=2.0,
    unit="%",
    direction=Direction.BELOW,
    because="a convention of ours: within a fiftieth the two minima are as good as each other",
)
GRADUAL = Threshold(
    name="suddenness-of-second-fall",
    value=0.7,
    unit="share",
    direction=Direction.BELOW,
    because="a step of the learning rate brings most of its fall at once; a second descent takes a stretch of the run",
)
TRAINING_WENT_ON = Threshold(
    name="training-rise-meanwhile",
    value=5.0,
    unit="%",
    direction=Direction.BELOW,
    because="in a restart, a spike or a divergence training rises with validation; in a second descent it goes on"
    " falling",
)


class SecondDescent(Rule):
    """Epoch-wise double descent, or grokking whose loss rose before it fell."""

    code = "GF107"
    name = "second-descent"
    summary = "Validation fell, rose clearly, and fell again to its first minimum or below."
    definition = (
        "On 40 medians of validation: the rise from the first minimum to the top, and the fall from there, >= 5 % of"
        " that minimum; the second minimum at most 2 % above it; no more than 70 % of the fall at once; and training"
        " at the top at most 5 % above where it was at the first minimum."
    )
    why = (
        "A rise of validation was not the end: stopping at the first minimum would have cost the second. It is known"
        " from large networks with noisy labels (double descent) and from small algorithmic tasks (grokking)."
    )
    limits = (
        "A run that ends on the rise cannot show it: it is called overfitting, rightly as far as one can see.",
        "A validation that stays flat for long and falls late, without a rise before, is not seen.",
        "A regulariser or a learning rate that was changed slowly during the rise looks the same.",
        "Fewer than 20 evaluations settle nothing.",
    )
    needs = (TRAIN, VAL)
    thresholds = (ROSE, CAME_BACK, GRADUAL, TRAINING_WENT_ON)
    sources = (
        Source(
            key="nakkiran2019deep",
            place="section on epoch-wise double descent",
            says="With label noise, test error can fall, rise and fall again during one training.",
            grade=Grade.REPLICATED,
        ),
        Source(
            key="power2022grokking",
            place="abstract",
            says="On small algorithmic data sets validation can improve from chance to perfect long after the"
            " training set was fitted.",
            grade=Grade.REPLICATED,
        ),
    )
    told_apart_from = (
        LookAlike(code="GF101", by="second-minimum-above-first: overfitting does not come back"),
        LookAlike(code="GF304", by="suddenness-of-second-fall: a step of the learning rate falls at once"),
        LookAlike(code="GF406", by="training-rise-meanwhile: in a restart training jumps up with validation"),
        LookAlike(code="GF401", by="rise-between-minima: its whole interval lies beyond the noise"),
    )
    remedies = ()
    since = "0.1"

    severity = Severity.NOTE
    begins = "the second descent"
    present_message = (
        "{val} had a first minimum near {first_minimum}, rose by {hump_rise} until {hump_top}, and fell again: its"
        " second minimum, near {second_minimum}, lies {second_above} from the first."
    )
    absent_messages = MappingProxyType(
        {
            "rise-between-minima": "{val} shows no second fall after a clear rise.",
            "second-minimum-above-first": "{val} did not come back to its first minimum.",
            "suddenness-of-second-fall": "{val} fell again all at once near {second_minimum}: a step, no descent.",
            "training-rise-meanwhile": "Training rose as well ({training_meanwhile}) while validation did: no second"
            " descent.",
        }
    )
    open_message = "Whether {val} rose and fell again cannot be told from its noise."
    advice = "Compare the checkpoints of {first_minimum} and {second_minimum}, and give early stopping enough patience."

    def weigh(self, history: History) -> tuple[Evidence, ...]:
        """Hold the rise, the way back, its pace and training meanwhile against their thresholds."""
        train, val = history.train, history.val
        if train is None or val is None:
            return ()
        return (
            against(hump_rise(val), ROSE),
            against(hump_return(val), CAME_BACK),
            against(hump_suddenness(val), GRADUAL),
            against(training_during_hump(train, val), TRAINING_WENT_ON),
        )

    @staticmethod
    def present() -> History:
        """Validation falls, rises by a third until epoch 18, and falls below its first minimum."""
        fall = falling(2.3, 0.6, 2)
        return example(
            falling(2.3, 0.02, 5),
            lambda t: fall(t) - 0.004 * t + 0.28 * exp(-(((t - 17) / 6) ** 2)),
        )

    @staticmethod
    def absent() -> History:
        """Validation turns and rises to the end: overfitting."""
        return example(falling(2.3, 0.02, 6), turning(2.3, 0.6, 3, 12, 0.015))
