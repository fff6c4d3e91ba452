# SPDX-License-Identifier: Apache-2.0
"""Would more training data help: how much worse is the model with half of them?"""

from dataclasses import replace
from typing import ClassVar

import numpy as np

from goodfit.probes._intervals import ratio
from goodfit.probes._lab import Indices, Lab
from goodfit.probes._probe import Finding, NotApplicable, Probe
from goodfit.report.words import signed
from goodfit.training import Patience, Pool, Settings, Task, Trained
from goodfit.values import Evidence, Grade, Severity, Source, Threshold

FEWEST = 20  # training examples; half of fewer is hardly a training

FALL = Threshold(
    name="fall of the loss from half to all of the data",
    value=10.0,
    unit="%",
    because=(
        "A convention of ours: trainings that differ only in their seed often differ by a few per cent, and there is one "
        "training on each side here; error that falls with the power .15 of the data falls by 10 % at each doubling."
    ),
)


class HalfData(Probe):
    """The same training on half of the examples."""

    name = "half-data"
    question = "Is the model limited by the amount of training data?"
    summary = "Trains anew on half of the training examples, with the same validation set, and compares the best checkpoints."
    definition = (
        "h_i and f_i: loss of validation example i at the best checkpoint of the training on half and on all of the "
        "examples; the fall is mean(h - f) / mean(h) with the 90 % interval of a paired mean. The half gets twice the epochs, "
        "so as many steps, unless a scheduler is set, and stops when its minimum is old."
    )
    why = (
        "When the last doubling of the data took much off the loss, the next one probably takes off something too; "
        "when it took off nothing, collecting data is in vain."
    )
    limits = (
        "One training on each side: the interval is about other validation examples, not about another seed.",
        "What the last doubling gave does not promise what the next one gives: curves level off.",
        "With a scheduler the half is trained for as many epochs, so for half of the steps, and may be too short.",
        "Both checkpoints were chosen on the validation examples.",
    )
    cost = "a training on half of the examples, stopped early: about one run at most"
    thresholds = (FALL,)
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            key="hestness2017deep",
            place="abstract",
            says="generalisation error falls as a power of the training set size, over several fields and models",
            grade=Grade.REPLICATED,
        ),
    )
    settles = ("GF102", "GF101")
    since = "0.1"
    severity = Severity.NOTE

    def look(self, lab: Lab) -> Finding:
        """Hold the paired fall from half to all of the data against its threshold."""
        if len(lab.split.train) < FEWEST:
            raise NotApplicable(
                f"There are only {len(lab.split.train)} training examples; half of them train nothing."
            )
        validation = lab.split.validation
        half = train_on_half(lab)
        halved, full = lab.losses(lab.loaded(half.state), validation), lab.losses(lab.trained(), validation)
        fall = ratio(FALL.name, halved - full, halved, lab.groups(validation))
        words = (
            f"from {len(half_of(lab)):,} to {len(lab.split.train):,} training examples the best validation loss falls by "
            f"{fall.value:.3g} % (90 % interval {signed(fall.low)} to {signed(fall.high)} %), "
            f"from {halved.mean():.4g} to {full.mean():.4g}"
        )
        note = _note(lab, half)
        return Finding.told(
            (Evidence(measurement=fall, threshold=FALL),),
            present=f"More data would probably help: {words}.{note}",
            absent=f"More data of this kind would change little: {words}.{note}",
            undecided=f"The examples do not settle it: {words}.{note}",
            advice="Collect or augment training data before you change the model; then a regulariser, which stands in for data.",
        )


def half_of(lab: Lab) -> Indices:
    """A random half of the training examples; groups stay whole, classes keep their shares."""
    train = lab.split.train
    draws = lab.generator("half")
    if lab.pool.groups is not None:
        names = draws.permutation(np.unique(lab.pool.groups[train]))
        half = train[np.isin(lab.pool.groups[train], names[: max(1, len(names) // 2)])]
        return np.sort(half)
    order = draws.permutation(train)
    if lab.pool.labels is not None:  # every other example of each class
        order = order[np.argsort(lab.pool.labels[order], kind="stable")]
    return np.sort(order[::2])


def pool_of(lab: Lab, train: Indices) -> Pool:
    """The pool in which the own seed trains on these examples and validates as the user's own run does."""
    validation = lab.split.validation
    return replace(
        lab.pool,
        indices=np.concatenate([train, validation]),
        given_validation=len(validation),
        keeps_validation=True,
    )


def train_on_half(lab: Lab) -> Trained:
    """Train on half of the examples, with as many steps where that can be had."""
    return lab.train(_task(lab), pool_of(lab, half_of(lab)), Settings(seed=lab.seed, patience=Patience()))


def _task(lab: Lab) -> Task:
    task = lab.prepared.task
    return task if task.scheduler is not None else replace(task, epochs=2 * task.epochs)


def _note(lab: Lab, half: Trained) -> str:
    late = [
        name for name, run in (("the half", half.run), ("the whole", lab.run)) if run.best_epoch == run.epochs
    ]
    return (
        f" Still improving at its last epoch: {' and '.join(late)}, so the comparison is not final."
        if late
        else ""
    )
