# SPDX-License-Identifier: Apache-2.0
"""Dropout is raised or put in at the places that the facts of a model show, or lowered wherever there is some."""

from collections.abc import Sequence
from math import isnan

from goodfit.errors import SettingsError
from goodfit.remedies import MOST, Site, find_sites, is_literal, literal
from goodfit.surgery.plans._request import Planned, Request
from goodfit.surgery.plans.dropout_config import with_config
from goodfit.surgery.plans.dropout_edits import inserted_into, insertion_at, set_rate
from goodfit.values import Edit, LayerFacts, Skip

_INSTEAD = "carry out weight decay instead (--remedy weight-decay), or put the dropout in by hand"
_EXAMPLE = "give an example batch (example=...)"
_NOT_WANTED = "is not among the places prescribed"


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
    seen = request.seen
    sites = find_sites(seen.facts)
    chosen: dict[str, Site] = {}
    skipped = list(sites.skipped)
    for site in (*sites.places, *sites.optional):
        if because := _not_raised(site, request):
            skipped.append(Skip(path=site.name, because=because))
        else:
            chosen.setdefault(site.name, site)
    inserted = inserted_into(chosen.values())
    edits = [_raising(request, site, inserted) for site in chosen.values()]
    edits, lost = with_config(request.model, seen.facts, edits)
    named = ", ".join(dict.fromkeys(site.name for site in sites.optional))
    return Planned(
        edits=tuple(edits),
        skipped=tuple(dict.fromkeys((*skipped, *lost))),
        cause=sites.cause or f"every place drops at {request.dose:g} or more already",
        todo=_EXAMPLE
        if not seen.facts.traced and sites.order_matters
        else (f"name one of these places (where=...): {named}; or {_INSTEAD}" if named else _INSTEAD)
        if sites.cause
        else "choose a higher rate or another remedy",
    )


def lowered(request: Request) -> Planned:
    """Lower every rate that is above the dose."""
    edits: dict[str, Edit] = {}
    skipped = []
    rates = [layer for layer in request.seen.facts.layers if layer.rate is not None]
    for layer in rates:
        name = layer.rate_name
        if because := _not_lowered(layer, request):
            skipped.append(Skip(path=name, because=because))
        else:
            edits.setdefault(name, set_rate(request.model, layer, request.dose))
    kept, lost = with_config(request.model, request.seen.facts, list(edits.values()))
    return Planned(
        edits=tuple(kept),
        skipped=tuple(dict.fromkeys((*skipped, *lost))),
        cause=f"no dropout is above {request.dose:g}" if rates else "the model has no dropout",
        todo="choose another remedy or rate" if request.seen.facts.traced else _EXAMPLE,
    )


def _not_raised(site: Site, request: Request) -> str | None:
    """Why a place is left alone, or None."""
    names = _names(site)
    if site.optional and not request.wanted.spelled & set(names):
        return f"{site.optional}; name it (where=...) to take it"
    if not request.wanted.any_of(names):
        return _NOT_WANTED
    aim = _aim(site, request.dose)
    if site.rate is not None and site.rate >= aim:
        end = "" if aim == request.dose else f", the most that {site.role.value} get"
        return f"already drops at {site.rate:g}, not below {aim:g}{end}"
    return None


def _names(site: Site) -> tuple[str, ...]:
    """The dotted names that a user may mean a place by: a weight inside a layer is no other place of that layer."""
    if site.dropout is None:
        return (site.name,)
    held = site.dropout.path if site.dropout.held_by is None else site.dropout.held_by
    return (site.name, held, site.layer.path)


def _aim(site: Site, dose: float) -> float:
    return min(dose, MOST.get(site.role, dose))


def _raising(request: Request, site: Site, inserted: Sequence[str]) -> Edit:
    aim, most = _aim(site, request.dose), MOST.get(site.role)
    if site.dropout is None:
        return insertion_at(request, site, aim, most, inserted)
    return set_rate(request.model, site.dropout, aim, most, inserted)


def _not_lowered(layer: LayerFacts, request: Request) -> str | None:
    if is_literal(layer):
        return literal(layer)
    held = layer.path if layer.held_by is None else layer.held_by
    if not request.wanted.any_of((layer.rate_name, held)):
        return _NOT_WANTED
    if layer.rate is None or layer.rate <= request.dose:
        return f"drops at {layer.rate}, not above {request.dose:g}"
    return None
