# SPDX-License-Identifier: Apache-2.0
"""A transformers model gets its new rates in the configuration too, or they would be lost when it is saved and loaded."""

from collections import defaultdict

from torch import nn

from goodfit.surgery.code_lines import number
from goodfit.surgery.configs import fields_of, has_config
from goodfit.surgery.holders import Held
from goodfit.values import Edit, EditKind, LayerFacts, ModelFacts, Skip


def with_config(
    model: nn.Module, facts: ModelFacts, edits: list[Edit]
) -> tuple[list[Edit], tuple[Skip, ...]]:
    """Add the edits of the configuration that belong to edits of the live modules.

    A field is set only where all that it feeds has, or gets, one rate; the others are named as left alone.
    """
    if not edits or not has_config(model):
        return edits, ()
    planned = {(edit.path, edit.attribute): edit for edit in edits if edit.kind is EditKind.SET_RATE}
    rates = {_held(layer): layer.rate for layer in facts.layers if layer.rate is not None and layer.attribute}
    for unset in (False, True):
        added, lost = _fields(model, rates, planned, unset=unset)
        if not lost:
            break
    return [*edits, *added], lost


def _held(layer: LayerFacts) -> Held:
    return (layer.path if layer.held_by is None else layer.held_by), layer.attribute


def _fields(
    model: nn.Module, rates: dict[Held, float], planned: dict[Held, Edit], *, unset: bool
) -> tuple[list[Edit], tuple[Skip, ...]]:
    fed: dict[str, list[Held]] = defaultdict(list)
    for each, field in fields_of(model, rates, unset=unset).items():
        fed[field].append(each)
    added: list[Edit] = []
    lost: list[Skip] = []
    for field, fields in fed.items():
        changed = [planned[each] for each in fields if each in planned]
        if not changed or f"config.{field}" in {edit.attribute for edit in changed}:
            continue
        after = {planned[each].after if each in planned else rates[each] for each in fields}
        if len(after) > 1:
            others = ", ".join(each[0] for each in fields if each not in planned)
            because = f"feeds places at different rates ({others or 'all of them changed'}), and holds one"
            lost.append(Skip(path=f"config.{field}", because=because))
            continue
        added.append(_edit(model, field, changed))
    return added, tuple(lost)


def _edit(model: nn.Module, field: str, changed: list[Edit]) -> Edit:
    before = getattr(model.config, field)
    was = "" if before is None else f", was {before:g}"
    after = changed[0].after
    return Edit(
        path="",
        kind=EditKind.SET_RATE,
        before=before,
        after=after,
        code=f"config.{field} = {number(after)}  # before the model is made from it, and kept by save_pretrained{was}",
        attribute=f"config.{field}",
        along=tuple(edit.path for edit in changed),
        most=min((edit.most for edit in changed if edit.most is not None), default=None),
    )
