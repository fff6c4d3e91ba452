# SPDX-License-Identifier: Apache-2.0
"""Does training begin at chance, as it must when the untrained model knows nothing?"""

from math import hypot, log, sqrt
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from goodfit.probes._intervals import around, standard_error
from goodfit.probes._lab import Indices, Lab
from goodfit.probes._probe import Finding, NotApplicable, Probe
from goodfit.training.losses import chance_level
from goodfit.training.task import Loss
from goodfit.values import Direction, Evidence, Grade, Measurement, Outcome, Severity, Source, Threshold

SEEDS = 8  # initialisations; their spread goes into the interval
EXAMPLES = 1000  # of each split
TARGETS = 10_000  # training examples that tell what the best constant is

ABOVE = Threshold(
    name="initial loss over guessing",
    value=2.0,
    unit="times",
    because=(
        "A convention of ours: usual initialisations begin within a fifth of the loss of guessing; at twice that the first "
        "steps only undo the initial weights."
    ),
)
BELOW = Threshold(
    name="initial loss over the best constant",
    value=0.8,
    unit="times",
    direction=Direction.BELOW,
    because=(
        "No model that knows nothing does better than the best constant, on average over examples; a fifth below it "
        "leaves room for lucky initialisations."
    ),
)
APART = Threshold(
    name="difference between the splits before training",
    value=10.0,
    unit="% of the initial loss",
    because="A convention of ours: below a tenth a difference of the splits does not explain a gap.",
)


class InitialLoss(Probe):
    """The loss of untrained models, against chance and between the splits."""

    name = "initial-loss"
    question = "Does the untrained model begin far from chance, or differently on training and validation?"
    summary = (
        "Measures the loss of untrained models on both splits: it must be near chance, and the same on both."
    )
    definition = (
        "L = mean loss over 8 initialisations and at most 1,000 examples of a split. Guessing: log(classes) for "
        "cross-entropy, the variance of the targets for squared error. The best constant: the entropy of the class "
        "frequencies, or the same variance. Reported: L(training) / guessing, L(training) / constant, "
        "|L(training) - L(validation)| over the larger of constant and L(training)."
    )
    why = (
        "A start far above chance means a wrong scale of inputs, targets or last layer; one below it means that the answer "
        "is in the input; a gap before the first step cannot be overfitting."
    )
    limits = (
        "A pretrained model may rightly begin below chance.",
        "Chance is known for cross-entropy, squared, absolute and binary cross-entropy losses without class weights only.",
        "A shift between the splits that the untrained model does not feel is not seen; split-classifier looks for it.",
    )
    cost = "eight passes of untrained models over at most 1,000 examples of each split"
    thresholds = (ABOVE, BELOW, APART)
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            key="goodfellow2016deep",
            place="section 8.4",
            says="the scale of the initial weights decides whether signals vanish or explode at the start",
            grade=Grade.PRACTICE,
        ),
    )
    settles = ("GF105", "GF203", "GF106")
    since = "0.1"
    severity = Severity.WARNING
    uses_run = False

    def look(self, lab: Lab) -> Finding:
        """Hold the untrained losses against chance and against each other."""
        guess, constant = levels(lab)
        train, validation = (
            untrained(lab, lab.sample(part, EXAMPLES)) for part in (lab.split.train, lab.split.validation)
        )
        above = relative(ABOVE.name, train, guess)
        below = relative(BELOW.name, train, constant)
        apart = _apart(train, validation, constant)
        evidence = tuple(
            Evidence(measurement=measured, threshold=threshold)
            for measured, threshold in ((above, ABOVE), (below, BELOW), (apart, APART))
        )
        begins = (
            f"untrained models begin at {above.value:.2f} times the loss of guessing, and training and validation are "
            f"{apart.value:.1f} % apart"
        )
        said, advice = _told(evidence)
        return Finding.told(
            evidence,
            present=f"{said}: {begins}.",
            absent=f"Training begins where it should: {begins}.",
            undecided=f"The initialisations differ too much to tell: {begins}.",
            advice=advice,
            any_suffices=True,
        )


