# SPDX-License-Identifier: Apache-2.0
"""Are the true labels learned faster than labels that were shuffled?"""

from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from goodfit.probes._intervals import around, ratio, standard_error
from goodfit.probes._lab import Indices, Lab, Losses
from goodfit.probes._probe import Finding, NotApplicable, Probe
from goodfit.training import Examples, Settings
from goodfit.training.losses import chance_level
from goodfit.values import Evidence, Grade, Severity, Source, Threshold

MOST_EPOCHS = 10  # of each training
EXAMPLES = 5000  # training examples whose losses are compared
HALFWAY = (
    0.5  # of the own run's whole fall: there two speeds differ most clearly, later both may have fitted all
)
LEAST_FALL = 0.005  # of the loss of a guess; below it nothing was learned whose speed could be compared

SPEED = Threshold(
    name="fit of shuffled labels against true ones",
    value=80.0,
    unit="%",
    because=(
        "A convention of ours: labels that the inputs explain are fitted several times faster than noise; "
        "four fifths of the speed leaves nothing that the inputs explain."
    ),
)


class RandomLabels(Probe):
    """A short training on shuffled labels beside one on the true labels."""

    name = "random-labels"
    question = "Are shuffled labels fitted as fast as the true ones, so that no signal is learned?"
    summary = "Trains for a few epochs on shuffled training labels and compares with the true ones after as many epochs."
    definition = (
        "E = first epoch in which the own run has done half of its fall of training loss, at most 10. "
        "t_i and r_i: loss of training example i after E epochs on true and on shuffled labels, evaluation mode; c: loss of "
        "the best constant answer, or of the untrained model where that is unknown. Fit = mean(c - r) / mean(c - t), "
        "with the 90 % interval of a ratio."
    )
    why = (
        "A large network can fit anything, noise too, so a low training loss proves no signal. "
        "Signal shows in the speed: true labels are fitted faster than shuffled ones."
    )
    limits = (
        "One shuffling and one seed: the interval is about examples, not about other shufflings.",
        "That shuffled labels are fitted at all, only slower, is usual and no fault.",
        "Inputs that hold their answer by mistake (a leak) are fitted fast too.",
        "Where targets depend on each other (sequences given as inputs and targets), shuffling breaks more than the labels.",
    )
    cost = "two trainings of at most 10 epochs"
    thresholds = (SPEED,)
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            key="zhang2017understanding",
            place="section 2",
            says="networks fit random labels to zero training error; it takes them longer than true labels",
            grade=Grade.REPLICATED,
        ),
    )
    settles = ("GF203", "GF102")
    since = "0.1"
    severity = Severity.WARNING

    def look(self, lab: Lab) -> Finding:
        """Hold the speed of fitting shuffled labels, relative to the true ones, against its threshold."""
        guess = guessing(lab)
        epochs = halfway(lab, guess)
        sample = lab.sample(lab.split.train, EXAMPLES)
        shuffled = ShuffledTargets(lab.pool.examples, lab.split.train, lab.generator("shuffled labels"))
        true = after(lab, lab.pool.examples, epochs, sample)
        noise = after(lab, shuffled, epochs, sample)
        error, units = standard_error(true, lab.groups(sample))
        learned = around("fall on the true labels", guess - float(true.mean()), error, units, "loss")
        if not learned.low > LEAST_FALL * abs(guess):
            raise NotApplicable(
                f"After {epochs} epochs the training loss is {true.mean():.4g}, no better than a guess at {guess:.4g}: "
                "nothing was fitted whose speed could be compared."
            )
        speed = ratio(SPEED.name, guess - noise, guess - true, lab.groups(sample))
        words = (
            f"after {epochs} epochs the training loss is {true.mean():.4g} on the true labels and {noise.mean():.4g} on "
            f"shuffled ones (a guess gives {guess:.4g}), {speed.value:.0f} % of the fall "
            f"({speed.low:.0f} to {speed.high:.0f} %)"
        )
        return Finding.told(
            (Evidence(measurement=speed, threshold=SPEED),),
            present=f"Shuffled labels are fitted as fast as the true ones: {words}.",
            absent=f"The true labels are fitted faster, so the inputs say something about them: {words}.",
            undecided=f"The examples do not settle it: {words}.",
            advice="Check that inputs and targets belong together (order, joins, file names) before you tune anything.",
        )


class ShuffledTargets:
    """Examples whose targets were exchanged at random among the training examples."""

    def __init__(self, examples: Examples, train: Indices, draws: np.random.Generator) -> None:
        self.examples = examples
        self.owner = np.arange(len(examples), dtype=np.int64)
        self.owner[train] = draws.permutation(train)

    def __len__(self) -> int:
        return len(self.examples)

    def batch(self, indices: Indices) -> tuple[Any, Any]:
        """The inputs of these examples with the targets of others."""
        return self.examples.batch(indices)[0], self.examples.batch(self.owner[indices])[1]

    def targets(self) -> np.ndarray[Any, Any] | None:
        """The exchanged targets, where they are single numbers."""
        found = self.examples.targets()
        return None if found is None else found[self.owner]


def guessing(lab: Lab) -> float:
    """The loss of the best constant answer on the training examples, else that of the untrained model."""
    targets = lab.pool.examples.targets()
    known = chance_level(lab.task.loss, None if targets is None else targets[lab.split.train])
    if known is not None:
        return known
    return float(lab.losses(lab.fresh(), lab.sample(lab.split.train, EXAMPLES)).mean())


def halfway(lab: Lab, guess: float) -> int:
    """The first epoch of the own run that has done half of the run's fall, at most MOST_EPOCHS."""
    course = np.asarray(lab.history.curves["train_loss_eval"].values)
    reached = np.flatnonzero(course <= guess - HALFWAY * (guess - course.min()))
    first = int(reached[0]) + 1 if len(reached) and course.min() < guess else len(course)
    return min(first, MOST_EPOCHS)


def after(lab: Lab, examples: Examples, epochs: int, sample: Indices) -> Losses:
    """Training losses after so many epochs on these examples, by the user's own recipe."""
    pool = replace(lab.pool, examples=examples)
    trained = lab.train(lab.prepared.task, pool, Settings(seed=lab.seed, max_epochs=epochs))
    return lab.losses(lab.loaded(trained.last), sample, examples=examples)
