# SPDX-License-Identifier: Apache-2.0
"""Is the rise of the validation loss since its best checkpoint real, or the luck of a few examples?"""

from typing import ClassVar

import numpy as np

from goodfit.probes._intervals import ratio
from goodfit.probes._lab import Lab, Losses
from goodfit.probes._probe import Finding, Probe
from goodfit.report.words import signed
from goodfit.values import Evidence, Grade, Measurement, Severity, Source, Threshold

EXAMPLES = 10_000  # a paired mean of so many is known far better than the threshold needs
FEW = 0.01  # the share of the examples that is asked how much of the rise it carries

RISE = Threshold(
    name="rise since the best checkpoint",
    value=5.0,
    unit="%",
    because=(
        "A convention, the same as that of the rule overfitting: a rise below 5 % of the best loss "
        "changes nobody's choice of a checkpoint."
    ),
)


class PairedNoise(Probe):
    """The best and the last checkpoint on the same examples."""

    name = "paired-noise"
    question = "Is the validation loss really higher at the end than at the best checkpoint?"
    summary = (
        "Compares the last with the best checkpoint example by example, which removes most of the noise."
    )
    definition = (
        "d_i = loss_i(last) - loss_i(best) for each validation example i, both in evaluation mode; "
        "the rise is mean(d) / mean(loss(best)) with the 90 % interval of a paired mean."
    )
    why = (
        "Two losses on the same examples share what makes an example hard, so their difference is known far better "
        "than either: a rise that drowns in the noise of the curve can be clear here, and the reverse."
    )
    limits = (
        "The best checkpoint was chosen on these examples, so its loss flatters it, and a small rise is overstated.",
        "The interval is about other examples of the same kind, not about another seed.",
        "Examples that belong together are treated so only when the task names groups.",
    )
    cost = "two passes over at most 10,000 validation examples"
    thresholds = (RISE,)
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            key="bouthillier2021accounting",
            place="section 3",
            says="comparing two models on the same examples and splits removes variance that they share",
            grade=Grade.REPLICATED,
        ),
        Source(
            key="cameron2011robust",
            place="section 2",
            says="with groups, the spread of the groups' sums gives the standard error",
            grade=Grade.THEOREM,
        ),
    )
    settles = ("GF101", "GF401")
    since = "0.1"
    severity = Severity.WARNING

    def look(self, lab: Lab) -> Finding:
        """Hold the paired rise against its threshold."""
        if lab.run.best_epoch == lab.run.epochs:
            risen = Measurement.exact(RISE.name, 0.0, unit=RISE.unit)
            said = f"The run ended at its best checkpoint, epoch {lab.run.epochs}: there is no rise to judge."
            return Finding(evidence=(Evidence(measurement=risen, threshold=RISE),), message=said)
        indices = lab.sample(lab.split.validation, EXAMPLES)
        best, last = lab.losses(lab.trained(), indices), lab.losses(lab.last(), indices)
        risen = ratio(RISE.name, last - best, best, lab.groups(indices))
        change = (
            f"{signed(risen.value)} % (90 % interval {signed(risen.low)} to {signed(risen.high)} %) from epoch "
            f"{lab.run.best_epoch} to epoch {lab.run.epochs}, paired over {len(indices):,} validation examples"
        )
        return Finding.told(
            (Evidence(measurement=risen, threshold=RISE),),
            present=f"The rise is real: {change}. {who_carries_it(last - best)}",
            absent=f"There is no rise that matters: {change}.",
            undecided=f"The examples do not settle it: {change}.",
            advice=(
                "Keep the weights of the best checkpoint. The probe temperature tells "
                "whether the rise is only a matter of calibration."
            ),
        )


def who_carries_it(differences: Losses) -> str:
    """How many examples became worse, and how much of the rise the worst hundredth of them carries."""
    worse = 100 * float((differences > 0).mean())
    few = max(1, round(FEW * len(differences)))
    carried = 100 * float(np.sort(differences)[-few:].sum()) / float(differences.sum())
    example = "example carries" if few == 1 else "examples carry"
    return (
        f"{worse:.0f} % of the examples became worse; the {few} worst {example} {carried:.0f} % of the rise."
    )
