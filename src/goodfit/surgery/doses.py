# SPDX-License-Identifier: Apache-2.0
"""A treatment at another dose: the same places, another number."""

import re
from dataclasses import replace

from goodfit.errors import NothingMatchedError, SettingsError
from goodfit.surgery.code_lines import number
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
    aims = {edit: checked if edit.most is None else min(checked, edit.most) for edit in treatment.edits}
    moved = [edit for edit in treatment.edits if _moves(edit, aims[edit], lowering=lowering)]
    against = [edit for edit in treatment.edits if edit not in moved]
    side = "above" if lowering else "below"
    skipped = [
        Skip(path=e.path, because=f"drops at {e.before or 0:g}, not {side} {aims[e]:g}") for e in against
    ]
    if not moved:
        raise NothingMatchedError(
            f"no place of the treatment drops {side} {checked:g}",
            where="; ".join(f"{skip.path} {skip.because}" for skip in skipped) or None,
            todo=f"give a {'lower' if lowering else 'higher'} rate",
        )
    edits = tuple(_rewritten(edit, aims[edit]) for edit in moved)
    return replace(treatment, edits=edits, skipped=(*treatment.skipped, *skipped))


def highest_dose(treatment: Treatment) -> float:
    """The dose above which a treatment changes no more, because each of its places has an end of its own."""
    ends = [1.0 if edit.most is None else edit.most for edit in treatment.edits]
    return max(ends, default=1.0)


def _moves(edit: Edit, rate: float, *, lowering: bool) -> bool:
    if edit.before is None:  # something new, or a configuration's field that goes with the others
        return rate > 0 or bool(edit.attribute)
    return rate < edit.before if lowering else rate > edit.before


def _rewritten(edit: Edit, rate: float) -> Edit:
    """The edit at another rate; in its code the rate is the first such number that is an argument or a value."""
    old, new = number(edit.after), number(rate)
    found = re.compile(rf"(?:(?<=[(=,] )|(?<=[(=])){re.escape(old)}(?![\w.])")
    return replace(edit, after=rate, code=found.sub(new, edit.code, count=1))
