# SPDX-License-Identifier: Apache-2.0
"""One case as the remedies see it: what was found, the numbers behind it, and what is known of the model.

A number comes from the history where there is one, else from the evidence of the diagnoses; a number that was
not logged is None, and one that could not be measured is NaN. Neither is ever made up.
"""

from dataclasses import dataclass
from functools import cached_property
from math import isnan

from goodfit.measures import (
    best_evaluation,
    gap,
    gradient_ratio,
    late_change,
    onset,
    remaining_share,
    rise_after_minimum,
)
from goodfit.values import Diagnosis, History, Measurement, ModelFacts, Outcome, ProbeResult, Threshold, judge

ORDER = ("GF301", "GF203", "GF101", "GF302", "GF204", "GF201", "GF202", "GF303", "GF103", "GF102")
"""Findings that call for a change, or for none; the one that explains the others first."""

AT_THE_END = Threshold(
    name="best-evaluation",
    value=0.75,
    unit="share of the run",
    because="the last quarter, over which the rules measure the late course",
)


@dataclass(frozen=True, kw_only=True)
class Case:
    """The diagnoses of one run, with its history, its model and what probes found where they are known."""

    diagnoses: tuple[Diagnosis, ...]
    history: History | None = None
    model: ModelFacts | None = None
    probes: tuple[ProbeResult, ...] = ()

    @cached_property
    def found(self) -> tuple[str, ...]:
        """Codes of the findings, the one that explains the others first."""
        present = {each.code for each in self.diagnoses if each.outcome is Outcome.PRESENT}
        return tuple(code for code in ORDER if code in present)

    def line(self, code: str) -> Diagnosis | None:
        """The diagnosis of one rule, None when that rule was not run."""
        return next((each for each in self.diagnoses if each.code == code), None)

    def measured_by_probe(self, probe: str, name: str) -> Measurement | None:
        """A measurement that a probe took; None when it was not asked, or could not look."""
        results = (each for each in self.probes if each.probe == probe)
        taken = (each.measurement for result in results for each in result.evidence)
        return next((each for each in taken if each.name == name), None)

    @property
    def regularisers(self) -> tuple[str, ...]:
        """What is known to regularise the run already."""
        return (self.history.context.regularisers or ()) if self.history else ()

    def _taken(self, name: str, *codes: str) -> Measurement | None:
        """The measurement called `name` in the evidence of the first of these rules that took it."""
        lines = (self.line(code) for code in codes)
        evidence = (each for line in lines if line for each in line.evidence)
        return next((each.measurement for each in evidence if each.measurement.name == name), None)

    @cached_property
    def remaining(self) -> Measurement | None:
        """Training loss left at the end, as a share of chance level."""
        return remaining_share(self.history) if self.history else self._taken("remaining-share", "GF201")

    @cached_property
    def late_training(self) -> Measurement | None:
        """Change of training per quarter of the run at its end, as a share of the whole fall."""
        if self.history:
            return late_change(self.history.train) if self.history.train else None
        return self._taken("late-change", "GF201")

    @cached_property
    def late_validation(self) -> Measurement | None:
        """The same of validation."""
        if self.history:
            return late_change(self.history.val) if self.history.val else None
        return self._taken("late-change", "GF202")

    @cached_property
    def rise(self) -> Measurement | None:
        """How far validation has got worse since its best, in percent."""
        if self.history:
            return rise_after_minimum(self.history.val) if self.history.val else None
        return self._taken("rise-after-minimum", "GF101", "GF102")

    @cached_property
    def gap(self) -> Measurement | None:
        """Distance of validation from training at the end, as a share of validation."""
        return gap(self.history) if self.history else self._taken("gap", "GF102", "GF201")

    @cached_property
    def gradients(self) -> Measurement | None:
        """Late gradient norm over early gradient norm; None when it was not logged."""
        return gradient_ratio(self.history) if self.history else None

    @cached_property
    def swing(self) -> Measurement | None:
        """How far training moves from one evaluation to the next, as a share of its level."""
        return self._taken("training-swing", "GF302")

    @cached_property
    def rates(self) -> tuple[float, ...] | None:
        """Drop probabilities in the model, () for none, None when that is not known."""
        if self.model is not None:
            return self.model.dropout_rates
        return self.history.context.dropout_rates if self.history else None

    @cached_property
    def turned(self) -> float | None:
        """When validation was best, on average over its noise."""
        if self.history and self.history.val:
            return _known(onset(self.history.val).epoch)
        line = self.line("GF101")
        return _known(line.onset.epoch) if line and line.onset else None

    @cached_property
    def keep(self) -> float | None:
        """The evaluation whose checkpoint is the one to keep."""
        if self.history and self.history.val:
            return _known(best_evaluation(self.history.val))
        return self.turned

    @cached_property
    def at_its_best(self) -> bool | None:
        """Whether validation was best in the last quarter of the run, None when that is not known."""
        curve = self.history.val if self.history else None
        if curve is None or self.keep is None or curve.x[-1] == curve.x[0]:
            return None
        place = (self.keep - curve.x[0]) / (curve.x[-1] - curve.x[0])
        return reaches(Measurement.exact(AT_THE_END.name, place), AT_THE_END)


def reaches(measurement: Measurement | None, threshold: Threshold) -> bool:
    """Whether a measurement lies wholly beyond a threshold; one that is missing does not."""
    return measurement is not None and judge(measurement, threshold) is Outcome.PRESENT


def _known(number: float) -> float | None:
    return None if isnan(number) else number
