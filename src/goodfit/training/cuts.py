# SPDX-License-Identifier: Apache-2.0
"""Cutting a set of examples in two: whole groups, or classes in their shares, or at random."""

from typing import Any

import numpy as np

from goodfit.training.examples import Indices

Chosen = np.ndarray[Any, np.dtype[np.bool_]]


def cut(
    indices: Indices, size: int, labels: Indices | None, groups: Indices | None, *, seed: int
) -> tuple[Indices, Indices]:
    """Cut about `size` of the indices off: (rest, cut), both in the order of `indices`.

    Args:
        indices: examples, as places in `labels` and `groups`.
        size: how many to cut off; a grouped cut comes as near as whole groups allow.
        labels: class of every example; the cut keeps each class's share to within one example.
        groups: group of every example; a group is never divided, and goes before labels.
        seed: of the draw.
    """
    draws = np.random.default_rng(seed)
    if groups is not None:
        chosen = _whole_groups(groups[indices], size, draws)
    elif labels is not None:
        chosen = _by_class(labels[indices], size, draws)
    else:
        chosen = np.zeros(len(indices), dtype=bool)
        chosen[draws.permutation(len(indices))[:size]] = True
    return indices[~chosen], indices[chosen]


def _by_class(labels: Indices, size: int, draws: np.random.Generator) -> Chosen:
    order = draws.permutation(len(labels))
    ranked = order[np.argsort(labels[order], kind="stable")]  # classes in blocks, random within a block
    places = (np.arange(size) + draws.random()) * len(labels) / size  # evenly spaced over the blocks
    chosen = np.zeros(len(labels), dtype=bool)
    chosen[ranked[places.astype(np.int64)]] = True
    return chosen


def _whole_groups(groups: Indices, size: int, draws: np.random.Generator) -> Chosen:
    """Take groups in random order, each that still fits; one at least, and never all."""
    names, counts = np.unique(groups, return_counts=True)
    order = draws.permutation(len(names))
    taken, total = list[int](), 0
    for i in order:
        if total + counts[i] <= size and len(taken) < len(names) - 1:
            taken.append(int(i))
            total += int(counts[i])
    if not taken and len(names) > 1:
        taken = [int(order[np.argmin(counts[order])])]
    return np.isin(groups, names[taken])
