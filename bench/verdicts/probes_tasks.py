# SPDX-License-Identifier: Apache-2.0
"""Trainings with and without the fault that each probe looks for, on real images where an image can carry it.

    CONDITIONS["duplicates"] -> (Condition(name, shows, make), ...)

`make(seed)` gives the task; `shows` says whether the fault was built in.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from goodfit.tasks.mnist import images
from goodfit.training import Task, accuracy

Examples = tuple[Tensor, Tensor]
SLOWER: Any = partial(torch.optim.SGD, lr=0.001, momentum=0.9)
SLOW: Any = partial(torch.optim.SGD, lr=0.02, momentum=0.9)


@dataclass(frozen=True, slots=True)
class Condition:
    """One way of training, and whether the probe must find something in it."""

    name: str
    shows: bool
    make: Callable[[int], Task]


class Net(nn.Module):
    """Two hidden layers of 64 on the pixels; dropout in training only, or wrongly always."""

    def __init__(self, rate: float = 0.0, scale: float = 1.0, *, always: bool = False) -> None:
        super().__init__()
        self.one, self.two, self.last = nn.Linear(784, 64), nn.Linear(64, 64), nn.Linear(64, 10)
        self.rate, self.always = rate, always
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.mul_(scale)

    def forward(self, x: Tensor) -> Tensor:
        """Ten logits an image."""
        on = self.always or self.training
        hidden = functional.dropout(torch.relu(self.one(x.flatten(1))), self.rate, on)
        hidden = functional.dropout(torch.relu(self.two(hidden)), self.rate, on)
        return self.last(hidden)  # type: ignore[no-any-return]


@cache
def _images() -> Examples:
    """Read once: parsing them takes seconds."""
    return images()


def splits(seed: int, train: int = 600, noise: float = 0.0) -> tuple[Examples, Examples, Examples]:
    """Disjoint images for the three splits; a share of all labels drawn anew."""
    x, y = _images()
    draw = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(x), generator=draw)
    x, y = x[order], y[order].clone()
    wrong = torch.rand(len(y), generator=draw) < noise
    y[wrong] = torch.randint(10, (int(wrong.sum()),), generator=draw)
    ends = (train, train + 600, train + 1000)
    return (
        (x[: ends[0]], y[: ends[0]]),
        (x[ends[0] : ends[1]], y[ends[0] : ends[1]]),
        (x[ends[1] : ends[2]], y[ends[1] : ends[2]]),
    )


def plain(seed: int, *, train: int = 600, noise: float = 0.0, epochs: int = 15, **changed: Any) -> Task:
    """Images, the net above, Adam."""
    one, two, three = splits(seed, train, noise)
    task = Task(
        name=f"plain-{seed}",
        model=Net,
        train=one,
        validation=two,
        test=three,
        loss=nn.CrossEntropyLoss(),
        metric=accuracy,
        epochs=epochs,
        resample=False,
    )
    return replace(task, **changed)


def copied(seed: int, *, share: float, noise: float) -> Task:
    """A share of the validation images are training images, with a little noise in them."""
    task = plain(seed)
    (x, y), (held, labels) = splits(seed)[:2]
    count = round(share * len(held))
    draw = torch.Generator().manual_seed(seed)
    held[:count] = x[:count] + noise * torch.randn(x[:count].shape, generator=draw)
    labels[:count] = y[:count]
    return replace(task, validation=(held, labels))


def turned(seed: int) -> Task:
    """A third of the validation images lie on their side."""
    held, labels = splits(seed)[1]
    count = len(held) // 3
    held = held.reshape(len(held), 28, 28)
    held[:count] = held[:count].rot90(1, dims=(-2, -1))
    shape = splits(seed)[1][0].shape
    return replace(plain(seed), validation=(held.reshape(shape), labels))


def brighter(seed: int) -> Task:
    """Every validation image has a background of a fifth of white."""
    held, labels = splits(seed)[1]
    return replace(plain(seed), validation=(0.8 * held + 0.2, labels))


def shuffled(seed: int) -> Task:
    """Training labels that have nothing to do with the images."""
    x, y = splits(seed)[0]
    order = torch.randperm(len(y), generator=torch.Generator().manual_seed(seed))
    return replace(plain(seed, epochs=30), train=(x, y[order]))


def one_of_two(seed: int, size: int) -> Task:
    """Logistic regression on ten numbers with noisy answers: more examples change nothing from some size on."""
    draw = torch.Generator().manual_seed(seed)

    def drawn(count: int) -> Examples:
        x = torch.randn(count, 10, generator=draw)
        return x, (x[:, 0] + torch.randn(count, generator=draw) > 0).long()

    return Task(
        name=f"regression-{seed}", model=lambda: nn.Linear(10, 2), train=drawn(size), validation=drawn(1000),
        test=drawn(200), loss=nn.CrossEntropyLoss(), optimizer=partial(torch.optim.SGD, lr=0.1), epochs=12, resample=False,
    )  # fmt: skip


def waves(seed: int) -> Task:
    """Labels by fast waves of the inputs, and a network that knows them: a little noise turns every answer."""
    draw = torch.Generator().manual_seed(seed)

    def drawn(count: int) -> Examples:
        x = torch.randn(count, 10, generator=draw)
        return x, (torch.sin(20 * x[:, 0]) > 0).long()

    return Task(
        name=f"waves-{seed}", model=Waves, train=drawn(800), validation=drawn(400), test=drawn(200),
        loss=nn.CrossEntropyLoss(), optimizer=partial(torch.optim.Adam, lr=0.05), epochs=8, resample=False,
    )  # fmt: skip


class Waves(nn.Module):
    """A linear layer on fast waves of the inputs."""

    def __init__(self) -> None:
        super().__init__()
        self.last = nn.Linear(10, 2)

    def forward(self, x: Tensor) -> Tensor:
        """Two logits an example."""
        return self.last(torch.sin(20 * x))  # type: ignore[no-any-return]


class Narrow(nn.Module):
    """All that is known passes one hidden unit; 63 others do nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden, self.last = nn.Linear(10, 64), nn.Linear(64, 2)
        with torch.no_grad():
            self.hidden.weight[1:] *= 1e-3
            self.last.weight[:, 1:] *= 1e-3

    def forward(self, x: Tensor) -> Tensor:
        """Two logits an example."""
        return self.last(torch.tanh(self.hidden(x)))  # type: ignore[no-any-return]


