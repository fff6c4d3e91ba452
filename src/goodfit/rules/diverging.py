# SPDX-License-Identifier: Apache-2.0
"""GF301 diverging: training lost what it had learned, or became NaN."""

from types import MappingProxyType

from goodfit.measures import lost_share
from goodfit.rules._breaks import open_break
from goodfit.rules._example import example, falling, turning
from goodfit.rules._needs import TRAIN_OR_BROKEN
from goodfit.rules._rule import Rule, against
from goodfit.values import Evidence, Grade, History, LookAlike, Severity, Source, Threshold

LOST = Threshold(
    name="lost-share",
    value=0.5,
    unit="share",
    because="losing most of what was gained is no longer the noise of small batches or a bend after a step of the"
    " learning rate",
)


class Diverging(Rule):
    """Training itself went wrong."""

    code = "GF301"
    name = "diverging"
    summary = "Training lost more than half of what it had gained, or a loss became NaN or infinite."
    definition = (
        "lost share = (mean of the last window - lowest window) / (start - lowest window) of training >= 0.5, or"
        " infinite when a training or validation value is NaN or infinite, unless NaN can mean 'not measured'."
    )
    why = "The weights were thrown off; what comes after the best epoch says nothing about generalisation."
    limits = (
        "A loss that is reset on purpose (a new task, a restart of the learning rate) looks the same for a while.",
        "A loss of the last batch alone is so noisy that its end level can mislead.",
        (
            "Some trainers write a NaN loss as 0 (Hugging Face: logging_nan_inf_filter); that is seen only when the"
            " gradient norm or a validation loss became NaN too, and then it is said."
        ),
        "One NaN that training survived (mixed precision skips such a step) is reported all the same.",
        (
            "NaN in validation that comes back while training stays finite, or at all but every k-th point, may only"
            " mean that nothing was measured: then it is inconclusive."
        ),
    )
    needs = (TRAIN_OR_BROKEN,)
    thresholds = (LOST,)
    sources = (
        Source(
            key="pascanu2013difficulty",
            place="sections 2 and 3",
            says="In recurrent networks gradients can explode in norm and throw the weights off; clipping the norm"
            " counters it.",
            grade=Grade.REPLICATED,
        ),
        Source(
            key="bengio2012practical",
            place="on the learning rate",
            says="The best learning rate is usually within a factor of two of the largest one at which the training"
            " criterion does not diverge.",
            grade=Grade.PRACTICE,
        ),
    )
    told_apart_from = (
        LookAlike(
            code="GF101", by="lost-share of training: overfitting keeps improving on the training data"
        ),
        LookAlike(code="GF203", by="learned-share: a stalled run never gained anything"),
        LookAlike(code="GF303", by="lost-share: after a spike training is back where it was"),
        LookAlike(
            code="GF406", by="lost-share at the end: a restarted run falls again, as far as its log goes"
        ),
    )
    remedies = ("lower-learning-rate",)
    since = "0.1"

    severity = Severity.ERROR
    begins = "training breaks"
    present_message = "{broke}"
    absent_messages = MappingProxyType({"lost-share": "Training keeps what it has gained."})
    open_message = "Whether training lost what it had gained cannot be told from its noise or its few points."
    advice = "{return_to}"

    def open_reason(self, history: History, evidence: tuple[Evidence, ...]) -> str:
        """Say first where a NaN may only mean that nothing was measured."""
        return open_break(history) or super().open_reason(history, evidence)

    def weigh(self, history: History) -> tuple[Evidence, ...]:
        """Hold the share of the gain that was lost against its threshold."""
        return (against(lost_share(history), LOST),)

    @staticmethod
    def present() -> History:
        """Training falls for 20 epochs and then climbs back to where it began."""
        return example(turning(2.3, 0.6, 4, 20, 0.2), turning(2.3, 0.7, 4, 20, 0.2))

    @staticmethod
    def absent() -> History:
        """Training falls to the end; validation turns."""
        return example(falling(2.3, 0.02, 6), turning(2.3, 0.6, 3, 12, 0.015))
