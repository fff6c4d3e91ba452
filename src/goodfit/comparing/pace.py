# SPDX-License-Identifier: Apache-2.0
"""How far a comparison has come: how many of its trainings are done, and about how long the others will take."""

from dataclasses import dataclass

from goodfit.report.study_rows import duration
from goodfit.values import Run


@dataclass(slots=True)
class Pace:
    """Counts trainings; the time left is the mean of those that ended, times those to come.

    What came from the store is counted with the seconds that it once took: such runs are met first, so those to come
    are trained.
    """

    of: int = 0  # trainings in all; 0: not known yet
    workers: int = 1
    done: int = 0
    seconds: float = 0.0

    def heard(self, run: Run | None) -> str:
        """Count one more training that ended, None for one that failed, and say where it stands."""
        self.done += 1
        self.seconds += run.seconds if run is not None else 0.0
        if not self.of:
            return ""
        left = self.left
        return f"{self.done} of {self.of}" + (f", about {duration(round(left))} left" if left >= 1 else "")

    @property
    def left(self) -> float:
        """Seconds that the others will take."""
        return max(0, self.of - self.done) * self.seconds / max(self.done, 1) / max(self.workers, 1)
