# SPDX-License-Identifier: Apache-2.0
"""A knob is a number of a training that can be turned: its name, the values worth trying, and how to apply one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from torch import nn

from goodfit.errors import SettingsError
from goodfit.surgery import at_dose, highest_dose, plan
from goodfit.training import Settings
from goodfit.values import Prescription, Treatment

RATES = (
    0.2,
    0.4,
    0.6,
)  # a coarse grid: in a pilot, validation loss was flat in the rate up to a cliff past .8
HIGHEST_RATE = 0.95  # for finding the places: every dropout layer below it can be raised
MILDER_RATE, STRONGER_RATE = 0.1, 0.75  # tried when the grid's own end wins
DECAYS = (1e-4, 1e-3, 1e-2)  # decades, because the useful coefficient varies over orders of magnitude
MILDER_DECAY, STRONGER_DECAY = 1e-5, 1e-1


@dataclass(frozen=True, slots=True, kw_only=True)
class Knob:
    """Something to turn; the mildest value is the one nearest to the user's own."""

    name: str  # as printed: "dropout rate"
    unit: str  # of the values
    own: float  # the user's present value
    values: tuple[float, ...]  # arms beside the user's own run, mildest first
    milder: float | None  # one more, when the mildest value wins
    stronger: float | None  # one more, when the strongest value wins
    apply: Callable[[Settings, float], Settings]  # the same training with the knob at a value


def dropout_knob(model: nn.Module, prescription: Prescription, example: Any = None) -> Knob:
    """Dropout at the sites a prescription names; only rates on its side of the present one are tried.

    Args:
        model: the user's model, which is not changed.
        prescription: "raise-dropout" or "lower-dropout".
        example: one batch of inputs; shows the order in which layers run.

    Raises:
        NothingMatchedError: the model has no place for it.
        SettingsError: the present rate leaves nothing to try.
    """
    lowering = prescription.remedy == "lower-dropout"
    places = plan(model, prescription, dose=0.0 if lowering else HIGHEST_RATE, example=example)
    own = max((edit.before for edit in places.edits if edit.before is not None), default=0.0)
    grid = (*reversed(RATES), MILDER_RATE, 0.0) if lowering else (MILDER_RATE, *RATES, STRONGER_RATE)
    most = highest_dose(places)  # above it no place of such a model would change any more
    able = [rate for rate in grid if (rate < own if lowering else own < rate <= most)]
    treatments = {rate: at_dose(places, rate) for rate in able}
    return _knob(
        "dropout rate", "drop probability", own, (able, RATES), _EditsModel(treatments, "dropout rate")
    )


def weight_decay_knob(own: float) -> Knob:
    """The optimiser's weight decay; `own` is the coefficient it has now.

    Raises:
        SettingsError: the present coefficient leaves nothing to try.
    """
    able = [decay for decay in (MILDER_DECAY, *DECAYS, STRONGER_DECAY) if decay > own]
    return _knob("weight decay", "coefficient", own, (able, DECAYS), _set_weight_decay)


def _knob(
    name: str,
    unit: str,
    own: float,
    tried: tuple[list[float], tuple[float, ...]],
    apply: Callable[[Settings, float], Settings],
) -> Knob:
    """A knob over the values that can be tried, mildest first: those of the grid, and one beyond either end."""
    able, grid = tried
    values = tuple(value for value in able if value in grid) or tuple(able)
    if not values:
        raise SettingsError(
            f"the {name} is {own:g} already", todo="tune another knob: dropout or weight decay"
        )
    first, last = able.index(values[0]), able.index(values[-1])
    return Knob(
        name=name,
        unit=unit,
        own=own,
        values=values,
        milder=able[first - 1] if first else None,
        stronger=able[last + 1] if last + 1 < len(able) else None,
        apply=apply,
    )


KNOBS = {"raise-dropout": "dropout rate", "lower-dropout": "dropout rate", "weight-decay": "weight decay"}
"""Which knob carries out which remedy; the other remedies have none yet."""


def knob_for(prescription: Prescription, model: nn.Module, weight_decay: float, example: Any = None) -> Knob:
    """The knob that carries out a prescription.

    Raises:
        SettingsError: goodfit cannot carry out this remedy yet.
    """
    name = KNOBS.get(prescription.remedy)
    if name is None:
        raise SettingsError(
            f"{prescription.remedy} cannot be carried out by goodfit",
            todo=f"it can do these: {', '.join(KNOBS)}",
        )
    return (
        dropout_knob(model, prescription, example)
        if name == "dropout rate"
        else weight_decay_knob(weight_decay)
    )


@dataclass(frozen=True, slots=True)
class _EditsModel:
    """Applies the treatment planned for a value; a class, so that settings stay picklable."""

    treatments: Mapping[float, Treatment]
    name: str

    def __call__(self, settings: Settings, value: float) -> Settings:
        return replace(settings, treatment=self.treatments[value], knobs={self.name: value})


def _set_weight_decay(settings: Settings, value: float) -> Settings:
    return replace(settings, weight_decay=value, knobs={"weight decay": value})
