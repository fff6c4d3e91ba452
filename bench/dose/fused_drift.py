# SPDX-License-Identifier: Apache-2.0
"""How far a stacked run drifts from the same run alone as epochs go by: rounding, and what a training makes of it.

python bench/dose/fused_drift.py      writes bench/results/fused_drift.md
"""

from datetime import UTC, datetime
from pathlib import Path

import torch
from fused_speed import mlp, settings
from torch import nn

from goodfit.training import Task, TaskSource, Trained, prepare, train
from goodfit.training.stacked import train_stacked

RESULT = Path(__file__).parents[1] / "results" / "fused_drift.md"
EPOCHS, EXAMPLES, ARMS = 60, 320, 4
ASKED = (1, 5, 10, 30, 60)


def noisy_task() -> Task:
    """Ten classes by a random direction each, one label in five wrong, so that the network overfits."""
    draws = torch.Generator().manual_seed(0)
    x = torch.randn(2 * EXAMPLES, 64, generator=draws)
    y = (x @ torch.randn(64, 10, generator=draws)).argmax(1)
    wrong = torch.rand(len(y), generator=draws) < 0.2
    y = torch.where(wrong, torch.randint(0, 10, y.shape, generator=draws), y)
    front, back = (x[:EXAMPLES], y[:EXAMPLES]), (x[EXAMPLES:], y[EXAMPLES:])
    return Task(
        name="drift",
        model=lambda: mlp(64, 64),
        train=front,
        validation=back,
        test=back,
        loss=nn.CrossEntropyLoss(),
        epochs=EPOCHS,
    )


def main() -> None:
    """Measure and write the table."""
    torch.set_num_threads(1)
    task = noisy_task()
    prepared, arms = prepare(TaskSource(task=task)), settings(task, ARMS)
    stacked = train_stacked(task, prepared.pool, arms)
    drifts = []
    best = []
    for one, each in zip(stacked, arms, strict=True):
        if not isinstance(one, Trained):
            raise one
        alone = train(task, prepared.pool, each).run
        pairs = zip(
            one.run.history.curves["val_loss"].values, alone.history.curves["val_loss"].values, strict=True
        )
        drifts.append([abs(a / b - 1) for a, b in pairs])
        best.append((one.run.best_epoch, alone.best_epoch))
    lines = [f"| {epoch} | {max(max(drift[:epoch]) for drift in drifts):.1e} |" for epoch in ASKED]
    text = "\n".join(
        [
            "# How far stacked runs drift from runs alone",
            "",
            f"Written by bench/dose/fused_drift.py on {datetime.now(tz=UTC):%Y-%m-%d}; torch {torch.__version__}, CPU.",
            f"MLP 64-64-64, {EXAMPLES} examples, {-(-EXAMPLES // 32)} steps an epoch, Adam, {ARMS} dropout rates.",
            f"Best epochs, stacked and alone: {', '.join(f'{a} and {b}' for a, b in best)}.",
            "",
            "| epochs | largest relative difference of a validation loss up to there |",
            "|---|---|",
            *lines,
        ]
    )
    RESULT.write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
