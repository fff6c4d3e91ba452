# SPDX-License-Identifier: Apache-2.0
"""A layer gets another number of units, with the norms and layers behind it; and exactly what was is put back.

The modules stay, with their names, hooks and sharing, and so do the Parameter objects; their tensors are replaced.
What was is kept on the layer (deep copies and pickles carry it), and costs its memory until it is taken back. The
edit's `along` names the norms, and the layers that read the units: "fc2", or "out[4:10]" where only those inputs
of `out` hold them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b

import torch
from torch import Tensor, nn

from goodfit.errors import SurgeryError
from goodfit.surgery.edits._layers import first_name, layer_at
from goodfit.surgery.edits._widths import Parts, fit_sizes, out_axis, resized
from goodfit.surgery.kinds import kind_of
from goodfit.surgery.subject import Subject
from goodfit.surgery.units import outputs_of
from goodfit.values import Edit, LayerKind

KEPT = "_goodfit_widths"


@dataclass(frozen=True, slots=True)
class Kept:
    """What an edit replaced."""

    after: int  # units that it gave
    manner: str
    tensors: tuple[Tensor, ...]
    digest: str  # of what it put there


def carry_out(subject: Subject, edit: Edit) -> None:
    """Make one edit in place. An optimiser that has made a step is in the way: it holds numbers of the old shape.

    Raises:
        SurgeryError: the layers are not as they were when the edit was planned, or the optimiser has made steps;
            nothing was changed.
    """
    parts = _parts(subject.model, edit, int(edit.before or 0))
    slots = list(parts.slots())
    _refuse_used(subject.optimizer, slots, edit)
    old = tuple(_tensor(layer, name) for layer, name in slots)
    new = resized(parts, int(edit.after), edit.manner, int(_digest(old)[:12], 16))
    kept = Kept(int(edit.after), edit.manner, old, _digest(new))
    _put(parts, slots, new, int(edit.after))
    setattr(parts.layer, KEPT, [*getattr(parts.layer, KEPT, ()), kept])


def take_back(subject: Subject, edit: Edit) -> None:
    """Undo one edit in place: the very numbers that were.

    Raises:
        SurgeryError: the edit is not there, or the layers have changed since (they were trained, or loaded from a
            checkpoint), so that what was would throw that away; nothing was changed.
    """
    layer = layer_at(subject.model, edit)
    kept = _kept(layer, edit)
    if kept is None:
        raise SurgeryError(
            f"the layer was not brought from {edit.before} to {edit.after} units, so that nothing is to be taken back",
            where=edit.path,
        )
    parts = _parts(subject.model, edit, kept.after, back=True)
    slots = list(parts.slots())
    now = [_tensor(each, name) for each, name in slots]
    if _digest(now) != kept.digest:
        raise SurgeryError(
            "the layer, or one that reads it, has changed since it got its new width (it was trained, loaded or "
            "converted), and what it learned would be lost",
            where=edit.path,
            todo="go back to a checkpoint of the untreated model; treat() leaves the original as it is",
        )
    old = [before.to(after) for before, after in zip(kept.tensors, now, strict=True)]
    _put(parts, slots, old, int(edit.before or 0))
    rest = getattr(layer, KEPT)[:-1]
    if rest:
        setattr(layer, KEPT, rest)
    else:
        delattr(layer, KEPT)


def in_place(subject: Subject, edit: Edit) -> str | None:
    """The dotted name of the layer whose width was changed, or None where it was not."""
    layer = layer_at(subject.model, edit)
    return first_name(subject.model, layer) if _kept(layer, edit) is not None else None


def parts_named(along: Iterable[str]) -> list[tuple[str, int | None, int | None]]:
    """The layers that an edit names in `along`: dotted name, first input, end of inputs (None: all)."""
    found: list[tuple[str, int | None, int | None]] = []
    for each in along:
        name, bracket, rest = each.partition("[")
        start, _, stop = rest.rstrip("]").partition(":")
        found.append((name, int(start), int(stop)) if bracket else (name, None, None))
    return found


def _parts(model: nn.Module, edit: Edit, width: int, *, back: bool = False) -> Parts:
    """The modules that an edit is about, checked for the sizes that it expects."""
    layer = layer_at(model, edit)
    if outputs_of(layer) != width:
        raise _unlike(edit, f"{width} units were expected, and {outputs_of(layer)} found")
    norms, spans = [], []
    for name, start, stop in parts_named(edit.along):
        try:
            other = model.get_submodule(name)
        except AttributeError:
            raise _unlike(edit, f"there is no layer {name!r} that changes with it") from None
        if kind_of(other) is LayerKind.BATCH_NORM:
            norms.append(other)
            continue
        size = other.get_parameter("weight").shape[1 - out_axis(other)]
        whole = back or stop is None  # a span is said in the sizes before the edit; going back needs none
        first, end = (0, size) if whole else (start or 0, stop or 0)
        if not back and (end > size or (end - first) % width):
            raise _unlike(edit, f"{name} has {size} inputs, which do not hold {width} units")
        spans.append((other, first, end))
    return Parts(layer, width, tuple(norms), tuple(spans))


def _unlike(edit: Edit, found: str) -> SurgeryError:
    return SurgeryError(found, where=edit.path, todo="plan the treatment anew for the model as it is now")


def _refuse_used(
    optimizer: torch.optim.Optimizer | None, slots: Iterable[tuple[nn.Module, str]], edit: Edit
) -> None:
    used = optimizer.state if optimizer is not None else {}
    if any(getattr(layer, name) in used for layer, name in slots):
        raise SurgeryError(
            "the optimiser has made steps, and holds numbers of the old shape for this layer",
            where=edit.path,
            todo="treat the model before the optimiser is made",
        )


def _kept(layer: nn.Module, edit: Edit) -> Kept | None:
    """What the edit replaced, where it is the last that was made at the layer."""
    found: list[Kept] = getattr(layer, KEPT, [])
    last = found[-1] if found else None
    return last if last and (last.after, last.manner) == (edit.after, edit.manner) else None


def _put(parts: Parts, slots: list[tuple[nn.Module, str]], tensors: Iterable[Tensor], width: int) -> None:
    for (layer, name), tensor in zip(slots, tensors, strict=True):
        held = getattr(layer, name)
        if isinstance(held, nn.Parameter):
            held.data, held.grad = tensor, None  # the object stays: names, sharing and freezing with it
        else:
            setattr(layer, name, tensor)
    for layer in dict.fromkeys(layer for layer, _ in slots):
        fit_sizes(layer, width)
    for norm in parts.norms:  # one without numbers of its own has no slot
        fit_sizes(norm, width)


def _tensor(layer: nn.Module, name: str) -> Tensor:
    found: Tensor = getattr(layer, name).detach()
    return found


def _digest(tensors: Iterable[Tensor]) -> str:
    """A fingerprint of shapes, types and bits."""
    state = blake2b(digest_size=16)
    for tensor in tensors:
        state.update(f"{tensor.dtype}{tuple(tensor.shape)}".encode())
        state.update(tensor.cpu().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes())
    return state.hexdigest()
