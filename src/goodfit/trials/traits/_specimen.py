# SPDX-License-Identifier: Apache-2.0
"""One finished training as traits look at it: its run, and, for those that read the model, the model and some examples.

Specimen(run=run, task=task)                                             # enough for what the history tells
specimen_of(prepared, settings, run, weights)                            # with the model, on its own validation examples
specimen_of(prepared, settings, run, weights, examples=e, indices=i)     # on others
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from goodfit.training import (
    Examples,
    Prepared,
    Settings,
    Task,
    build_model,
    choose_device,
    draw,
    evaluate,
    on_device,
    own_randomness,
)
from goodfit.training.evaluate import forward, to_device
from goodfit.training.examples import Indices
from goodfit.training.seeds import derive, seed_everything
from goodfit.training.tree import tree_map
from goodfit.values import Run

Losses: TypeAlias = NDArray[np.float64]
BATCH = 256  # examples a batch of outputs; few enough for the memory of any machine


class NotMeasurable(Exception):  # noqa: N818 - no error: the trait is none of this training; the reason is a sentence
    """This training does not have the trait."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Specimen:
    """A finished training; the model is in evaluation mode, at its best checkpoint, and is left as it is."""

    run: Run
    task: Task | None = None  # None: trained by a command, which hands over no more than its log
    model: nn.Module | None = None
    examples: Examples | None = None  # which `indices` point into
    indices: Indices | None = None  # what the model is measured on; the same for both arms of a pair
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))

    def trained(self) -> nn.Module:
        """The model.

        Raises:
            NotMeasurable: it was not given.
        """
        if self.model is None:
            raise NotMeasurable("The trained model is needed, and only its run is at hand.")
        return self.model

    def recipe(self) -> Task:
        """The task.

        Raises:
            NotMeasurable: it is not known.
        """
        if self.task is None:
            raise NotMeasurable("The task is needed, and only a run of it is at hand.")
        return self.task

    def measured_on(self) -> tuple[Examples, Indices]:
        """What the model is measured on.

        Raises:
            NotMeasurable: it was not given.
        """
        if self.examples is None or self.indices is None or not len(self.indices):
            raise NotMeasurable("Examples to measure the model on are needed.")
        return self.examples, self.indices

    def sample(self, most: int) -> "Specimen":
        """The same on at most so many of its examples: the same ones in every arm of a seed."""
        examples, indices = self.measured_on()
        if len(indices) <= most:
            return self
        chosen = np.sort(self.generator("sample", len(indices)).choice(indices, most, replace=False))
        return replace(self, examples=examples, indices=chosen)

    def losses(self, examples: Examples | None = None, *, turn: object = 0) -> Losses:
        """Each example's loss in evaluation mode; of other `examples` where they are given; at another turn drawn anew."""
        own, indices = self.measured_on()
        with self.seeded("losses", turn):
            plain = replace(self.recipe(), metric=None)
            return evaluate(self.trained(), plain, examples or own, indices, self.device).losses

    def batches(self, size: int = BATCH) -> Iterator[tuple[Any, Any]]:
        """Inputs and targets, on the device."""
        examples, indices = self.measured_on()
        for start in range(0, len(indices), size):
            with self.seeded("batches", start):
                batch = to_device(examples.batch(indices[start : start + size]), self.device)
            yield batch

    def outputs(self, *, turn: object = 0) -> tuple[Any, Any]:
        """What the model says in the mode that it is in, and the targets; both on the CPU, without gradients."""
        found = []
        with self.seeded("outputs", turn), torch.no_grad():
            for inputs, targets in self.batches():
                found.append(tree_map(_apart, (forward(self.trained(), inputs), targets)))
        joined: tuple[Any, Any] = tree_map(lambda *parts: torch.cat(parts), *found)
        return joined

    def generator(self, *stream: object) -> np.random.Generator:
        """Random numbers of one stream of this seed: the same in every arm."""
        return np.random.default_rng(derive(self.run.seed, "trait", *stream))

    @contextmanager
    def seeded(self, *stream: object) -> Iterator[None]:
        """Seed the global generators for one stream of this seed, and give them back as they were."""
        with own_randomness():
            seed_everything(derive(self.run.seed, "trait", *stream))
            yield


def specimen_of(
    prepared: Prepared,
    settings: Settings,
    run: Run,
    weights: Mapping[str, Tensor],
    *,
    examples: Examples | None = None,
    indices: Indices | None = None,
) -> Specimen:
    """Build a finished training's model anew, as its settings have it, and load its weights.

    Args:
        prepared: the task and its data.
        settings: of the training: its seed, and the edits of its model.
        run: the finished run.
        weights: its best checkpoint's state dict.
        examples: what to measure on; None: the validation examples of its seed.
        indices: which of the examples; None: all of them.
    """
    device = choose_device(prepared.task.device)
    task = on_device(prepared.task, device)
    with own_randomness():
        model = build_model(task, settings).to(device)
    model.load_state_dict(dict(weights))
    if examples is None:
        examples, indices = prepared.pool.examples, draw(task, prepared.pool, settings.seed).validation
    elif indices is None:
        indices = np.arange(len(examples), dtype=np.int64)
    return Specimen(run=run, task=task, model=model.eval(), examples=examples, indices=indices, device=device)


def _apart(tensor: Tensor) -> Tensor:
    """On the CPU, and no view of a weight: an output that is one would still ask for its gradient."""
    return tensor.detach().cpu()
