# SPDX-License-Identifier: Apache-2.0
"""The loop that a user writes, watched; and what `watch` does that no framework is needed for."""

from typing import Any

import torch
from torch import nn

import goodfit
from goodfit.testing._courses import Carried, Course
from goodfit.testing.integrations import IntegrationContract


def mse(model: nn.Module, batch: Any) -> torch.Tensor:
    """Mean squared error of a batch (inputs, targets)."""
    return nn.functional.mse_loss(model(batch[0]), batch[1])


class TestPlainLoop(IntegrationContract):
    """The contract, with the loop of the documentation."""

    def carry_out(
        self, course: Course, *, watched: bool = True, upto: int | None = None, resume: bool = False
    ) -> Carried:
        """Train by hand."""
        model = course.build()
        optimizer = torch.optim.SGD(model.parameters(), lr=course.rate)
        batches = course.batches()
        first, path = 1, course.folder / "checkpoint.pt"
        with goodfit.watch(model, loss=mse, **course.options) as run:
            if resume:
                state = torch.load(path, weights_only=True)
                model.load_state_dict(state["model"])
                run.load_state_dict(state["goodfit"])
                first = state["epoch"] + 1
            for epoch in range(first, (upto or course.epochs) + 1):
                model.train()
                for batch in batches:
                    optimizer.zero_grad()
                    loss = mse(model, batch)
                    loss.backward()  # type: ignore[no-untyped-call]
                    optimizer.step()
                    if watched:
                        run.batch(batch, loss)
                model.eval()
                with torch.no_grad():
                    value = mse(model, course.validation)
                if watched and run.log({"val/loss": value, "lr": course.rate}, step=epoch):
                    break
            if upto is not None:
                torch.save({"model": model.state_dict(), "goodfit": run.state_dict(), "epoch": upto}, path)
                return Carried(model=model, run=run)
        return Carried(model=model, run=run)
