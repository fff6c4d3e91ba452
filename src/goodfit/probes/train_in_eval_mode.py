# SPDX-License-Identifier: Apache-2.0
"""What is the gap when training and validation loss are measured in the same way?"""

from dataclasses import replace
from math import hypot
from typing import ClassVar

from goodfit.probes._intervals import around, standard_error
from goodfit.probes._lab import Lab, Losses
from goodfit.probes._plain_view import plain_examples
from goodfit.probes._probe import Finding, Probe
from goodfit.probes._random_parts import inputs_differ
from goodfit.values import Evidence, Grade, Measurement, Outcome, Severity, Source, Threshold

EXAMPLES = 5000  # of training at least, where there are so many: the more, the less is left to chance

BLUR = Threshold(
    name="blur of the logged training loss",
    value=5.0,
    unit="% of the validation loss",
    because=(
        "A convention of ours: a training loss that is off by a twentieth of the validation loss "
        "makes a small gap large, or hides one."
    ),
)
DENIED = Threshold(
    name="true gap with the other sign than the logged one",
    value=1.0,
    unit="% of the validation loss",
    because="A convention of ours: a true gap below 1 % is none, and its sign says nothing.",
)


class TrainInEvalMode(Probe):
    """The training loss as validation measures it."""

    name = "train-in-eval-mode"
    question = "Does the logged training loss give a wrong picture of the gap?"
    summary = (
        "Measures the training loss of the best checkpoint as validation is measured: after the epoch, in evaluation mode, "
        "on a fixed sample of at least 5,000 examples and the size of the validation set. That gives the true gap."
    )
    definition = (
        "T = mean loss of the best checkpoint on the sample of the training examples, evaluation mode; V the same on "
        "validation; L = the training loss logged in that epoch, a mean over the epoch in training mode. True gap V - T, "
        "logged gap V - L, blur |L - T| / V. The gap's standard error is the root of the sum of both splits' squares. "
        "A blur alone is a note; a logged gap of the wrong sign is a warning."
    )
    why = (
        "Dropout, augmentation and the mean over an epoch raise the logged training loss; a gap that looks small, or "
        "negative, may be large, and every judgement that compares the two curves rests on it."
    )
    limits = (
        "It says how the loss is at the best checkpoint; at other epochs the blur may differ.",
        "Where random augmentation of the training data cannot be taken off, the training loss still holds its effect.",
        "A penalty that the loss function adds (label smoothing, class weights) is in both numbers and cancels only in part.",
    )
    cost = "one pass over the validation examples and one over as many training examples, 5,000 at least"
    thresholds = (BLUR, DENIED)
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            key="srivastava2014dropout",
            place="section 4",
            says="dropout acts in training only, so losses in the two modes are those of two different networks",
            grade=Grade.PRACTICE,
        ),
        Source(
            key="ioffe2015batch",
            place="section 3.1",
            says="batch norm normalises by the batch in training and by population statistics in inference",
            grade=Grade.PRACTICE,
        ),
    )
    settles = ("GF403", "GF408", "GF104", "GF102")
    since = "0.1"
    severity = Severity.WARNING

    def look(self, lab: Lab) -> Finding:
        """Hold the logged against the measured training loss, and the signs of both gaps against each other."""
        validation = lab.split.validation
        sample = lab.sample(lab.split.train, max(len(validation), EXAMPLES))
        augmented = inputs_differ(lab, sample)
        plain = plain_examples(lab) if augmented else None
        model = lab.trained()
        fitted = lab.losses(model, sample, examples=plain)
        held = lab.losses(model, validation)
        logged = lab.history.curves["train_loss"].values[lab.run.best_epoch - 1]
        gap = gap_of(lab, fitted, held)
        blur = Evidence(measurement=_blur(lab, logged, fitted, held), threshold=BLUR)
        denied = Evidence(measurement=_denied(logged, gap, held), threshold=DENIED)
        level = float(held.mean())
        words = (
            f"at the best checkpoint the true gap is {gap.value:+.3g} ({gap.low:+.3g} to {gap.high:+.3g}), "
            f"the logged one {level - logged:+.3g} (validation {level:.4g}, training {fitted.mean():.4g} "
            f"in evaluation mode and {logged:.4g} as logged)"
        )
        note = _note(augmented=augmented, replaced=plain is not None)
        told = Finding.told(
            (blur, denied),
            present=f"The logged training loss misleads: {words}.{note}",
            absent=f"The logged training loss tells the truth: {words}.{note}",
            undecided=f"Too few examples to tell: {words}.{note}",
            advice="Judge the gap by the training loss in evaluation mode, and log it so: model.eval(), after the epoch.",
            any_suffices=True,
        )
        return told if denied.outcome is Outcome.PRESENT else replace(told, severity=Severity.NOTE)


def gap_of(lab: Lab, fitted: Losses, held: Losses) -> Measurement:
    """Validation minus training loss with its interval; the two samples are independent of each other."""
    held_error, units = standard_error(held, lab.groups(lab.split.validation))
    error = hypot(held_error, standard_error(fitted)[0])
    return around("true gap", float(held.mean() - fitted.mean()), error, units, "loss")


def _blur(lab: Lab, logged: float, fitted: Losses, held: Losses) -> Measurement:
    """How far the logged loss is off; exact when the sample is the whole training set."""
    off = _in_shares(lab, BLUR.name, logged - float(fitted.mean()), fitted, held)
    ends = sorted((abs(off.low), abs(off.high)))
    low = 0.0 if off.low <= 0 <= off.high else ends[0]
    return replace(off, value=abs(off.value), low=low, high=ends[1])


def _denied(logged: float, gap: Measurement, held: Losses) -> Measurement:
    """The true gap where the logged one has the other sign; 0 where the log denies nothing."""
    level = float(held.mean())
    if gap.value * (level - logged) >= 0:
        return Measurement.exact(DENIED.name, 0.0, unit=DENIED.unit, n=gap.n)
    scale = 100 / abs(level)
    ends = (gap.low, gap.high) if gap.value > 0 else (-gap.high, -gap.low)
    low, high = (end * scale for end in ends)
    return Measurement(
        name=DENIED.name, value=abs(gap.value) * scale, low=low, high=high, unit=DENIED.unit, n=gap.n
    )


def _in_shares(lab: Lab, name: str, value: float, fitted: Losses, held: Losses) -> Measurement:
    """A loss in per cent of the validation loss; what is uncertain is the training examples left out."""
    error, units = standard_error(fitted)
    left_out = max(
        0.0, 1 - len(fitted) / len(lab.split.train)
    )  # the finite population: nothing is left out at 0
    scale = 100 / abs(float(held.mean()))
    return around(name, value * scale, error * left_out**0.5 * scale if left_out else 0.0, units, BLUR.unit)


def _note(*, augmented: bool, replaced: bool) -> str:
    if replaced:
        return " The training data change at each reading; they were read with the transform of the validation data."
    if augmented:
        return " The training data change at each reading, and no transform without randomness was found: this is their loss with augmentation."
    return ""
