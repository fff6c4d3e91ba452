# SPDX-License-Identifier: Apache-2.0
"""All valleys fitted to the values of one window at once, by weighted least squares.

A fit is linear in level, fall and rise, and every fall goes with every rise: the sums of products that the normal
equations need are one matrix product of falls and rises, and their solution is closed. So ten thousand shapes cost
as much as a few passes over ten thousand numbers, whatever the weights.
"""

from math import log

import numpy as np
from numpy.typing import NDArray

from goodfit.measures._interval import Floats, correlation_of_neighbours
from goodfit.measures._valleys import Valleys

_COLLINEAR = 1e-7  # of a fall and a rise: beyond it their coefficients are rounding
# Shapes that are e^15 times less likely than the best one are left out: together they weigh under 1 %.
_NEGLIGIBLE = 15.0
_FLAT, _FALLING, _TURNING = 1, 2, 3  # coefficients of each kind of shape


class Fit:
    """Flat, falling and turning shapes fitted to a window whose noise is proportional to `spread` at each point."""

    def __init__(self, values: Floats, valleys: Valleys, spread: Floats, misfit: float) -> None:
        self.values, self.valleys, self.spread = values, valleys, spread
        self.weights = 1 / spread**2
        self.total = float(self.weights.sum())
        w = self.weights / self.total
        self.level = float(values @ w)
        self.falls = valleys.falls - (valleys.falls @ w)[:, None]
        self.rises = valleys.rises - (valleys.rises @ w)[:, None]
        y, weighted = values - self.level, self.falls * w
        self.ff, self.rr = (weighted * self.falls).sum(axis=1), (self.rises * self.rises) @ w
        self.fy, ry, self.fr = weighted @ y, self.rises @ (w * y), weighted @ self.rises.T
        yy, product = float(y * y @ w), self.ff[:, None] * self.rr
        self.det = np.maximum(product - self.fr * self.fr, _COLLINEAR * product)
        self.fall = (self.rr * self.fy[:, None] - self.fr * ry) / self.det
        self.rise = (self.ff[:, None] * ry - self.fr * self.fy[:, None]) / self.det
        left = yy - self.fall * self.fy[:, None] - self.rise * ry
        # Falls fall and rises rise; and a determinant that was set does not solve the equations.
        left[(self.fall < 0) | (self.rise < 0) | (self.det <= _COLLINEAR * product)] = np.inf
        falling = np.where(self.fy >= 0, yy - self.fy**2 / self.ff, np.inf)
        # Mean squares of what is left, in units of the noise at an average point.
        self.unit = self.total / len(values)
        self.misfit = misfit**2 * self.unit
        self.mean_squares = {
            _FLAT: np.asarray([yy * self.unit + self.misfit]),
            _FALLING: np.maximum(falling, 0.0) * self.unit + self.misfit,
            _TURNING: np.maximum(left, 0.0).ravel() * self.unit + self.misfit,
        }
        # Makes likelihoods under different spreads comparable.
        self.log_spread = 2 * float(np.log(spread).mean())
        self.best = log(min(float(each.min()) for each in self.mean_squares.values())) + self.log_spread

    @property
    def course(self) -> Floats:
        """The best shape."""
        kind = min(self.mean_squares, key=lambda k: float(self.mean_squares[k].min()))
        at = int(np.argmin(self.mean_squares[kind]))
        return self.level + self._shaped(kind, np.asarray([at]), np.zeros((1, _TURNING)), 0.0)[0]

    def correlation(self) -> float:
        """Correlation of neighbours around the best shape, as far as they are noise and not misfit."""
        residuals = (self.values - self.course) / self.spread
        noise = float(residuals @ residuals) / len(residuals)
        return correlation_of_neighbours(residuals) * noise / (noise + self.misfit)

    def candidates(self, independent: float, best: float) -> list[tuple[int, NDArray[np.intp], Floats]]:
        """The shapes that matter beside the `best`: coefficients of their kind, indices, logarithms of weights.

        By the Bayesian information criterion (Schwarz 1978); every kind has the same weight beforehand.
        """
        most = np.exp(best - self.log_spread + 2 * _NEGLIGIBLE / independent)
        found = []
        for kind, squares in self.mean_squares.items():
            at = np.flatnonzero(squares <= most)
            if not len(at):
                continue
            weight = -0.5 * independent * (np.log(squares[at]) + self.log_spread - best)
            weight -= 0.5 * kind * log(independent) + log(1 if kind == _FLAT else len(self.falls))
            if kind == _TURNING:
                weight += self.valleys.prior[at % len(self.rises)]
            found.append((kind, at, weight))
        return found

    def draw(self, kind: int, at: NDArray[np.intp], normal: Floats, independent: float) -> Floats:
        """One course a shape, coefficients by their normal errors."""
        n = len(self.values)
        error = np.sqrt(self.mean_squares[kind][at] * n / max(n - kind, 1) / independent / self.unit)
        level = self.level + normal[:, 0] * error
        return np.asarray(level[:, None] + self._shaped(kind, at, normal, error))

    def _shaped(self, kind: int, at: NDArray[np.intp], normal: Floats, error: Floats | float) -> Floats:
        """Fall and rise of some shapes; falls still fall and rises still rise."""
        if kind == _FLAT:
            return np.zeros((len(at), len(self.values)))
        if kind == _FALLING:
            own = np.sqrt(self.ff[at])
            size = np.maximum(self.fy[at] / self.ff[at] + normal[:, 1] * error / own, 0.0)
            return np.asarray(size[:, None] * self.falls[at])
        f, r = np.divmod(at, len(self.rises))
        ff = self.ff[f]
        rise = np.maximum(self.rise[f, r] + normal[:, 2] * error * np.sqrt(ff / self.det[f, r]), 0.0)
        # What the rise takes, the fall gives back.
        fall = self.fall[f, r] - (rise - self.rise[f, r]) * self.fr[f, r] / ff
        fall = np.maximum(fall + normal[:, 1] * error / np.sqrt(ff), 0.0)
        return np.asarray(fall[:, None] * self.falls[f] + rise[:, None] * self.rises[r])
