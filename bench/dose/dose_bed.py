# SPDX-License-Identifier: Apache-2.0
"""What every way of finding a dropout rate is given, and what it gives back.

    bed.own                     # the user's run at rate 0, which is there before any search: free, all bed.horizon epochs
    bed.curve(0.4)              # a fixed rate: trained once for all, then read from disk; count the epochs you look at
    course = Course(bed, 0.0)   # to train anew: the same initialisation, batch order and mask uniforms as every curve
    course.epoch()              # one epoch, then validation and test
    course.picked()             # the answer, when the network itself is it

The rule of scores: a network counts at its best checkpoint, the epoch of the lowest validation loss among those that
were trained. A fixed rate chosen by arms that stopped early is scored at the best epoch of that arm as far as it was
trained; where a way trains the chosen rate to the end afterwards, those epochs count as well.
A way may read validation as it likes. It may not read `test` but for writing it into its Picked.
"""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cached_property
from time import process_time
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from goodfit.nn import MaskKeys, key_dropouts_
from goodfit.nn.keyed import Keyed
from goodfit.surgery import at_dose, plan, treat_
from goodfit.training import Settings, Task, build_model, build_optimizer, divide, draw
from goodfit.training.losses import per_example
from goodfit.training.seeds import derive
from goodfit.values import Patience, Prescription, Treatment

RATES = tuple(round(0.05 * step, 2) for step in range(20))  # 0 to 0.95: every fixed rate there is a curve of
HIGHEST = RATES[-1]


def nearest(rate: float) -> float:
    """The rate that there is a curve of and that lies nearest."""
    return min(RATES, key=lambda each: abs(each - rate))


Floats = np.ndarray[Any, np.dtype[np.floating[Any]]]


@dataclass(frozen=True, slots=True)
class Curve:
    """One training at a fixed rate; all arrays by epoch."""

    rate: float
    validation: Floats  # (epochs,) mean loss
    test: Floats  # (epochs,) mean loss where validation is the lowest so far, else NaN; for the record only
    losses: Floats  # (epochs, examples) validation loss of each example, for paired standard errors
    seconds: Floats  # (epochs,) CPU seconds of training and validating

    def __len__(self) -> int:
        return len(self.validation)

    def upto(self, epochs: int) -> "Curve":
        """Its first epochs."""
        parts = (self.validation, self.test, self.losses, self.seconds)
        return Curve(self.rate, *(part[:epochs] for part in parts))

    def best(self, epochs: int | None = None) -> int:
        """The epoch of the lowest validation loss among the first `epochs`, counted from 0; NaN is never it."""
        seen = np.where(np.isfinite(self.validation[:epochs]), self.validation[:epochs], np.inf)
        return int(np.argmin(seen))

    def stop(self, patience: Patience, cap: int | None = None) -> int:
        """How many epochs are trained under early stopping, at most `cap`."""
        most = min(len(self), cap or len(self))
        best, lowest = 1, np.inf
        for epoch in range(1, most + 1):
            if self.validation[epoch - 1] < lowest:
                best, lowest = epoch, float(self.validation[epoch - 1])
            if patience.is_over(best, epoch):
                return epoch
        return most


@dataclass(frozen=True, slots=True)
class Picked:
    """What a way of finding the dose gives back."""

    rate: float | None  # the fixed rate it chose; None where the trained network itself is the answer
    epochs: int  # trained by the search beyond the user's own run, discarded ones too
    seconds: float  # CPU seconds of them
    validation: float  # at the best checkpoint of the network it ends with
    test: float  # the same checkpoint
    note: str = ""


class Way(Protocol):
    """A way of finding the dose."""

    @property
    def name(self) -> str:
        """As in the table, and the key under which its results are kept."""
        ...

    def search(self, bed: "Bed") -> Picked:
        """Find the dose of one task at one seed."""
        ...


@dataclass(frozen=True, slots=True)
class Part:
    """One of the three sets of examples."""

    x: Tensor
    y: Tensor


class Bed:
    """One task at one seed."""

    def __init__(
        self,
        name: str,
        seed: int,
        horizon: int,
        task: Callable[[], Task],
        read: Callable[["Bed", float], Curve],
    ) -> None:
        self.name, self.seed, self._task = name, seed, task
        self.horizon = horizon  # T, in epochs: what the user's own run was planned for
        self._read = read

    @cached_property
    def task(self) -> Task:
        """What is trained; its data are loaded when it is asked for, which who reads curves alone never does."""
        return self._task()

    @cached_property
    def parts(self) -> tuple[Part, Part, Part]:
        """Training, validation and test examples of this seed; the test set is the same for all seeds."""
        pool, holdout = divide(self.task)
        split = draw(self.task, pool, self.seed)
        sets = [(pool.examples, rows) for rows in (split.train, split.validation)]
        sets.append((holdout.examples, holdout.indices))
        train, validation, test = (Part(*examples.batch(rows)) for examples, rows in sets)
        return train, validation, test

    @cached_property
    def places(self) -> Treatment:
        """Where goodfit puts dropout in this task's model."""
        model = build_model(self.task, Settings(seed=self.seed))
        return plan(model, Prescription(remedy="raise-dropout"), dose=HIGHEST, example=self.parts[0].x[:4])

    @property
    def own(self) -> Curve:
        """The user's own run, without dropout."""
        return self.curve(0.0)

    def curve(self, rate: float) -> Curve:
        """The training at a rate of RATES, of `horizon` epochs."""
        return self._read(self, rate)

    def model(self, rate: float) -> tuple[nn.Module, MaskKeys]:
        """The network at this seed's initialisation with dropout at `rate` in all its places, and the keys of its masks."""
        model = build_model(self.task, Settings(seed=self.seed))
        treat_(model, at_dose(self.places, rate or HIGHEST))
        for site in sites(model):
            site.p = min(site.p, rate)  # at 0 nothing is dropped, and the place is there all the same
        keys = key_dropouts_(model, derive(self.seed, "masks"))
        assert not keys.left_alone, keys.left_alone  # noqa: S101 - or arms would not share their draws
        return model, keys

    def batches(self, epoch: int) -> list[Tensor]:
        """Rows of the training examples in the order of an epoch, counted from 1: the same for all rates."""
        rows = len(self.parts[0].y)
        order = np.random.default_rng(derive(self.seed, "order", epoch)).permutation(rows)
        found = list(torch.split(torch.from_numpy(order), self.task.batch_size))
        return found[:-1] if len(found) > 1 and len(found[-1]) == 1 else found


