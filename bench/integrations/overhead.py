# SPDX-License-Identifier: Apache-2.0
"""What watching adds to a training, at default settings and where it acts.

    python bench/integrations/overhead.py [NETWORKS]     writes bench/results/integrations_overhead.md

A step: blocks of five steps with and without `batch` in turn, by chance which is first; the median of the ratios of
neighbours, which a busy machine disturbs alike. An evaluation: whole trainings are run, and the time inside `log` is
set against the rest of the training's own time. All in processor time: what other work takes is not counted, and the
ratios take out what it does to the caches.
"""

import os
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import torch
from torch import nn

import goodfit
from goodfit.integrations._allowance import FREE, SHARE
from goodfit.integrations._options import MOST_BATCHES

RESULT = Path(__file__).parents[1] / "results" / "integrations_overhead.md"
BLOCK, PAIRS = 5, 60
EPOCHS = 30
CASES = (  # width, batch, steps an epoch
    ("small network", 128, 32, (100, 300)),
    ("middle network", 512, 64, (25, 100)),
    ("large network", 1024, 64, (25,)),
)


def head(networks: int) -> str:
    """What the table shows, and how it was measured."""
    return f"""# What watching adds

Made by `python bench/integrations/overhead.py {networks}`; {os.cpu_count()} processors, shared with other work, a load of {os.getloadavg()[0]:.1f} at the
beginning; processor time, one thread. After a step a watch puts its loss aside; the first column of shares is the median of {PAIRS} ratios of neighbouring
blocks of {BLOCK} steps with and without that, and under it "nothing" is the same with no watch in either: what the clock can tell
apart. At an evaluation a watch measures the sample (at most {MOST_BATCHES} batches, one for a hundred steps), judges, and (on=stop) copies
the weights at each new best. That share is of the time of {EPOCHS} epochs; the first {FREE} evaluations are all judged, the later ones as far
as verdicts take {SHARE:.1%} of the time, and on=stop judges all.

| network | a step, ms | steps an epoch | on | added by steps | added by evaluations | of them after the first {FREE} | judged | together |
|---|---:|---:|---|---:|---:|---:|---:|---:|
"""


class Training:
    """A network, its optimiser, and a batch."""

    def __init__(self, width: int, size: int) -> None:
        torch.manual_seed(0)
        layers = [nn.Linear(256, width), nn.ReLU(), nn.Dropout(0.2), nn.Linear(width, width), nn.ReLU()]
        self.model = nn.Sequential(*layers, nn.Linear(width, 10))
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.01)
        self.batch = torch.randn(size, 256), torch.randint(0, 10, (size,))

    def loss(self, model: nn.Module, batch: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
        """Cross entropy."""
        return nn.functional.cross_entropy(model(batch[0]), batch[1])

    def steps(self, count: int, tell: Callable[[Any, Any], None] | None) -> float:
        """Seconds of so many steps."""
        began = time.process_time()
        for _ in range(count):
            self.optimizer.zero_grad()
            loss = self.loss(self.model, self.batch)
            loss.backward()  # type: ignore[no-untyped-call]
            self.optimizer.step()
            if tell is not None:
                tell(self.batch, loss)
        return time.process_time() - began


def of_a_step(training: Training) -> tuple[float, float, float]:
    """Seconds of a step; the share that `batch` adds to it, and the share that nothing adds."""
    run = goodfit.watch(training.model, loss=training.loss, sample=[training.batch] * MOST_BATCHES)
    drawn, plain = random.Random(0), list[float]()
    ratios: dict[str, list[float]] = {"watched": [], "nothing": []}
    for _ in range(PAIRS):
        for what, tell in (("watched", run.batch), ("nothing", None)):
            found, order = {}, [None, tell]
            first = drawn.random() < 0.5
            for place in (0, 1) if first else (1, 0):
                found[place] = training.steps(BLOCK, order[place])
            ratios[what].append(found[1] / found[0])
            plain.append(found[0] / BLOCK)
    return median(plain), median(ratios["watched"]) - 1, median(ratios["nothing"]) - 1


def of_evaluations(training: Training, length: int, on: str) -> tuple[float, float, str]:
    """Share of a training's time that evaluations take, the same after the free ones, and how many were judged."""
    run = goodfit.watch(training.model, loss=training.loss, on=on)
    drawn = random.Random(1)
    rest: list[float] = []
    inside: list[float] = []
    for epoch in range(EPOCHS):
        rest.append(training.steps(length, run.batch))
        began = time.process_time()
        level = 0.5 + 1.5 * 0.95**epoch
        run.log({"train/loss": level, "val/loss": level + 0.1 + 0.01 * drawn.gauss(0, 1)}, step=epoch)
        inside.append(time.process_time() - began)
    began = time.process_time()
    run.close()
    inside[-1] += time.process_time() - began
    judged = run.verdicts.made
    return (
        sum(inside) / sum(rest),
        sum(inside[FREE:]) / sum(rest[FREE:]),
        f"{judged} of {judged + run.verdicts.left_out}",
    )


def main() -> None:
    """Measure, and write the table."""
    torch.set_num_threads(1)
    networks = int(sys.argv[1]) if len(sys.argv) > 1 else len(CASES)
    text = head(networks)
    of_evaluations(Training(32, 8), 5, "advise")  # what is loaded and made at first use is not counted
    for name, width, size, lengths in CASES[:networks]:
        training = Training(width, size)
        training.steps(100, None)
        step, added, nothing = of_a_step(training)
        for length in lengths:
            for on in ("advise", "stop") if length == lengths[0] else ("advise",):
                all_of_it, later, judged = of_evaluations(training, length, on)
                row = (
                    f"| {name} | {1e3 * step:.2f} | {length:,} | {on} | {added:.2%} | {all_of_it:.2%} | {later:.2%} |"
                    f" {judged} | {added + all_of_it:.2%} |\n"
                )
                print(row, end="", flush=True)
                text += row
        text += f"| {name}, nothing | {1e3 * step:.2f} | | | {nothing:.2%} | | | | |\n"
    RESULT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
