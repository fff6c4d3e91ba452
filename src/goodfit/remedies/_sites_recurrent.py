# SPDX-License-Identifier: Apache-2.0
"""Recurrent networks: between stacked layers and on what they hand on; recurrent weights and words where named.

Dropout inside the recurrence with a new mask each step destroys what the network remembers, so it stays on the
non-recurrent connections (Zaremba et al. 2014), with one mask for all steps (Gal and Ghahramani 2016).
"""

from collections.abc import Iterator

from goodfit.remedies._roles import Role
from goodfit.remedies._site import Site, Way
from goodfit.values import LayerFacts, LayerKind, ModelFacts, Skip

_WEIGHTS = "recurrent weights are dropped from (Merity et al. 2018) where that is asked for"
_ROWS = "whole words are dropped (Gal and Ghahramani 2016) where that is asked for"
_ONE_LAYER = (
    "has one layer, and torch's dropout= of a recurrent module acts between layers only; what it hands on is dropped "
    "from instead"
)


def between_layers(facts: ModelFacts) -> Iterator[Site]:
    """The rate between the layers that one recurrent module stacks, and that of attention beside it."""
    seen: set[str] = set()
    for layer in facts.of_kind(LayerKind.RECURRENT, LayerKind.ATTENTION):
        ran = layer.order is not None or not facts.traced
        if layer.rate is None or not layer.attribute or not ran or not layer.trainable:
            continue
        if layer.rate_name not in seen:
            seen.add(layer.rate_name)
            role = Role.RECURRENT if layer.kind is LayerKind.RECURRENT else Role.ATTENTION
            yield Site(layer=layer, dropout=layer, role=role)


def named_only(facts: ModelFacts) -> Iterator[Site]:
    """Recurrent weights, and the rows of embeddings in recurrent networks."""
    recurrent = [layer for layer in _once(facts, LayerKind.RECURRENT) if layer.stacked is not None]
    for layer in recurrent:
        yield Site(layer=layer, dropout=None, role=Role.RECURRENT_WEIGHTS, way=Way.WEIGHTS, optional=_WEIGHTS)
    for layer in _once(facts, LayerKind.EMBEDDING):
        yield Site(layer=layer, dropout=None, role=Role.ROWS, way=Way.ROWS, optional=_ROWS)


def only_one_layer(facts: ModelFacts) -> Iterator[Skip]:
    """Recurrent modules in which torch's own dropout does nothing."""
    for layer in _once(facts, LayerKind.RECURRENT):
        if layer.stacked == 1:
            yield Skip(path=f"{layer.path}.dropout".strip("."), because=_ONE_LAYER)


def _once(facts: ModelFacts, kind: LayerKind) -> Iterator[LayerFacts]:
    seen: set[str] = set()
    for layer in facts.of_kind(kind):
        if layer.path not in seen and layer.trainable and (layer.order is not None or not facts.traced):
            seen.add(layer.path)
            yield layer
