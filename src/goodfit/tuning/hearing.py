# SPDX-License-Identifier: Apache-2.0
"""Who is told how a search goes on; it may print or write down, it may not interfere."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from goodfit.execution import Job, OnRun
from goodfit.tuning.strategy import Most, SoFar
from goodfit.values import ArmEnd, RateStage, Run


class Hearer(Protocol):
    """What can be heard while a search is under way."""

    @property
    def folder(self) -> str | None:
        """Where arms tell their epochs (see `execution.news`); None: nobody asks."""
        ...

    def start(self, so_far: SoFar, most: Most) -> None:
        """The user's own run is there; so much may follow."""
        ...

    def begin(self, jobs: Mapping[float, Job]) -> None:
        """Arms at these values are trained next."""
        ...

    def ended(self, value: float, run: Run | None, end: ArmEnd | None, because: str) -> None:
        """An arm has ended; without a run it failed, or was not begun."""
        ...


def earlier_of(job: Job) -> tuple[RateStage, ...]:
    """The rates that an arm's training begins with."""
    edits = job.settings.treatment.edits if job.settings.treatment is not None else ()
    return next((edit.earlier for edit in edits if edit.earlier), ())


@dataclass(frozen=True, slots=True)
class OfRuns:
    """Tells every run to a function, as fix and compare count them."""

    knob: str
    on_run: OnRun | None = None
    folder: str | None = None

    def start(self, so_far: SoFar, most: Most) -> None:
        """Say nothing."""

    def begin(self, jobs: Mapping[float, Job]) -> None:
        """Say nothing."""

    def ended(self, value: float, run: Run | None, *_: object) -> None:
        """Tell of an arm that has a run."""
        if run is not None and self.on_run is not None:
            self.on_run(f"{self.knob} {value:g}", run)


@dataclass(frozen=True, slots=True)
class Several:
    """Tells several; the first that has a folder gives it."""

    hearers: tuple[Hearer, ...]

    @property
    def folder(self) -> str | None:
        """Of the first that has one."""
        return next((each.folder for each in self.hearers if each.folder is not None), None)

    def start(self, so_far: SoFar, most: Most) -> None:
        """Tell all."""
        for each in self.hearers:
            each.start(so_far, most)

    def begin(self, jobs: Mapping[float, Job]) -> None:
        """Tell all."""
        for each in self.hearers:
            each.begin(jobs)

    def ended(self, value: float, run: Run | None, end: ArmEnd | None, because: str) -> None:
        """Tell all."""
        for each in self.hearers:
            each.ended(value, run, end, because)
