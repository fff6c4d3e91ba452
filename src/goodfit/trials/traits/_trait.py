# SPDX-License-Identifier: Apache-2.0
"""A trait: one number of a finished training, with an interval over seeds, and how a remedy changed it.

    TRAITS["weight-norm"](treated)                   # mean over the seeds, with its interval
    TRAITS["weight-norm"].change(control, treated)   # the paired change, seed by seed

The intervals are paired t intervals over seeds, 95 % as in every verdict; one seed alone has none.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite, nan

from goodfit.errors import InputError
from goodfit.proof.intervals import paired_t_interval
from goodfit.proof.levels import EFFECT_COVERAGE
from goodfit.trials.traits._specimen import NotMeasurable, Specimen
from goodfit.values import Measurement

Value = Callable[[Specimen], float]
Together = Callable[[Sequence[Specimen]], list[float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trait:
    """What a remedy may buy or cost, measured on trained models.

    Give `value`, of one training alone, or `together`, where trainings must be measured side by side.
    """

    name: str  # kebab-case
    what: str  # one sentence: what is measured, and how
    unit: str
    reads_model: bool  # False: the run's history is enough
    value: Value | None = None
    together: Together | None = None
    as_ratio: bool = False  # a change is told as treated / control, not as treated - control

    def __call__(self, specimens: Sequence[Specimen]) -> Measurement:
        """The mean over trainings that differ in their seed, with its 95 % interval over seeds; NaN ends for one alone.

        Raises:
            InputError: there is no training.
            NotMeasurable: these trainings do not have the trait.
        """
        if not specimens:
            raise InputError(f"there is no training to measure {self.name} of", todo="give one at least")
        return self.over_seeds(self.values(specimens))

    def change(self, control: Sequence[Specimen], treated: Sequence[Specimen]) -> Measurement:
        """Treated less control (or treated over control, see `as_ratio`), paired by seed, with its 95 % interval.

        Raises:
            InputError: there is no pair, or the two arms do not have the same seeds in the same order.
            NotMeasurable: a training does not have the trait.
        """
        seeds = [[one.run.seed for one in arm] for arm in (control, treated)]
        if not control or seeds[0] != seeds[1]:
            raise InputError(
                f"the arms have the seeds {seeds[0]} and {seeds[1]}",
                todo="give a control and a treated training of each seed, in the same order",
            )
        pairs = [self.values(pair) for pair in zip(control, treated, strict=True)]
        changes = [b / a if self.as_ratio else b - a for a, b in pairs]
        return _measured(f"{self.name}-change", changes, "times" if self.as_ratio else self.unit)

    def values(self, specimens: Sequence[Specimen]) -> list[float]:
        """One number a training.

        Raises:
            NotMeasurable: a training does not have the trait, or the number is not finite.
        """
        if self.together is not None:
            found = self.together(specimens)
        else:
            assert self.value is not None  # noqa: S101 - a trait has one of the two
            found = [float(self.value(one)) for one in specimens]
        if not all(map(isfinite, found)):
            raise NotMeasurable(f"The {self.name} of a training is not a finite number.")
        return found

    def over_seeds(self, values: Sequence[float]) -> Measurement:
        """The mean of numbers that `values` gave, one a seed, with its 95 % interval."""
        return _measured(self.name, values, self.unit)


def _measured(name: str, values: Sequence[float], unit: str) -> Measurement:
    single = len(values) == 1
    low, high = (nan, nan) if single else paired_t_interval(values, EFFECT_COVERAGE.value)
    mean = sum(values) / len(values)
    return Measurement(name=name, value=mean, low=low, high=high, unit=unit, n=len(values))
