# SPDX-License-Identifier: Apache-2.0
"""ignite: the contract."""

from typing import Any

import pytest
import torch
from torch import nn

from goodfit.testing._courses import Carried, Course
from goodfit.testing.integrations import IntegrationContract

pytest.importorskip("ignite", reason="pytorch-ignite is not installed")
# What the framework warns of on its own is not ours to judge.
pytestmark = pytest.mark.filterwarnings("ignore")


class TestIgnite(IntegrationContract):
    """The contract."""

    def carry_out(
        self, course: Course, *, watched: bool = True, upto: int | None = None, resume: bool = False
    ) -> Carried:
        """Train with a supervised trainer; an interrupted one is kept by ignite's Checkpoint."""
        from ignite.engine import Events, create_supervised_evaluator, create_supervised_trainer
        from ignite.handlers import Checkpoint, DiskSaver
        from ignite.metrics import Loss

        from goodfit.integrations.ignite import GoodfitCallback

        model = course.build()
        optimizer = torch.optim.SGD(model.parameters(), lr=course.rate)
        trainer = create_supervised_trainer(model, optimizer, nn.functional.mse_loss)
        evaluator = create_supervised_evaluator(model, {"loss": Loss(nn.functional.mse_loss)})
        callback = GoodfitCallback(
            model, loss=lambda m, batch: nn.functional.mse_loss(m(batch[0]), batch[1]), **course.options
        )
        trainer.add_event_handler(Events.EPOCH_COMPLETED, lambda: evaluator.run([course.validation]))
        if watched:
            callback.attach(trainer, evaluator)
        kept: dict[str, Any] = {
            "model": model,
            "optimizer": optimizer,
            "trainer": trainer,
            "goodfit": callback,
        }
        batches = course.batches()
        if upto:
            saver = DiskSaver(course.folder, require_empty=False)
            keep = Checkpoint(kept, saver, filename_pattern="last.pt")
            trainer.add_event_handler(Events.EPOCH_COMPLETED(once=upto), keep)
            trainer.add_event_handler(Events.EPOCH_COMPLETED(once=upto), trainer.terminate)
        if resume:
            Checkpoint.load_objects(kept, torch.load(course.folder / "last.pt", weights_only=True))
        trainer.run(batches, max_epochs=None if resume else course.epochs)
        return Carried(model=model, run=callback.run)
