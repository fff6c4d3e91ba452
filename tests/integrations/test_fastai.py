# SPDX-License-Identifier: Apache-2.0
"""fastai: the contract, in an environment of its own (it brings torchvision)."""

from typing import Any

import pytest
import torch
from torch import nn
from torch.utils.data import TensorDataset

from goodfit.testing._courses import Carried, Course
from goodfit.testing.integrations import IntegrationContract

learner = pytest.importorskip(
    "fastai.learner", reason="fastai is not installed here; `make integrations` does"
)
# What the framework warns of on its own is not ours to judge.
pytestmark = pytest.mark.filterwarnings("ignore")


class TestFastai(IntegrationContract):
    """The contract."""

    def carry_out(
        self, course: Course, *, watched: bool = True, upto: int | None = None, resume: bool = False
    ) -> Carried:
        """Train a Learner with plain SGD; an interrupted one is saved with the callback's state beside it."""
        from fastai.data.core import DataLoaders
        from fastai.data.load import DataLoader
        from fastai.optimizer import SGD

        from goodfit.integrations.fastai import GoodfitCallback

        loaders = DataLoaders(
            *(DataLoader(TensorDataset(*part), bs=size, num_workers=0) for part, size in self._parts(course)),
            device=torch.device("cpu"),
        )
        net, callback, path = course.build(), GoodfitCallback(**course.options), course.folder / "learner"
        learn = learner.Learner(
            loaders,
            net,
            loss_func=nn.functional.mse_loss,
            opt_func=SGD,
            lr=course.rate,
            wd=0.0,
            path=course.folder,
        )
        epochs = upto or course.epochs
        if resume:
            learn.load(path)
            state: dict[str, Any] = torch.load(course.folder / "goodfit.pt", weights_only=True)
            callback.load_state_dict(state)
            epochs -= int(state["curves"]["at"])
        with learn.no_bar(), learn.no_logging():
            learn.fit(epochs, cbs=[callback] if watched else [])
        if upto:
            learn.save(path)
            torch.save(callback.state_dict(), course.folder / "goodfit.pt")
        return Carried(model=net, run=callback.watched)

    def _parts(self, course: Course) -> list[tuple[Any, int]]:
        return [(course.train, course.batch), (course.validation, len(course.validation[0]))]
