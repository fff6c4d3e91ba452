# SPDX-License-Identifier: Apache-2.0
"""Are validation examples, or near copies of them, among the training examples?"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from goodfit.probes._intervals import share
from goodfit.probes._lab import Indices, Lab
from goodfit.probes._probe import Finding, NotApplicable, Probe
from goodfit.probes._random_parts import inputs_differ
from goodfit.probes._twins import View, marks, nearest, tensors, views
from goodfit.values import Evidence, Grade, Measurement, Outcome, Severity, Source, Threshold

MOST_MARKED = 200_000  # training examples whose bytes are compared
NEAR_TRAINING, NEAR_VALIDATION = 20_000, 2000  # examples between which distances are taken
NEAR = (
    0.1  # of the median distance between neighbours within training: far closer than neighbours usually are
)
CROWDED = 0.01  # share of training examples with so near a neighbour, beyond which nearness says nothing
ROUNDING = 0.01  # of the largest distance: what is closer is equal but for rounding
FEWEST = 20  # distances; a median of fewer says little

TWINS = Threshold(
    name="validation examples with a twin in training",
    value=1.0,
    unit="%",
    because=(
        "A convention of ours: one example in a hundred can move a loss by more than a per cent. "
        "CIFAR-10 and CIFAR-100 have 3 % and 10 % near copies of test images in training (Barz and Denzler 2020)."
    ),
)
CONFLICTS = Threshold(
    name="twins with another label",
    value=5.0,
    unit="% of the twins",
    because="A convention of ours: equal inputs with different labels set a floor to the loss that no model passes.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Twins:
    """What was found between two sets of examples."""

    exact: dict[int, int]  # validation example -> a training example with the same bytes
    near: dict[int, int]  # the same for near copies that are not exact
    looked_at: int  # validation examples whose bytes were compared
    looked_near: int  # validation examples whose distances were taken; 0: nearness says nothing here
    why_not_near: str  # a sentence, when distances were not judged


class Duplicates(Probe):
    """Exact and near copies between training and validation."""

    name = "duplicates"
    question = "Do validation examples have twins among the training examples?"
    summary = "Compares the inputs of both splits, byte by byte and by distance to the nearest neighbour."
    definition = (
        "Exact: equal bytes of all inputs. Near: a nearest training example within a tenth of the median distance between "
        "neighbours within training; distances of random projections to 256 coordinates, or 1 - shared / all of the "
        "neighbouring token pairs. Reported: share of validation examples with a twin, share of exact twins with "
        "another label."
    )
    why = (
        "A validation example that was trained on measures memory: the validation loss follows the training loss down, "
        "overfitting stays hidden, and the test result disappoints."
    )
    limits = (
        "Where inputs take few values (a handful of categories), equal inputs are to be expected and are no leak.",
        "Frames of one film or rows of one person are alike without being near copies: name groups in the Task for those.",
        "Cropped, mirrored or re-worded copies are not found.",
        "Of more than 200,000 training examples, a random part is compared; twins of the others are not counted.",
        "The locked test set is not looked at; copies of it in the training data that were seen while locking are told.",
    )
    cost = "one reading of the inputs, and distances between at most 20,000 training and 2,000 validation examples"
    thresholds = (TWINS, CONFLICTS)
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            key="barz2020do",
            place="abstract",
            says="3.3 % and 10 % of the test images of CIFAR-10 and CIFAR-100 have near copies in the training set",
            grade=Grade.SINGLE_STUDY,
        ),
    )
    settles = ("GF106", "GF105")
    since = "0.1"
    severity = Severity.ERROR
    uses_run = False

    def look(self, lab: Lab) -> Finding:
        """Hold the shares of twins and of conflicting labels against their thresholds."""
        validation = lab.sample(lab.split.validation, MOST_MARKED)
        if not tensors(lab.examples(validation[:1])[0]):
            raise NotApplicable("The inputs hold no tensors that could be compared.")
        found = twins_of(lab, lab.sample(lab.split.train, MOST_MARKED), validation)
        counted = Evidence(measurement=_share(lab, found), threshold=TWINS)
        conflicts = Evidence(measurement=_conflicts(lab, found), threshold=CONFLICTS)
        near = f"{len(found.near):,} near" if found.looked_near else "no near ones were looked for"
        words = (
            f"{len(found.exact):,} exact and {near} among {found.looked_at:,} validation examples"
            if found.looked_near
            else f"{len(found.exact):,} exact among {found.looked_at:,} validation examples; {near}"
        )
        note = f"{_labels(conflicts.measurement)}{found.why_not_near}{_seen_while_locking(lab)}"
        told = Finding.told(
            (counted, conflicts),
            present=f"Training and validation share examples: {words}.{note}",
            absent=f"The splits share hardly any example: {words}.{note}",
            undecided=f"The sample does not settle it: {words}.{note}",
            advice="Remove one of each pair, or name groups in the Task so that copies stay on one side; then train again.",
            any_suffices=True,
        )
        if counted.outcome is Outcome.PRESENT or told.outcome is not Outcome.PRESENT:
            return told
        return Finding(
            evidence=told.evidence,
            message=f"The few twins that there are disagree in their labels: {words}.{note}",
            advice="Look at these pairs: one label of each is wrong, or the inputs lack what decides.",
            severity=Severity.NOTE,
            any_suffices=True,
        )


def twins_of(lab: Lab, train: Indices, validation: Indices) -> Twins:
    """Find the twins; near ones within samples.

    Raises:
        NotApplicable: the inputs are random.
    """
    if inputs_differ(lab, train):
        raise NotApplicable(
            "The inputs change at each reading (random augmentation), so copies cannot be recognised."
        )
    owner = dict(zip(marks(lab, train), train.tolist(), strict=True))
    marked = zip(marks(lab, validation), validation.tolist(), strict=True)
    exact = {i: owner[mark] for mark, i in marked if mark in owner}
    rows, others = lab.sample(validation, NEAR_VALIDATION), lab.sample(train, NEAR_TRAINING)
    at, around = views(lab, rows, others)
    radius, why_not = near_radius(lab, around)
    if radius is None:
        return Twins(exact=exact, near={}, looked_at=len(validation), looked_near=0, why_not_near=why_not)
    distances, places = nearest(at, around)
    found = zip(rows.tolist(), others[places].tolist(), (distances < radius).tolist(), strict=True)
    near = {i: twin for i, twin, is_near in found if is_near and i not in exact}
    return Twins(exact=exact, near=near, looked_at=len(validation), looked_near=len(rows), why_not_near="")


def near_radius(lab: Lab, around: View) -> tuple[float | None, str]:
    """How close is far closer than usual; None with the reason where that cannot be said."""
    places = lab.generator("neighbours").permutation(len(around.rows))[:NEAR_VALIDATION]
    usual, _ = nearest(View(around.rows[places], around.are_sets), around, own=places)
    usual = usual[usual > ROUNDING * usual.max()]  # without the copies within training
    if len(usual) < FEWEST:
        return None, " Too few different training examples to say what is near."
    radius = NEAR * float(np.median(usual))
    if float((usual < radius).mean()) > CROWDED:
        return None, (
            " Near copies cannot be told: training examples lie that close to each other "
            "too (few or coarse input values, or near copies within training)."
        )
    return radius, ""


def _share(lab: Lab, found: Twins) -> Measurement:
    """Share of validation examples with a twin: exact copies alone, or with near ones where those were looked for."""
    size = len(lab.split.validation)
    if not found.near or found.looked_near == size:
        return share(TWINS.name, len(found.exact) + len(found.near), found.looked_at, of=size)
    rows = set(lab.sample(lab.sample(lab.split.validation, MOST_MARKED), NEAR_VALIDATION).tolist())
    return share(TWINS.name, len(found.near) + len(rows & found.exact.keys()), found.looked_near, of=size)


def _conflicts(lab: Lab, found: Twins) -> Measurement:
    """Share of exact twins whose labels differ; none where there are no labels or no twins."""
    labels, pairs = lab.pool.labels, found.exact.items()
    if labels is None or not pairs:
        return Measurement.exact(CONFLICTS.name, 0.0, unit=CONFLICTS.unit)
    differ = sum(int(labels[one] != labels[other]) for one, other in pairs)
    return Measurement.exact(CONFLICTS.name, 100 * differ / len(pairs), unit=CONFLICTS.unit, n=len(pairs))


def _labels(conflicts: Measurement) -> str:
    if not conflicts.n:
        return ""
    return f" {conflicts.value:.0f} % of the exact twins have different labels."


def _seen_while_locking(lab: Lab) -> str:
    """What loading the task noticed about the test set; it is not opened for this."""
    note = lab.prepared.holdout.note
    return f" Test set: {note}." if "training data too" in note else ""
