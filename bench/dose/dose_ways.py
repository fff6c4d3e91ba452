# SPDX-License-Identifier: Apache-2.0
"""The ways that choose a fixed rate by themselves: grids, the race of three, climbing, lockstep, halving."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from dose_bed import RATES, Bed, Picked, nearest
from dose_replay import USUAL, Arm, Hopeless, Ledger, lowest, mildest

from goodfit.tuning import first_rate, higher_rate
from goodfit.values import Patience

Choose = Callable[[Iterable[Arm]], Arm]
NINE = tuple(round(0.1 * step, 1) for step in range(1, 10))


@dataclass(frozen=True, slots=True)
class Always:
    """One rate, trained once and never compared."""

    name: str
    rate: float
    patience: Patience | None = USUAL

    def search(self, bed: Bed) -> Picked:
        """Train it."""
        ledger = Ledger(bed)
        return ledger.picked(ledger.train(ledger.start(self.rate), self.patience))


@dataclass(frozen=True, slots=True)
class Grid:
    """Some rates one after another; the user's own run is compared with them."""

    name: str
    rates: Sequence[float]
    patience: Patience | None = USUAL
    choose: Choose = lowest
    hopeless: Hopeless | None = None
    most: float | None = None  # epochs of the whole search in T

    def search(self, bed: Bed) -> Picked:
        """Train them in the order given."""
        ledger = Ledger(bed)
        budget = None if self.most is None else round(self.most * bed.horizon)
        for rate in self.rates:
            ledger.train(ledger.start(rate), self.patience, hopeless=self.hopeless, budget=budget)
        return ledger.picked(self.choose([ledger.start(0.0), *ledger.arms]))


@dataclass(frozen=True, slots=True)
class Race:
    """What goodfit did before: three rates, one more beyond an end that wins, and the mildest within one error."""

    name: str
    rates: Sequence[float] = (0.2, 0.4, 0.6)
    milder: float | None = 0.1
    stronger: float | None = 0.75
    patience: Patience = USUAL
    choose: Choose = mildest
    hopeless: Hopeless | None = None

    def search(self, bed: Bed) -> Picked:
        """Race."""
        ledger = Ledger(bed)
        for rate in self.rates:
            ledger.train(ledger.start(rate), self.patience, hopeless=self.hopeless)
        winner = lowest(ledger.arms).rate
        beyond = {self.rates[0]: self.milder, self.rates[-1]: self.stronger}.get(winner)
        if beyond is not None:
            ledger.train(ledger.start(beyond), self.patience, hopeless=self.hopeless)
        return ledger.picked(self.choose(ledger.arms))


@dataclass(frozen=True, slots=True)
class Climb:
    """One rate first; then steps to the side where it gets better, halved when neither side is."""

    name: str
    first: float = 0.5
    steps: Sequence[float] = (0.2, 0.1)
    patience: Patience = USUAL
    hopeless: Hopeless | None = None
    most: float | None = None  # epochs of the whole search in T
    up_first: bool = True  # which side is tried first when the first rate beats the user's own run

    def search(self, bed: Bed) -> Picked:
        """Climb."""
        ledger = Ledger(bed)
        own = ledger.start(0.0)
        arms = {0.0: own}
        budget = None if self.most is None else round(self.most * bed.horizon)

        def at(rate: float) -> Arm:
            rate = round(min(max(rate, 0.0), RATES[-1]), 2)
            if rate not in arms and (budget is None or ledger.epochs < budget):
                arms[rate] = ledger.train(
                    ledger.start(rate), self.patience, hopeless=self.hopeless, budget=budget
                )
            return arms.get(rate, own)

        here = at(self.first)
        for step in self.steps:
            up = (here.lowest < own.lowest) == self.up_first
            for side in (1, -1) if up else (-1, 1):
                moved = False
                while (there := at(here.rate + side * step)).lowest < here.lowest:
                    here, moved = there, True
                if moved:
                    break
        return ledger.picked(lowest(arms.values()))


