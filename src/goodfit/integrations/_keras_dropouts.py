# SPDX-License-Identifier: Apache-2.0
"""Dropout of a Keras model is raised while it trains: `Dropout(0.)` has no generator, and a built layer is locked."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras

from goodfit.errors import NothingMatchedError


class Dropouts:
    """The dropout layers of a Keras model; one made with rate 0 has no generator, and is given one at once.

    Raises:
        NothingMatchedError: there is none.
    """

    def __init__(self, model: Any) -> None:
        layers = list(model._flatten_layers())  # noqa: SLF001 - Keras has no public way to nested layers
        self._layers = [(each, each.rate) for each in layers if _is_dropout(each)]
        if not self._layers:
            raise NothingMatchedError(
                "the model has no dropout layer to raise",
                where=type(model).__name__,
                todo="add keras.layers.Dropout(0.0)",
            )

        for layer, _ in self._layers:  # before weights are first copied: a generator's state is one of them
            if getattr(layer, "seed_generator", None) is None:
                with _unlocked(layer):
                    layer.seed_generator = keras.random.SeedGenerator(layer.seed)

    def set_(self, rate: float) -> None:
        """Give every layer that was made to drop less this drop probability."""
        for layer, own in self._layers:
            layer.rate = max(own, rate)


def _is_dropout(layer: Any) -> bool:
    return isinstance(layer, keras.layers.Dropout) or type(layer).__name__.startswith("SpatialDropout")


@contextmanager
def _unlocked(layer: Any) -> Iterator[None]:
    """A built layer may be given state meanwhile; Keras locks what it tracks once a layer is built."""
    tracker = layer._tracker  # noqa: SLF001 - Keras unlocks it in this way itself
    locked = tracker.locked
    tracker.unlock()
    try:
        yield
    finally:
        if locked:
            tracker.lock()
