# SPDX-License-Identifier: Apache-2.0
"""What watching adds to a training: the share of its time that goes into goodfit, at default settings.

    python bench/integrations/overhead.py      writes bench/results/integrations_overhead.md

The time inside goodfit is counted apart from that of the steps around it, in processor time, which a busy machine disturbs little. An
evaluation costs what it costs however long the epoch was, so the share falls with the length of an epoch.
"""

import time
from pathlib import Path
from statistics import median

import torch
from torch import nn

import goodfit
from goodfit.integrations import Watch

RESULT = Path(__file__).parents[1] / "results" / "integrations_overhead.md"
EPOCHS = 6
ROUNDS = 1
CASES = (
    # name, width, batch, steps an epoch
    ("small network, short epochs", 128, 32, 100),
    ("small network", 128, 32, 1500),
    ("middle network", 512, 64, 400),
    ("large network", 2048, 64, 100),
)


def network(width: int) -> nn.Module:
    """Three layers on 256 inputs."""
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Linear(256, width),
        nn.ReLU(),
        nn.Dropout(0.2),
        nn.Linear(width, width),
        nn.ReLU(),
        nn.Linear(width, 10),
    )


def loss_of(model: nn.Module, batch: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
    """Cross entropy."""
    return nn.functional.cross_entropy(model(batch[0]), batch[1])


class Timed:
    """A training whose time inside goodfit is counted apart from the rest."""

    def __init__(self, width: int, batch: int, steps: int, on: str) -> None:
        self.model = network(width)
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.01)
        self.batch = torch.randn(batch, 256), torch.randint(0, 10, (batch,))
        self.steps = steps
        self.run: Watch = goodfit.watch(self.model, loss=loss_of, on=on)
        self.parts = {"step": 0.0, "between": 0.0, "evaluation": 0.0}

    def epoch(self, number: int) -> None:
        """Train for an epoch, validate, and tell the watch."""
        for _ in range(self.steps):
            began = time.process_time()
            self.optimizer.zero_grad()
            loss = loss_of(self.model, self.batch)
            loss.backward()  # type: ignore[no-untyped-call]
            self.optimizer.step()
            done = time.process_time()
            self.run.batch(self.batch, loss)
            self.parts["step"] += done - began
            self.parts["between"] += time.process_time() - done
        began = time.process_time()
        self.run.log({"val/loss": 1.5 + 0.9**number}, step=number)
        self.parts["evaluation"] += time.process_time() - began


def main() -> None:
    """Measure, and write the table."""
    torch.set_num_threads(1)
    lines = [
        "# What watching adds",
        "",
        (
            f"Medians of {ROUNDS} training(s) of {EPOCHS} epochs on one thread; processor time in milliseconds. Between steps a"
            " watch adds the loss to a sum; at an evaluation it measures the sample, judges, and (on=stop) copies the"
            " weights at each new best."
        ),
        "",
        "| training | on | a step | steps an epoch | added to a step | added to an evaluation | share of the time |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, width, batch, steps in CASES:
        for on in ("advise", "stop"):
            rounds = []
            for _ in range(ROUNDS):
                timed = Timed(width, batch, steps, on)
                for number in range(EPOCHS):
                    timed.epoch(number)
                rounds.append(timed.parts)
            step, between, evaluation = (median(each[part] for each in rounds) for part in rounds[0])
            share = (between + evaluation) / step
            count = EPOCHS * steps
            lines.append(
                f"| {name} | {on} | {1e3 * step / count:.2f} | {steps} | {1e3 * between / count:.4f} |"
                f" {1e3 * evaluation / EPOCHS:.1f} | {share:.2%} |"
            )
            print(lines[-1], flush=True)
    RESULT.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
