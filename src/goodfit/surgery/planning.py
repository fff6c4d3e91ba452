# SPDX-License-Identifier: Apache-2.0
"""A prescription is worked out for one model: which layers, from what to what, in which lines of code.

Planning is pure: the model is read and not changed.
"""

from typing import Any

from torch import nn

from goodfit.errors import NothingMatchedError, SettingsError, SurgeryError
from goodfit.surgery.facts import Survey, survey
from goodfit.surgery.places import Where, wanted_places
from goodfit.surgery.plans import PLANNERS, Planned, Request
from goodfit.surgery.subject import Subject, subject_of
from goodfit.surgery.wrappers import refuse_uneditable
from goodfit.values import Prescription, Skip, Treatment


def plan(
    model: nn.Module | Subject,
    prescription: Prescription,
    *,
    dose: float | None = None,
    example: Any = None,
    where: Where | None = None,
) -> Treatment:
    """Work out a prescription for `model`, which is not changed.

    Args:
        model: the model to be treated; a Subject (model, optimiser, loss, epochs) for remedies of the training.
        prescription: names the remedy; where its `where` names layers of the model, only those are treated.
        dose: used instead of the prescribed one, in the unit of the remedy's dose.
        example: one batch as the model takes it; shows the order in which layers run.
        where: a glob of dotted names, or a predicate of (module, dotted name): only these places.

    Raises:
        NothingMatchedError: no place of the model fits; names the cause and the candidates.
        SurgeryError: goodfit cannot carry the remedy out, or the model is compiled or scripted.
        SettingsError: the dose is missing or out of range.
    """
    subject = subject_of(model)
    planner = PLANNERS.get(prescription.remedy)
    if planner is None or not planner.of_training:
        refuse_uneditable(subject.model)
    if planner is None:
        raise SurgeryError(
            f"the remedy {prescription.remedy!r} is advice, and nothing that goodfit carries out",
            todo=f"plan one of: {', '.join(PLANNERS)}",
        )
    if dose is None and prescription.dose is None and planner.needs_dose:
        raise SettingsError("the prescription has no dose", where=prescription.remedy, todo="give a dose")
    checked = planner.dose(prescription.dose.value if dose is None and prescription.dose else dose)
    seen = survey(subject.model, example)
    planned = planner.plan(
        Request(
            subject=subject,
            seen=seen,
            prescription=prescription,
            dose=checked,
            wanted=wanted_places(subject.model, prescription, where),
            example=example,
        )
    )
    if not planned.edits:
        raise _nothing(seen, planned)
    untraced = () if seen.facts.traced or not _in_model(planned) else (_UNTRACED,)
    return Treatment(
        prescription=prescription,
        edits=planned.edits,
        skipped=(*planned.skipped, *untraced),
        model_fingerprint=seen.facts.fingerprint,
    )


_UNTRACED = Skip(
    path="(the whole model)",
    because="no example batch was given, so that the order of layers is that of their registration and dropout "
    "called as a function was not seen",
)


def _in_model(planned: Planned) -> bool:
    return any(not edit.kind.of_training for edit in planned.edits)


def _nothing(seen: Survey, planned: Planned) -> NothingMatchedError:
    """Say why no layer matched, which were looked at, and what can be done instead."""
    reasons = dict.fromkeys(skip.because for skip in planned.skipped)
    same = len(reasons) == 1 and next(iter(reasons)) in planned.cause  # said in the cause already
    looked_at = "; ".join(skip.path if same else f"{skip.path}: {skip.because}" for skip in planned.skipped)
    return NothingMatchedError(
        f"nothing to change: {planned.cause}",
        where=f"{seen.facts.type_name} (looked at: {looked_at or 'no layer'})",
        todo=planned.todo or None,
    )
