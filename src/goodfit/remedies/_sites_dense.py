# SPDX-License-Identifier: Apache-2.0
"""Places in networks of layers that run one after another: perceptrons, convolutional, recurrent, recommenders."""

from goodfit.remedies._roles import Role
from goodfit.remedies._site import ITSELF, Site, Sites
from goodfit.remedies._sites_recommender import first_of_autoencoder, of_factorisation, reads_embedding
from goodfit.remedies._sites_recurrent import between_layers, named_only, only_one_layer
from goodfit.remedies._sites_runs import Run, first_runs, idle, other_dropout, unfit, without_strays
from goodfit.values import LayerKind, ModelFacts, Skip

_DID_NOT_RUN = "did not run as a module for the example"
_GIVES_BACK = (
    "this network gives back its input (its output is as wide, and a layer between is narrower), and what such a "
    "network is regularised by is dropout of the input"
)


def run_sites(facts: ModelFacts) -> Sites:
    """Find the places from the order in which the layers run."""
    runs = tuple(first_runs(facts))
    whole = first_of_autoencoder(facts, runs)
    places, optional = list(between_layers(facts)), list(named_only(facts))
    left = [Skip(path=layer.path or ITSELF, because=_DID_NOT_RUN) for layer in idle(facts)]
    for run in runs:
        if run is whole:
            places.append(Site(layer=run.layer, dropout=run.dropout, role=Role.INPUT))
        elif because := unfit(run, facts):
            left.append(Skip(path=run.layer.path or ITSELF, because=because))
        else:
            site = _site(run, facts, _GIVES_BACK if whole else "")
            (optional if site.optional else places).append(site)
    fit = {site.layer.path for site in (*places, *optional)}
    kept, strays = without_strays(places, fit, facts)
    kept += tuple(of_factorisation(facts))
    chosen, more_strays = without_strays(optional, fit, facts)
    left += [*only_one_layer(facts), *strays, *more_strays]
    left += other_dropout(facts, (*places, *kept, *optional), left)
    return Sites(
        places=kept,
        optional=chosen,
        skipped=tuple(dict.fromkeys(left)),
        cause=None if kept else _cause(facts, runs, left, chosen),
        order_matters=not kept and any(run.layer.trainable for run in runs) and len(runs) > 1,
    )


def _site(run: Run, facts: ModelFacts, otherwise: str) -> Site:
    """The place in front of a layer; optional for a reason."""
    because = otherwise or (reads_embedding(run) if run.dropout is None else "")
    return Site(layer=run.layer, dropout=run.dropout, role=_role(run, facts), optional=because)


def _role(run: Run, facts: ModelFacts) -> Role:
    if LayerKind.RECURRENT in (run.layer.kind, run.previous.kind if run.previous else None):
        return Role.RECURRENT
    if any(layer.kind is LayerKind.CONVOLUTION for layer in facts.layers[: run.index]):
        return Role.CONVOLVED
    if facts.of_kind(LayerKind.EMBEDDING) and not facts.of_kind(LayerKind.RECURRENT):
        return Role.TOWER
    return Role.HIDDEN


def _cause(facts: ModelFacts, runs: tuple[Run, ...], skipped: list[Skip], optional: tuple[Site, ...]) -> str:
    """Why a model has no place for dropout, in one clause."""
    layers = {layer.path or ITSELF for layer in facts.of_kind(LayerKind.LINEAR, LayerKind.RECURRENT)}
    if not layers:
        return "the model has no fully connected layer (nn.Linear)"
    if not any(run.layer.trainable for run in runs) and runs:
        return "all its fully connected layers are frozen"
    reasons = [f"{skip.path}: {skip.because}" for skip in skipped if skip.path in layers]
    reasons += [f"{site.name}: {site.optional}" for site in optional]
    if len(layers) == 1:
        kind = "recurrent" if facts.of_kind(LayerKind.RECURRENT) else "fully connected"
        return f"the model has only one {kind} layer ({reasons[0]})"
    return "no fully connected layer qualifies: " + "; ".join(reasons)
