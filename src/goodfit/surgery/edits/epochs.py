# SPDX-License-Identifier: Apache-2.0
"""A training is planned for more epochs, or fewer.

goodfit's own loop stretches a schedule of the learning rate over the new length. A user's loop reads the subject's
`epochs` and stretches its schedule itself: a cosine that ends at the old length would begin to rise again.
"""

from goodfit.errors import SurgeryError
from goodfit.surgery.subject import Subject, epochs_of, not_as_planned
from goodfit.values import Edit


def carry_out(subject: Subject, edit: Edit) -> None:
    """Set the number of epochs.

    Raises:
        SurgeryError: none was given, or another one than planned; nothing was changed.
    """
    present = epochs_of(subject, edit.kind.value)
    if present != edit.before:
        raise not_as_planned("a number of epochs", edit.before, present)
    subject.epochs = round(edit.after)


def take_back(subject: Subject, edit: Edit) -> None:
    """Set it to what it was.

    Raises:
        SurgeryError: it is not what the edit set; nothing was changed.
    """
    if in_place(subject, edit) is None or edit.before is None:
        raise SurgeryError("this number of epochs is not that of the training", where=edit.path)
    subject.epochs = round(edit.before)


def in_place(subject: Subject, edit: Edit) -> str | None:
    """An empty name where the training is planned for so many epochs, None where it is not."""
    return "" if subject.epochs == round(edit.after) else None
