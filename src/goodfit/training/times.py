# SPDX-License-Identifier: Apache-2.0
"""Splits by time: the test set is the latest, the validation set the latest of what is left, and nobody looks ahead.

A border always lies between two different times. With groups, an earlier example whose group also stands on the later
side is left out: it would tell what the later side looks like. Seeds differ by their training sample, a random part of
what lies before the validation set; the validation set is the same for all, because another one would be less late.
"""

from typing import Any

import numpy as np

from goodfit.errors import TaskError
from goodfit.training.examples import Indices
from goodfit.training.task import Task

SAMPLE_SHARE = 0.8  # of the earlier examples, for each seed: two seeds then share as much as without times


def times_of(task: Task, train: int, validation: int) -> Indices | None:
    """The rank of each example's time, training examples first; None when the task has no times.

    Raises:
        TaskError: the times do not fit the examples, cannot be put in order, or contradict another field.
    """
    if task.times is None:
        return None
    where = f"Task {task.name!r}"
    if not task.resample:
        raise TaskError(
            "times and resample=False are both given: the one draws sets by time, the other keeps the given ones",
            where=where,
            todo="leave one of them out",
        )
    ranks = _ranks(task.times, where)
    if len(ranks) != train + validation:
        together = (
            f", train and validation together {train + validation}" if validation else f", found {train}"
        )
        raise TaskError(
            f"times names {len(ranks)} examples{together}",
            where=where,
            todo="give one time per training example, those of a given validation set after them",
        )
    if validation and ranks[:train].max() >= ranks[train:].min():
        raise TaskError(
            "the given validation examples are not all later than the training examples",
            where=where,
            todo="give a validation set that begins after the last training example, or let goodfit cut it",
        )
    return ranks


def latest(indices: Indices, size: int, times: Indices, groups: Indices | None) -> tuple[Indices, Indices]:
    """Cut the latest off: (earlier, later), the border as near to `size` as examples of one time allow.

    Args:
        indices: examples, as places in `times` and `groups`.
        size: how many are to be cut off.
        times: rank of every example's time.
        groups: group of every example; the earlier examples of a group of the later side are left out of both.

    Raises:
        TaskError: there is no border, because all have the same time, or nothing is left before it.
    """
    order = indices[np.argsort(times[indices], kind="stable")]
    borders = np.flatnonzero(np.diff(times[order])) + 1  # places where a new time begins
    if not len(borders):
        raise TaskError(
            f"all {len(indices):,} examples that are to be divided by time have the same time",
            todo="give finer times, or leave times out",
        )
    border = borders[np.argmin(np.abs(len(order) - borders - size))]
    earlier, later = order[:border], order[border:]
    return np.sort(apart(earlier, later, groups)), np.sort(later)


def apart(earlier: Indices, later: Indices, groups: Indices | None) -> Indices:
    """The earlier examples whose group has none on the later side.

    Raises:
        TaskError: there are none.
    """
    if groups is None:
        return earlier
    kept = earlier[~np.isin(groups[earlier], groups[later])]
    if not len(kept):
        raise TaskError(
            "every group of the earlier examples also has later ones, so that nothing is left to train on",
            todo="leave times or groups out: they contradict each other here",
        )
    return kept


def _ranks(times: Any, where: str) -> Indices:
    values = np.asarray(times)
    if values.ndim != 1:
        raise TaskError(
            f"times has the shape {values.shape}", where=where, todo="give one number or date each"
        )
    try:
        missing = values != values  # NaN and NaT alone differ from themselves  # noqa: PLR0124
        if bool(np.any(missing)) or any(each is None for each in values.tolist()):
            raise TaskError("a time is missing (NaN, NaT or None)", where=where, todo="leave its example out")
        return np.unique(values, return_inverse=True)[1].astype(np.int64)
    except TypeError as error:
        raise TaskError(
            f"times cannot be put in order: {error}", where=where, todo="give numbers, or dates of one kind"
        ) from None
