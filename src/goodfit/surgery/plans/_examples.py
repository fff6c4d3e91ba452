# SPDX-License-Identifier: Apache-2.0
"""The batch that shows a planner how data flow through a model."""

from typing import Any

import torch
from torch import nn

from goodfit.surgery.plans._request import Planned, Request

_ROWS = 4  # of a batch made up for a plain nn.Sequential; any number of two or more shows the same


def example_for(request: Request) -> Any:
    """The user's batch; for an nn.Sequential that begins with a fully connected layer one that is made up; else None."""
    if request.example is not None or type(request.model) is not nn.Sequential:
        return request.example
    first = next((each for each in request.model if not isinstance(each, nn.Flatten | nn.Identity)), None)
    if not isinstance(first, nn.Linear):
        return None
    numbers = torch.rand(_ROWS, first.in_features, generator=torch.Generator().manual_seed(0))
    return numbers.to(first.weight)


def without_example(what: str) -> Planned:
    """The answer when there is no batch to pass through the model."""
    return Planned(
        edits=(),
        cause=f"{what}, and no example batch was given to pass through the model",
        todo="give an example batch (example=...)",
    )
