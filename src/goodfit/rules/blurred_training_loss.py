# SPDX-License-Identifier: Apache-2.0
"""GF403 blurred training loss: the training curve is not the loss of the network at that moment."""

from types import MappingProxyType

from goodfit.measures.modes import training_blur, training_noise_ratio, training_scatter
from goodfit.rules._example import example, falling
from goodfit.rules._example_curves import with_curve
from goodfit.rules._needs import TRAIN_LOSS
from goodfit.rules._rule import Rule, against
from goodfit.values import Evidence, Grade, History, LookAlike, MeasuredAs, Severity, Source, Threshold

BLUR = Threshold(
    name="training-blur",
    value=0.05,
    unit="share",
    because="a convention of ours, the same as for validation below training: a smaller difference is no finding",
)
RATIO = Threshold(
    name="noise-ratio",
    value=5.0,
    unit="times",
    because="noise shrinks with the root of the number of examples: a batch 25 times smaller than the validation set"
    " scatters five times as much, and an epoch's mean as little as validation",
)
SCATTER = Threshold(
    name="training-scatter",
    value=0.05,
    unit="share",
    because="a convention of ours: below a twentieth of the level a single point is near enough to the truth",
)


class BlurredTrainingLoss(Rule):
    """What was logged as training loss was measured in another way than validation."""

    code = "GF403"
    name = "blurred-training-loss"
    summary = "The training loss is a last batch, a running mean, or an epoch's mean in train mode."
    definition = (
        "blur = 1 for a last batch, a running mean, or an epoch's mean under dropout; half the fall of log(loss) from"
        " one epoch to the next, over the later half, for an epoch's mean without; 0 in evaluation mode; >= 5 %. When"
        " nobody said how it was measured: noise of a training point >= 5 times that of validation and >= 5 % of its"
        " level, as of single batches."
    )
    why = "A gap compares two numbers. When one is blurred, so is the gap: it can be hidden or made up."
    limits = (
        "A mean over an epoch without dropout is nearly right late in a run, when the loss hardly moves.",
        "A small learning set can scatter for other reasons, such as a high learning rate.",
        "A calm curve of unknown origin may still be a running mean: then the question stays open.",
    )
    needs = (TRAIN_LOSS,)
    thresholds = (BLUR, RATIO, SCATTER)
    sources = (
        Source(
            key="kerasfaq",
            place="Why is my training loss much higher than my testing loss?",
            says="The training loss shown is the mean over the batches of an epoch, with dropout at work, while the"
            " model changes.",
            grade=Grade.PRACTICE,
        ),
    )
    told_apart_from = (
        LookAlike(
            code="GF104", by="validation-below-training: there the blur has turned the order of the losses"
        ),
        LookAlike(code="GF401", by="noise-ratio: there it is validation that scatters"),
    )
    remedies = ()
    settled_by = ("train-in-eval-mode",)
    since = "0.1"

    severity = Severity.NOTE
    present_message = (
        "Training loss was logged {how_measured}.{blur_size} The gap to validation is blurred by it."
    )
    absent_messages = MappingProxyType(
        {
            "training-blur": "Training loss was logged {how_measured}; it can be compared with validation (within"
            " {blur}).",
            "noise-ratio": "Single training points scatter {noise_times} times as much as validation.",
            "training-scatter": "Single training points scatter by only {scatter} of their level.",
        }
    )
    open_message = (
        "Training loss was logged {how_measured}; the curves do not tell how far it is from evaluation mode."
    )
    advice = (
        "Log the training loss in evaluation mode too, over a fixed sample as large as the validation set."
    )

    def open_reason(self, history: History, evidence: tuple[Evidence, ...]) -> str:
        """Say the rule's own reason: an unknown way of measuring is no broken curve."""
        train = history.train
        unknown = train is not None and train.finite and train.measured_as is not MeasuredAs.EVAL_MODE
        return "" if unknown else super().open_reason(history, evidence)

    def weigh(self, history: History) -> tuple[Evidence, ...]:
        """Hold what is known of the measuring against its threshold, else what the scatter shows."""
        train = history.train
        if (
            train is not None
            and train.measured_as is MeasuredAs.UNKNOWN
            and "train_loss_eval" not in history.curves
        ):
            return (
                against(training_noise_ratio(history), RATIO),
                against(training_scatter(history), SCATTER),
            )
        return (against(training_blur(history), BLUR),)

    @staticmethod
    def present() -> History:
        """Each training point is one batch, and scatters by an eighth of its level."""
        plain = example(falling(2.3, 0.4, 5), falling(2.3, 0.5, 5))
        unknown = MeasuredAs.UNKNOWN
        return with_curve(plain, "train_loss", falling(2.3, 0.4, 5), noise=0.12, measured_as=unknown)

    @staticmethod
    def absent() -> History:
        """The same run, measured in evaluation mode."""
        return example(falling(2.3, 0.4, 5), falling(2.3, 0.5, 5))
