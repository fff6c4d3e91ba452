# SPDX-License-Identifier: Apache-2.0
"""The drop probability of a treatment follows a schedule: other rates in the first epochs, then the treatment's own.

    treatment = in_stages(at_dose(planned, 0.75), (RateStage(rate=0.5, epochs=12), RateStage(rate=0.65, epochs=4)))
    treat_(model, treatment)
    schedule = RateSchedule(model, treatment)
    for epoch in range(1, planned_with(schedule.earlier, epochs) + 1):
        schedule.begin(epoch)  # .5 for 12 epochs, .65 for 4, then .75
        ...

A network learns fastest with few units dropped, so the rate need not be high before there is something to forget. Morerio
et al. (2017, "Curriculum Dropout") let it rise by a formula; here validation says when (docs/decisions/0017).
"""

from dataclasses import replace

from torch import nn

from goodfit.errors import SettingsError
from goodfit.surgery.code_lines import number
from goodfit.surgery.edits import dropout, embedding_dropout, locked_dropout, weight_drop
from goodfit.surgery.subject import Subject
from goodfit.values import Edit, EditKind, RateStage, Treatment

_TURNS = {
    EditKind.SET_RATE: dropout.turn,
    EditKind.INSERT_DROPOUT: dropout.turn,
    EditKind.LOCKED_DROPOUT: locked_dropout.turn,
    EditKind.WEIGHT_DROP: weight_drop.turn,
    EditKind.EMBEDDING_DROPOUT: embedding_dropout.turn,
}
"""What sets the rate of a place whose edit is made; kinds that are not here keep theirs."""


def can_turn(treatment: Treatment) -> bool:
    """Whether the rate of every place of a treatment can be set while a training runs."""
    return bool(treatment.edits) and all(edit.kind in _TURNS for edit in treatment.edits)


def in_stages(treatment: Treatment, earlier: tuple[RateStage, ...]) -> Treatment:
    """The same treatment, whose training begins at other rates, and takes as long as `planned_with` says.

    A place never drops less than it did before the treatment, nor more than the treatment lets it.

    Args:
        treatment: "raise-dropout" at the rate that comes last.
        earlier: the rates before it, each with its number of epochs, in order; none: the treatment as it is.

    Raises:
        SettingsError: the treatment has a schedule already or does more than setting rates, or a stage has no epoch or
            a rate out of range.
    """
    if not earlier:
        return treatment
    if not can_turn(treatment):
        other = next((edit for edit in treatment.edits if edit.kind not in _TURNS), None)
        raise SettingsError(
            f"a treatment with the edit {other.kind.value!r} cannot change its rate from epoch to epoch"
            if other is not None
            else "a treatment without edits has no rate that could change",
            where=treatment.prescription.remedy,
            todo='plan "raise-dropout" at one rate first',
        )
    for stage in earlier:
        if not (0 <= stage.rate < 1 and stage.epochs >= 1):
            raise SettingsError(
                f"a stage of {stage.epochs} epochs at a rate of {stage.rate:g} is none",
                todo="give one epoch or more, at a rate in [0, 1)",
            )
    last = max(edit.after for edit in treatment.edits)
    ends = [sum(stage.epochs for stage in earlier[: place + 1]) for place in range(len(earlier))]
    parts = [f"{number(stage.rate)} if epoch <= {end}" for stage, end in zip(earlier, ends, strict=True)]
    edit = Edit(
        path="loop",
        kind=EditKind.RATE_SCHEDULE,
        before=None,
        after=last,
        earlier=tuple(earlier),
        code=(
            f"rate = {' else '.join([*parts, number(last)])}  # the p of these places, set first in each epoch, from 1 on\n"
            "# goodfit.surgery.RateSchedule(model, treatment).begin(epoch) sets it in a treated model"
        ),
    )
    return replace(treatment, edits=(*treatment.edits, edit))


class RateSchedule:
    """Sets the rates of a treated model for each epoch.

    Args:
        model: treated with the treatment, in place; layers keep their masks' keys and hooks.
        treatment: what `in_stages` gave; one without a schedule keeps its rate.
    """

    def __init__(self, model: nn.Module, treatment: Treatment) -> None:
        self._subject = Subject(model=model)
        self._edits = treatment.of_model().edits
        schedules = [edit for edit in treatment.edits if edit.kind is EditKind.RATE_SCHEDULE]
        self.earlier: tuple[RateStage, ...] = schedules[0].earlier if schedules else ()

    def stage(self, epoch: int) -> int:
        """Which stage an epoch lies in, counted from 0; epochs are counted from 1."""
        ended = 0
        for stage, each in enumerate(self.earlier):
            ended += each.epochs
            if epoch <= ended:
                return stage
        return len(self.earlier)

    def rate(self, epoch: int) -> float | None:
        """The drop probability of an epoch; None: each place's own, the treatment's last."""
        stage = self.stage(epoch)
        return self.earlier[stage].rate if stage < len(self.earlier) else None

    def is_last(self, epoch: int) -> bool:
        """Whether an epoch lies in the last stage: patience should end no training before it."""
        return self.stage(epoch) == len(self.earlier)

    def begin(self, epoch: int) -> bool:
        """Set the rates of an epoch, before its first step.

        Returns:
            Whether a later stage begins with it: what was best before says nothing of how long to wait now.
        """
        if self.earlier:
            self._set(self.rate(epoch))
        return epoch > 1 and self.stage(epoch) != self.stage(epoch - 1)

    def end(self) -> None:
        """Set the last rates, as the treatment has them: what `revert_` takes back."""
        self._set(None)

    def _set(self, rate: float | None) -> None:
        for edit in self._edits:
            _TURNS[edit.kind](self._subject, edit, edit.after if rate is None else _at(edit, rate))


def _at(edit: Edit, rate: float) -> float:
    most = rate if edit.most is None else min(rate, edit.most)
    return max(most, edit.before or 0.0)
