# SPDX-License-Identifier: Apache-2.0
"""How much does the validation loss rise when a little noise is added to the inputs?"""

from typing import Any, ClassVar

from goodfit.probes._intervals import ratio
from goodfit.probes._lab import Lab
from goodfit.probes._probe import Finding, NotApplicable, Probe
from goodfit.report.words import signed
from goodfit.training.disturbed import DisturbedExamples, NoSpreadError, input_spread
from goodfit.values import Evidence, Grade, Measurement, Severity, Source, Threshold

EXAMPLES = 2000  # validation examples; the rise is paired, so it is known far better than the loss
SPREAD_FROM = 2000  # training examples that tell the spread of each input
STRENGTHS = (0.1, 0.2, 0.4)  # of each input's own standard deviation: 1, 4 and 16 % of its variance

RISE = Threshold(
    name="rise under the weakest noise",
    value=10.0,
    unit="%",
    because=(
        "A convention of ours: noise of a tenth of the spread adds 1 % to the variance of each input, "
        "which is less than most instruments and encodings do; a tenth more loss is much for that."
    ),
)


class InputNoise(Probe):
    """Validation under noisy inputs."""

    name = "input-noise"
    question = "Does a little noise in the inputs already raise the loss?"
    summary = "Adds Gaussian noise of three strengths to the validation inputs and measures the loss of the best checkpoint."
    definition = (
        "x' = x + s * sd * e with e ~ N(0, 1), sd the standard deviation of each input over training examples, and "
        "s = .1, .2, .4; rise(s) = mean(loss(x') - loss(x)) / mean(loss(x)) with the 90 % interval of a paired mean. "
        "The weakest noise decides."
    )
    why = (
        "A function that changes much over distances far below the spread of the data fits details of its training "
        "examples; training with noise, or weight decay, makes it smoother."
    )
    limits = (
        "Where the loss is very low, a small absolute rise is a large share of it.",
        "Inputs that do not vary in the training examples get no noise.",
        "Noise in single inputs is not like the shifts that happen in practice: robust here is not robust to those.",
        "Inputs that are whole numbers name things, and noise means nothing for them.",
    )
    cost = "four passes over at most 2,000 validation examples"
    thresholds = (RISE,)
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            key="bishop1995training",
            place="abstract",
            says="training with input noise of small variance acts as a Tikhonov regulariser",
            grade=Grade.THEOREM,
        ),
    )
    settles = ("GF101",)
    since = "0.1"
    severity = Severity.NOTE

    def look(self, lab: Lab) -> Finding:
        """Hold the rise under the weakest noise against its threshold."""
        spread = spread_of(lab)
        rises = rises_under_noise(lab, spread)
        weakest = rises[0]
        curve = "; ".join(
            f"{signed(rise.value)} % ({signed(rise.low)} to {signed(rise.high)} %) at {strength:g}"
            for strength, rise in zip(STRENGTHS, rises, strict=True)
        )
        words = f"the validation loss changes by {curve} of the inputs' own standard deviation"
        return Finding.told(
            (Evidence(measurement=weakest, threshold=RISE),),
            present=f"A little noise harms: {words}.",
            absent=f"A little noise does not harm: {words}.",
            undecided=f"The examples do not settle it: {words}.",
            advice="Train with noisy or augmented inputs, or with weight decay, and compare.",
        )


def spread_of(lab: Lab) -> Any:
    """The standard deviation of every input over training examples, in the nesting of the inputs.

    Raises:
        NotApplicable: inputs are whole numbers, or differ in shape, or do not vary.
    """
    sample = lab.sample(lab.split.train, SPREAD_FROM)
    try:
        return input_spread(inputs for inputs, _ in lab.batches(sample))
    except NoSpreadError as reason:
        raise NotApplicable(str(reason)) from None


def rises_under_noise(lab: Lab, spread: Any) -> list[Measurement]:
    """The paired rise of the loss in per cent at each strength."""
    indices, model = lab.sample(lab.split.validation, EXAMPLES), lab.trained()
    plain, groups = lab.losses(model, indices), lab.groups(indices)
    found = []
    for strength in STRENGTHS:
        noisy = lab.losses(model, indices, examples=DisturbedExamples(lab.pool.examples, spread, strength))
        name = RISE.name if strength == STRENGTHS[0] else f"rise under noise of {strength:g}"
        found.append(ratio(name, noisy - plain, plain, groups))
    return found
