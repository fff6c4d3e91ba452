# SPDX-License-Identifier: Apache-2.0
"""One place for dropout in a model, and all of them."""

from dataclasses import dataclass
from enum import StrEnum

from goodfit.remedies._roles import Role
from goodfit.values import LayerFacts, Skip

FUNCTIONAL = "F."
"""How the type name of a function call begins that the facts list as a layer."""

ITSELF = "the model itself"
"""How a model that is one layer is called, whose dotted name is empty."""


class Way(StrEnum):
    """How dropout is put into a place that has none."""

    INPUT = "in front of the layer"
    WEIGHTS = "on its recurrent weights"
    ROWS = "on the rows of its weight"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One place: a layer, what is dropped there, and what holds the rate, if something does already."""

    layer: LayerFacts
    dropout: (
        LayerFacts | None
    )  # what holds the rate: a dropout layer, a function's attribute, or `layer` itself
    role: Role
    way: Way = Way.INPUT
    optional: str = ""  # why it is taken only where the user names it

    @property
    def name(self) -> str:
        """The dotted name that a user means it by."""
        if self.dropout is not None:
            return self.dropout.rate_name
        return self.layer.path + {Way.INPUT: "", Way.WEIGHTS: ".weight_hh_l0", Way.ROWS: ".weight"}[self.way]

    @property
    def rate(self) -> float | None:
        """The rate that is there."""
        return None if self.dropout is None else self.dropout.rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Sites:
    """The places for dropout in one model, the places left alone, and, when there is none, why."""

    places: tuple[Site, ...]
    optional: tuple[Site, ...] = ()  # places that are taken only where the user names them
    skipped: tuple[Skip, ...] = ()
    cause: str | None = None
    undecided: bool = False  # there may be places, and more must be known to say which
    order_matters: bool = False  # with the order in which layers run, the answer may be another one


def is_literal(layer: LayerFacts) -> bool:
    """Whether a function drops at a rate that stands in the code itself, where no edit reaches."""
    return layer.rate is not None and not layer.attribute


def literal(layer: LayerFacts) -> str:
    """What to do about a rate that stands in the code."""
    at = f" ({layer.line})" if layer.line else ""
    return f"{layer.type_name} runs there at {layer.rate:g}, a number in your code{at}; change that line"
