# SPDX-License-Identifier: Apache-2.0
"""One small task as its plan, and what is done to it on purpose.

No sabotage was adjusted to a result: each is a wrong setting far enough from a usual one that its harm was expected.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One training, complete."""

    name: str
    part: str  # "learn" or "judge"
    domain: str
    data: str
    model: str
    sabotage: str
    width: int
    train_size: int
    validation_size: int
    epochs: int
    batch_size: int = 128
    optimizer: str = "Adam"
    learning_rate: float = (
        6e-3  # six times Adam's default: the networks are small and the runs of some 60 steps
    )
    weight_decay: float = 0.0  # of Adam: coupled, that is L2
    decoupled: float = 0.0  # of AdamW
    dropout: float = 0.0
    label_noise: float = 0.0  # share of targets exchanged for those of other examples, in all three splits
    start: float = 1.0  # times the usual initial weights


def _well(plan: Plan) -> Plan:
    """Nothing wrong: some dropout, all the data, a length that suits."""
    return replace(plan, dropout=0.0 if plan.model in _NO_DROPOUT else 0.3)


def _little_data(plan: Plan) -> Plan:
    """A fifth of the examples, for twice the epochs."""
    return replace(plan, train_size=plan.train_size // 5, epochs=2 * plan.epochs)


def _label_noise(plan: Plan) -> Plan:
    """A third of the targets are somebody else's, for twice the epochs."""
    return replace(plan, label_noise=1 / 3, epochs=2 * plan.epochs)


def _too_wide(plan: Plan) -> Plan:
    """Four times the width on half of the data."""
    return replace(plan, width=4 * plan.width, train_size=plan.train_size // 2, epochs=2 * plan.epochs)


def _much_dropout(plan: Plan) -> Plan:
    """A drop probability of .8, in a network of the usual width."""
    return replace(plan, dropout=0.8)


def _slow(plan: Plan) -> Plan:
    """A fiftieth of the learning rate."""
    return replace(plan, learning_rate=plan.learning_rate / 50)


def _fast(plan: Plan) -> Plan:
    """Thirty times the learning rate."""
    return replace(plan, learning_rate=plan.learning_rate * 30)


def _short(plan: Plan) -> Plan:
    """Half of the epochs, at least four so that there is a curve to judge, in a quarter of the steps."""
    return replace(plan, epochs=max(4, plan.epochs // 2), learning_rate=plan.learning_rate / 4)


def _strong_decay(plan: Plan) -> Plan:
    """Decoupled decay of 10: each step takes a fiftieth off every weight."""
    return replace(plan, decoupled=10.0)


def _strong_l2(plan: Plan) -> Plan:
    """L2 in the gradient, twice the upper end (.01) of what is usually tried."""
    return replace(plan, weight_decay=0.02)


def _long(plan: Plan) -> Plan:
    """Twice the width and twice the epochs, with nothing against overfitting."""
    return replace(plan, width=2 * plan.width, epochs=2 * plan.epochs)


def _deep(plan: Plan) -> Plan:
    """Eight hidden layers without normalisation."""
    return replace(plan, model="deep")


def _plateau(plan: Plan) -> Plan:
    """Initial weights so small that training begins on a saddle, with plain steps."""
    return replace(
        plan, start=0.1, optimizer="SGD", learning_rate=0.05, model="deep" if plan.width < 64 else plan.model
    )


_NO_DROPOUT = ("gru", "lstm", "mf")
SABOTAGES: Mapping[str, Callable[[Plan], Plan]] = MappingProxyType(
    {
        "none": _well,
        "little data": _little_data,
        "label noise": _label_noise,
        "too wide": _too_wide,
        "dropout .8": _much_dropout,
        "rate too low": _slow,
        "rate too high": _fast,
        "too few epochs": _short,
        "decay too strong": _strong_decay,
        "L2 too strong": _strong_l2,
        "many epochs": _long,
        "no batch norm": _deep,
        "plateau": _plateau,
    }
)
