# SPDX-License-Identifier: Apache-2.0
"""Is the rise of the validation loss only a matter of how sure the model says it is?"""

from typing import ClassVar

from goodfit.probes._intervals import ratio
from goodfit.probes._lab import Lab
from goodfit.probes._probe import Finding, Probe
from goodfit.probes._tempering import (
    calibration_error,
    examples_for,
    logits_of,
    refuse_guessing,
    tempered,
)
from goodfit.probes.paired_noise import EXAMPLES, RISE
from goodfit.report.words import number, signed
from goodfit.values import Evidence, Grade, Measurement, Severity, Source, Threshold

EXPLAINED = Threshold(
    name="share of the rise that one temperature removes",
    value=80.0,
    unit="%",
    because="A convention of ours: when four fifths of a rise go away by one number, what is left is a remark.",
)


class Temperature(Probe):
    """One temperature, fitted on one half of the validation outputs and scored on the other."""

    name = "temperature"
    question = "Is the rise of the validation loss only overconfidence, which one temperature mends?"
    summary = (
        "Divides the outputs of the last checkpoint by one number, fitted on half of the validation examples, "
        "and asks on the other half how much of the rise goes away."
    )
    definition = (
        "T minimises the loss of outputs / T on one half; losses are taken on the other, then the halves swap. "
        "The best checkpoint is treated likewise. Share removed = 1 - (L_T(last) - L_T(best)) / (L(last) - L(best)). "
        "ECE: mean of |confidence - share right| over 15 bins of confidence, weighted by their size."
    )
    why = (
        "A network that has fitted its training examples says all it says with too much certainty: the loss rises while the "
        "answers get no worse. Then the choice of checkpoint by loss is wrong, and stronger regularisation may be too."
    )
    limits = (
        "One number for all classes: a miscalibration that differs between classes counts as a true rise.",
        "The best checkpoint was chosen on the same examples, so a small rise is overstated.",
        "With class weights the probabilities are bent on purpose, and the calibration error says little.",
        "It is about classification by outputs before the softmax or the sigmoid only.",
    )
    cost = "two passes over at most 10,000 validation examples"
    thresholds = (RISE, EXPLAINED)
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            key="guo2017calibration",
            place="sections 3 and 4.2",
            says="networks overfit to the log-likelihood without overfitting to the error; one temperature mends most of it",
            grade=Grade.REPLICATED,
        ),
    )
    settles = ("GF103", "GF101")
    since = "0.1"
    severity = Severity.NOTE

    def look(self, lab: Lab) -> Finding:
        """Hold the share of the rise that goes away against its threshold."""
        indices = examples_for(lab, EXAMPLES)
        if lab.run.best_epoch == lab.run.epochs:
            none = Measurement.exact(RISE.name, 0.0, unit=RISE.unit)
            said = (
                f"The run ended at its best checkpoint, epoch {lab.run.epochs}: there is no rise to explain."
            )
            return Finding(evidence=(Evidence(measurement=none, threshold=RISE),), message=said)
        groups = lab.groups(indices)
        last, best = (logits_of(lab, model, indices) for model in (lab.last(), lab.trained()))
        before, after = (tempered(lab, each, groups) for each in (best, last))
        refuse_guessing(last, after)
        rise = ratio(RISE.name, after.raw - before.raw, before.raw, groups)
        gone = ratio(
            EXPLAINED.name,
            (after.raw - before.raw) - (after.mended - before.mended),
            after.raw - before.raw,
            groups,
        )
        evidence = (
            Evidence(measurement=rise, threshold=RISE),
            Evidence(measurement=gone, threshold=EXPLAINED),
        )
        raw, mended = (calibration_error(last, heat) for heat in (None, after.temperatures))
        known = (
            f"one temperature of {after.temperatures.mean():.2f} removes {number(gone.value)} % "
            f"({number(gone.low)} to {number(gone.high)} %) of the rise of {signed(rise.value)} % since epoch {lab.run.best_epoch}; "
            f"expected calibration error {100 * raw:.1f} % before, {100 * mended:.1f} % after"
        )
        calm = f"There is no rise beyond {RISE.value:g} % to explain ({signed(rise.value)} %)."
        is_there = rise.low > 0 or rise.value >= RISE.value
        return Finding.told(
            evidence,
            present=f"The rise is mostly overconfidence: {known}.",
            absent=f"The rise is more than overconfidence: {known}." if is_there else calm,
            undecided=f"The examples do not settle it: {known}.",
            advice="Choose the checkpoint by the metric, and mend the probabilities with this temperature or label smoothing.",
        )
