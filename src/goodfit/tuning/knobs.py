# SPDX-License-Identifier: Apache-2.0
"""A knob is a number of a training that can be turned: its name, the values worth trying, and how to apply one.

Each remedy that goodfit carries out has one, so that every remedy can be given the same number of tuned settings.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import Any

from torch import nn

from goodfit.errors import SettingsError
from goodfit.surgery import PLANNERS, Subject, at_dose, can_turn, highest_dose, in_stages, plan
from goodfit.training import Settings
from goodfit.tuning.grids import GRIDS, SWITCH, Grid
from goodfit.tuning.pointing import USUAL, Network
from goodfit.values import Prescription, RateStage, Treatment

FINE_RATES = tuple(
    round(0.05 * step, 2) for step in range(1, 19)
)  # .05 to .9: nearer ones are not told apart
HIGHEST_RATE = 0.95  # for finding the places: every dropout layer below it can be raised


InStages = Callable[[Settings, float, tuple[RateStage, ...]], Settings]


@dataclass(frozen=True, slots=True, kw_only=True)
class Knob:
    """Something to turn; the mildest value is the one nearest to the user's own."""

    name: str  # as printed: "dropout rate"
    unit: str  # of the values
    own: float  # the user's present value
    values: tuple[float, ...]  # arms beside the user's own run, mildest first
    milder: float | None  # one more, when the mildest value wins
    stronger: float | None  # one more, when the strongest value wins
    fine: tuple[float, ...] = ()  # all it can be set to, where a search may choose freely
    apply: Callable[[Settings, float], Settings]  # the same training with the knob at a value
    network: Network = USUAL  # where a search of dropout rates begins depends on it
    apply_in_stages: InStages | None = (
        None  # the same with other rates before it; None: it cannot change within a training
    )

    def set(self, settings: Settings, value: float, earlier: tuple[RateStage, ...] = ()) -> Settings:
        """The same training with the knob at a value, after what it begins with.

        Raises:
            SettingsError: nothing was planned for that value, or the knob cannot change within a training.
        """
        if not earlier:
            return self.apply(settings, value)
        if self.apply_in_stages is None:
            raise SettingsError(f"the {self.name} cannot change within a training", where="Knob.set")
        return self.apply_in_stages(settings, value, earlier)


KNOBS: Mapping[str, str] = {name: GRIDS[name].name if name in GRIDS else name for name in PLANNERS}
"""What is turned to carry out which remedy: its number, or, where it has none, the remedy itself, on or off."""


def knob_for(prescription: Prescription, subject: Subject, example: Any = None) -> Knob:
    """The knob that carries out a prescription.

    Args:
        prescription: names the remedy; where its `where` names layers of the model, only those are treated.
        subject: the user's model and what trains it, as the remedy needs it; nothing of it is changed.
        example: one batch of inputs; shows the order in which layers run.

    Raises:
        SettingsError: goodfit cannot carry out this remedy, or the present value leaves nothing to try.
        NothingMatchedError: the model or the training has no place for it.
    """
    remedy = prescription.remedy
    if remedy not in KNOBS:
        raise SettingsError(
            f"{remedy} cannot be carried out by goodfit", todo=f"it can do these: {', '.join(KNOBS)}"
        )
    if remedy in ("raise-dropout", "lower-dropout"):
        return dropout_knob(subject.model, prescription, example)
    grid, name = GRIDS.get(remedy, SWITCH), KNOBS[remedy]
    own = grid.own(subject)
    able = _able(grid, subject, own, name)
    batch = None if PLANNERS[remedy].of_training else example
    treatments = {
        value: plan(subject, prescription, dose=None if grid is SWITCH else value, example=batch)
        for value in able
    }
    return _knob(grid, subject, own, _Treats(treatments, name, own), able)


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
    grid = GRIDS[prescription.remedy]
    places = plan(model, prescription, dose=HIGHEST_RATE if grid.raises else 0.0, example=example)
    own = max((edit.before for edit in places.edits if edit.before is not None), default=0.0)
    subject = Subject(model=model)
    most = (
        highest_dose(places) if grid.raises else inf
    )  # above it no place of such a model would change any more
    able = _able(grid, subject, own, grid.name, most)
    fine = tuple(rate for rate in FINE_RATES if own < rate <= most) if grid.raises else ()
    treatments = {rate: at_dose(places, rate) for rate in sorted({*able, *fine})}
    treats = _Treats(treatments, grid.name, own)
    staged = treats.in_stages if grid.raises and can_turn(places) else None
    knob = _knob(grid, subject, own, treats, able)
    return replace(knob, fine=fine, apply_in_stages=staged, network=_network(model, places))


def _network(model: nn.Module, places: Treatment) -> Network:
    """What a search begins with depends on how many places there are, and on what the parameters are."""
    drops = [edit for edit in places.edits if not edit.attribute.startswith("config.")]
    rows = [each for each in model.modules() if isinstance(each, nn.Embedding | nn.EmbeddingBag)]
    embedded = sum(each.weight.numel() for each in rows)
    return Network(
        places=len({edit.path for edit in drops}),
        embedded=2 * embedded > sum(each.numel() for each in model.parameters()),
    )


def _able(grid: Grid, subject: Subject, own: float, name: str, most: float = inf) -> list[float]:
    """The values on the remedy's side of the present one, and no higher than `most`, mildest first.

    Raises:
        SettingsError: there is none.
    """
    found = [each for each in grid.reachable(subject) if (own < each <= most if grid.raises else each < own)]
    if not found:
        raise SettingsError(
            f"the {name} is {own:g} already, the end of what is worth trying", todo="choose another remedy"
        )
    return found


def _knob(grid: Grid, subject: Subject, own: float, apply: "_Treats", able: Sequence[float]) -> Knob:
    """A knob over the values that can be tried, mildest first: those of the grid, and one beyond either end."""
    able, tried = list(able), grid.tried(subject)
    values = tuple(value for value in able if value in tried) or tuple(able)
    first, last = able.index(values[0]), able.index(values[-1])
    return Knob(
        name=apply.name,
        unit=grid.unit,
        own=own,
        values=values,
        milder=able[first - 1] if first else None,
        stronger=able[last + 1] if last + 1 < len(able) else None,
        apply=apply,
    )


@dataclass(frozen=True, slots=True)
class _Treats:
    """Applies the treatment planned for a value; a class, so that settings stay picklable."""

    treatments: Mapping[float, Treatment]
    name: str
    own: float  # the user's own value, which needs no treatment

    def __call__(self, settings: Settings, value: float) -> Settings:
        if value == self.own and value not in self.treatments:
            return replace(settings, knobs={self.name: value})
        if value not in self.treatments:
            raise SettingsError(
                f"no treatment was planned for a {self.name} of {value:g}",
                where="Knob.apply",
                todo=f"take one of {', '.join(f'{each:g}' for each in (self.own, *self.treatments))}",
            )
        return replace(settings, treatment=self.treatments[value], knobs={self.name: value})

    def in_stages(self, settings: Settings, value: float, earlier: tuple[RateStage, ...]) -> Settings:
        """The same, with other rates before it."""
        treated = self(settings, value)
        assert treated.treatment is not None  # noqa: S101 - a value that needs none is the user's own
        return replace(treated, treatment=in_stages(treated.treatment, earlier))
