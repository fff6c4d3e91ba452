# SPDX-License-Identifier: Apache-2.0
"""What must be kept where a treatment adds norms or changes widths: all that it does not announce."""

from collections.abc import Iterator
from typing import Any

from torch import nn

from goodfit.errors import SurgeryError
from goodfit.surgery.closeness import is_close, same_bits
from goodfit.surgery.edits._widths import PRESERVING
from goodfit.surgery.edits.batch_norm import NAME
from goodfit.surgery.trace import tensors_of, trace
from goodfit.values import EditKind, Treatment

CHANGING = (EditKind.BATCH_NORM, EditKind.WIDTH)


def changes_structure(treatment: Treatment) -> bool:
    """Whether keys or shapes of a treated model differ from those of the untreated one."""
    return any(edit.kind in CHANGING for edit in treatment.edits)


def check_kept_state(original: nn.Module, treated: nn.Module, treatment: Treatment) -> None:
    """Check that all keys are still there, new ones are those of the norms, and other layers' numbers are the same.

    Raises:
        SurgeryError: they are not, or what is frozen or tied differs.
    """
    before, after = original.state_dict(), treated.state_dict()
    if gone := [key for key in before if key not in after]:
        raise SurgeryError("the treated model lacks a state-dict key", where=gone[0])
    if new := [key for key in after if key not in before and f".{NAME}." not in f".{key}"]:
        raise SurgeryError("the treated model has a state-dict key that no edit announces", where=new[0])
    edited = set(_edited(treatment))
    kept = [key for key in before if key.rpartition(".")[0] not in edited]
    if differing := [key for key in kept if not same_bits(before[key], after[key])]:
        raise SurgeryError("a weight of a layer that no edit changes differs", where=differing[0])
    if _frozen_and_tied(original, before) != _frozen_and_tied(treated, before):
        raise SurgeryError("what is frozen, or what is tied, differs from the untreated model")


def check_kept_output(original: nn.Module, treated: nn.Module, treatment: Treatment, example: Any) -> None:
    """Check that the output in evaluation mode is equal up to rounding, or of the same shapes where no more is meant.

    Raises:
        SurgeryError: it is not.
    """
    expected, found = (list(tensors_of(trace(each, example, {}).output)) for each in (original, treated))
    preserving = all(e.manner == PRESERVING for e in treatment.edits if e.kind is EditKind.WIDTH)
    same = is_close if preserving else lambda a, b: bool(a.shape == b.shape)
    if not expected or len(expected) != len(found) or not all(map(same, expected, found)):
        raise SurgeryError(
            "the output in evaluation mode differs from the untreated model's by more than the treatment announces",
            where=type(treated).__name__,
            todo="check that the model gives the same output twice in evaluation mode, and was not trained since",
        )


def _edited(treatment: Treatment) -> Iterator[str]:
    """Dotted names of the layers whose numbers change."""
    for edit in treatment.edits:
        if edit.kind is EditKind.WIDTH:
            yield edit.path
            yield from (name.partition("[")[0] for name in edit.along)


def _frozen_and_tied(model: nn.Module, names: Any) -> list[tuple[str, bool, str]]:
    """Each parameter of these names, whether it is trained, and the first name of the same parameter."""
    first: dict[int, str] = {}
    named = ((n, p) for n, p in model.named_parameters(remove_duplicate=False) if n in names)
    return [(name, p.requires_grad, first.setdefault(id(p), name)) for name, p in named]
