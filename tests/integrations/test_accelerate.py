# SPDX-License-Identifier: Apache-2.0
"""accelerate: the contract."""

from typing import Any

import pytest
import torch
from torch import nn

from goodfit.testing._courses import Carried, Course
from goodfit.testing.integrations import IntegrationContract

accelerate = pytest.importorskip("accelerate", reason="accelerate is not installed")
# What the framework warns of on its own is not ours to judge.
pytestmark = pytest.mark.filterwarnings("ignore")


def mse(model: nn.Module, batch: Any) -> torch.Tensor:
    """Mean squared error of a batch (inputs, targets)."""
    return nn.functional.mse_loss(model(batch[0]), batch[1])


class TestAccelerate(IntegrationContract):
    """The contract."""

    def carry_out(
        self, course: Course, *, watched: bool = True, upto: int | None = None, resume: bool = False
    ) -> Carried:
        """Train in a loop with an Accelerator, whose save_state keeps an interrupted one."""
        from goodfit.integrations.accelerate import GoodfitCallback

        accelerator = accelerate.Accelerator(cpu=True)
        plain = course.build()
        model, optimizer = accelerator.prepare(plain, torch.optim.SGD(plain.parameters(), lr=course.rate))
        batches = course.batches()
        folder, first = course.folder / "state", 1
        with GoodfitCallback(accelerator, model, loss=mse, **course.options) as run:
            if resume:
                accelerator.load_state(folder)
                first = int(run.curves.at or 0) + 1
            for epoch in range(first, (upto or course.epochs) + 1):
                model.train()
                for batch in batches:
                    optimizer.zero_grad()
                    loss = mse(model, batch)
                    accelerator.backward(loss)
                    optimizer.step()
                    if watched:
                        run.batch(batch, loss)
                model.eval()
                with torch.no_grad():
                    value = mse(model, course.validation)
                if watched and run.log({"val_loss": value}, step=epoch):
                    break
            if upto:
                accelerator.save_state(folder)
        return Carried(model=plain, run=run)
