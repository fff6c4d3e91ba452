# SPDX-License-Identifier: Apache-2.0
"""Random-rate dropout: each example draws its own rate, so that there is none to find. One run, early stopped.

Its law is varied: where the rates lie, whether the layers of a pass share an example's draw, and whether the examples of a
batch do.
"""

from dataclasses import dataclass

from dose_bed import Bed, Course, Picked
from torch import Tensor
from way_parts import answer, drop_at, own_best, randomly, train_on

from goodfit.nn import MaskKeys, UniformShare
from goodfit.values import Patience


class Higher(UniformShare):
    """More examples at high rates: the share has the density 2 s."""

    def law(self, uniform: Tensor) -> Tensor:
        """The shares that uniform numbers stand for."""
        return uniform.sqrt()


class Lower(UniformShare):
    """More examples at low rates: the share has the density 1 / (2 sqrt(s))."""

    def law(self, uniform: Tensor) -> Tensor:
        """The shares that uniform numbers stand for."""
        return uniform.square()


class Upper(UniformShare):
    """From half the rate up to the rate."""

    def law(self, uniform: Tensor) -> Tensor:
        """The shares that uniform numbers stand for."""
        return 0.5 + 0.5 * uniform


class Two(UniformShare):
    """Half of the examples at the rate, the others at none."""

    def law(self, uniform: Tensor) -> Tensor:
        """The shares that uniform numbers stand for."""
        return (uniform < 0.5).float()


class OfBatch(UniformShare):
    """One draw for all examples of a batch."""

    def law(self, uniform: Tensor) -> Tensor:
        """The shares that uniform numbers stand for."""
        return uniform[:1].expand(len(uniform))


class OfLayer(UniformShare):
    """A draw for each layer."""

    def of_rows(self, count: int, keys: MaskKeys | None, like: Tensor) -> Tensor:
        """The shares, drawn anew at every call."""
        self.begin()
        drawn: Tensor = super().of_rows(count, keys, like)
        return drawn


@dataclass(frozen=True)
class RandomRate:
    """One run with random rates up to `high`: from the initialisation, or on from the user's best checkpoint."""

    high: float
    law: type[UniformShare] = UniformShare
    fork: bool = False

    @property
    def name(self) -> str:
        """As in the table."""
        law = "" if self.law is UniformShare else f" {self.law.__name__.lower()}"
        return f"random{law} {self.high:g}" + (" fork" if self.fork else "")

    def search(self, bed: Bed) -> Picked:
        """Train it, and take it if it is better than the user's own."""
        course = drop_at(own_best(bed), self.high) if self.fork else Course(bed, self.high)
        randomly(course, self.law())
        return answer(bed, [train_on(course, bed.horizon, Patience())])


LAWS = (Higher, Lower, Upper, Two, OfBatch, OfLayer)
WAYS = (
    *(RandomRate(high) for high in (0.6, 0.8, 0.9, 0.95)),
    *(RandomRate(0.9, law) for law in LAWS),
    *(RandomRate(high, fork=True) for high in (0.8, 0.9)),
)
