# SPDX-License-Identifier: Apache-2.0
"""GF201 underfitting: training has stopped falling far above what it could reach."""

from math import isinf
from types import MappingProxyType

from goodfit.measures import gap, late_change, learned_share, least_remaining_share, lost_share
from goodfit.rules._example import example, falling
from goodfit.rules._needs import TRAIN_LOSS
from goodfit.rules._rule import Rule, against
from goodfit.rules._shared import LEARNED
from goodfit.values import Direction, Evidence, Grade, History, LookAlike, Severity, Source, Threshold

REMAINING = Threshold(
    name="remaining-share",
    value=0.5,
    unit="share",
    because="half of the loss of a constant prediction is still there: more was left than learned",
)
FLAT = Threshold(
    name="late-change",
    value=-0.05,
    unit="share",
    because="at less than a twentieth of the whole fall per quarter, another run as long would add under a fifth",
)
KEPT = Threshold(
    name="lost-share",
    value=0.5,
    unit="share",
    direction=Direction.BELOW,
    because="a run that lost most of what it had gained could follow its training data: see GF301, diverging",
)
SMALL_GAP = Threshold(
    name="gap",
    value=0.25,
    unit="share",
    direction=Direction.BELOW,
    because="validation is then at most a third above training; beyond, remembering has begun beside underfitting",
)


class Underfitting(Rule):
    """The network does not fit its own training data, and has stopped trying."""

    code = "GF201"
    name = "underfitting"
    summary = "Training loss has stopped falling while much of it is left, and validation is close to it."
    definition = (
        "remaining = loss of training or validation, the lower one, at the end / chance level >= 0.5, late change of training >= -5 % of its whole"
        " fall per quarter of the run, learned share >= 0.1, lost share <= 0.5, and, when validation was logged, gap <= 0.25."
    )
    why = (
        "Neither more epochs nor more regularisation helps a network that cannot follow its training data: it is"
        " too small, too strongly regularised, or its learning rate is wrong."
    )
    limits = (
        (
            "Noisy labels or inputs that hardly determine the target leave a loss that no network can remove"
            " (language models, forecasting): then this is the best possible."
        ),
        (
            "Without the chance level the first recorded loss stands in for it. A first epoch already learns,"
            " so chance lies above that loss, and only a clear case is called."
        ),
        "A training loss measured with dropout or augmentation lies above the one in evaluation mode.",
    )
    needs = (TRAIN_LOSS,)
    thresholds = (REMAINING, FLAT, LEARNED, KEPT, SMALL_GAP)
    sources = (
        Source(
            key="goodfellow2016deep",
            place="section 5.2",
            says="Underfitting is failing to reach a sufficiently low error on the training set; overfitting is"
            " too large a gap between training and test error.",
            grade=Grade.PRACTICE,
        ),
    )
    told_apart_from = (
        LookAlike(code="GF203", by="learned-share: a stalled run has learned next to nothing"),
        LookAlike(code="GF301", by="lost-share: a diverging run had been far lower"),
        LookAlike(code="GF202", by="late-change: a run cut short is still falling"),
        LookAlike(code="GF204", by="train-mode-excess: there train mode lies far above evaluation mode"),
        LookAlike(code="GF101", by="gap: an overfitting network fits its training data"),
    )
    remedies = (
        "more-nodes",
        "lower-dropout",
        "raise-learning-rate",
        "lower-learning-rate",
        "batch-norm",
        "train-longer",
    )
    settled_by = ("train-in-eval-mode", "initial-loss", "plateau-slope")
    since = "0.1"

    severity = Severity.WARNING
    present_message = (
        "{train} has stopped falling with {remaining} of its starting level left; training and validation agree,"
        " so the network cannot follow its training data.{measured_as}"
    )
    absent_messages = MappingProxyType(
        {
            "remaining-share": "The training data are fitted: {remaining} of the starting loss is left.",
            "late-change": "{train} is still falling, by {late} of its whole fall per quarter of the run.",
            "learned-share": "{train} never fell by a tenth of its start: see GF203, stalled.",
            "lost-share": "{train} had been lower, and lost most of its gain again: see GF301, diverging.",
            "gap": "Validation lies {gap} of its loss above training: the training data are followed further.",
        }
    )
    open_message = (
        "Of the first recorded training loss {remaining} is left; how far chance level lies above that first"
        " value, or whether the curve is flat, is not certain enough."
    )
    advice = (
        "Check that the training loss in evaluation mode is as high; then try a larger network, less"
        " regularisation or another learning rate, one at a time."
    )

    def weigh(self, history: History) -> tuple[Evidence, ...]:
        """Hold what is left, the late slope, what was learned and the gap against their thresholds."""
        train = history.train
        late = late_change(train) if train else None
        lost = lost_share(history)
        broken = lost is None or isinf(lost.value)
        evidence = (
            against(least_remaining_share(history), REMAINING),
            against(late, FLAT),
            against(learned_share(history), LEARNED),
            against(None if broken else lost, KEPT),
        )
        between = gap(history)
        return evidence if between is None else (*evidence, against(between, SMALL_GAP))

    @staticmethod
    def present() -> History:
        """Both losses are flat at 1.6, where chance is 2.3."""
        return example(falling(2.3, 1.6, 4), falling(2.28, 1.62, 4))

    @staticmethod
    def absent() -> History:
        """Both fall to a fifth of where they began."""
        return example(falling(2.3, 0.4, 4), falling(2.25, 0.45, 4))
