# SPDX-License-Identifier: Apache-2.0
"""Does the same model say the same of the same examples twice?"""

from typing import ClassVar

import numpy as np

from goodfit.probes._lab import Lab, Losses
from goodfit.probes._probe import Finding, Probe
from goodfit.probes._random_parts import inputs_differ, suspects
from goodfit.values import Evidence, Grade, Measurement, Severity, Source, Threshold

EXAMPLES = 1000  # a fault that is there shows on a handful; the pass costs little

DIFFERENCE = Threshold(
    name="difference of two passes",
    value=0.1,
    unit="%",
    because=(
        "A convention of ours between two orders of magnitude: rounding in another order of summation stays below 0.01 % "
        "of the losses in 32-bit numbers, and even a drop rate of 0.01 moves them by more than 1 %."
    ),
)
ORDER = Threshold(
    name="difference in other batches",
    value=1.0,
    unit="%",
    because=(
        "A convention of ours: other batches may be summed by other kernels at lower precision (TF32, bfloat16), which "
        "moves losses by a few tenths of a per cent; batch norm in training mode moves them by several per cent."
    ),
)


class RepeatedEvaluation(Probe):
    """Three passes over the same validation examples after `model.eval()`."""

    name = "repeated-evaluation"
    question = "Do two evaluations of the same model on the same examples differ?"
    summary = (
        "Evaluates the finished model twice on the same validation examples, and once more in other batches: a model "
        "that ignores eval(), or data that change, cannot agree with themselves."
    )
    definition = (
        "a_i and b_i are the losses of example i in two passes after model.eval(), with random numbers drawn anew; "
        "the difference is rms(a - b) / rms(a). The third pass takes the examples in another order and in batches of 32."
    )
    why = (
        "When dropout is still on in evaluation, or batch norm still uses the batch, every validation number is "
        "noise on top of a wrong value; no threshold on a curve can make up for that."
    )
    limits = (
        "It evaluates with goodfit's own loop, which calls model.eval(); a loop of yours that forgets to is not seen.",
        "Randomness with a seed of its own, drawn the same at each call, agrees with itself and is not seen.",
        "The places named are found by reading flags and code; dropout behind two calls of functions is not found.",
    )
    cost = "three passes over at most 1,000 validation examples"
    thresholds = (DIFFERENCE, ORDER)
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            key="ioffe2015batch",
            place="section 3.1",
            says="in inference the output must depend on the input alone, so population statistics replace the batch's",
            grade=Grade.PRACTICE,
        ),
        Source(
            key="srivastava2014dropout",
            place="section 4",
            says="at test time all units are kept and the weights are scaled: the network is deterministic",
            grade=Grade.PRACTICE,
        ),
    )
    settles = ("GF408", "GF401", "GF104")
    since = "0.1"
    severity = Severity.ERROR

    def look(self, lab: Lab) -> Finding:
        """Hold the differences of three passes against float noise."""
        indices, model = lab.sample(lab.split.validation, EXAMPLES), lab.trained()
        first, again = lab.losses(model, indices), lab.losses(model, indices, turn=1)
        order = lab.generator("order").permutation(len(indices))
        mixed = lab.losses(model, indices[order], batch_size=1)
        other = np.empty_like(mixed)
        other[order] = mixed
        differ = Evidence(measurement=difference(DIFFERENCE.name, first, again), threshold=DIFFERENCE)
        batches = Evidence(measurement=difference(ORDER.name, first, other), threshold=ORDER)
        apart, moved = differ.measurement.value, batches.measurement.value
        over = f"over {len(indices):,} validation examples"
        changing = inputs_differ(lab, indices)
        cause = (
            "The inputs themselves change from one reading to the next (random augmentation in the validation data)."
            if changing
            else suspects(model)
        )
        return Finding.told(
            (differ, batches),
            present=f"Two evaluations differ by {apart:.2g} %, in other batches by {moved:.2g} % ({over}). {cause}",
            absent=f"Evaluations agree: to {apart:.1g} % in the same batches and {moved:.1g} % in others {over}.",
            undecided=f"The losses are not finite, so the passes cannot be compared ({over}).",
            advice=(
                "Give the validation data a transform without randomness."
                if changing
                else "Make the named part depend on self.training (F.dropout(x, p, self.training)), and evaluate again: "
                "the validation curve of this run cannot be trusted."
            ),
            any_suffices=True,
        )


def difference(name: str, one: Losses, other: Losses) -> Measurement:
    """Root mean square of the difference, in per cent of that of the losses; 0 where both are 0 throughout."""
    apart, size = np.sqrt(np.mean((one - other) ** 2)), np.sqrt(np.mean(one**2))
    return Measurement.exact(
        name, 100 * float(apart / size) if apart or not size else 0.0, unit="%", n=len(one)
    )
