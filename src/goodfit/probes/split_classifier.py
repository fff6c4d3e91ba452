# SPDX-License-Identifier: Apache-2.0
"""Can a classifier tell validation inputs from training inputs?"""

from typing import ClassVar

import numpy as np

from goodfit.probes._lab import Indices, Lab
from goodfit.probes._probe import Finding, NotApplicable, Probe
from goodfit.probes._random_parts import inputs_differ
from goodfit.probes._telling_apart import area, features, held_out_scores, waves
from goodfit.probes._twins import marks, tensors
from goodfit.values import Evidence, Grade, Measurement, Severity, Source, Threshold

EXAMPLES = 1500  # of each split; enough for an interval of about two hundredths
FEWEST = 20  # of each split; fewer teach a classifier nothing

STRAIGHT = Threshold(
    name="area under the curve, linear view",
    value=0.6,
    because=(
        "A convention: .5 is chance, and below .6 a classifier orders fewer than three of five pairs rightly, "
        "too little of a difference to move a loss much."
    ),
)
BENT = Threshold(
    name="area under the curve, nonlinear view",
    value=0.6,
    because="The same convention as for the linear view; differences in spread show only here.",
)


class SplitClassifier(Probe):
    """Classify examples by the split they are from."""

    name = "split-classifier"
    question = "Do the validation inputs come from another distribution than the training inputs?"
    summary = "Trains a small classifier to tell validation from training inputs, and tests it on examples it did not see."
    definition = (
        "Inputs (at most 1,500 of each split) become 64 standardised principal components, tokens a hashed bag of "
        "neighbouring pairs first. Ridge logistic regression on these, and on them with 128 random Fourier features; "
        "scores by 5-fold cross-validation, equal inputs and groups whole in one fold. "
        "AUC with the 90 % interval of Hanley and McNeil over distinct inputs (or groups)."
    )
    why = (
        "A gap between the losses may come from overfitting or from validation data of another kind; "
        "a regulariser treats the first and does nothing for the second."
    )
    limits = (
        "It sees inputs, not labels: another relation between input and label stays hidden.",
        "A linear and a mildly nonlinear view: subtle differences between images or texts escape it.",
        "A difference that the model does not use harms nothing; it says that there is one, not that it costs.",
        "Validation data of other persons or a later time differ by design, and then a finding is no fault.",
    )
    cost = "one reading of at most 3,000 inputs and ten small regressions"
    thresholds = (STRAIGHT, BENT)
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            key="lopezpaz2017revisiting",
            place="section 3",
            says="two samples are of one distribution when no classifier tells held-out parts of them apart",
            grade=Grade.REPLICATED,
        ),
        Source(
            key="rabanser2019failing",
            place="section 3",
            says="compares ways to detect shifts of the inputs, a domain classifier among them",
            grade=Grade.SINGLE_STUDY,
        ),
        Source(
            key="hanley1982meaning",
            place="section on the standard error",
            says="the standard error of the area under the curve from its value and the two sample sizes",
            grade=Grade.THEOREM,
        ),
    )
    settles = ("GF105", "GF102", "GF106")
    since = "0.1"
    severity = Severity.WARNING
    uses_run = False

    def look(self, lab: Lab) -> Finding:
        """Hold the areas of both views against their thresholds."""
        train = lab.sample(lab.split.train, EXAMPLES)
        validation = lab.sample(lab.split.validation, EXAMPLES)
        refuse(lab, train, validation)
        straight, bent = areas(lab, train, validation)
        words = (
            f"area under the curve {straight.value:.3f} ({straight.low:.3f} to {straight.high:.3f}) linear, "
            f"{bent.value:.3f} ({bent.low:.3f} to {bent.high:.3f}) nonlinear, .5 is chance; "
            f"{len(train):,} training and {len(validation):,} validation examples"
        )
        return Finding.told(
            (Evidence(measurement=straight, threshold=STRAIGHT), Evidence(measurement=bent, threshold=BENT)),
            present=f"Validation inputs can be told from training inputs: {words}.",
            absent=f"The inputs of both splits look alike: {words}.",
            undecided=f"The examples do not settle it: {words}.",
            advice=(
                "Compare how the two were collected and preprocessed. If both are to be of one kind, split them anew at random; "
                "else train on data like those that the model will meet."
            ),
            any_suffices=True,
        )


def refuse(lab: Lab, train: Indices, validation: Indices) -> None:
    """Say so when the inputs cannot be compared.

    Raises:
        NotApplicable: too few examples, no tensors, or training inputs that augmentation changes.
    """
    if min(len(train), len(validation)) < FEWEST:
        raise NotApplicable(
            f"There are {len(train)} training and {len(validation)} validation examples; {FEWEST} of each are needed."
        )
    if not tensors(lab.examples(validation[:1])[0]):
        raise NotApplicable("The inputs hold no tensors that could be compared.")
    if inputs_differ(lab, train) or inputs_differ(lab, validation):
        raise NotApplicable(
            "The inputs change at each reading (random augmentation), by which training could be told from validation."
        )


def areas(lab: Lab, train: Indices, validation: Indices) -> tuple[Measurement, Measurement]:
    """The area under the curve by the linear and by the nonlinear view.

    Raises:
        NotApplicable: all inputs are the same.
    """
    rows = features(lab, train, validation)
    if not rows.shape[1]:
        raise NotApplicable("All inputs are the same.")
    is_validation = np.arange(len(rows)) >= len(train)
    units = units_of(lab, np.concatenate([train, validation]))
    found = []
    for threshold, view in ((STRAIGHT, rows), (BENT, waves(rows, lab.generator("waves")))):
        scores = held_out_scores(view, is_validation, units, lab.generator("folds"))
        found.append(area(threshold.name, scores, is_validation, units))
    return found[0], found[1]


def units_of(lab: Lab, indices: Indices) -> Indices:
    """What is independent: groups where the task names them, else distinct inputs."""
    groups = lab.groups(indices)
    if groups is not None:
        return np.unique(groups, return_inverse=True)[1].reshape(-1).astype(np.int64)
    names: dict[bytes, int] = {}
    return np.array([names.setdefault(mark, len(names)) for mark in marks(lab, indices)], dtype=np.int64)