def levels(lab: Lab) -> tuple[float, float]:
    """Loss of guessing without knowing the class frequencies, and of the best constant.

    Raises:
        NotApplicable: chance is not known for this loss.
    """
    loss, targets = lab.prepared.task.loss, _targets(lab)
    found = [chance_level(loss, column) for column in targets]
    known = [level for level in found if level is not None]
    if len(known) < max(len(found), 1) or not any(known):
        raise NotApplicable(
            "The loss of chance is not known for this task: that takes cross-entropy, squared, absolute or binary "
            "cross-entropy loss without weights, numbers as targets, and more than one of them."
        )
    constant = sum(known) / len(known)
    return max(constant, _unknowing(loss, len(np.unique(targets[0])))), constant


def _targets(lab: Lab) -> list[NDArray[Any]]:
    """Columns of the training targets: classes all in one, and each number that is predicted on its own."""
    _, targets = lab.examples(lab.sample(lab.split.train, TARGETS))
    if not isinstance(targets, Tensor):
        return []
    if not targets.is_floating_point():
        whole = targets.flatten().cpu().numpy()
        return [whole[whole >= 0]]  # below 0 are ignored, as padding is
    return list(targets.reshape(len(targets), -1).T.double().cpu().numpy())


def _unknowing(loss: Loss, classes: int) -> float:
    """The loss of giving every class the same chance; 0 for losses that are not about classes."""
    if isinstance(loss, nn.CrossEntropyLoss) or loss is functional.cross_entropy:
        return log(classes)
    binary = isinstance(loss, nn.BCEWithLogitsLoss) or loss is functional.binary_cross_entropy_with_logits
    return log(2) if binary else 0.0


def untrained(lab: Lab, indices: Indices) -> NDArray[np.float64]:
    """Losses of untrained models, shape (seeds, examples)."""
    return np.stack([lab.losses(lab.fresh(seed), indices) for seed in range(SEEDS)])


def relative(name: str, losses: NDArray[np.float64], level: float) -> Measurement:
    """The mean loss over a level of chance; its interval covers other initialisations and other examples."""
    return around(name, float(losses.mean()) / level, _error(losses) / level, SEEDS, "times")


def _apart(train: NDArray[np.float64], validation: NDArray[np.float64], constant: float) -> Measurement:
    """How far the two splits differ, in per cent of chance or of the loss itself; the same initialisations see both."""
    gaps = train.mean(axis=1) - validation.mean(axis=1)
    over_examples = hypot(*(standard_error(each.mean(axis=0))[0] for each in (train, validation)))
    error = hypot(over_examples, float(gaps.std(ddof=1)) / sqrt(SEEDS))
    signed = around(APART.name, float(gaps.mean()), error, SEEDS, APART.unit)
    low = 0.0 if signed.low <= 0 <= signed.high else min(abs(signed.low), abs(signed.high))
    share = 100 / max(constant, float(train.mean()))
    return Measurement(
        name=APART.name,
        value=abs(signed.value) * share,
        low=low * share,
        high=max(abs(signed.low), abs(signed.high)) * share,
        unit=APART.unit,
        n=train.shape[1] + validation.shape[1],
    )


def _error(losses: NDArray[np.float64]) -> float:
    return hypot(standard_error(losses.mean(axis=0))[0], float(losses.mean(axis=1).std(ddof=1)) / sqrt(SEEDS))


def _told(evidence: tuple[Evidence, ...]) -> tuple[str, str]:
    """What was found first, and what to do about it."""
    above, below, _ = (each.outcome is Outcome.PRESENT for each in evidence)
    if above:
        return (
            "The start is far above chance",
            "Bring inputs and targets to mean 0 and spread 1, and begin with small weights in the last layer.",
        )
    if below:
        return (
            "The start is below chance, which an untrained model cannot know",
            "Unless the model is pretrained, look for the target among the inputs.",
        )
    return (
        "Training and validation differ before anything is learned",
        "The splits hold other data: compare how they were drawn; the probe split-classifier says how far apart they are.",
    )
