# SPDX-License-Identifier: Apache-2.0
"""A treatment at another dose: the same places, another number."""

from dataclasses import replace

from goodfit.errors import NothingMatchedError, SettingsError
from goodfit.surgery.plans.dropout import rate
from goodfit.values import Edit, Skip, Treatment


def at_dose(treatment: Treatment, dose: float) -> Treatment:
    """The same treatment at another drop probability: what a search over rates applies.

    Places that the rate would move against the remedy (a layer raised by "lower-dropout", or lowered by
    "raise-dropout") are left alone, with the reason.

    Raises:
        SettingsError: the rate is out of range, or the treatment is one of the training.
        NothingMatchedError: it moves no place in the remedy's direction.
    """
    if treatment.of_training().edits:
        raise SettingsError(
            "the treatment changes the training, which has no drop probability",
            where=treatment.prescription.remedy,
            todo="plan it again: plan(subject, prescription, dose=...)",
        )
    checked = rate(dose)
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
