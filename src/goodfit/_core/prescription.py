# SPDX-License-Identifier: Apache-2.0
"""What to change, where, how much, and why nothing else."""

from dataclasses import dataclass

from goodfit._core.showing import Shown
from goodfit._core.source import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class RateStage:
    """A part of a training in which the rate stays the same."""

    rate: float  # drop probability
    epochs: int  # trained at it


@dataclass(frozen=True, slots=True, kw_only=True)
class Dose:
    """How much of a remedy: a rate, a coefficient, a number of epochs."""

    value: float
    low: float  # the range worth trying
    high: float
    unit: str = ""
    earlier: tuple[
        RateStage, ...
    ] = ()  # what a training begins with, before the value is set; nothing: it is set from the start


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
