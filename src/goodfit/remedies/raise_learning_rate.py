# SPDX-License-Identifier: Apache-2.0
"""raise-learning-rate: larger steps, to leave a plateau or saddle where gradients are small."""

from goodfit.remedies._case import Case, reaches
from goodfit.remedies._remedy import Remedy
from goodfit.remedies._steps import BOUNDED_STEPS, MUCH_LEFT, SHORT, too_long, too_short
from goodfit.remedies._words import fitted, gradient, late_slope, late_validation, said, training_left
from goodfit.values import Direction, Dose, Grade, Prescription, Rejection, Source, Threshold, TradeOff

GROWN = Threshold(
    name="gradient-ratio",
    value=1.0,
    unit="ratio",
    because="gradients that have grown while the loss does not fall point to steps that are too large, not too small",
)
VANISHED = Threshold(
    name="gradient-ratio",
    value=0.1,
    unit="ratio",
    direction=Direction.BELOW,
    because="gradients a tenth of the early ones, while most of the loss is left, point to a plateau or saddle",
)


class RaiseLearningRate(Remedy):
    """Larger steps."""

    name = "raise-learning-rate"
    what = "Raise the learning rate."
    how = "Around a saddle point the gradient is small in all directions; larger steps cross the plateau sooner."
    benefits = "A training that stood still moves, and the run needs fewer epochs."
    costs = "A run or two to find the rate beyond which training is lost."
    risk = "Too high a rate makes training diverge."
    trade_offs = (
        TradeOff(says="Fewer epochs to the best one.", measured_by="epochs-to-best"),
        TradeOff(says="Validation swings more from epoch to epoch.", measured_by="between-epoch-noise"),
        TradeOff(says="Gradients differ more in size from step to step.", measured_by="gradient-spread"),
    )
    treats = ("GF203", "GF201", "GF202")
    worsens = ("GF301",)
    where = "the optimiser"
    dose = Dose(value=10.0, low=3.0, high=30.0, unit="times the present rate")
    thresholds = (GROWN, VANISHED, SHORT, MUCH_LEFT)
    sources = (
        BOUNDED_STEPS,
        Source(
            key="dauphin2014identifying",
            place="abstract",
            says="Saddle points are surrounded by plateaus of high error that slow learning and look like a local "
            "minimum.",
            grade=Grade.SINGLE_STUDY,
        ),
        Source(
            key="bengio2012practical",
            place="section 3.1, on the initial learning rate",
            says="The learning rate is often the single most important hyper-parameter.",
            grade=Grade.PRACTICE,
        ),
    )
    edits = ("learning_rate",)
    since = "0.1"

    def consider(self, case: Case) -> Prescription | Rejection:
        """Fits steps too short to get anywhere, and a standstill with small gradients; a fitted training set is no saddle."""
        if reason := too_long(case):
            return self.leave(reason)
        if reason := too_short(case):
            return self._prescribed(case, f"{training_left(case)}, and {reason}")
        if "GF203" in case.found:
            if reaches(case.gradients, GROWN):
                return self.leave(f"{gradient(case)}, and {GROWN.because}: lower the rate instead")
            return self._prescribed(case, f"{said(case, 'GF203')}; {gradient(case)}")
        if "GF201" in case.found and "GF101" not in case.found:
            if reaches(case.gradients, VANISHED):
                return self._prescribed(
                    case, f"{training_left(case)}, {late_slope(case)}, and {gradient(case)}"
                )
            return self.leave(f"{gradient(case)}{_no_plateau(case)}, while {training_left(case)}")
        if "GF202" in case.found and "GF101" not in case.found:
            return self.leave(f"{late_validation(case)}: the steps are large enough to make way")
        verdict = "no saddle: the training loss is fitted" if fitted(case) else "nothing speaks for a saddle"
        return self.leave(f"{late_slope(case)}; {gradient(case)}; {training_left(case)}: {verdict}")

    def _prescribed(self, case: Case, because: str) -> Prescription:
        rate = case.history.context.learning_rate if case.history else None
        now = "the present rate is not known" if rate is None else f"it is {rate:g} now"
        return self.prescribe(
            because=f"{because}; {now}",
            expected="The training loss falls within the first tenth of the run; if it jumps or becomes NaN, the rate "
            "is too high: try a tenth of the present one as well.",
        )


def _no_plateau(case: Case) -> str:
    return (
        ", so that nothing speaks for a plateau or saddle"
        if case.gradients is None
        else ": no plateau or saddle"
    )
