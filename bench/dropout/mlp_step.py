# SPDX-License-Identifier: Apache-2.0
"""What dropout adds to a training step of an MLP 784-1024-1024-10: forward, backward and SGD, one thread.

python bench/dropout/mlp_step.py      writes bench/results/dropout_mlp_step.md
"""

from collections.abc import Callable
from statistics import median

import torch
from _results import in_turn, write_table
from torch import nn

from goodfit.nn import Dropout

BATCHES = (128, 512)
RATES = (0.5, 0.1)
ROUNDS = 60
GOALS = {128: 2 / 3, 512: 0.8}


def step(kind: Callable[[], nn.Module], batch: int) -> Callable[[], None]:
    """One training step of a fresh network whose dropout layers `kind` makes."""
    torch.manual_seed(0)
    net = nn.Sequential(
        nn.Linear(784, 1024), nn.ReLU(), kind(), nn.Linear(1024, 1024), nn.ReLU(), kind(), nn.Linear(1024, 10)
    )
    x, y = torch.randn(batch, 784), torch.randint(0, 10, (batch,))
    optimizer, loss = torch.optim.SGD(net.parameters(), lr=0.01), nn.CrossEntropyLoss()

    def run() -> None:
        optimizer.zero_grad()
        loss(net(x), y).backward()
        optimizer.step()

    return run


def line(batch: int, rate: float) -> str:
    """The medians, and what is gone of the overhead that torch has over no dropout."""
    times = in_turn(
        {
            "none": step(nn.Identity, batch),
            "torch": step(lambda: nn.Dropout(rate), batch),
            "ours": step(lambda: Dropout(rate), batch),
        },
        rounds=ROUNDS,
    )
    none, torchs, ours = (median(times[name]) for name in ("none", "torch", "ours"))
    removed = 1 - (ours - none) / (torchs - none)
    cells = [f"{value * 1e3:.2f}" for value in (none, torchs, ours)]
    shares = [f"{(value - none) / value:.0%}" for value in (torchs, ours)]
    return f"| {batch} | {rate} | {' | '.join(cells + shares)} | {removed:.0%} | {GOALS[batch]:.0%} |"


def main() -> None:
    """Measure and write the table."""
    torch.set_num_threads(1)
    lines = [
        "| batch | p | no dropout ms | nn.Dropout ms | goodfit ms | share of nn.Dropout | share of goodfit | overhead removed | goal |",
        "|" + "---|" * 9,
        *(line(batch, rate) for batch in BATCHES for rate in RATES),
    ]
    notes = [f"Medians of {ROUNDS} steps of each network, in turn; CPU time of one thread."]
    write_table("dropout_mlp_step", "What dropout adds to a training step", notes, lines)


if __name__ == "__main__":
    main()
