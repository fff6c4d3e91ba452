# SPDX-License-Identifier: Apache-2.0
"""lower-learning-rate: smaller steps, where they throw the weights about or off."""

from goodfit.remedies._case import Case, reaches
from goodfit.remedies._remedy import Remedy
from goodfit.remedies._steps import BOUNDED_STEPS, LONG, SLOW, too_long, too_short
from goodfit.remedies._words import gradient, said, scatter
from goodfit.remedies.raise_learning_rate import GROWN
from goodfit.values import Dose, Grade, Prescription, Rejection, Severity, Source, TradeOff


class LowerLearningRate(Remedy):
    """Smaller steps."""

    name = "lower-learning-rate"
    what = "Lower the learning rate, with its whole schedule."
    how = (
        "Where steps are longer than the valley of the loss is wide, they bounce from wall to wall or climb out of it; "
        "shorter ones stay inside and settle lower."
    )
    benefits = (
        "A training that was lost or swung comes down steadily, and its last checkpoint is no matter of luck."
    )
    costs = "More epochs to the same point."
    risk = (
        "Too low a rate needs many more epochs, and may stop at a worse place than a larger one would find."
    )
    trade_offs = (
        TradeOff(says="Validation swings less from epoch to epoch.", measured_by="between-epoch-noise"),
        TradeOff(
            says="Gradients differ less in size from step to step.",
            measured_by="gradient-spread",
        ),
        TradeOff(says="Slower training: the best epoch comes later.", measured_by="epochs-to-best"),
        TradeOff(says="A rate has to be found: too low a one ends higher.", measured_by="best-loss"),
    )
    treats = ("GF301", "GF302", "GF303", "GF203", "GF201", "GF202")
    worsens = ()
    where = "the optimiser, and its schedule"
    dose = Dose(value=0.3, low=0.03, high=0.5, unit="times the present rate")
    thresholds = (GROWN, LONG)
    sources = (
        BOUNDED_STEPS,
        Source(
            key="bengio2012practical",
            place="section 3.1, on the initial learning rate",
            says="The best learning rate is usually within a factor of two of the largest one at which the training "
            "criterion does not diverge; if it diverges, try a rate three times smaller.",
            grade=Grade.PRACTICE,
        ),
        Source(
            key="pascanu2013difficulty",
            place="sections 2 and 3",
            says="In recurrent networks gradients can explode in norm and throw the weights off; clipping the norm"
            " counters it.",
            grade=Grade.REPLICATED,
        ),
    )
    edits = ("learning_rate",)
    since = "0.1"

    def consider(self, case: Case) -> Prescription | Rejection:
        """Fits training that was lost, swings or spikes again and again, and a stall with grown gradients."""
        if "GF301" in case.found:
            line = case.line("GF301")
            advice = f" {line.advice}" if line and line.advice else ""
            return self._prescribed(
                case, f"training was lost, and that comes first: {said(case, 'GF301')}", advice
            )
        if "GF302" in case.found:
            return self._prescribed(case, said(case, "GF302"))
        if reason := too_long(case):
            code = next(each for each in case.found if each in SLOW)
            return self._prescribed(case, f"{said(case, code)}, and {reason}")
        if "GF203" in case.found:
            return self._stalled(case)
        if "GF303" in case.found:
            line = case.line("GF303")
            if line is not None and line.severity is not Severity.NOTE:
                return self._prescribed(case, said(case, "GF303"))
            return self.leave(
                f"{said(case, 'GF303')}: so few and small a spike can be a batch of bad luck; look at that first"
            )
        return self.leave(
            f"{scatter(case)}; {gradient(case)}: no swing and no spike was found that calls for smaller steps"
        )

    def _stalled(self, case: Case) -> Prescription | Rejection:
        """For a training that does not start: only where gradients have grown, and steps are not too short."""
        if reason := too_short(case):
            return self.leave(reason)
        if reaches(case.gradients, GROWN):
            return self._prescribed(case, f"{said(case, 'GF203')}; {gradient(case)}, and {GROWN.because}")
        return self.leave(f"{said(case, 'GF203')}; {gradient(case)}: nothing says that steps are too large")

    def _prescribed(self, case: Case, because: str, advice: str = "") -> Prescription:
        rate = case.history.context.learning_rate if case.history else None
        now = "the present rate is not known" if rate is None else f"it is {rate:g} now"
        return self.prescribe(
            because=f"{because}; {now}",
            expected=f"Training falls steadily from its first epochs on; if not, lower the learning rate again and "
            f"clip the gradient norm.{advice}",
        )
