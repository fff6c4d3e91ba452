# SPDX-License-Identifier: Apache-2.0
"""skorch: the contract."""

import pickle
from typing import Any

import pytest
import torch

from goodfit.testing._courses import Carried, Course
from goodfit.testing.integrations import IntegrationContract

skorch = pytest.importorskip("skorch", reason="skorch is not installed")
# What the framework warns of on its own is not ours to judge.
pytestmark = pytest.mark.filterwarnings("ignore")


class TestSkorch(IntegrationContract):
    """The contract."""

    def carry_out(
        self, course: Course, *, watched: bool = True, upto: int | None = None, resume: bool = False
    ) -> Carried:
        """Train a NeuralNetRegressor; an interrupted one was pickled by skorch's Checkpoint."""
        from skorch.callbacks import Checkpoint
        from skorch.dataset import Dataset
        from skorch.helper import predefined_split

        from goodfit.integrations.skorch import GoodfitCallback

        path = course.folder / "net.pkl"
        inputs, targets = (
            [part.numpy() for part in parts] for parts in zip(course.train, course.validation, strict=True)
        )
        if resume:
            net = pickle.loads(path.read_bytes())  # noqa: S301 - written by this test
            net.partial_fit(inputs[0], targets[0], epochs=course.epochs - len(net.history))
        else:
            calls = [("goodfit", GoodfitCallback(**course.options))] if watched else []
            if upto:
                calls.append(("keep", Checkpoint(monitor=None, f_pickle=path.name, dirname=path.parent)))
            held_out = Dataset(inputs[1], targets[1])
            net = skorch.NeuralNetRegressor(
                course.build(),
                optimizer=torch.optim.SGD,
                lr=course.rate,
                batch_size=course.batch,
                iterator_valid__batch_size=len(inputs[1]),
                max_epochs=upto or course.epochs,
                train_split=predefined_split(held_out),
                callbacks=calls,
                verbose=0,
            )
            net.fit(inputs[0], targets[0])
        run: Any = dict(net.callbacks_)["goodfit"].run if watched else None
        return Carried(model=net.module_, run=run)
