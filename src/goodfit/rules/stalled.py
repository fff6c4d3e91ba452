# SPDX-License-Identifier: Apache-2.0
"""GF203 stalled: training has not left its starting level."""

from types import MappingProxyType

from goodfit.measures import late_change_of_start, learned_share
from goodfit.rules._example import example, falling, line
from goodfit.rules._needs import TRAIN
from goodfit.rules._rule import Rule, against
from goodfit.rules._shared import NOTHING_LEARNED
from goodfit.values import Evidence, Grade, History, LookAlike, Severity, Source, Threshold

FLAT = Threshold(
    name="late-change-of-start",
    value=-0.02,
    unit="share",
    because="at under one fiftieth of the start per quarter of the run, even a run as long again would hardly"
    " leave the start",
)


class Stalled(Rule):
    """Training is flat where it began."""

    code = "GF203"
    name = "stalled"
    summary = "Training has removed next to nothing of its first loss, and is flat."
    definition = (
        "learned share = (start - lowest window) / |start| of training <= 0.1, and its late change >= -2 % of the"
        " start per quarter of the run; the start is the first value, or chance level when that is higher."
    )
    why = (
        "Nothing was learned, so nothing can be said about generalisation: the learning rate is far too low or too"
        " high, the gradient vanishes, the run sits on a plateau or saddle, or labels and inputs do not match."
    )
    limits = (
        "A fine-tuned network that starts out good has little left to remove.",
        (
            "A log that begins late, or epochs so long that the first one learned nearly all, look the same;"
            " give the chance level."
        ),
        "A plateau can end by itself after many epochs (then it is GF205).",
    )
    needs = (TRAIN,)
    thresholds = (NOTHING_LEARNED, FLAT)
    sources = (
        Source(
            key="dauphin2014identifying",
            place="abstract",
            says="Saddle points are surrounded by plateaus of high error, which slow learning and look like"
            " local minima.",
            grade=Grade.SINGLE_STUDY,
        ),
    )
    told_apart_from = (
        LookAlike(code="GF201", by="learned-share: an underfitting run has learned something"),
        LookAlike(code="GF301", by="lost-share: a divergence moves away from its best"),
        LookAlike(
            code="GF205", by="later-fall: a run that waits at its start and then falls was on a plateau"
        ),
    )
    remedies = ("raise-learning-rate", "lower-learning-rate", "batch-norm")
    settled_by = ("initial-loss", "plateau-slope", "random-labels")
    since = "0.1"

    severity = Severity.ERROR
    present_message = (
        "{train} has removed only {learned} of its start and is flat: the network is not learning."
    )
    absent_messages = MappingProxyType(
        {
            "learned-share": "Training removed {learned} of its start.",
            "late-change-of-start": "{train} has begun to fall at the end of the run.",
        }
    )
    open_message = (
        "Training removed {learned} of its start; whether it still moves cannot be told from the noise."
    )
    advice = (
        "Check that the labels match the inputs and that the weights receive gradients; then try a learning rate"
        " ten times higher, and ten times lower."
    )

    def weigh(self, history: History) -> tuple[Evidence, ...]:
        """Hold what was learned and the late slope of training against their thresholds."""
        train = history.train
        late = late_change_of_start(train) if train else None
        return (against(learned_share(history), NOTHING_LEARNED), against(late, FLAT))

    @staticmethod
    def present() -> History:
        """Both losses stay at chance level."""
        return example(line(2.303, 2.299), line(2.304, 2.301))

    @staticmethod
    def absent() -> History:
        """Both fall slowly, and have come a third of the way."""
        return example(falling(2.3, 1.4, 15), falling(2.3, 1.45, 15))
