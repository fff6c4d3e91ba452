# SPDX-License-Identifier: Apache-2.0
"""What the ways that train anew have in common: the user's best checkpoint, stages, and the answer they give."""

from collections.abc import Iterable
from copy import deepcopy

import numpy as np
from dose_bed import Bed, Course, Picked

from goodfit.nn import ShareOfRate, random_rates_
from goodfit.values import Patience

SHORT = Patience(
    floor=3, share=0.3
)  # of one stage among several: a stage that is cut too early is gone on from anyway


def own_best(bed: Bed) -> Course:
    """The user's own run at its best checkpoint, with its optimiser: there before any search, and free."""
    course = Course(bed, 0.0).run(bed.own.best() + 1)
    return forked(course)


def forked(course: Course) -> Course:
    """A copy that remembers nothing of the epochs before but their number, which the order of batches follows from."""
    copied = deepcopy(course)
    copied.validation, copied.test, copied.losses, copied.seconds = [], [], [], []
    return copied


def drop_at(course: Course, rate: float) -> Course:
    """Set the rate of all places."""
    for site in course.sites:
        site.p = rate
    return course


def randomly(course: Course, shares: ShareOfRate | None = None) -> Course:
    """Let each example draw its own rate, up to that of the places."""
    random_rates_(course.model, shares)
    return course


def train_on(course: Course, epochs: int, patience: Patience | None = None) -> Course:
    """Train up to `epochs` more epochs; patience counts from the first one since the course was forked."""
    most = len(course.validation) + epochs
    while len(course.validation) < most:
        course.epoch()
        best = int(np.argmin(np.nan_to_num(course.validation, nan=np.inf))) + 1
        if patience is not None and patience.is_over(best, len(course.validation)):
            break
    return course


def to_best(course: Course, epochs: int, patience: Patience) -> tuple[Course, Course]:
    """Train on as `train_on` does: (the course at its end, a copy at its best checkpoint)."""
    best, lowest = None, np.inf
    for _ in range(epochs):
        course.epoch()
        if course.validation[-1] < lowest:
            best, lowest = deepcopy(course), course.validation[-1]
        at = int(np.argmin(course.validation)) + 1
        if patience.is_over(at, len(course.validation)):
            break
    return course, best if best is not None else course


def answer(bed: Bed, tried: Iterable[Course], note: str = "", extra: float = 0.0) -> Picked:
    """The best checkpoint of all that was trained, or the user's own where nothing is better; all of it costs.

    Args:
        bed: where it was trained.
        tried: courses, each with the epochs that it trained itself.
        note: goes with the answer.
        extra: further cost in epochs.
    """
    found = [course.picked() for course in tried]
    own = bed.own.best()
    kept = Picked(0.0, 0, 0.0, float(bed.own.validation[own]), float(bed.own.test[own]))
    best = min([kept, *found], key=lambda each: each.validation)
    return Picked(
        best.rate,
        round(sum(each.epochs for each in found) + extra),
        sum(each.seconds for each in found),
        best.validation,
        best.test,
        note,
    )
