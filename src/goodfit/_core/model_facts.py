# SPDX-License-Identifier: Apache-2.0
"""A model's layers as plain data, so that prescribing needs no torch."""

from dataclasses import dataclass
from enum import StrEnum


class LayerKind(StrEnum):
    """The families of layers that decide where a remedy goes."""

    LINEAR = "linear"
    CONVOLUTION = "convolution"
    NORM = "norm"
    BATCH_NORM = "batch norm"
    DROPOUT = "dropout"
    ACTIVATION = "activation"
    RECURRENT = "recurrent"
    ATTENTION = "attention"
    EMBEDDING = "embedding"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerFacts:
    """One layer of a model."""

    path: str  # dotted name, as `model.named_modules()` spells it
    kind: LayerKind
    type_name: str  # class name
    in_features: int | None = None  # features or channels
    out_features: int | None = None
    rate: float | None = None  # drop probability of a dropout layer
    parameters: int = 0  # numbers held by this layer itself
    trainable: bool = True
    shared_with: tuple[str, ...] = ()  # other dotted names of the same module
    order: int | None = None  # place in the forward pass; None when it was not seen running


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFacts:
    """A model as plain data, layers in the order they run when that is known."""

    type_name: str
    layers: tuple[LayerFacts, ...]
    parameters: int  # all numbers, shared ones once
    trainable_parameters: int
    traced: bool  # whether the order is that of a real forward pass
    fingerprint: str  # of structure and shapes, not of weights

    def of_kind(self, *kinds: LayerKind) -> tuple[LayerFacts, ...]:
        """The layers of the given kinds, in order."""
        return tuple(layer for layer in self.layers if layer.kind in kinds)

    @property
    def dropout_rates(self) -> tuple[float, ...]:
        """The drop probabilities of all dropout layers, front to back."""
        return tuple(layer.rate for layer in self.layers if layer.rate is not None)