def _narrow(seed: int) -> Task:
    return replace(one_of_two(seed, 800), model=Narrow, name=f"narrow-{seed}")


SOUND = Condition("sound", shows=False, make=plain)
OVERFIT = partial(plain, noise=0.3, epochs=40)
CONDITIONS: dict[str, tuple[Condition, ...]] = {
    "train-in-eval-mode": (
        Condition("dropout 0.5", shows=True, make=partial(plain, model=partial(Net, 0.5), epochs=8)),
        Condition("no dropout, slow", shows=False, make=partial(plain, epochs=30, optimizer=SLOWER)),
    ),
    "repeated-evaluation": (
        Condition("dropout never off", shows=True, make=partial(plain, model=partial(Net, 0.5, always=True))),
        Condition("dropout off in evaluation", shows=False, make=partial(plain, model=partial(Net, 0.5))),
    ),
    "initial-loss": (
        Condition("weights 12 times too large", shows=True, make=partial(plain, model=partial(Net, 0.0, 12.0), epochs=2)),
        SOUND,
    ),
    "paired-noise": (
        Condition("noisy labels, 40 epochs", shows=True, make=OVERFIT),
        Condition("stopped after 3 epochs", shows=False, make=partial(plain, epochs=3)),
    ),
    "temperature": (
        Condition("150 images, 60 epochs", shows=True, make=partial(plain, train=150, epochs=60)),
        Condition("stopped after 3 epochs", shows=False, make=partial(plain, epochs=3)),
    ),
    "duplicates": (
        Condition("5 % copied", shows=True, make=partial(copied, share=0.05, noise=0.0)),
        Condition("5 % nearly copied", shows=True, make=partial(copied, share=0.05, noise=0.02)),
        SOUND,
    ),
    "split-classifier": (
        Condition("a third turned", shows=True, make=turned),
        Condition("another background", shows=True, make=brighter),
        SOUND,
    ),
    "plateau-slope": (
        Condition("weights 50 times too small", shows=True, make=partial(plain, model=partial(Net, 0.0, 0.02), epochs=4, optimizer=SLOW)),
        Condition("settled regression", shows=False, make=partial(one_of_two, size=1500)),
    ),
    "single-units": (Condition("one unit carries all", shows=True, make=_narrow), SOUND),
    "input-noise": (Condition("fast waves", shows=True, make=waves), SOUND),
    "random-labels": (Condition("labels shuffled", shows=True, make=shuffled), SOUND),
    "half-data": (
        Condition("150 images", shows=True, make=partial(plain, train=150)),
        Condition("3,000 examples of a regression", shows=False, make=partial(one_of_two, size=3000)),
    ),
}  # fmt: skip
