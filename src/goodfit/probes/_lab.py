# SPDX-License-Identifier: Apache-2.0
"""What a probe may use: the task, its data, and the user's own run, trained once and shared by all probes.

    lab.trained(), lab.last(), lab.fresh()     # a model of its own at each call: a probe may hook or change it
    lab.sample(lab.split.validation, 500)      # the same 500 examples whenever they are asked for
    lab.losses(model, indices)                 # one loss an example, evaluation mode
    lab.train(replace(lab.task, epochs=3))     # a training of the probe's own; it is not kept

Indices are places in `pool.examples`, as in `split`. The locked test set is not in the pool.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from goodfit.errors import DivergedError
from goodfit.execution import Job, RunStore, StoredRun, carry_out
from goodfit.training import (
    OWN_SEED,
    Examples,
    OnEpoch,
    Pool,
    Settings,
    Split,
    Task,
    TaskSource,
    Trained,
    build_model,
    choose_device,
    draw,
    evaluate,
    on_device,
    own_randomness,
    prepare,
    train,
)
from goodfit.training.evaluate import forward, to_device
from goodfit.training.seeds import derive, seed_everything
from goodfit.training.tree import tree_map
from goodfit.values import History, Run

Indices: TypeAlias = NDArray[np.int64]
Losses: TypeAlias = NDArray[np.float64]
BATCH = 256  # examples a batch of outputs; few enough for the memory of any machine


class Lab:
    """One task, ready to be experimented on.

    Args:
        source: the task.
        store: folder of finished runs; the user's own run is taken from there, or trained into it.
        on_epoch: called after every epoch of the user's own run while it trains, for progress.

    Raises:
        TaskError: the task cannot be loaded, or its data cannot be used.
    """

    def __init__(self, source: TaskSource, store: Path, on_epoch: OnEpoch | None = None) -> None:
        self.source, self.store, self.on_epoch = source, store, on_epoch
        self.prepared = prepare(source)
        self.seed = OWN_SEED
        self.device: torch.device = choose_device(self.prepared.task.device)
        self.task: Task = on_device(self.prepared.task, self.device)
        self.pool: Pool = self.prepared.pool
        self.split: Split = draw(self.task, self.pool, self.seed)
        self.training_seconds = 0.0  # spent on the user's own run

    @property
    def run(self) -> Run:
        """The user's own run: trained to its planned end, or found in the store.

        Raises:
            DivergedError: a loss became NaN or infinite.
        """
        return self._stored.run

    @property
    def history(self) -> History:
        """The curves of the user's own run, with its context."""
        return self.run.history

    def trained(self) -> nn.Module:
        """The model at its best checkpoint by validation, in evaluation mode; another copy at each call."""
        return self.loaded(self._stored.weights())

    def last(self) -> nn.Module:
        """The model as its training ended, in evaluation mode; another copy at each call."""
        return self.loaded(self._last_weights)

    def fresh(self, seed: int | None = None) -> nn.Module:
        """The untrained model at a seed's initialisation (None: that of the user's own run), in evaluation mode."""
        with self._seeded("fresh"):
            settings = Settings(seed=self.seed if seed is None else seed)
            return build_model(self.task, settings).to(self.device).eval()

    def losses(
        self,
        model: nn.Module,
        indices: Indices,
        *,
        examples: Examples | None = None,
        turn: int = 0,
        batch_size: int | None = None,
    ) -> Losses:
        """The loss of each example in evaluation mode, in the order of the indices, as the task's loss weighs it.

        Args:
            model: of this task.
            indices: which examples.
            examples: what the indices point into; None: the pool's.
            turn: another number lets whatever draws at random draw anew.
            batch_size: as if the task trained with it: smaller ones are evaluated in smaller batches too.
        """
        with self._seeded("losses", turn):
            plain = replace(self.task, metric=None, batch_size=batch_size or self.task.batch_size)
            examples = examples or self.pool.examples
            return evaluate(model, plain, examples, indices, self.device).losses

    def examples(self, indices: Indices, *, turn: int = 0) -> tuple[Any, Any]:
        """Inputs and targets of the given examples in one batch, on the device; at another turn drawn anew."""
        with self._seeded("examples", turn):
            batch: tuple[Any, Any] = to_device(self.pool.examples.batch(indices), self.device)
            return batch

    def batches(self, indices: Indices, size: int = BATCH) -> Iterator[tuple[Any, Any]]:
        """The same in batches of `size`, in the order of the indices."""
        for start in range(0, len(indices), size):
            yield self.examples(indices[start : start + size])

    def outputs(self, model: nn.Module, indices: Indices) -> tuple[Any, Any]:
        """What the model says of the given examples, and their targets, both on the CPU; its mode is left as it is."""
        found = []
        for inputs, targets in self.batches(indices):
            with self._seeded("outputs"), torch.no_grad():
                found.append(tree_map(Tensor.cpu, (forward(model, inputs), targets)))
        joined: tuple[Any, Any] = tree_map(lambda *parts: torch.cat(parts), *found)
        return joined

    def sample(self, indices: Indices, size: int) -> Indices:
        """At most `size` of the indices, drawn at random but always the same ones, in ascending order."""
        if len(indices) <= size:
            return indices
        return np.sort(self.generator("sample", len(indices)).choice(indices, size, replace=False))

    def generator(self, *stream: object) -> np.random.Generator:
        """Random numbers of one stream: the same at every call with the same words."""
        return np.random.default_rng(derive(self.seed, "probe", *stream))

    def groups(self, indices: Indices) -> Indices | None:
        """The group of each example, where the task names groups: examples of one group are not independent."""
        return None if self.pool.groups is None else self.pool.groups[indices]

    def train(self, task: Task, pool: Pool | None = None, settings: Settings | None = None) -> Trained:
        """Train something else than the user's own run, at its seed unless the settings say otherwise; not kept.

        Raises:
            DivergedError: a loss became NaN or infinite.
        """
        return train(task, self.pool if pool is None else pool, settings or Settings(seed=self.seed))

    def loaded(self, weights: dict[str, Tensor]) -> nn.Module:
        """The task's model with these weights, in evaluation mode."""
        with self._seeded("load"):
            model = build_model(self.task, Settings(seed=self.seed)).to(self.device)
            model.load_state_dict(weights)
            return model.eval()

    @property
    def _stored(self) -> StoredRun:
        if isinstance(self._own, DivergedError):
            raise self._own
        return self._own

    @cached_property
    def _own(self) -> StoredRun | DivergedError:
        """The run, or what ended it: a training that diverged is not tried once for each probe."""
        job = Job(self.source, Settings(seed=self.seed), self.store, self.prepared.fingerprint)
        with self._timed():
            try:
                return carry_out(job, self.on_epoch)
            except DivergedError as error:
                return error

    @cached_property
    def _last_weights(self) -> dict[str, Tensor]:
        """Of the store, else of the same training carried out once more: older stores keep the best weights only."""
        kept = self._stored.last_weights()
        if kept is not None:
            return kept
        with self._timed():
            again = train(self.prepared.task, self.pool, Settings(seed=self.seed), self.on_epoch)
        RunStore(self.store).keep_last(self._stored, again.last)
        return again.last

    @contextmanager
    def _timed(self) -> Iterator[None]:
        began = time.perf_counter()
        try:
            yield
        finally:
            self.training_seconds += time.perf_counter() - began

    @contextmanager
    def _seeded(self, *stream: object) -> Iterator[None]:
        """Seed the global generators for code of the user's, and give them back as they were."""
        with own_randomness():
            seed_everything(derive(self.seed, "probe", *stream))
            yield
