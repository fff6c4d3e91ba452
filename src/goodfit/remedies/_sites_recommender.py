# SPDX-License-Identifier: Apache-2.0
"""Recommenders: between a tower's layers, at the input of an autoencoder, and where a factorisation has dropout already."""

from collections.abc import Iterator, Sequence

from goodfit.remedies._roles import Role
from goodfit.remedies._site import Site, is_literal
from goodfit.remedies._sites_runs import Run, has_weights
from goodfit.values import LayerKind, ModelFacts

_SPARSE = (
    "takes embeddings of ids, of which each example trains few rows: a pull of the embeddings towards zero "
    "(weight decay) is the usual regulariser there"
)
_WORDS = "takes embedded words; dropout of what the recurrent layers hand on comes first"


def reads_embedding(run: Run) -> str:
    """Why the input of a layer that follows an embedding is no place by default; "" for other layers."""
    if run.previous is None or run.previous.kind is not LayerKind.EMBEDDING:
        return ""
    return _WORDS if run.layer.kind is LayerKind.RECURRENT else _SPARSE


def of_factorisation(facts: ModelFacts) -> Iterator[Site]:
    """The dropout of a model of embeddings without any other layer with weights: its user has chosen the places."""
    others = (layer for layer in facts.layers if layer.kind is not LayerKind.EMBEDDING)
    if not facts.traced or any(map(has_weights, others)):
        return
    if not any(layer.trainable for layer in facts.of_kind(LayerKind.EMBEDDING)):
        return
    for layer in {layer.rate_name: layer for layer in facts.of_kind(LayerKind.DROPOUT)}.values():
        if layer.order is not None and not is_literal(layer):
            yield Site(layer=layer, dropout=layer, role=Role.TOWER)


def first_of_autoencoder(facts: ModelFacts, runs: Sequence[Run]) -> Run | None:
    """The first layer of a network of fully connected layers whose output is as wide as its input.

    A layer between must be narrower, or the network could be one that predicts as many numbers as it gets.
    Source: Liang et al. 2018, who drop from the input of an autoencoder of interactions.
    """
    ran = [
        layer
        for layer in facts.layers
        if has_weights(layer) and (layer.order is not None or not facts.traced)
    ]
    if len(ran) < _ENDS or any(layer.kind is not LayerKind.LINEAR for layer in ran):
        return None
    first, last = ran[0], ran[-1]
    narrower = any((layer.out_features or 0) < (first.in_features or 0) for layer in ran[:-1])
    if first.in_features != last.out_features or not narrower or not first.trainable:
        return None
    return next((run for run in runs if run.previous is None), None)


_ENDS = 2  # an encoder and a decoder
