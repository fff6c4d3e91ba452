# SPDX-License-Identifier: Apache-2.0
"""Prescriptions and treatments as rows: what, how much, where, why, and why nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass

from goodfit.remedies import NO_CHANGE
from goodfit.report.edit_words import after_words, before_words, place_words
from goodfit.report.words import dose, plural, sentence, spoken
from goodfit.values import Edit, Prescription, Rejection, Treatment


@dataclass(frozen=True, slots=True, kw_only=True)
class PrescriptionRow:
    """One prescription in words; `facts` leaves out what the prescription does not say."""

    rank: int
    remedy: str
    title: str
    facts: tuple[tuple[str, str], ...]  # (label, text)
    sources: tuple[tuple[str, str, str], ...]  # (key and place, what it says, grade)


@dataclass(frozen=True, slots=True, kw_only=True)
class EditRow:
    """One edit as the lines of a diff."""

    path: str
    what: str
    removed: tuple[str, ...]
    added: tuple[str, ...]


def prescription_rows(prescriptions: Sequence[Prescription]) -> tuple[PrescriptionRow, ...]:
    """One row a prescription, best first."""
    return tuple(_prescription_row(rank, each) for rank, each in enumerate(prescriptions, start=1))


def rejections(prescriptions: Sequence[Prescription]) -> tuple[Rejection, ...]:
    """Every remedy that was considered and left, named once."""
    named = {each.remedy for each in prescriptions}
    kept: dict[str, Rejection] = {}
    for prescription in prescriptions:
        for rejection in prescription.rejected:
            if rejection.remedy not in named:
                kept.setdefault(rejection.remedy, rejection)
    return tuple(kept.values())


def edit_rows(treatment: Treatment) -> tuple[EditRow, ...]:
    """One row an edit, in the model's order."""
    return tuple(_edit_row(edit) for edit in treatment.edits)


def treatment_heading(treatment: Treatment) -> str:
    """Whether the model changes, or what trains it."""
    if not treatment.of_training().edits:
        return "Change in the model"
    return "Change in model and training" if treatment.of_model().edits else "Change in the training"


def treatment_title(treatment: Treatment) -> str:
    """How much of the model and its training changes, as one line."""
    name = sentence(spoken(treatment.prescription.remedy))
    if not treatment.edits:
        return f"{name}: nothing changes"
    changed = [
        plural(len(part.edits), what)
        for part, what in ((treatment.of_model(), "place"), (treatment.of_training(), "change"))
        if part.edits
    ]
    where = ["in the model"] * bool(treatment.of_model().edits)
    where += ["of its training"] * bool(treatment.of_training().edits)
    return f"{name}: " + " and ".join(f"{count} {place}" for count, place in zip(changed, where, strict=True))


def _prescription_row(rank: int, prescription: Prescription) -> PrescriptionRow:
    said = (
        ("because", prescription.because),
        ("dose", dose(prescription.dose) if prescription.dose else ""),
        ("where", ", ".join(prescription.where)),
        ("expected", prescription.expected),
        ("risk", prescription.risk),
    )
    unchanged = prescription.remedy == NO_CHANGE
    return PrescriptionRow(
        rank=rank,
        remedy=prescription.remedy,
        title="Change nothing" if unchanged else sentence(spoken(prescription.remedy)),
        facts=tuple((label, text) for label, text in said if text),
        sources=tuple((f"{s.key}, {s.place}", s.says, str(s.grade)) for s in prescription.sources),
    )


def _edit_row(edit: Edit) -> EditRow:
    """Removed is what the model, or its training, has now; added are lines of the user's own code."""
    place = f"{place_words(edit)}: "
    return EditRow(
        path=edit.path,
        what=str(edit.kind),
        removed=(f"{place}{before_words(edit)}",),
        added=tuple(edit.code.splitlines()) or (f"{place}{after_words(edit)}",),
    )
