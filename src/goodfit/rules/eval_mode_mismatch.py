# SPDX-License-Identifier: Apache-2.0
"""GF408 evaluation-mode mismatch: on the same training data evaluation mode is far worse than train mode."""

from types import MappingProxyType

from goodfit.measures.modes import eval_mode_excess
from goodfit.rules._example import example, falling
from goodfit.rules._example_curves import with_curve
from goodfit.rules._needs import BOTH_MODES
from goodfit.rules._rule import Rule, against
from goodfit.values import Evidence, Grade, History, LookAlike, MeasuredAs, Severity, Source, Threshold

EXCESS = Threshold(
    name="eval-mode-excess",
    value=0.25,
    unit="share",
    because="a convention of ours: dropout, augmentation and the lag of a mean all lift train mode, so evaluation mode"
    " should lie below; a quarter above is beyond what a sample of the training data explains",
)


class EvalModeMismatch(Rule):
    """The network that is evaluated is not the one that was trained."""

    code = "GF408"
    name = "eval-mode-mismatch"
    summary = "Training loss in evaluation mode lies far above the same loss in train mode."
    definition = (
        "evaluation-mode training loss / train-mode training loss - 1 >= 25 % over the later half; of a fiftieth of"
        " the first loss where the level is lower."
    )
    why = (
        "Evaluation mode switches dropout off and should lower the loss. When it raises it, what changes with the mode"
        " is broken, most often the running statistics of batch norm, and validation suffers in the same way."
    )
    limits = (
        "A loss in evaluation mode over a small sample can lie higher by chance.",
        "Augmentation that is off in evaluation mode changes the data too, though it rarely raises the loss.",
        "A running mean logged as the training loss stays low after a sudden rise.",
    )
    needs = (BOTH_MODES,)
    thresholds = (EXCESS,)
    sources = (
        Source(
            key="ioffe2015batch",
            place="section 3.1",
            says="In training batch norm uses the statistics of the mini-batch, in inference those of the population.",
            grade=Grade.REPLICATED,
        ),
        Source(
            key="wu2018group",
            place="abstract",
            says="The error of batch norm grows rapidly as batches become smaller, because of inaccurate statistics.",
            grade=Grade.REPLICATED,
        ),
    )
    told_apart_from = (
        LookAlike(code="GF101", by="eval-mode-excess: overfitting leaves training in evaluation mode low"),
        LookAlike(
            code="GF401", by="eval-mode-excess: erratic validation alone leaves training alike in both modes"
        ),
    )
    remedies = ()
    settled_by = ("train-in-eval-mode", "repeated-evaluation")
    since = "0.1"

    severity = Severity.WARNING
    present_message = (
        "On the training data the loss in evaluation mode lies {eval_excess} above train mode, where it should lie"
        " below: what differs between the modes is broken, and validation cannot be trusted either."
    )
    absent_messages = MappingProxyType(
        {"eval-mode-excess": "On the training data evaluation mode does not lie far above train mode."}
    )
    open_message = (
        "On the training data evaluation mode lies {eval_excess} above train mode; noise or too few points leave open"
        " whether that is more than chance."
    )
    advice = (
        "Look at batch norm first: larger batches, a smaller momentum, statistics computed anew, or group norm. Then"
        " check that eval() and train() are called where they should be."
    )

    def weigh(self, history: History) -> tuple[Evidence, ...]:
        """Hold the excess of evaluation mode against its threshold."""
        return (against(eval_mode_excess(history), EXCESS),)

    @staticmethod
    def present() -> History:
        """Batch norm's running statistics are off: evaluation mode stays at double."""
        return _both(0.4, 0.8)

    @staticmethod
    def absent() -> History:
        """Evaluation mode lies a little below, as it should."""
        return _both(0.45, 0.4)


def _both(train_mode: float, evaluation_mode: float) -> History:
    plain = example(falling(2.3, train_mode, 5), falling(2.3, evaluation_mode + 0.1, 5))
    logged = with_curve(plain, "train_loss", falling(2.3, train_mode, 5), measured_as=MeasuredAs.EPOCH_MEAN)
    return with_curve(logged, "train_loss_eval", falling(2.3, evaluation_mode, 5))
