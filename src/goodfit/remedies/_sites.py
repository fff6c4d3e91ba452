# SPDX-License-Identifier: Apache-2.0
"""Where dropout belongs in a model, decided from its facts alone, so that prescribing and editing agree.

MLP: the input of every fully connected layer that follows another layer with weights, that is, after each
hidden activation (Srivastava et al. 2014, who also drop a small share of the inputs); here never the model's
input, and never the logits. CNN: the inputs of the fully connected layers after the last convolution. With batch
norm: only after the last one, because dropout in front of it shifts the variance it has learned (Li et al. 2019).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from goodfit.values import LayerFacts, LayerKind, ModelFacts, Skip

FUNCTIONAL = "F."
"""How the type name of a function call begins that the facts list as a layer."""

ITSELF = "the model itself"
"""How a model that is one layer is called, whose dotted name is empty."""

_NOT_YET = {
    LayerKind.RECURRENT: "recurrent layers",
    LayerKind.ATTENTION: "attention",
    LayerKind.EMBEDDING: "embeddings",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The input of one fully connected layer, and the dropout that feeds it already, if any."""

    layer: LayerFacts
    dropout: LayerFacts | None
    after_convolution: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Sites:
    """The places for dropout in one model, the places left alone, and, when there is none, why."""

    places: tuple[Site, ...]
    skipped: tuple[Skip, ...] = ()
    cause: str | None = None
    undecided: bool = False  # there may be places, and more must be known to say which
    order_matters: bool = False  # with the order in which layers run, the answer may be another one


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """One run of a fully connected layer, with what ran between the layer with weights before it and itself."""

    layer: LayerFacts
    previous: LayerFacts | None
    dropout: LayerFacts | None
    index: int


def find_sites(facts: ModelFacts, reads_input: frozenset[str] = frozenset()) -> Sites:
    """Find the places for dropout in a multilayer perceptron or a convolutional network.

    Args:
        facts: the model; layers in the order they run.
        reads_input: dotted names of layers that were seen to take the model's own input.
    """
    undecided = bool(facts.of_kind(LayerKind.DROPOUT)) and not facts.traced
    cause = _not_covered(facts) or (_ORDER_UNKNOWN if undecided else None)
    if cause:
        skipped = tuple(_all_linear(facts, cause))
        unknown = cause == _ORDER_UNKNOWN
        return Sites(places=(), skipped=skipped, cause=cause, undecided=unknown, order_matters=unknown)
    runs = tuple(_first_runs(facts))
    places: list[Site] = []
    left = [Skip(path=layer.path, because=_DID_NOT_RUN) for layer in _idle(facts)]
    for run in runs:
        if because := _unfit(run, facts, reads_input):
            left.append(Skip(path=run.layer.path or ITSELF, because=because))
        else:
            convolved = any(layer.kind is LayerKind.CONVOLUTION for layer in facts.layers[: run.index])
            places.append(Site(layer=run.layer, dropout=run.dropout, after_convolution=convolved))
    kept, shared = _without_strays(places, facts)
    left += [*shared, *_other_dropout(facts, places)]
    return Sites(
        places=kept,
        skipped=tuple(left),
        cause=None if kept else _cause(facts, runs, left),
        order_matters=not kept and any(run.layer.trainable for run in runs) and len(runs) > 1,
    )


_ORDER_UNKNOWN = (
    "the model has dropout already, and without an example batch the order in which its layers run is unknown"
)
_DID_NOT_RUN = "did not run as a module for the example"


def _not_covered(facts: ModelFacts) -> str | None:
    """Why no place can be chosen in this family of models, or None."""
    for kind, words in _NOT_YET.items():
        if found := facts.of_kind(kind):
            return f"the model has {words} ({found[0].path or ITSELF}), and this version places no dropout in such models"
    return None


def _all_linear(facts: ModelFacts, because: str) -> Iterator[Skip]:
    layers = facts.of_kind(LayerKind.LINEAR)
    return (
        Skip(path=path, because=because) for path in dict.fromkeys(layer.path or ITSELF for layer in layers)
    )


def _idle(facts: ModelFacts) -> Iterator[LayerFacts]:
    return (layer for layer in facts.of_kind(LayerKind.LINEAR) if facts.traced and layer.order is None)


