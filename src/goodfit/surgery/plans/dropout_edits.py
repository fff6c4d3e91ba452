# SPDX-License-Identifier: Apache-2.0
"""A place for dropout becomes an edit: a number that is set, or something new that drops there."""

from collections.abc import Iterable, Sequence

from torch import nn

from goodfit.remedies import Role, Site, Way
from goodfit.surgery.code_lines import call_on, insertion, new_rate, number, recurrent, statement
from goodfit.surgery.edits.locked_dropout import BATCH_FIRST, TIME_FIRST
from goodfit.surgery.kinds import kind_of
from goodfit.surgery.plans._request import Request
from goodfit.values import Edit, EditKind, LayerFacts, LayerKind


def inserted_into(sites: Iterable[Site]) -> tuple[str, ...]:
    """The dotted names of the layers that dropout is put in front of."""
    return tuple(site.layer.path for site in sites if site.dropout is None and site.way is Way.INPUT)


def set_rate(
    model: nn.Module,
    holder: LayerFacts,
    after: float,
    most: float | None = None,
    inserted: Sequence[str] = (),
) -> Edit:
    """The edit that gives another value to what holds a rate."""
    path = holder.path if holder.held_by is None else holder.held_by
    before, attribute = holder.rate or 0.0, holder.attribute
    module = model.get_submodule(path)
    if kind_of(module) is LayerKind.DROPOUT:
        code = new_rate(model, path, before, after, inserted)
    elif kind_of(module) is LayerKind.RECURRENT:
        code = recurrent(model, path, before, after)
    else:
        code = statement(model, path, attribute, before, after)
    return Edit(
        path=path,
        kind=EditKind.SET_RATE,
        before=before,
        after=after,
        code=code,
        attribute=attribute,
        most=most,
    )


def insertion_at(
    request: Request, site: Site, after: float, most: float | None, inserted: Sequence[str]
) -> Edit:
    """The edit that puts something that drops where there is nothing yet."""
    model, path = request.model, site.layer.path
    kind, manner = _kind(request, site)
    if kind is EditKind.WEIGHT_DROP:
        code = call_on(model, path, f"weight_drop_({{}}, {number(after)})", "weight_drop_")
    elif kind is EditKind.EMBEDDING_DROPOUT:
        made = f"EmbeddingDropout({site.layer.in_features}, p={number(after)})"
        names = "EmbeddingDropout, attach_"
        code = call_on(model, path, f'attach_({{}}, {made}, side="output")', names)
    elif kind is EditKind.LOCKED_DROPOUT:
        first = ", batch_first=True" if manner == BATCH_FIRST else ""
        code = insertion(model, path, f"goodfit.nn.LockedDropout({number(after)}{first})", inserted)
    else:
        code = insertion(model, path, f"nn.Dropout({number(after)})", inserted)
    return Edit(path=path, kind=kind, before=None, after=after, code=code, manner=manner, most=most)


def _kind(request: Request, site: Site) -> tuple[EditKind, str]:
    """What is put in; for a sequence, dropout with one mask for all of its steps, and how the sequence lies."""
    if site.way is Way.WEIGHTS:
        return EditKind.WEIGHT_DROP, ""
    if site.way is Way.ROWS:
        return EditKind.EMBEDDING_DROPOUT, ""
    if site.role is not Role.RECURRENT:
        return EditKind.INSERT_DROPOUT, ""
    layer = request.model.get_submodule(site.layer.path)
    if isinstance(layer, nn.RNNBase):
        return EditKind.LOCKED_DROPOUT, BATCH_FIRST if layer.batch_first else TIME_FIRST
    shape = request.seen.shapes.get(site.layer.path, ())
    before = _recurrent_before(request, site.layer.path)
    if len(shape) != _SEQUENCES or before is None:
        return EditKind.INSERT_DROPOUT, ""
    given = request.seen.shapes.get(before, ())
    same_order = given[:2] == shape[:2] or given[:2] != shape[1::-1]  # else forward swapped batch and time
    recurrent_layer = request.model.get_submodule(before)
    first = bool(getattr(recurrent_layer, "batch_first", False)) == same_order
    return EditKind.LOCKED_DROPOUT, BATCH_FIRST if first else TIME_FIRST


_SEQUENCES = 3  # dimensions of a batch of sequences


def _recurrent_before(request: Request, path: str) -> str | None:
    """The recurrent module that ran last before the layer at `path`."""
    last = None
    for layer in request.seen.facts.layers:
        if layer.path == path:
            return last
        if layer.kind is LayerKind.RECURRENT and layer.stacked is not None:
            last = layer.path
    return None
