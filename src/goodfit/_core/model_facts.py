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
    rate: float | None = (
        None  # drop probability: of a dropout layer, between recurrent layers, of attention weights
    )
    attribute: str = (
        ""  # what holds the rate: "p", "dropout", "config.attn_pdrop"; "" where nothing does (a literal)
    )
    held_by: str | None = None  # dotted name of the module that has the attribute, where it is not `path`
    line: str = (
        ""  # of a function: the line of the user's code that calls it, "net.py:31: x = F.dropout(x, 0.3)"
    )
    parameters: int = 0  # numbers held by this layer itself
    trainable: bool = True
    shared_with: tuple[str, ...] = ()  # other dotted names of the same module
    order: int | None = None  # place in the forward pass; None when it was not seen running
    reads_input: bool = False  # whether it was seen to take the model's own input
    stacked: int | None = None  # layers inside one recurrent module

    @property
    def rate_name(self) -> str:
        """The dotted name of what holds the rate: the module where it is plain, else the attribute too."""
        held = self.path if self.held_by is None else self.held_by
        return held if held and self.attribute == "p" else f"{held}.{self.attribute}".strip(".")


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
        """The drop probabilities of all that drops, front to back; recurrent and attention layers at 0 do not."""
        return tuple(layer.rate for layer in self.layers if _drops(layer) and layer.rate is not None)


def _drops(layer: LayerFacts) -> bool:
    return layer.rate is not None and (layer.kind is LayerKind.DROPOUT or layer.rate > 0)
