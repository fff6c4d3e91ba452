# SPDX-License-Identifier: Apache-2.0
"""What a stack of arms costs against one training alone: whole runs, one thread, in turn.

python bench/dose/fused_speed.py              writes bench/results/fused_speed.md
python bench/dose/fused_speed.py "CNN 28 x 28"   measures these nets again, and keeps the other lines of the table

Each arm has its own dropout rate; data, order and initialisation are shared. A ratio below the number of arms says that the
stack is faster than a loop over the arms; below half of it, faster than two processes on two idle cores.
"""

import os
import platform
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median

import torch
from torch import Tensor, nn

from goodfit.surgery import plan
from goodfit.training import Settings, Task, TaskSource, build_model, prepare, train
from goodfit.training.stacked import train_stacked, work_of
from goodfit.values import Prescription

RESULT = Path(__file__).parents[1] / "results" / "fused_speed.md"
EXAMPLES, EPOCHS, ROUNDS = 320, 4, 3
ARMS = (4, 8)


def mlp(inputs: int, width: int) -> nn.Module:
    """Two hidden layers, as nn.Sequential: a chain."""
    layers: list[nn.Module] = [nn.Flatten()]
    for size in (inputs, width):
        layers += [nn.Linear(size, width), nn.ReLU(), nn.Dropout(0.1)]
    return nn.Sequential(*layers, nn.Linear(width, 10))


class Wrapped(nn.Module):
    """The same inside of a class with a forward of its own: mapped by vmap."""

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        self.net = mlp(inputs, width)

    def forward(self, x: Tensor) -> Tensor:
        """Logits."""
        out: Tensor = self.net(x)
        return out


def cnn(side: int, channels: int) -> nn.Module:
    """Two convolutions of square images."""
    return nn.Sequential(
        nn.Conv2d(1, channels, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(channels, 2 * channels, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Dropout(0.1),
        nn.Linear(2 * channels * (side // 4) ** 2, 10),
    )


NETS: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    "MLP 64-64-64": (partial(mlp, 64, 64), (64,)),
    "MLP 64-128-128": (partial(mlp, 64, 128), (64,)),
    "MLP 784-128-128": (partial(mlp, 784, 128), (784,)),
    "MLP 784-256-256": (partial(mlp, 784, 256), (784,)),
    "MLP 784-512-512": (partial(mlp, 784, 512), (784,)),
    "MLP 64-64-64 in a class": (partial(Wrapped, 64, 64), (64,)),
    "MLP 64-128-128 in a class": (partial(Wrapped, 64, 128), (64,)),
    "MLP 784-128-128 in a class": (partial(Wrapped, 784, 128), (784,)),
    "CNN 16 x 16": (partial(cnn, 16, 8), (1, 16, 16)),
    "CNN 28 x 28": (partial(cnn, 28, 16), (1, 28, 28)),
}
CASES = [*((name, 32) for name in NETS), ("MLP 64-64-64", 128), ("MLP 784-128-128", 128)]


def settings(task: Task, arms: int) -> list[Settings]:
    """As many dropout rates, none of them 0."""
    model, example = build_model(task, Settings(seed=0)), task.train[0][:2]
    rates = [0.2 + 0.6 * arm / arms for arm in range(arms)]
    return [
        Settings(
            seed=0, treatment=plan(model, Prescription(remedy="raise-dropout"), dose=rate, example=example)
        )
        for rate in rates
    ]


def line(name: str, batch: int) -> str:
    """One net at one batch size."""
    make, shape = NETS[name]
    draws = torch.Generator().manual_seed(0)
    x = torch.randn(EXAMPLES, *shape, generator=draws)
    y = torch.randint(0, 10, (EXAMPLES,), generator=draws)
    data = (x, y)
    task = Task(
        name="speed",
        model=make,
        train=data,
        validation=data,
        test=data,
        loss=nn.CrossEntropyLoss(),
        epochs=EPOCHS,
        batch_size=batch,
    )
    prepared = prepare(TaskSource(task=task))
    (one, *_), stacks = settings(task, 1), [settings(task, arms) for arms in ARMS]
    calls: list[Callable[[], object]] = [partial(train, task, prepared.pool, one)]
    calls += [partial(train_stacked, task, prepared.pool, stack) for stack in stacks]
    times = in_turn(calls)
    steps = EPOCHS * -(-EXAMPLES // batch)
    ratios = [median(b / a for a, b in zip(times[0], each, strict=True)) for each in times[1:]]
    work = work_of(task, prepared.pool, one)
    cells = [f"{work.products / 1e6:.2f}", f"{median(times[0]) / steps * 1e3:.2f}"]
    cells += [f"{ratio:.2f}" for ratio in ratios]
    cells += [f"{arms / ratio:.1f}" for arms, ratio in zip(ARMS, ratios, strict=True)]
    found = f"| {name} | {batch} | {' | '.join(cells)} |"
    print(found, flush=True)
    return found


def in_turn(calls: Sequence[Callable[[], object]]) -> list[list[float]]:
    """CPU seconds of each call, one after the other in each round, so that a busy machine slows all alike."""
    times: list[list[float]] = [[] for _ in calls]
    for number in range(ROUNDS + 1):
        for place, call in enumerate(calls):
            began = time.thread_time()
            call()
            if number:
                times[place].append(time.thread_time() - began)
    return times


def main() -> None:
    """Measure and write the table."""
    torch.set_num_threads(1)
    known = dict(_measured()) if len(sys.argv) > 1 else {}
    for name, batch in CASES:
        if len(sys.argv) == 1 or name in sys.argv[1:]:
            known[name, batch] = line(name, batch)
    lines = [known[case] for case in CASES if case in known]
    heads = [f"{arms} arms / one run" for arms in ARMS] + [f"speed-up, {arms} arms" for arms in ARMS]
    made = (
        f"Written by bench/dose/fused_speed.py on {datetime.now(tz=UTC):%Y-%m-%d}; Python {platform.python_version()}, "
        f"torch {torch.__version__}, {os.cpu_count()} cores (shared with other work: load {os.getloadavg()[0]:.1f} at the end), one thread."
    )
    said = [
        "# Arms in a stack against one training alone",
        "",
        made,
        f"Medians of {ROUNDS} rounds of whole runs of {EPOCHS} epochs over {EXAMPLES} examples, evaluation included; CPU time of the thread, which a busy machine",
        "lengthens for both. Adam, dropout at every arm's own rate. Multiply-adds are those of matrix products and convolutions in one forward pass of one arm.",
        "Part of the speed-up is torch's Adam in one kernel, which a stack uses and a training alone leaves to the user.",
        "",
        f"| net | batch | million multiply-adds | ms a step alone | {' | '.join(heads)} |",
        "|" + "---|" * (4 + len(heads)),
    ]
    text = "\n".join([*said, *lines])
    RESULT.write_text(text + "\n", encoding="utf-8")
    print(text)


def _measured() -> Iterator[tuple[tuple[str, int], str]]:
    """The lines that the table has."""
    for row in RESULT.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in row.split("|")]
        if len(cells) > 3 and cells[2].isdigit():  # name and batch stand behind the first bar
            yield (cells[1], int(cells[2])), row


if __name__ == "__main__":
    main()
