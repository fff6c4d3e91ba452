# SPDX-License-Identifier: Apache-2.0
"""What a comparison will cost, said before it is begun: at least, with the mildest doses, and at most, with the strongest.

A wider network takes longer for an epoch, and training longer takes more epochs: each remedy is timed and counted by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from goodfit.comparing.entrants import Field
from goodfit.training import OWN_SEED, Patience, Prepared, Settings
from goodfit.trials import seconds_an_epoch
from goodfit.tuning import Knob, arm_of
from goodfit.values import EditKind

_SLOWER = (
    "more-nodes",
    "fewer-nodes",
    "batch-norm",
    "raise-dropout",
    "stochastic-depth",
)  # change what a step computes


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """At least so much, at most so much."""

    least: float
    most: float

    def __add__(self, other: "Range") -> "Range":
        return Range(least=self.least + other.least, most=self.most + other.most)

    def times(self, factor: float) -> "Range":
        """So many of it."""
        return Range(least=self.least * factor, most=self.most * factor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """The cost of a comparison."""

    searches: int  # trainings that find doses
    proofs: int  # trainings that decide
    epochs: Range
    minutes: Range

    @property
    def trainings(self) -> int:
        """All of them, with the training as planned."""
        return 1 + self.searches + self.proofs


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    epochs: Range
    seconds: Range


def bill(prepared: Prepared, field: Field, *, seeds: int, workers: int) -> Bill:
    """Time a few steps of each remedy and multiply; nothing of it is kept."""
    planned, own = prepared.task.epochs, seconds_an_epoch(prepared)
    untreated = _whole(Range(least=planned, most=planned), Range(least=own, most=own))
    searches, proofs = list[_Part](), {"": untreated}
    for entrant in field.entrants:
        pace = _pace(prepared, entrant.name, entrant.knob, own)
        lengths = [
            _epochs(entrant.knob.apply(Settings(seed=OWN_SEED), value), planned)
            for value in entrant.knob.values
        ]
        shortest = [min(each, Patience().floor + 1) for each in lengths]
        searches.append(_whole(Range(least=sum(shortest), most=sum(lengths)), pace))
        proofs[entrant.name] = _whole(Range(least=min(lengths), most=max(lengths)), pace)
    for pair in field.combinations:
        proofs["+".join(pair)] = _slowest([proofs[name] for name in pair])
    parts = [
        *searches,
        *(_Part(epochs=p.epochs.times(seeds), seconds=p.seconds.times(seeds)) for p in proofs.values()),
    ]
    nothing = Range(least=0.0, most=0.0)
    seconds = (
        sum((part.seconds for part in parts), start=nothing).times(1 / max(workers, 1)) + untreated.seconds
    )
    return Bill(
        searches=sum(len(entrant.knob.values) for entrant in field.entrants),
        proofs=seeds * len(proofs),
        epochs=sum((part.epochs for part in parts), start=untreated.epochs),
        minutes=seconds.times(1 / 60),
    )


def _whole(epochs: Range, pace: Range) -> _Part:
    seconds = Range(least=epochs.least * pace.least, most=epochs.most * pace.most)
    return _Part(epochs=epochs, seconds=seconds)


def _slowest(parts: Sequence[_Part]) -> _Part:
    """What a combination costs: about as much as its costliest remedy."""
    return max(parts, key=lambda part: part.seconds.most)


def _pace(prepared: Prepared, name: str, knob: Knob, own: float) -> Range:
    """Seconds of an epoch at the mildest and at the strongest dose."""
    if name not in _SLOWER:
        return Range(least=own, most=own)
    ends = sorted({knob.values[0], knob.values[-1]}, key=knob.values.index)
    found = [seconds_an_epoch(prepared, arm_of(knob, value)) for value in ends]
    return Range(least=min(found), most=max(found))


def _epochs(settings: Settings, planned: int) -> int:
    edits = settings.treatment.edits if settings.treatment is not None else ()
    return next((int(edit.after) for edit in edits if edit.kind is EditKind.EPOCHS), planned)
