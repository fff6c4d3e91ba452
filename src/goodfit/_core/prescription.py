# SPDX-License-Identifier: Apache-2.0
"""What to change, where, how much, and why nothing else; and the same worked out for one model."""

from dataclasses import dataclass
from enum import StrEnum

from goodfit._core.showing import Shown
from goodfit._core.source import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Dose:
    """How much of a remedy: a rate, a coefficient, a number of epochs."""

    value: float
    low: float  # the range worth trying
    high: float
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """A remedy that was considered and left, with the number that decided."""

    remedy: str
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Prescription(Shown):
    """One remedy, its place and dose, and why not the others."""

    remedy: str  # kebab-case name of the remedy, or "no-change"
    where: tuple[str, ...] = ()  # dotted names of layers, or a description when no model was given
    dose: Dose | None = None
    risk: str = ""  # what it may cost
    expected: str = ""  # what should happen, and how one would see it
    because: str = ""  # the diagnosis and number it rests on
    rejected: tuple[Rejection, ...] = ()
    sources: tuple[Source, ...] = ()


class EditKind(StrEnum):
    """What is done at one place of a model."""

    SET_RATE = "set rate"
    """An existing dropout layer gets another rate."""
    INSERT_DROPOUT = "insert dropout"
    """The input of a layer passes through a new dropout."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One change at one place of a model."""

    path: str  # dotted name of the layer changed, or in front of which something is put
    kind: EditKind
    before: float | None  # drop probability; None where there was no dropout
    after: float
    code: str  # the same change as a line of the user's own code


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    """A place that was looked at and left alone."""

    path: str
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Treatment(Shown):
    """A prescription worked out for one model: printable, appliable, revertible."""

    prescription: Prescription
    edits: tuple[Edit, ...]
    skipped: tuple[Skip, ...] = ()
    model_fingerprint: str = ""  # of the model it was planned for
