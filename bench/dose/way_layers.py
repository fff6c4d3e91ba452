# SPDX-License-Identifier: Apache-2.0
"""After one shared rate, a contrast: the same budget of rates, moved to the front or to the back half of the places."""

from dataclasses import dataclass

import numpy as np
from dose_bed import HIGHEST, Bed, Course, Picked, sites
from way_parts import answer, train_on

from goodfit.values import Patience


@dataclass(frozen=True)
class Contrast:
    """One run at a shared rate, then one with more in front and one with more behind, each early stopped."""

    rate: float = 0.5
    apart: float = 0.2

    @property
    def name(self) -> str:
        """As in the table."""
        return f"shared {self.rate:g}, then front and back by {self.apart:g}"

    def search(self, bed: Bed) -> Picked:
        """Train the three; a network with one place has nothing to contrast, and gets the shared rate alone."""
        count = len(sites(bed.model(self.rate)[0]))
        moves = (0.0, self.apart, -self.apart) if count > 1 else (0.0,)
        tried = [self._at(bed, move, count) for move in moves]
        best = moves[int(np.argmin([min(course.validation) for course in tried]))]
        return answer(bed, tried, f"front {best:+g}")

    def _at(self, bed: Bed, move: float, count: int) -> Course:
        course = Course(bed, self.rate)
        for at, site in enumerate(course.sites):
            place = 1 - 2 * at / (count - 1) if count > 1 else 0.0  # from 1 in front to -1 behind
            site.p = min(HIGHEST, max(0.0, self.rate + move * place))
        return train_on(course, bed.horizon, Patience())


WAYS = (Contrast(),)
