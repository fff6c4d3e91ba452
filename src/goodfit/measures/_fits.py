# SPDX-License-Identifier: Apache-2.0
"""All valleys fitted to the values of one window at once, by least squares.

A fit is linear in level, fall and rise, and every fall goes with every rise: what the normal equations need is known
beforehand (`_valleys`) but for one product of each part with the values, and their solution is closed. So ten
thousand shapes cost as much as a few passes over ten thousand numbers.
"""

from math import log

import numpy as np
from numpy.typing import NDArray

from goodfit.measures._changing import PRICE, changing_noise
from goodfit.measures._interval import Floats, correlation_of_neighbours
from goodfit.measures._valleys import valleys, weighed

# Shapes that are e^15 times less likely than the best one are left out: together they weigh under 1 %.
_NEGLIGIBLE = 15.0
# The catalogue of shapes is coarser than a curve of little noise is sharp: without it, intervals are too narrow.
_MISFIT = 0.012  # of the depth of the window
_FLAT, _FALLING, _RISING, _TURNING = range(4)  # kinds of shapes
_COEFFICIENTS = {_FLAT: 1, _FALLING: 2, _RISING: 2, _TURNING: 3}


class Fit:
    """Flat, falling, rising and turning shapes fitted to a window's values, or to their logarithms.

    A `spread` is what the noise at each point is proportional to; without one it is the same everywhere. A `price` in
    log likelihood is what was paid for finding the spread in the values themselves.
    """

    def __init__(
        self, values: Floats, *, logarithmic: bool = False, spread: Floats | None = None, price: float = 0.0
    ) -> None:
        taken = np.log(values) if logarithmic else values
        self.given, self.logarithmic, self.n = values, logarithmic, len(values)
        self.spread = np.ones(self.n) if spread is None else spread
        v = valleys(self.n) if spread is None else weighed(valleys(self.n), 1 / spread**2)
        self.valleys, self.scale = v, float(np.ptp(taken)) or 1.0
        self.level = float(taken @ v.weights)
        self.values = (taken - self.level) / self.scale
        # What turns a density of residuals into one of the values themselves.
        self.stretch = 2 * (log(self.scale) + (float(taken.mean()) if logarithmic else 0.0))
        self.stretch += 2 * float(np.log(self.spread).mean()) + 2 * price / self.n
        # What turns weighted means of squares into those of residuals over their spread.
        self.unit = float((1 / self.spread**2).mean())
        self.misfit = _MISFIT**2 * self.unit
        y = self.values * v.weights
        self.fy, self.ry, yy = v.falls @ y, v.rises @ y, float(self.values @ y)
        column = self.fy[:, None]
        self.fall = (column * v.rr - v.fr * self.ry) / v.det
        self.rise = (np.outer(v.ff, self.ry) - v.fr * column) / v.det
        left = yy - self.fall * column - self.rise * self.ry
        left[(self.fall < 0) | (self.rise < 0)] = np.inf  # falls fall and rises rise
        falling = np.where(self.fy >= 0, yy - self.fy**2 / v.ff, np.inf)
        first, own = self.ry[: v.forms], v.rr[: v.forms]
        rising = np.where(first >= 0, yy - first**2 / own, np.inf)
        self.mean_squares = {
            _FLAT: np.asarray([yy * self.unit + self.misfit]),
            _FALLING: np.maximum(falling, 0.0) * self.unit + self.misfit,
            _RISING: np.maximum(rising, 0.0) * self.unit + self.misfit,
            _TURNING: np.maximum(left, 0.0).ravel() * self.unit + self.misfit,
        }
        self.best = log(min(float(each.min()) for each in self.mean_squares.values())) + self.stretch

    @property
    def course(self) -> Floats:
        """The best shape, in the unit of the values."""
        return np.asarray(self._back(self._best_shape())[0])

    def correlation(self) -> float:
        """Correlation of neighbours around the best shape, as far as they are noise and not misfit."""
        residuals = (self.values - self._best_shape()[0]) / self.spread
        noise = float(residuals @ residuals) / self.n
        return correlation_of_neighbours(residuals) * noise / (noise + self.misfit)

    def under_changing_noise(self) -> "Fit | None":
        """The same values where the noise changes along the curve; None where what is left over shows no change."""
        residuals = (self.values - self._best_shape()[0]) / self.spread
        # Below the misfit of every shape a calmer stretch says no more about the course.
        sd, changes = changing_noise(residuals, _MISFIT)
        if not changes:
            return None
        spread = sd * self.spread
        price = PRICE * changes * log(self.n)
        return Fit(self.given, logarithmic=self.logarithmic, spread=spread / spread.mean(), price=price)

    def candidates(self, independent: float, best: float) -> list[tuple[int, NDArray[np.intp], Floats]]:
        """The shapes that matter beside the `best`: coefficients of their kind, indices, logarithms of weights.

        By the Bayesian information criterion (Schwarz 1978); every kind has the same weight beforehand.
        """
        most = np.exp(best - self.stretch + 2 * _NEGLIGIBLE / independent)
        found = []
        for kind, squares in self.mean_squares.items():
            at = np.flatnonzero(squares <= most)
            if not len(at):
                continue
            weight = -0.5 * independent * (np.log(squares[at]) + self.stretch - best)
            weight -= 0.5 * _COEFFICIENTS[kind] * log(independent) + log(self._shapes(kind))
            if kind == _TURNING:
                weight += self.valleys.prior[at % len(self.valleys.rises)]
            found.append((kind, at, weight))
        return found

    def _shapes(self, kind: int) -> int:
        """How many shapes of a kind share its weight; those of rises have a prior of their own."""
        if kind == _FLAT:
            return 1
        return self.valleys.forms if kind == _RISING else len(self.valleys.falls)

    def draw(self, kind: int, at: NDArray[np.intp], normal: Floats, independent: float) -> Floats:
        """One course a shape in the unit of the values, coefficients by their normal errors."""
        # An error of a coefficient, but for the mean square of its part.
        error = np.sqrt(
            self.mean_squares[kind][at]
            / self.unit
            * self.n
            / max(self.n - _COEFFICIENTS[kind], 1)
            / independent
        )
        return self._back(self._shaped(kind, at, normal, error) + (normal[:, 0] * error)[:, None])

    def _best_shape(self) -> Floats:
        kind = min(self.mean_squares, key=lambda k: float(self.mean_squares[k].min()))
        at = np.asarray([np.argmin(self.mean_squares[kind])])
        return self._shaped(kind, at, np.zeros((1, _COEFFICIENTS[_TURNING])), np.zeros(1))

    def _back(self, shaped: Floats) -> Floats:
        courses = shaped * self.scale + self.level
        return np.exp(courses) if self.logarithmic else np.asarray(courses)

    def _shaped(self, kind: int, at: NDArray[np.intp], normal: Floats, error: Floats) -> Floats:
        """Fall and rise of some shapes; falls still fall and rises still rise."""
        v = self.valleys
        if kind == _FLAT:
            return np.zeros((len(at), self.n))
        if kind == _FALLING:
            size = np.maximum(self.fy[at] / v.ff[at] + normal[:, 1] * error / np.sqrt(v.ff[at]), 0.0)
            return np.asarray(size[:, None] * v.falls[at])
        if kind == _RISING:
            size = np.maximum(self.ry[at] / v.rr[at] + normal[:, 1] * error / np.sqrt(v.rr[at]), 0.0)
            return np.asarray(size[:, None] * v.rises[at])
        f, r = np.divmod(at, len(v.rises))
        found = self.rise[f, r]
        rise = np.maximum(found + normal[:, 2] * error * np.sqrt(v.ff[f] / v.det[f, r]), 0.0)
        # What the rise takes, the fall gives back.
        fall = self.fall[f, r] - (rise - found) * v.fr[f, r] / v.ff[f]
        fall = np.maximum(fall + normal[:, 1] * error / np.sqrt(v.ff[f]), 0.0)
        return np.asarray(fall[:, None] * v.falls[f] + rise[:, None] * v.rises[r])
