# SPDX-License-Identifier: Apache-2.0
"""Keras 3 on torch: the contract, and dropout layers that were made with rate 0."""

import os
from typing import Any

import numpy as np
import pytest
import torch

from goodfit.testing._courses import Carried, Course
from goodfit.testing.integrations import IntegrationContract

os.environ["KERAS_BACKEND"] = "torch"
keras = pytest.importorskip("keras", reason="keras is not installed")
# What the framework warns of on its own is not ours to judge.
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(autouse=True)
def _float32_on_cpu() -> Any:
    """Keras sees no accelerator, whatever a test before did."""
    before = keras.config.floatx()
    keras.config.set_floatx("float32")
    yield
    keras.config.set_floatx(before)


class TestKeras(IntegrationContract):
    """The contract."""

    def carry_out(
        self, course: Course, *, watched: bool = True, upto: int | None = None, resume: bool = False
    ) -> Carried:
        """Train with `fit`, and BackupAndRestore where it is interrupted."""
        from goodfit.integrations.keras import GoodfitCallback

        net = course.build()
        model = keras.Sequential([keras.layers.TorchModuleWrapper(net)])
        model.compile(optimizer=keras.optimizers.SGD(course.rate), loss="mse")
        backup, state = course.folder / "backup", course.folder / "goodfit.pt"
        calls: list[Any] = []
        callback = GoodfitCallback(state=state if upto or resume else None, **course.options)
        if watched:
            calls.append(callback)
        if upto or resume:
            calls.append(keras.callbacks.BackupAndRestore(backup))
        if upto:
            calls.append(_Interrupted(upto))
        (rows, targets), (val_rows, val_targets) = (
            [part.numpy() for part in parts] for parts in (course.train, course.validation)
        )
        try:
            model.fit(
                rows,
                targets,
                validation_data=(val_rows, val_targets),
                validation_batch_size=len(val_rows),
                batch_size=course.batch,
                epochs=course.epochs,
                shuffle=False,
                verbose=0,
                callbacks=calls,
            )
        except KeyboardInterrupt:
            assert upto
        return Carried(model=net, run=callback.run)


class _Interrupted(keras.callbacks.Callback):  # type: ignore[misc, name-defined]
    """Ctrl-C in the middle of an epoch."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self.after, self.epoch = after, 0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Note where we are."""
        del logs
        self.epoch = epoch

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Interrupt."""
        del batch, logs
        if self.epoch == self.after:
            raise KeyboardInterrupt


def test_dropout_made_with_rate_0_can_be_raised() -> None:
    """A built layer without a generator is given one; outputs in training differ then, and not in evaluation."""
    from goodfit.integrations._keras_dropouts import Dropouts

    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(50), keras.layers.Dropout(0.0)])
    rows = torch.ones(4, 6)
    before = model(rows, training=True)
    Dropouts(model).set_(0.5)
    after = model(rows, training=True)
    assert torch.equal(before, model(rows, training=False))
    assert 0.2 < float((after == 0).float().mean()) < 0.8
    assert model.layers[-1].rate == 0.5


def test_adapt_raises_dropout() -> None:
    """on="adapt" raises a Keras layer's rate when the training overfits."""
    from goodfit.integrations.keras import GoodfitCallback

    draws = np.random.default_rng(0)
    rows, labels = draws.normal(size=(96, 20)).astype("float32"), draws.integers(0, 2, 96)
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Dense(64, "relu"), keras.layers.Dropout(0.0), keras.layers.Dense(2)]
    model = keras.Sequential([keras.Input((20,)), *layers])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer=keras.optimizers.Adam(0.02), loss=loss)
    callback = GoodfitCallback(on="adapt")
    data = {"validation_data": (rows[48:], labels[48:]), "batch_size": 16, "epochs": 25, "verbose": 0}
    model.fit(rows[:48], labels[:48], callbacks=[callback], **data)
    assert callback.run is not None
    assert callback.run.rate is not None
    assert layers[1].rate == callback.run.rate
