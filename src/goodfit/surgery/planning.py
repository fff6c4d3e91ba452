# SPDX-License-Identifier: Apache-2.0
"""A prescription is worked out for one model: which layers, from which rate to which, in which lines of code.

Planning is pure: the model is read and not changed.
"""

from dataclasses import replace
from math import isnan
from typing import Any

from torch import nn

from goodfit.errors import NothingMatchedError, SettingsError, SurgeryError
from goodfit.remedies import FUNCTIONAL, Site, find_sites
from goodfit.surgery.code_lines import insertion, new_rate
from goodfit.surgery.facts import Survey, survey
from goodfit.surgery.wrappers import refuse_uneditable
from goodfit.values import Edit, EditKind, LayerFacts, LayerKind, ModelFacts, Prescription, Skip, Treatment


def plan(
    model: nn.Module, prescription: Prescription, *, rate: float | None = None, example: Any = None
) -> Treatment:
    """Work out a prescription for `model`, which is not changed.

    Args:
        model: the model to be treated.
        prescription: "raise-dropout" or "lower-dropout"; where its `where` names layers of the model, only
            those are treated.
        rate: drop probability to use instead of the prescribed dose, in [0, 1).
        example: one batch as the model takes it; shows the order in which layers run.

    Raises:
        NothingMatchedError: no layer of the model fits; names the cause and the candidates.
        SurgeryError: the prescription changes the training and not the model, or the model is compiled.
        SettingsError: the rate is missing or out of range.
    """
    refuse_uneditable(model)
    plans = {"raise-dropout": _raised, "lower-dropout": _lowered}
    if prescription.remedy not in plans:
        raise SurgeryError(
            f"the remedy {prescription.remedy!r} changes how the model is trained, not the model",
            todo=f"plan one of: {', '.join(plans)}",
        )
    chosen = _rate(prescription, rate)
    seen = survey(model, example)
    edits, skipped = plans[prescription.remedy](model, seen, _named(prescription, seen.facts), chosen)
    if not edits:
        raise _nothing(seen, skipped, chosen, prescription.remedy)
    if not seen.facts.traced:
        skipped = (*skipped, _UNTRACED)
    return Treatment(
        prescription=prescription, edits=edits, skipped=skipped, model_fingerprint=seen.facts.fingerprint
    )


def at_rate(treatment: Treatment, rate: float) -> Treatment:
    """The same treatment at another drop probability in [0, 1): what a search over rates applies.

    Places that the rate would move against the remedy (a layer raised by "lower-dropout", or lowered by
    "raise-dropout") are left alone, with the reason.

    Raises:
        SettingsError: the rate is out of range.
        NothingMatchedError: it moves no place in the remedy's direction.
    """
    checked = _in_range(rate)
    lowering = treatment.prescription.remedy == "lower-dropout"
    moved = [edit for edit in treatment.edits if _moves(edit, checked, lowering=lowering)]
    against = [edit for edit in treatment.edits if edit not in moved]
    side = "above" if lowering else "below"
    skipped = [
        Skip(path=e.path, because=f"drops at {e.before or 0:g}, not {side} {checked:g}") for e in against
    ]
    if not moved:
        raise NothingMatchedError(
            f"no place of the treatment drops {side} {checked:g}",
            where="; ".join(f"{skip.path} {skip.because}" for skip in skipped) or None,
            todo=f"give a {'lower' if lowering else 'higher'} rate",
        )
    edits = tuple(_rewritten(edit, checked) for edit in moved)
    return replace(treatment, edits=edits, skipped=(*treatment.skipped, *skipped))


def _moves(edit: Edit, rate: float, *, lowering: bool) -> bool:
    present = edit.before or 0.0
    return rate < present if lowering else rate > present


def _rewritten(edit: Edit, rate: float) -> Edit:
    return replace(edit, after=rate, code=edit.code.replace(f"({edit.after:g})", f"({rate:g})"))


_UNTRACED = Skip(
    path="(the whole model)",
    because="no example batch was given, so that the order of layers is that of their registration and dropout "
    "called as a function was not seen",
)
_Plan = tuple[tuple[Edit, ...], tuple[Skip, ...]]


def _rate(prescription: Prescription, rate: float | None) -> float:
    if rate is None and prescription.dose is None:
        raise SettingsError("the prescription has no dose", where=prescription.remedy, todo="give a rate")
    return _in_range(prescription.dose.value if rate is None and prescription.dose else rate)


