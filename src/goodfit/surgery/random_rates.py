# SPDX-License-Identifier: Apache-2.0
"""A treatment with dropout becomes one with random rates: each example draws its own, up to the treatment's.

random = at_random_rates(model, plan(model, Prescription(remedy="raise-dropout"), dose=0.9, example=batch))
"""

from dataclasses import replace

from torch import nn

from goodfit.errors import NothingMatchedError
from goodfit.nn import has_rows
from goodfit.surgery.doses import at_dose
from goodfit.surgery.kinds import kind_of
from goodfit.values import Edit, EditKind, LayerKind, Treatment

_NEW = (EditKind.INSERT_DROPOUT, EditKind.LOCKED_DROPOUT)
_MEAN = 0.5  # of the uniform share: what cannot vary from example to example drops at the mean of what does


def at_random_rates(model: nn.Module, treatment: Treatment) -> Treatment:
    """The same places, where each example draws one rate for all of them, uniform from 0 to the place's rate.

    Places that cannot drop each example at a rate of its own (rates of recurrent and attention layers, of
    functions, of weights and embeddings, Dropout2d and its kin) drop at half the rate, the mean of the others.

    Args:
        model: the untreated model; it is not changed.
        treatment: "raise-dropout", planned for it at the highest rate.

    Raises:
        NothingMatchedError: no place of the treatment can vary from example to example.
        SettingsError: the treatment is one of the training.
    """
    varied = {edit: path for edit in treatment.edits if (path := _varies(model, edit))}
    if not varied:
        raise NothingMatchedError(
            "no place of the treatment can drop each example at a rate of its own",
            where=", ".join(edit.path for edit in treatment.edits) or type(model).__name__,
            todo="treat it at one rate for all examples",
        )
    highest = max(edit.after for edit in varied)
    fixed = tuple(edit for edit in treatment.edits if edit not in varied)
    lowered = replace(treatment, edits=fixed)
    if fixed:
        lowered = at_dose(lowered, _MEAN * highest)
    switch = Edit(
        path="",
        kind=EditKind.RANDOM_RATES,
        before=None,
        after=highest,
        code="random_rates_(model)  # after the model is made; from goodfit.nn import random_rates_",
        along=tuple(varied.values()),
    )
    return replace(lowered, edits=(*varied, *lowered.edits, switch))


def _varies(model: nn.Module, edit: Edit) -> str:
    """The dotted name of the layer that will drop for an edit, where it can have a rate for each example, or ""."""
    if edit.kind in _NEW:
        return f"{edit.path}.input_dropout"
    if edit.kind is not EditKind.SET_RATE or edit.attribute not in ("", "p"):
        return ""
    layer = model.get_submodule(edit.path)
    return edit.path if kind_of(layer) is LayerKind.DROPOUT and has_rows(layer) else ""