@dataclass(frozen=True, slots=True)
class TwoRates:
    """Half of the units first, or fewer; then the rate that the first one's best epoch leaves time for, or half of it."""

    name: str
    patience: Patience = USUAL
    choose: Choose = mildest
    share: float = 1.0  # of what the best epoch of the second rate may take as shipped
    half: bool = False  # the first rate is always .5
    most: float | None = None  # epochs of the whole search in T

    def search(self, bed: Bed) -> Picked:
        """Train both; the product's own strategy asks the same functions."""
        ledger = Ledger(bed)
        own = ledger.start(0.0)
        budget = None if self.most is None else round(self.most * bed.horizon)
        half = 0.5 if self.half else first_rate((0.0, own.best + 1), bed.horizon)
        first = ledger.train(ledger.start(nearest(half)), self.patience, budget=budget)
        second: float | None = first.rate / 2
        if first.lowest < own.lowest:
            plan = round(self.share * bed.horizon)
            second = higher_rate((0.0, own.best + 1), (first.rate, first.best + 1), plan)
        if second is not None:
            ledger.train(ledger.start(nearest(second)), self.patience, budget=budget)
        best = self.choose(ledger.arms)
        return ledger.picked(best if best.lowest < own.lowest else None)


@dataclass(frozen=True, slots=True)
class Lockstep:
    """Rates side by side; at the end of each round of epochs those that are too far behind are dropped."""

    name: str
    rates: Sequence[float]
    hopeless: Hopeless
    patience: Patience = USUAL
    most: float | None = None

    def search(self, bed: Bed) -> Picked:
        """Train all arms epoch by epoch."""
        ledger = Ledger(bed)
        running = [ledger.start(rate) for rate in self.rates]
        budget = None if self.most is None else round(self.most * bed.horizon)
        while running and (budget is None or ledger.epochs < budget):
            for arm in running:
                arm.epochs += 1
            leader = lowest(ledger.arms).lowest
            running = [
                arm
                for arm in running
                if not arm.is_over(self.patience) and not self.hopeless(arm, leader, bed.horizon)
            ]
        return ledger.picked(lowest([ledger.start(0.0), *ledger.arms]))


@dataclass(frozen=True, slots=True)
class Halving:
    """Successive halving (Jamieson and Talwalkar 2016) by the lowest validation loss so far; arms stop early as well."""

    name: str
    rates: Sequence[float]
    first: float  # length of the first rung in T
    factor: int  # of these arms one goes on, and trains so many times as long
    patience: Patience | None = USUAL

    def search(self, bed: Bed) -> Picked:
        """Halve until one arm is left and trained to the end."""
        ledger = Ledger(bed)
        running = [ledger.start(rate) for rate in self.rates]
        rung = self.first
        while True:
            upto = min(bed.horizon, max(1, round(rung * bed.horizon)))
            for arm in running:
                ledger.train(arm, self.patience, upto=upto)
            if upto == bed.horizon:
                return ledger.picked(lowest([ledger.start(0.0), *ledger.arms]))
            running = sorted(running, key=lambda arm: arm.lowest)[: max(1, len(running) // self.factor)]
            rung = rung * self.factor if len(running) > 1 else 1.0


@dataclass(frozen=True, slots=True)
class Heats:
    """Each rate trains a heat, the longer the higher it is, since it learns more slowly; the leader alone goes on."""

    name: str
    rates: Sequence[float]
    length: float  # of the heat of a rate of .5, in T
    slower: float = 0.0  # heats are as long as (.5 / (1 - rate)) to this power
    patience: Patience = USUAL

    def search(self, bed: Bed) -> Picked:
        """Run the heats, then the rest of the leader's training."""
        ledger = Ledger(bed)
        for rate in self.rates:
            epochs = round(self.length * bed.horizon * (0.5 / (1 - rate)) ** self.slower)
            ledger.train(ledger.start(rate), self.patience, upto=max(2, epochs))
        ledger.train(lowest(ledger.arms), self.patience)
        return ledger.picked(lowest([ledger.start(0.0), *ledger.arms]))
