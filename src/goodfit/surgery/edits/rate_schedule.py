# SPDX-License-Identifier: Apache-2.0
"""A training begins at other rates than the treatment's own; who trains it asks a `RateSchedule` at each epoch.

goodfit's own loop does. A user's loop calls `RateSchedule(model, treatment).begin(epoch)` first in each epoch.
"""

from collections.abc import Sequence

from goodfit.errors import SurgeryError
from goodfit.surgery.subject import Subject, not_as_planned
from goodfit.values import Edit, RateStage

_LAST = 0.2  # of the plan that the last stage may take at least: what is changed has to have time to show
_FLOOR = 3  # epochs of it
_LONGEST = 1.25  # times the plan: no schedule takes more


def planned_with(earlier: Sequence[RateStage], planned: int) -> int:
    """How many epochs a training takes that begins with these stages: as planned, or more where they begin late.

    Args:
        earlier: the stages before the last.
        planned: epochs without them.
    """
    if not earlier:
        return planned
    least = sum(stage.epochs for stage in earlier) + max(_FLOOR, round(_LAST * planned))
    return max(planned, min(least, int(_LONGEST * planned)))


def carry_out(subject: Subject, edit: Edit) -> None:
    """Note the rates that the training begins with, and give it time for the last.

    Raises:
        SurgeryError: the training has a schedule of the rate already; nothing was changed.
    """
    if subject.earlier:
        raise not_as_planned("a schedule of the rate", "nothing", subject.earlier)
    subject.earlier, subject.unextended = edit.earlier, subject.epochs
    if subject.epochs is not None:
        subject.epochs = planned_with(edit.earlier, subject.epochs)


def take_back(subject: Subject, edit: Edit) -> None:
    """Train at one rate again, as long as before; of a model alone there is nothing to take back.

    Raises:
        SurgeryError: the training has another schedule; nothing was changed.
    """
    if subject.epochs is None and not subject.earlier:
        return
    if in_place(subject, edit) is None:
        raise SurgeryError("this schedule of the rate is not in the training", where=edit.path)
    subject.earlier, subject.epochs, subject.unextended = (), subject.unextended, None


def in_place(subject: Subject, edit: Edit) -> str | None:
    """An empty name where the training has this schedule, None where it has not."""
    return "" if subject.earlier == edit.earlier else None
