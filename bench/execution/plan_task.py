# SPDX-License-Identifier: Apache-2.0
"""A task of some seconds a run, in a file of its own so that worker processes can load it by name."""

import torch
from torch import nn

from goodfit.training import Task, accuracy

EXAMPLES, FEATURES, CLASSES = 3_000, 128, 10


def model() -> nn.Module:
    """A perceptron of two hidden layers."""
    return nn.Sequential(
        nn.Linear(FEATURES, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, CLASSES)
    )


def task() -> Task:
    """Classes that a random linear map gives."""
    draws = torch.Generator().manual_seed(0)
    x = torch.randn(EXAMPLES, FEATURES, generator=draws)
    y = (x @ torch.randn(FEATURES, CLASSES, generator=draws)).argmax(1)
    return Task(
        name="plan", model=model, train=(x, y), loss=nn.CrossEntropyLoss(), metric=accuracy, epochs=10
    )
