# SPDX-License-Identifier: Apache-2.0
"""What goodfit trains: `goodfit fix goodfit_task.py:task`.

It runs as it is, on made-up data with noisy labels. Replace the parts marked (1) to (4) by your own.
"""

import torch
from torch import nn

from goodfit import Task, accuracy


# (1) The model: a function that builds a fresh, untrained one each time it is called.
def model() -> nn.Module:
    return nn.Sequential(
        nn.Linear(20, 256),
        nn.ReLU(),
        nn.Linear(256, 256),
        nn.ReLU(),
        nn.Linear(256, 2),
    )


# (2) The data: tensors (inputs, targets), or a torch Dataset whose items are (input, target).
def data() -> tuple[torch.Tensor, torch.Tensor]:
    draws = torch.Generator().manual_seed(0)
    x = torch.randn(2000, 20, generator=draws)
    y = (x[:, 0] * x[:, 1] + x[:, 2] > 0).long()
    flipped = torch.rand(len(y), generator=draws) < 0.15  # 15 % wrong labels
    return x, torch.where(flipped, 1 - y, y)


# (3) The training as you run it today: goodfit first repeats it, then changes one thing.
def task() -> Task:
    return Task(
        name="my task",
        model=model,
        train=data(),
        # validation=(x, y),    # cut from the training data when left out
        # test=(x, y),          # cut first and locked when left out; only the proof opens it, once
        # groups=[...],         # one label per training example (patient, user, ...) that a split must not divide
        # times=[...],          # one number or date per training example: test on the latest, never look ahead
        loss=nn.CrossEntropyLoss(),  # any function (outputs, targets) -> one number
        metric=accuracy,  # or Metric(name="...", score=function of (outputs, targets), goal=Goal.MAXIMIZE)
        optimizer=lambda parameters: torch.optim.Adam(parameters, lr=1e-3),
        # scheduler=lambda optimizer: torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 60),  # stepped each epoch
        # clip_norm=1.0,        # largest norm of the gradient
        epochs=60,
        batch_size=32,
    )


# (4) Then:  goodfit fix goodfit_task.py:task --dry-run    what would run, and what it would cost
#            goodfit fix goodfit_task.py:task              diagnosis, remedy, dose, proof