def sites(model: nn.Module) -> list[Any]:
    """The dropout layers of a model in the order of registration; each has a rate `p`, goodfit's own have `rates`."""
    return [module for module in model.modules() if isinstance(module, nn.Dropout | Keyed)]


BeforeStep = Callable[["Course", Tensor], None]  # (course, rows of the batch), in front of each forward pass


class Course:
    """One training of a bed's network, driven epoch by epoch; a deep copy of it is a fork.

    At a fixed rate it is the curve of that rate, to the last bit. `before_step` sets what changes: `site.p` for all,
    or `site.rates`, one for each example of the batch. `model`, `optimizer`, `keys` and `sites` may be changed freely
    between steps; set `best`, `state` and so on by training only.
    """

    def __init__(self, bed: Bed, rate: float, before_step: BeforeStep | None = None) -> None:
        self.bed, self.before_step = bed, before_step
        self.model, self.keys = bed.model(rate)
        self.sites = sites(self.model)
        self.optimizer = build_optimizer(bed.task, self.model)
        self.each = per_example(bed.task.loss)
        self.epochs = self.steps = 0  # trained since the beginning, those before a fork too
        self.validation: list[float] = []
        self.test: list[float] = []
        self.losses: list[Floats] = []
        self.seconds: list[float] = []

    def __deepcopy__(self, memo: dict[int, Any]) -> "Course":
        memo[id(self.bed)] = self.bed
        copied = object.__new__(type(self))
        memo[id(self)] = copied
        copied.__dict__.update({name: deepcopy(value, memo) for name, value in self.__dict__.items()})
        return copied

    def epoch(self) -> None:
        """Train one epoch and measure; afterwards the last entries of validation, test, losses and seconds are its."""
        began = process_time()
        self.epochs += 1
        self.model.train()
        for rows in self.bed.batches(self.epochs):
            self.step(rows)
        found = self.measure(self.bed.parts[1])
        self.seconds.append(process_time() - began)
        self.losses.append(found.astype(np.float32))
        loss = float(found.mean())
        better = loss < min(self.validation, default=np.inf)
        self.validation.append(loss)
        # Read where the validation loss is a new lowest, since nothing else can be a best checkpoint; nobody's time.
        self.test.append(float(self.measure(self.bed.parts[2]).mean()) if better else np.nan)

    def step(self, rows: Tensor) -> None:
        """One step of the optimiser."""
        self.steps += 1
        self.keys.step = self.steps
        if self.before_step is not None:
            self.before_step(self, rows)
        part = self.bed.parts[0]
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.bed.task.loss(self.model(part.x[rows]), part.y[rows])
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it unannotated
        if self.bed.task.clip_norm is not None:
            nn.utils.clip_grad_norm_(self.model.parameters(), self.bed.task.clip_norm)
        self.optimizer.step()

    def measure(self, part: Part) -> Floats:
        """Loss of each example in evaluation mode, shape (n,)."""
        was_training = self.model.training
        self.model.eval()
        with torch.no_grad():
            inputs, targets = torch.split(part.x, 1024), torch.split(part.y, 1024)
            pairs = [self.each(self.model(x), y) for x, y in zip(inputs, targets, strict=True)]
        self.model.train(was_training)
        losses, weights = (torch.cat(each).double() for each in zip(*pairs, strict=True))
        found: Floats = (losses / weights.mean()).numpy()
        return found

    def run(self, epochs: int, patience: Patience | None = None) -> "Course":
        """Train on until `epochs` are done in all, or patience is over."""
        while self.epochs < epochs:
            self.epoch()
            best = int(np.argmin(np.nan_to_num(self.validation, nan=np.inf))) + 1
            if patience is not None and patience.is_over(best, len(self.validation)):
                break
        return self

    def curve(self, rate: float) -> Curve:
        """What was measured so far."""
        losses = np.stack(self.losses)
        return Curve(rate, np.array(self.validation), np.array(self.test), losses, np.array(self.seconds))

    def picked(self, *, note: str = "", rate: float | None = None, besides: "Picked | None" = None) -> Picked:
        """This network at its best checkpoint, and what it cost, with the cost of another search added."""
        curve = self.curve(0.0)
        best = curve.best()
        found = Picked(
            rate,
            len(curve),
            float(curve.seconds.sum()),
            float(curve.validation[best]),
            float(curve.test[best]),
            note,
        )
        if besides is None:
            return found
        return replace(found, epochs=found.epochs + besides.epochs, seconds=found.seconds + besides.seconds)
