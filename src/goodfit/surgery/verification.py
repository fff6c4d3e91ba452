# SPDX-License-Identifier: Apache-2.0
"""A treated model is held against its original: same keys, same inference output bit for bit, edits that run."""

from typing import Any

import torch
from torch import nn

from goodfit.errors import SurgeryError
from goodfit.surgery.closeness import same_bits
from goodfit.surgery.edits import EDITS
from goodfit.surgery.facts import read_facts
from goodfit.surgery.structure_checks import changes_structure, check_kept_output, check_kept_state
from goodfit.surgery.subject import Subject
from goodfit.surgery.trace import inferred, tensors_of, trace
from goodfit.surgery.wrappers import unwrapped
from goodfit.values import Treatment

__all__ = ["same_bits", "verify"]


def verify(original: nn.Module, treated: nn.Module, treatment: Treatment, example: Any) -> None:
    """Check that a treatment did what it says, and nothing else; neither model is changed.

    Args:
        original: the untreated model, with the weights that `treated` has.
        treated: the model after `treat`.
        treatment: what was applied.
        example: one batch as the models take it.

    Raises:
        SurgeryError: state-dict keys, weights, what is frozen or what is tied differ; an edit is missing or did
            not run for the example; or the output in evaluation mode is not equal bit for bit. New norms and other
            widths may change what they announce, and the output up to rounding (fewer or fresh units: any way).
    """
    original, treated = unwrapped(original), unwrapped(treated)
    if changing := changes_structure(treatment):
        check_kept_state(original, treated, treatment)
    else:
        _check_state(original, treated)
    carriers = [
        (edit.path, EDITS[edit.kind].in_place(Subject(model=treated), edit))
        for edit in treatment.of_model().edits
    ]
    if missing := [path for path, carrier in carriers if carrier is None]:
        raise SurgeryError("an edit of the treatment is not in the treated model", where=missing[0])
    modules = {module: path for path, module in treated.named_modules()}
    seen = trace(treated, example, modules)
    ran = {call.path for call in seen.calls}
    idle = [path for path, carrier in carriers if carrier not in ran]
    if idle := [path for path in idle if path not in _read(treated, example)]:
        raise SurgeryError(
            "the edited place did not run for the example, so the edit has no effect",
            where=idle[0],
            todo="give an example that uses the whole model, or leave this place out",
        )
    if changing:
        check_kept_output(original, treated, treatment, example)
    else:
        _check_output(original, treated, example)


def _read(model: nn.Module, example: Any) -> set[str | None]:
    """The modules whose rate is read by a function that drops, and which do not run themselves."""
    return {layer.held_by for layer in read_facts(model, example).layers if layer.rate is not None}


def _check_output(original: nn.Module, treated: nn.Module, example: Any) -> None:
    """The models must agree as they are used, without goodfit's hooks: those would keep torch's fused code away."""
    for context in (torch.enable_grad, torch.no_grad, torch.inference_mode):
        with context():
            expected, found = (list(tensors_of(inferred(each, example))) for each in (original, treated))
        equal = len(expected) == len(found) and all(map(same_bits, expected, found))
        if not expected or not equal:
            raise SurgeryError(
                "the output in evaluation mode differs from the untreated model's, or holds no tensor",
                where=f"{type(treated).__name__}, under torch.{context.__name__}",
                todo="check that the model gives the same output twice in evaluation mode (dropout left on, or noise)",
            )


def _check_state(original: nn.Module, treated: nn.Module) -> None:
    """State-dict keys and numbers, what is frozen, and what is tied must be the same."""
    before, after = original.state_dict(), treated.state_dict()
    if list(before) != list(after):
        changed = sorted(set(before) ^ set(after)) or list(after)
        raise SurgeryError("the state-dict keys differ from the untreated model's", where=changed[0])
    if differing := [key for key in before if not same_bits(before[key], after[key])]:
        raise SurgeryError("a weight differs from the untreated model's", where=differing[0])
    if _frozen_and_tied(original) != _frozen_and_tied(treated):
        raise SurgeryError("what is frozen, or what is tied, differs from the untreated model")


def _frozen_and_tied(model: nn.Module) -> list[tuple[str, bool, str]]:
    """Each parameter's name, whether it is trained, and the first name of the same parameter."""
    first: dict[int, str] = {}
    named = model.named_parameters(remove_duplicate=False)
    return [(name, p.requires_grad, first.setdefault(id(p), name)) for name, p in named]