def _in_range(rate: float | None) -> float:
    if rate is None or isnan(rate) or not 0 <= rate < 1:
        raise SettingsError(f"a dropout rate of {rate} is not in [0, 1)", todo="give a rate such as 0.4")
    return float(rate)


def _named(prescription: Prescription, facts: ModelFacts) -> frozenset[str]:
    """The layers that the prescription names, empty when it names none of this model's."""
    return frozenset(prescription.where) & {layer.path for layer in facts.layers}


def _raised(model: nn.Module, seen: Survey, named: frozenset[str], rate: float) -> _Plan:
    """Insert dropout where there is none, raise it where there is."""
    sites = find_sites(seen.facts, seen.reads_input)
    chosen: dict[str, Site] = {}
    skipped = list(sites.skipped)
    for site in sites.places:
        place = site.dropout.path if site.dropout else site.layer.path
        if named and not named & {place, site.layer.path}:
            skipped.append(Skip(path=place, because="is not among the places prescribed"))
        elif site.dropout and (site.dropout.rate or 0) >= rate:
            skipped.append(
                Skip(path=place, because=f"already drops at {site.dropout.rate:g}, not below {rate:g}")
            )
        else:
            chosen.setdefault(place, site)
    inserted = tuple(place for place, site in chosen.items() if site.dropout is None)
    edits = tuple(_edit(model, site, rate, inserted) for site in chosen.values())
    return edits, tuple(dict.fromkeys(skipped))


def _edit(model: nn.Module, site: Site, rate: float, inserted: tuple[str, ...]) -> Edit:
    if site.dropout is None:
        code = insertion(model, site.layer.path, rate, inserted)
        return Edit(path=site.layer.path, kind=EditKind.INSERT_DROPOUT, before=None, after=rate, code=code)
    return _set_rate(model, site.dropout.path, site.dropout.rate or 0.0, rate, inserted)


def _set_rate(
    model: nn.Module, path: str, before: float, after: float, inserted: tuple[str, ...] = ()
) -> Edit:
    code = new_rate(model, path, before, after, inserted)
    return Edit(path=path, kind=EditKind.SET_RATE, before=before, after=after, code=code)


def _lowered(model: nn.Module, seen: Survey, named: frozenset[str], rate: float) -> _Plan:
    """Lower every dropout layer that is above the rate."""
    edits, skipped = [], []
    for layer in {layer.path: layer for layer in seen.facts.of_kind(LayerKind.DROPOUT)}.values():
        if because := _not_lowered(layer, rate, named):
            skipped.append(Skip(path=layer.path, because=because))
        else:
            edits.append(_set_rate(model, layer.path, layer.rate or 0.0, rate))
    return tuple(edits), tuple(skipped)


def _not_lowered(layer: LayerFacts, rate: float, named: frozenset[str]) -> str | None:
    if layer.type_name.startswith(FUNCTIONAL):
        return f"{layer.type_name} is a call in the model's code, at {layer.rate}; change its rate there"
    if named and layer.path not in named:
        return "is not among the places prescribed"
    if layer.rate is None or layer.rate <= rate:
        return f"drops at {layer.rate}, not above {rate:g}"
    return None


def _nothing(seen: Survey, skipped: tuple[Skip, ...], rate: float, remedy: str) -> NothingMatchedError:
    """Say why no layer matched, which were looked at, and what can be done instead."""
    sites = find_sites(seen.facts, seen.reads_input)
    if remedy == "lower-dropout":
        dropout = seen.facts.of_kind(LayerKind.DROPOUT)
        cause = f"no dropout layer is above {rate:g}" if dropout else "the model has no dropout layer"
        todo = "choose another remedy or rate"
    else:
        cause = sites.cause or f"every place drops at {rate:g} or more already"
        todo = _INSTEAD if sites.cause else "choose a higher rate or another remedy"
    if not seen.facts.traced and (remedy == "lower-dropout" or sites.order_matters):
        todo = "give an example batch (example=...)"
    reasons = dict.fromkeys(skip.because for skip in skipped)
    same = len(reasons) == 1 and next(iter(reasons)) in cause  # said in the cause already
    looked_at = "; ".join(skip.path if same else f"{skip.path}: {skip.because}" for skip in skipped)
    return NothingMatchedError(
        f"nothing to change: {cause}",
        where=f"{seen.facts.type_name} (looked at: {looked_at or 'no layer'})",
        todo=todo,
    )


_INSTEAD = "carry out weight decay instead (--remedy weight-decay), or put the dropout in by hand"