def _has_weights(layer: LayerFacts) -> bool:
    if layer.kind in (LayerKind.LINEAR, LayerKind.CONVOLUTION):
        return True
    return layer.kind is LayerKind.OTHER and layer.parameters > 0


def _first_runs(facts: ModelFacts) -> Iterator[_Run]:
    """The first run of each fully connected layer; later runs always follow a layer with weights."""
    previous: LayerFacts | None = None
    dropout: LayerFacts | None = None
    seen: set[str] = set()
    for index, layer in enumerate(facts.layers):
        if facts.traced and layer.order is None:
            continue
        if layer.kind is LayerKind.DROPOUT:
            dropout = layer
        elif _has_weights(layer):
            if layer.kind is LayerKind.LINEAR and layer.path not in seen:
                seen.add(layer.path)
                yield _Run(layer=layer, previous=previous, dropout=dropout, index=index)
            previous, dropout = layer, None


def _unfit(run: _Run, facts: ModelFacts, reads_input: frozenset[str]) -> str | None:
    """Why dropout does not belong in front of this layer, or None."""
    later = facts.layers[run.index + 1 :]
    norm = next((layer for layer in later if layer.kind is LayerKind.BATCH_NORM), None)
    convolution = next((layer for layer in later if layer.kind is LayerKind.CONVOLUTION), None)
    if run.previous is None or run.layer.path in reads_input:
        return "takes the model's input"
    if not run.layer.trainable:
        return "is frozen"
    if norm is not None:
        return (
            f"batch norm follows ({norm.path}), and dropout in front of it shifts the variance it has learned"
        )
    if convolution is not None:
        return f"a convolution follows ({convolution.path})"
    if run.dropout is not None and run.dropout.type_name.startswith(FUNCTIONAL):
        return f"{run.dropout.type_name} runs in front of it at {run.dropout.rate}; change that rate in your code"
    return None


def _without_strays(places: list[Site], facts: ModelFacts) -> tuple[tuple[Site, ...], list[Skip]]:
    """Leave out places whose dropout also runs where dropout is not to be changed."""
    fit = {site.layer.path for site in places}
    kept, skipped = [], []
    for site in places:
        strays = [t for t in _targets(facts, site.dropout) if t not in fit] if site.dropout else []
        if site.dropout and strays:
            where = f"in front of {strays[0]}" if strays[0] else "after the last layer with weights"
            because = (
                f"its dropout ({site.dropout.path}) also runs {where}, which is no place for this remedy"
            )
            skipped.append(Skip(path=site.layer.path, because=because))
        else:
            kept.append(site)
    return tuple(kept), skipped


def _targets(facts: ModelFacts, dropout: LayerFacts) -> Iterator[str]:
    """The dotted names of the layers with weights that `dropout` feeds; "" for the model's output."""
    for index, layer in enumerate(facts.layers):
        if layer.path == dropout.path:
            yield next((after.path for after in facts.layers[index + 1 :] if _has_weights(after)), "")


def _other_dropout(facts: ModelFacts, places: list[Site]) -> Iterator[Skip]:
    """The dropout layers that feed no place."""
    used = {site.dropout.path for site in places if site.dropout}
    seen: set[str] = set()
    for layer in facts.of_kind(LayerKind.DROPOUT):
        if layer.path not in used | seen:
            seen.add(layer.path)
            yield Skip(path=layer.path, because=f"feeds no place of this remedy; left at {layer.rate}")


def _cause(facts: ModelFacts, runs: tuple[_Run, ...], skipped: list[Skip]) -> str:
    """Why a model has no place for dropout, in one clause."""
    linear = {layer.path or ITSELF for layer in facts.of_kind(LayerKind.LINEAR)}
    if not linear:
        return "the model has no fully connected layer (nn.Linear)"
    if not any(run.layer.trainable for run in runs) and runs:
        return "all its fully connected layers are frozen"
    reasons = [f"{skip.path}: {skip.because}" for skip in skipped if skip.path in linear]
    if len(linear) == 1:
        return f"the model has only one fully connected layer ({reasons[0]})"
    return "no fully connected layer qualifies: " + "; ".join(reasons)
