# SPDX-License-Identifier: Apache-2.0
"""A training gets a patience: it ends when validation has not improved for so long, and keeps its best weights.

goodfit's own loop obeys the subject's patience. A user's loop does with `goodfit.training.EarlyStopping`.
"""

from goodfit.errors import SurgeryError
from goodfit.surgery.subject import Subject, not_as_planned
from goodfit.values import Edit, Patience


def carry_out(subject: Subject, edit: Edit) -> None:
    """Set the patience, in epochs.

    Raises:
        SurgeryError: the training stops early already; nothing was changed.
    """
    present = subject.patience
    if present is not None or edit.before is not None:
        raise not_as_planned("a patience", edit.before, None if present is None else present.floor)
    subject.patience = patience_of(edit)


def take_back(subject: Subject, edit: Edit) -> None:
    """Train to the planned end again.

    Raises:
        SurgeryError: the training has another patience; nothing was changed.
    """
    if in_place(subject, edit) is None:
        raise SurgeryError("this patience is not in the training", where=edit.path)
    subject.patience = None


def in_place(subject: Subject, edit: Edit) -> str | None:
    """An empty name where the training has this patience, None where it has not."""
    return "" if subject.patience == patience_of(edit) else None


def patience_of(edit: Edit) -> Patience:
    """The patience that an edit sets."""
    return Patience(floor=round(edit.after))
