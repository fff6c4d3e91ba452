# SPDX-License-Identifier: Apache-2.0
"""Batches of stacked arms: each seed has its own examples in its own order, and its arms share them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from goodfit.training.evaluate import to_device
from goodfit.training.examples import Examples, Indices
from goodfit.training.seeds import derive
from goodfit.training.session import Session
from goodfit.training.tree import tree_map


@dataclass(frozen=True, slots=True)
class Batch:
    """Inputs and targets of all arms: trees of tensors of shape (seeds, examples, *)."""

    inputs: Any
    targets: Any
    place: tuple[int, ...]  # of each arm's seed
    size: int  # examples of one arm

    @property
    def shared(self) -> bool:
        """Whether all arms see the same examples."""
        return len(set(self.place)) == 1

    def for_arms(self, tree: Any) -> Any:
        """Inputs or targets with a row for each arm: a view where all arms share them."""
        if self.shared:
            return tree_map(lambda tensor: tensor.expand(len(self.place), *tensor.shape[1:]), tree)
        if self.place == tuple(range(len(self.place))):
            return tree
        return tree_map(lambda tensor: tensor[list(self.place)], tree)


class Batches:
    """Cuts the pool into batches for the arms that `sessions` belong to."""

    def __init__(self, examples: Examples, sessions: Sequence[Session]) -> None:
        self._examples = examples
        self.keep(sessions)

    def keep(self, sessions: Sequence[Session]) -> None:
        """Cut for these arms from now on."""
        first: dict[int, Session] = {}
        for session in sessions:
            first.setdefault(session.settings.seed, session)
        seeds = list(first)
        self._of_seeds = list(first.values())
        self._place = tuple(seeds.index(session.settings.seed) for session in sessions)
        self._device = sessions[0].device

    def shuffled(self, epoch: int) -> Iterator[Batch]:
        """One pass over the training examples, in each seed's order of this epoch."""
        size = self._of_seeds[0].task.batch_size
        orders = [
            np.random.default_rng(derive(each.settings.seed, "order", epoch)).permutation(each.split.train)
            for each in self._of_seeds
        ]
        count = len(orders[0])
        starts = list(range(0, count, size))
        if len(starts) > 1 and count - starts[-1] == 1:
            starts.pop()  # as the loop does: batch norm cannot train on a single example
        return (self._batch([order[start : start + size] for order in orders]) for start in starts)

    def in_order(self, part: str, size: int) -> Iterator[Batch]:
        """The examples of a part of each seed's split, "train" or "validation", in batches of `size`."""
        rows: list[Indices] = [getattr(each.split, part) for each in self._of_seeds]
        return (
            self._batch([row[start : start + size] for row in rows]) for start in range(0, len(rows[0]), size)
        )

    def _batch(self, rows: list[Indices]) -> Batch:
        found = to_device(self._examples.batch(np.concatenate(rows)), self._device)
        inputs, targets = tree_map(lambda tensor: torch.unflatten(tensor, 0, (len(rows), -1)), found)
        return Batch(inputs, targets, self._place, len(rows[0]))
