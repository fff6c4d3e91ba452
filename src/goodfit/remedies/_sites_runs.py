# SPDX-License-Identifier: Apache-2.0
"""The forward pass as runs of layers: what stands in front of each, and what may not be dropped from."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from goodfit.remedies._site import ITSELF, Site, is_literal, literal
from goodfit.values import LayerFacts, LayerKind, ModelFacts, Skip

RUNNERS = (LayerKind.LINEAR, LayerKind.RECURRENT)
"""Layers whose input may be dropped from."""

_WEIGHTY = (
    *RUNNERS,
    LayerKind.CONVOLUTION,
    LayerKind.EMBEDDING,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of a layer, with what ran between the layer with weights before it and itself."""

    layer: LayerFacts
    previous: LayerFacts | None
    dropout: LayerFacts | None
    index: int


def has_weights(layer: LayerFacts) -> bool:
    """Whether a layer transforms what it gets by numbers that are learned; norms do not count."""
    return layer.kind in _WEIGHTY or (
        layer.kind in (LayerKind.OTHER, LayerKind.ATTENTION) and layer.parameters > 0
    )


def idle(facts: ModelFacts) -> Iterator[LayerFacts]:
    """The layers that were not seen running."""
    return (layer for layer in facts.of_kind(*RUNNERS) if facts.traced and layer.order is None)


def first_runs(facts: ModelFacts) -> Iterator[Run]:
    """The first run of each layer; later runs always follow a layer with weights."""
    previous: LayerFacts | None = None
    dropout: LayerFacts | None = None
    seen: set[str] = set()
    for index, layer in enumerate(facts.layers):
        if facts.traced and layer.order is None:
            continue
        if layer.kind is LayerKind.DROPOUT:
            dropout = layer
        elif has_weights(layer):
            if layer.kind in RUNNERS and layer.path not in seen:
                seen.add(layer.path)
                yield Run(layer=layer, previous=previous, dropout=dropout, index=index)
            previous, dropout = layer, None


def unfit(run: Run, facts: ModelFacts) -> str | None:
    """Why dropout does not belong in front of this layer, or None."""
    later = facts.layers[run.index + 1 :]
    norm = next((layer for layer in later if layer.kind is LayerKind.BATCH_NORM), None)
    convolution = next((layer for layer in later if layer.kind is LayerKind.CONVOLUTION), None)
    if run.previous is None or run.layer.reads_input:
        return "takes the model's input"
    if not run.layer.trainable:
        return "is frozen"
    if norm is not None:
        return (
            f"batch norm follows ({norm.path}), and dropout in front of it shifts the variance it has learned"
        )
    if convolution is not None:
        return f"a convolution follows ({convolution.path})"
    if run.dropout is not None and is_literal(run.dropout):
        return literal(run.dropout)
    return None


def without_strays(
    sites: Sequence[Site], fit: set[str], facts: ModelFacts
) -> tuple[tuple[Site, ...], list[Skip]]:
    """Leave out places whose dropout also runs where dropout is not to be changed."""
    kept, skipped = [], []
    for site in sites:
        strays = [target for target in targets(facts, site.dropout) if target not in fit]
        if site.dropout and strays:
            where = f"in front of {strays[0]}" if strays[0] else "after the last layer with weights"
            name = site.dropout.rate_name
            skipped.append(
                Skip(
                    path=site.layer.path or ITSELF,
                    because=f"its dropout ({name}) also runs {where}, which is no place for this remedy",
                )
            )
        else:
            kept.append(site)
    return tuple(kept), skipped


def targets(facts: ModelFacts, dropout: LayerFacts | None) -> Iterator[str]:
    """The dotted names of the layers with weights that `dropout` feeds; "" for the model's output."""
    for index, layer in enumerate(facts.layers):
        if dropout and layer.kind is LayerKind.DROPOUT and layer.rate_name == dropout.rate_name:
            yield next((after.path for after in facts.layers[index + 1 :] if has_weights(after)), "")


def other_dropout(facts: ModelFacts, places: Sequence[Site], left: Sequence[Skip]) -> Iterator[Skip]:
    """The dropout that feeds no place; a function whose rate was the reason against one has been named there."""
    used = {site.dropout.rate_name for site in places if site.dropout}
    named = {skip.path for skip in left}
    seen: set[str] = set()
    for layer in facts.of_kind(LayerKind.DROPOUT):
        name = layer.rate_name
        if name in used | seen or (is_literal(layer) and named.intersection(targets(facts, layer))):
            continue
        seen.add(name)
        yield Skip(path=name, because=f"feeds no place of this remedy; left at {layer.rate}")
