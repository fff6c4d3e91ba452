# SPDX-License-Identifier: Apache-2.0
"""Which remedies take part: each that has a place in this model and this training; why not, of each other."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from goodfit._experiment import knob_of
from goodfit.errors import SettingsError, SurgeryError
from goodfit.training import Prepared
from goodfit.tuning import KNOBS, Knob
from goodfit.values import Part, Prescription, Rejection

REFERENCE = "early-stopping"  # the untreated training at its best checkpoint
UNTREATED = "untreated"
CHANCE = "random-remedy"
TEXT_BOOK = "raise-dropout"  # what is asked about when nothing was prescribed that can be tried
QUESTIONED = (
    "more-nodes",
    "raise-dropout",
    "train-longer",
    "raise-learning-rate",
    "lower-dropout",
    "batch-norm",
    "l1",
    "weight-decay",
    "label-smoothing",
)
"""What practitioners try when validation loss is above training loss: the four of the text-book question first."""
JOIN = "+"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrant:
    """A remedy that takes part, with the numbers to be tried of it."""

    name: str
    part: Part
    knob: Knob


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """Who takes part and who does not."""

    entrants: tuple[Entrant, ...]
    combinations: tuple[tuple[str, ...], ...]  # names of remedies that are carried out together
    left_out: tuple[Rejection, ...]
    note: str  # which of them is the primary one, and why


def field_of(
    prepared: Prepared,
    prescriptions: Sequence[Prescription],
    *,
    remedies: Sequence[str] = (),
    combinations: Sequence[str] = (),
) -> Field:
    """Who takes part in a comparison.

    Args:
        prepared: the task.
        prescriptions: of its training as planned, best first.
        remedies: names; empty: the usual ones, and the prescribed one.
        combinations: such as "raise-dropout+weight-decay"; each of their remedies takes part alone too.

    Raises:
        SettingsError: a name is unknown or stands twice, a combination has one remedy only, or nothing is left to try.
    """
    pairs = tuple(combination_of(each) for each in combinations)
    prescribed = next((p.remedy for p in prescriptions if p.remedy in KNOBS and p.remedy != REFERENCE), None)
    asked = list(remedies) or [*QUESTIONED, *([prescribed] if prescribed else [])]
    names = list(dict.fromkeys([*asked, *(name for pair in pairs for name in pair)]))
    _check_names(names)
    knobs, left_out = dict[str, Knob](), list[Rejection]()
    for name in names:
        known = next((p for p in prescriptions if p.remedy == name), Prescription(remedy=name))
        try:
            knobs[name] = replace(knob_of(prepared, known), milder=None, stronger=None)
        except (SettingsError, SurgeryError) as error:
            left_out.append(Rejection(remedy=name, because=error.found))
    if not knobs:
        raise SettingsError(
            f"none of the remedies has a place here: {'; '.join(f'{r.remedy}: {r.because}' for r in left_out)}",
            todo="name others",
        )
    primary, note = _primary(tuple(knobs), prescribed)
    entrants = tuple(
        Entrant(name=name, part=Part.PRIMARY if name == primary else Part.OTHER, knob=knob)
        for name, knob in knobs.items()
    )
    possible = tuple(pair for pair in pairs if all(name in knobs for name in pair))
    return Field(entrants=entrants, combinations=possible, left_out=tuple(left_out), note=note)


def _primary(names: tuple[str, ...], prescribed: str | None) -> tuple[str, str]:
    if prescribed in names:
        return prescribed, f"primary comparison: {prescribed}, which was prescribed"
    first = TEXT_BOOK if TEXT_BOOK in names else names[0]
    why = f"{prescribed} was prescribed, and takes no part" if prescribed else "nothing to try was prescribed"
    return first, f"primary comparison: {first}; {why}"


def combination_of(combination: str) -> tuple[str, ...]:
    """The names in a combination such as "raise-dropout+weight-decay".

    Raises:
        SettingsError: it has one name only, or one twice.
    """
    names = tuple(part.strip() for part in combination.split(JOIN))
    if len(names) < 2 or len(set(names)) != len(names):  # noqa: PLR2004 - one alone is no combination
        raise SettingsError(
            f"{combination!r} is no combination of remedies", todo="write it as raise-dropout+weight-decay"
        )
    return names


def _check_names(names: Sequence[str]) -> None:
    able = [name for name in KNOBS if name != REFERENCE]
    for name in names:
        if name == REFERENCE:
            raise SettingsError(
                f"{name} is what every remedy is held against, so it always takes part",
                todo="leave it out of the list",
            )
        if name not in able:
            raise SettingsError(
                f"{name!r} cannot be carried out", todo=f"name one or more of {', '.join(able)}"
            )
