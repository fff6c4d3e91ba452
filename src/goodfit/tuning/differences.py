# SPDX-License-Identifier: Apache-2.0
"""How far two arms of a search lie apart, and what that is measured against.

Where every validation example has its loss, the difference is paired over examples. A command logs curves alone: then
the best evaluations are compared, and the yardstick is the noise between evaluations around each curve's trend. That is
what one evaluation owes to its moment; it says nothing of what another seed would give.
"""

from collections.abc import Sequence
from math import hypot, isnan

from goodfit.measures import evaluation_error
from goodfit.proof import paired_difference
from goodfit.values import Measurement, Run

VALIDATION = "val_loss"
TOO_FEW = (
    "The curves have too few evaluations to tell their noise: the value with the lowest validation loss was taken, "
    "and the next seed may prefer another."
)
UNMOVED = "of the other values logged the curves of your own to the last digit: make sure that the script reads its value."
ONE_SEED = (
    "A command logs no losses per example, so ± is the noise between evaluations, at one seed: what another seed "
    "would give is not in it."
)


def difference(a: Run, b: Run) -> Measurement:
    """Validation loss of `a` less that of `b`, with one standard error on each side; positive: `b` is better.

    Without losses per example the error is the noise of both curves, added in squares; NaN under 5 evaluations.
    """
    if a.per_example and b.per_example:
        return paired_difference(a, b)
    value = a.score - b.score
    error = hypot(*(evaluation_error(run.history.curves[VALIDATION]) for run in (a, b)))
    return Measurement(
        name="validation-loss-difference",
        value=value,
        low=value - error,
        high=value + error,
        unit="loss",
        n=min(a.epochs, b.epochs),
    )


def yardstick(run: Run) -> str:
    """What differences of such runs are measured against, as a phrase."""
    return "one paired standard error" if run.per_example else "the noise between evaluations"


def notes_on(gain: Measurement, own: Run, others: Sequence[Run]) -> tuple[str, ...]:
    """What has to be said of the yardstick, and of a command that takes no notice of a value."""
    if own.per_example:
        return ()
    deaf = [run for run in others if run.history.curves == own.history.curves]
    said = TOO_FEW if isnan(gain.low) else ONE_SEED
    return (said, f"{len(deaf)} {UNMOVED}") if deaf else (said,)
