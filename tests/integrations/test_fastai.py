# SPDX-License-Identifier: Apache-2.0
"""fastai: the contract, in an environment of its own (it brings torchvision)."""

from contextlib import suppress
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
        """Train a Learner with plain SGD; fastai's own callback saves it after each epoch, also the one that breaks off."""
        from fastai.callback.tracker import SaveModelCallback
        from fastai.data.core import DataLoaders
        from fastai.data.load import DataLoader
        from fastai.optimizer import SGD

        from goodfit.integrations.fastai import GoodfitCallback

        loaders = DataLoaders(
            *(DataLoader(TensorDataset(*part), bs=size, num_workers=0) for part, size in self._parts(course)),
            device=torch.device("cpu"),
        )
        net, keep = course.build(), SaveModelCallback(every_epoch=True, fname="at")
        callback = GoodfitCallback(state=course.folder / "goodfit.pt", **course.options)
        learn = learner.Learner(
            loaders,
            net,
            loss_func=nn.functional.mse_loss,
            opt_func=SGD,
            lr=course.rate,
            wd=0.0,
            path=course.folder,
        )
        begun = 0
        if resume:
            begun = len(list((course.folder / "models").glob("at_*.pth")))
            learn.load(f"at_{begun - 1}")
        calls = [*([callback] if watched else []), *([keep, _breaking_off(upto)] if upto else [])]
        with learn.no_bar(), learn.no_logging(), suppress(KeyboardInterrupt):
            learn.fit(course.epochs, cbs=calls, start_epoch=begun)
        return Carried(model=net, run=callback.watched)

    def _parts(self, course: Course) -> list[tuple[Any, int]]:
        return [(course.train, course.batch), (course.validation, len(course.validation[0]))]


def _breaking_off(epochs: int) -> Any:
    """A callback that breaks off as Ctrl-C does, once that many epochs are done and saved."""
    from fastai.callback.core import Callback

    class BreakingOff(Callback):  # type: ignore[misc]
        order = 90

        def after_epoch(self) -> None:
            if self.epoch + 1 == epochs:
                raise KeyboardInterrupt

    return BreakingOff()
