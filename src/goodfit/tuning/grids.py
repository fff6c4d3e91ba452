# SPDX-License-Identifier: Apache-2.0
"""The values worth trying of each remedy's number: three, and one beyond either end for when an end wins."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import log10
from types import MappingProxyType

from goodfit.surgery import Subject, training_regularisers


def _one(_: Subject) -> float:
    return 1.0


def _none(_: Subject) -> float:
    return 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """What is tried of one number, mildest first: the mildest is the one nearest to the user's own."""

    name: str  # as printed: "weight decay"
    unit: str
    values: tuple[float, ...]
    milder: tuple[float, ...] = ()  # further ones; the nearest is tried when the mildest wins
    stronger: tuple[float, ...] = ()  # the same, when the strongest wins
    own: Callable[[Subject], float] = _one  # the user's present value
    scale: Callable[[Subject], float] = _one  # what all values are multiplied by

    @property
    def raises(self) -> bool:
        """Whether stronger is more."""
        return len(self.values) == 1 or self.values[-1] > self.values[0]

    def tried(self, subject: Subject) -> tuple[float, ...]:
        """The values for this training."""
        return tuple(self._scaled(each, subject) for each in self.values)

    def reachable(self, subject: Subject) -> tuple[float, ...]:
        """The same with those beyond either end, mildest first."""
        return tuple(self._scaled(each, subject) for each in (*self.milder, *self.values, *self.stronger))

    def _scaled(self, value: float, subject: Subject) -> float:
        return float(f"{value * self.scale(subject):.3g}")  # 0.1 * 0.1 is to be 0.01


def _present(name: str) -> Callable[[Subject], float]:
    return lambda subject: training_regularisers(subject).get(name, 0.0)


def _planned_epochs(subject: Subject) -> float:
    return float(subject.epochs or 0)


_USUAL_RATE = 1e-3  # of learning, at which the grid of weight decay is written down: Adam's default


def _for_learning_rate(subject: Subject) -> float:
    """A step shrinks weights by the learning rate times the coefficient: a tenth of one needs ten times the other."""
    groups = subject.optimizer.param_groups if subject.optimizer is not None else ()
    rate = float(groups[0].get("initial_lr", groups[0].get("lr", 0.0))) if groups else 0.0
    return 10.0 ** round(log10(_USUAL_RATE / rate)) if rate > 0 else 1.0


_NORMALISED = 30.0  # how much more L1 is needed against gradients brought to a size of about one


def _for_gradients(subject: Subject) -> float:
    """A weight survives where its gradient exceeds the coefficient; all but SGD and its kin rescale their gradients."""
    return 1.0 if subject.optimizer is None or "SGD" in type(subject.optimizer).__name__ else _NORMALISED


# In a pilot validation loss was flat in the dropout rate up to a cliff past .8: three rates are enough.
_RAISED = Grid(
    name="dropout rate",
    unit="drop probability",
    milder=(0.1,),
    values=(0.2, 0.4, 0.6),
    stronger=(0.75,),
    own=_none,
)
_LOWERED = Grid(
    name="dropout rate", unit="drop probability", values=(0.6, 0.4, 0.2), stronger=(0.1, 0.0), own=_none
)
_WIDTH = "times the width"

GRIDS: Mapping[str, Grid] = MappingProxyType(
    {
        "raise-dropout": _RAISED,
        "lower-dropout": _LOWERED,
        # Decades: useful coefficients vary over orders of magnitude.
        "weight-decay": Grid(
            name="weight decay",
            unit="coefficient",
            milder=(1e-3,),
            values=(1e-2, 1e-1, 1.0),
            stronger=(10.0,),
            own=_present("weight decay"),
            scale=_for_learning_rate,
        ),
        "l1": Grid(
            name="L1",
            unit="coefficient",
            milder=(3e-4,),
            values=(1e-3, 3e-3, 1e-2),
            stronger=(3e-2,),
            own=_present("L1"),
            scale=_for_gradients,
        ),
        "label-smoothing": Grid(
            name="label smoothing",
            unit="share of each target",
            milder=(0.02,),
            values=(0.05, 0.1, 0.2),
            stronger=(0.4,),
            own=_present("label smoothing"),
        ),
        "early-stopping": Grid(
            name="patience", unit="epochs", values=(20.0, 10.0, 5.0), stronger=(3.0,), own=_planned_epochs
        ),
        "train-longer": Grid(
            name="length of training", unit="times the planned epochs", values=(1.5, 2.0, 4.0)
        ),
        # Half decades: the best rate lies within a factor of two of the largest that works (Bengio 2012).
        "raise-learning-rate": Grid(
            name="learning rate",
            unit="times the present one",
            milder=(2.0,),
            values=(3.0, 10.0),
            stronger=(30.0,),
        ),
        "lower-learning-rate": Grid(
            name="learning rate",
            unit="times the present one",
            milder=(0.5,),
            values=(0.3, 0.1, 0.03),
            stronger=(0.01,),
        ),
        # Twice the width is up to four times the weights; four times it is tried where twice wins a search alone.
        "more-nodes": Grid(name="width", unit=_WIDTH, values=(1.25, 1.5, 2.0), stronger=(4.0,)),
        "fewer-nodes": Grid(name="width", unit=_WIDTH, values=(0.75, 0.5, 0.25)),
        "stochastic-depth": Grid(
            name="stochastic depth",
            unit="drop probability",
            milder=(0.05,),
            values=(0.1, 0.2, 0.3),
            stronger=(0.5,),
            own=_none,
        ),
    }
)
"""By the name of the remedy."""

SWITCH = Grid(name="", unit="on (1) or off (0)", values=(1.0,), own=_none)
"""Of a remedy without a number: it is done, or not."""
