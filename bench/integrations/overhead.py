# SPDX-License-Identifier: Apache-2.0
"""What watching adds to a training, and from how many steps an epoch on that is less than 1 % of its time.

    python bench/integrations/overhead.py      writes bench/results/integrations_overhead.md

A step and what `batch` adds to it are timed apart, in one process and in processor time, which a busy machine disturbs
little. An evaluation costs the same however long its epoch was, so it is timed by itself: over 30 evaluations, because
verdicts cost most when there are some dozens, and on the largest sample, eight batches.
"""

import math
import time
from pathlib import Path

import torch
from torch import nn

import goodfit
from goodfit.integrations._options import MOST_BATCHES

RESULT = Path(__file__).parents[1] / "results" / "integrations_overhead.md"
STEPS, EVALUATIONS = 100, 30
CASES = (("small network", 128, 32), ("middle network", 512, 64), ("large network", 1024, 64))  # width, batch
HEAD = f"""# What watching adds

Processor time in milliseconds on one thread: the mean of {STEPS} steps, and of {EVALUATIONS} evaluations with a sample of
{MOST_BATCHES} batches. After a step a watch puts its loss aside; at an evaluation it measures the sample, judges, and (on=stop)
copies the weights at each new best, which here each one is. The last columns follow: the share of the time at 1,000 steps an epoch,
and the steps an epoch from which on it is below 1 %.

| network | parameters | on | a step | added to a step | added to an evaluation | at 1,000 steps an epoch | below 1 % from |
|---|---|---|---|---|---|---|---|
"""


def network(width: int) -> nn.Module:
    """Three layers on 256 inputs."""
    torch.manual_seed(0)
    layers = [nn.Linear(256, width), nn.ReLU(), nn.Dropout(0.2), nn.Linear(width, width), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(width, 10))


def loss_of(model: nn.Module, batch: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
    """Cross entropy."""
    return nn.functional.cross_entropy(model(batch[0]), batch[1])


def measured(width: int, size: int, on: str) -> tuple[float, float, float]:
    """Seconds of a step, of what is added to it, and of an evaluation."""
    model = network(width)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    batch = torch.randn(size, 256), torch.randint(0, 10, (size,))
    run = goodfit.watch(model, loss=loss_of, on=on, sample=[batch] * MOST_BATCHES)
    step = between = evaluation = 0.0
    for _ in range(STEPS):
        began = time.process_time()
        optimizer.zero_grad()
        loss = loss_of(model, batch)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        done = time.process_time()
        run.batch(batch, loss)
        step, between = step + done - began, between + time.process_time() - done
    for number in range(EVALUATIONS):
        run.batch(batch, 1.5 + 0.9**number)
        began = time.process_time()
        run.log({"val/loss": 1.6 + 0.9**number}, step=number)
        evaluation += time.process_time() - began
    return step / STEPS, between / STEPS, evaluation / EVALUATIONS


def main() -> None:
    """Measure, and write the table."""
    torch.set_num_threads(1)
    measured(32, 8, "advise")  # what is loaded and made at first use is not counted
    rows = []
    for name, width, size in CASES:
        count = sum(each.numel() for each in network(width).parameters())
        for on in ("advise", "stop"):
            step, between, evaluation = measured(width, size, on)
            share = (between + evaluation / 1000) / step
            spare = 0.01 * step - between
            steps = f"{math.ceil(evaluation / spare):,} steps" if spare > 0 else "never"
            rows.append(
                f"| {name} | {count:,} | {on} | {1e3 * step:.3f} | {1e3 * between:.4f} | {1e3 * evaluation:.1f} |"
                f" {share:.2%} | {steps} |"
            )
            print(rows[-1], flush=True)
    RESULT.write_text(HEAD + "\n".join(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
