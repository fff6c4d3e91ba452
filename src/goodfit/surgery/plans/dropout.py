# SPDX-License-Identifier: Apache-2.0
"""Dropout is raised or put in at the places that the facts of a model show, or lowered wherever there is some."""

from math import isnan

from torch import nn

from goodfit.errors import SettingsError
from goodfit.remedies import FUNCTIONAL, Site, find_sites
from goodfit.surgery.code_lines import insertion, new_rate
from goodfit.surgery.plans._request import Planned, Request
from goodfit.values import Edit, EditKind, LayerFacts, LayerKind, Skip

_INSTEAD = "carry out weight decay instead (--remedy weight-decay), or put the dropout in by hand"
_EXAMPLE = "give an example batch (example=...)"


def rate(value: float | None) -> float:
    """A drop probability that may be planned.

    Raises:
        SettingsError: it is not in [0, 1).
    """
    if value is None or isnan(value) or not 0 <= value < 1:
        raise SettingsError(f"a dropout rate of {value} is not in [0, 1)", todo="give a rate such as 0.4")
    return float(value)


def raised(request: Request) -> Planned:
    """Insert dropout where there is none, raise it where there is."""
    seen, rate = request.seen, request.dose
    sites = find_sites(seen.facts, seen.reads_input)
    chosen: dict[str, Site] = {}
    skipped = list(sites.skipped)
    for site in sites.places:
        place = site.dropout.path if site.dropout else site.layer.path
        if not (request.wanted(place) or request.wanted(site.layer.path)):
            skipped.append(Skip(path=place, because="is not among the places prescribed"))
        elif site.dropout and (site.dropout.rate or 0) >= rate:
            skipped.append(
                Skip(path=place, because=f"already drops at {site.dropout.rate:g}, not below {rate:g}")
            )
        else:
            chosen.setdefault(place, site)
    inserted = tuple(place for place, site in chosen.items() if site.dropout is None)
    edits = tuple(_edit(request.model, site, rate, inserted) for site in chosen.values())
    return Planned(
        edits=edits,
        skipped=tuple(dict.fromkeys(skipped)),
        cause=sites.cause or f"every place drops at {rate:g} or more already",
        todo=_EXAMPLE
        if not seen.facts.traced and sites.order_matters
        else _INSTEAD
        if sites.cause
        else "choose a higher rate or another remedy",
    )


def lowered(request: Request) -> Planned:
    """Lower every dropout layer that is above the rate."""
    edits, skipped = [], []
    dropout = {layer.path: layer for layer in request.seen.facts.of_kind(LayerKind.DROPOUT)}
    for layer in dropout.values():
        if because := _not_lowered(layer, request):
            skipped.append(Skip(path=layer.path, because=because))
        else:
            edits.append(_set_rate(request.model, layer.path, layer.rate or 0.0, request.dose))
    return Planned(
        edits=tuple(edits),
        skipped=tuple(skipped),
        cause=f"no dropout layer is above {request.dose:g}" if dropout else "the model has no dropout layer",
        todo="choose another remedy or rate" if request.seen.facts.traced else _EXAMPLE,
    )


def _edit(model: nn.Module, site: Site, rate: float, inserted: tuple[str, ...]) -> Edit:
    if site.dropout is None:
        code = insertion(model, site.layer.path, rate, inserted)
        return Edit(path=site.layer.path, kind=EditKind.INSERT_DROPOUT, before=None, after=rate, code=code)
    return _set_rate(model, site.dropout.path, site.dropout.rate or 0.0, rate, inserted)


def _set_rate(
    model: nn.Module, path: str, before: float, after: float, inserted: tuple[str, ...] = ()
) -> Edit:
    code = new_rate(model, path, before, after, inserted)
    return Edit(path=path, kind=EditKind.SET_RATE, before=before, after=after, code=code, attribute="p")


def _not_lowered(layer: LayerFacts, request: Request) -> str | None:
    if layer.type_name.startswith(FUNCTIONAL):
        return f"{layer.type_name} is a call in the model's code, at {layer.rate}; change its rate there"
    if not request.wanted(layer.path):
        return "is not among the places prescribed"
    if layer.rate is None or layer.rate <= request.dose:
        return f"drops at {layer.rate}, not above {request.dose:g}"
    return None
