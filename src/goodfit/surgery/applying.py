# SPDX-License-Identifier: Apache-2.0
"""A treatment is applied as a whole or not at all, to a copy or in place, and taken back to exactly what was."""

import copy
from collections.abc import Callable, Sequence

from torch import nn

from goodfit.errors import SurgeryError
from goodfit.surgery.edits import EDITS
from goodfit.surgery.fingerprint import fingerprint
from goodfit.surgery.subject import Subject, subject_of
from goodfit.surgery.wrappers import refuse_uneditable
from goodfit.values import Edit, Treatment


def treat(model: nn.Module, treatment: Treatment) -> nn.Module:
    """Give a treated deep copy of `model`; `model` stays as it is.

    Raises:
        SurgeryError: the model cannot be copied, or not be treated (see `treat_`).
    """
    _check(model, treatment)
    try:
        treated = copy.deepcopy(model)
    except Exception as error:
        raise SurgeryError(
            f"the model cannot be copied: {type(error).__name__}: {error}",
            where=type(model).__name__,
            todo="use treat_, which changes the model in place",
        ) from error
    treat_(treated, treatment)
    return treated


def treat_(model: nn.Module | Subject, treatment: Treatment) -> None:
    """Apply `treatment` in place: all of its edits, or none.

    Args:
        model: what is changed; a Subject (model, optimiser, loss, epochs) for a treatment of the training.
        treatment: what `plan` gave for it.

    Raises:
        SurgeryError: it is treated already, the treatment was planned for a model of another structure, a place is
            not as it was planned, or state-dict keys would change unannounced; everything is as it was.
    """
    subject = subject_of(model)
    _check(subject, treatment)
    keys = list(subject.model.state_dict())
    _all_or_none(subject, treatment.edits, _carry_out, _take_back)
    if all(edit.kind.keeps_keys for edit in treatment.edits) and list(subject.model.state_dict()) != keys:
        _all_or_none(subject, treatment.edits[::-1], _take_back, _carry_out)
        raise SurgeryError("the edits would change the state-dict keys", where=type(subject.model).__name__)


def revert_(model: nn.Module | Subject, treatment: Treatment) -> None:
    """Take `treatment` back in place: rates, hooks and modules are as before it.

    Raises:
        SurgeryError: the treatment is not (wholly) there to be taken back; everything is as it was.
    """
    subject = subject_of(model)
    if treatment.of_model().edits:
        refuse_uneditable(subject.model)
    _all_or_none(subject, treatment.edits[::-1], _take_back, _carry_out)


def _check(given: nn.Module | Subject, treatment: Treatment) -> None:
    subject = subject_of(given)
    model = subject.model
    if treatment.of_model().edits:
        refuse_uneditable(model)
    if treatment.edits and all(_is_made(subject, edit) for edit in treatment.edits):
        raise SurgeryError(
            "the model is treated already: every edit of this treatment is in it",
            where=type(model).__name__,
            todo="take the treatment back with revert_ before it is applied again",
        )
    if treatment.of_model().edits and treatment.model_fingerprint != fingerprint(model):
        raise SurgeryError(
            "the treatment was planned for a model of another structure",
            where=type(model).__name__,
            todo="plan it for this model; a model that was treated already is reverted first",
        )


def _is_made(subject: Subject, edit: Edit) -> bool:
    """Whether an edit is in the subject."""
    try:
        return EDITS[edit.kind].in_place(subject, edit) is not None
    except SurgeryError:  # no layer of this name
        return False


def _carry_out(subject: Subject, edit: Edit) -> None:
    EDITS[edit.kind].carry_out(subject, edit)


def _take_back(subject: Subject, edit: Edit) -> None:
    EDITS[edit.kind].take_back(subject, edit)


_Step = Callable[[Subject, Edit], None]


def _all_or_none(subject: Subject, edits: Sequence[Edit], do: _Step, undo: _Step) -> None:
    """Do each edit; when one fails, undo those done, last first, and raise."""
    done: list[Edit] = []
    try:
        for edit in edits:
            do(subject, edit)
            done.append(edit)
    except BaseException as error:  # Ctrl-C too must not leave half a treatment
        for edit in reversed(done):
            undo(subject, edit)
        if isinstance(error, SurgeryError) or not isinstance(error, Exception):
            raise
        place = edits[len(done)].path
        raise SurgeryError(f"an edit failed: {type(error).__name__}: {error}", where=place) from error
