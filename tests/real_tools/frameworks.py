# SPDX-License-Identifier: Apache-2.0
"""Training frameworks train a tiny network and log it; what they hand to their callbacks is the truth."""

import os
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

EPOCHS = 4
Logged = dict[str, dict[str, Any]]  # run -> curve -> [x, values]


class Memory:
    """Curves as they are handed to a callback."""

    def __init__(self) -> None:
        self.curves: dict[str, tuple[list[float], list[float]]] = {}

    def add(self, curve: str, x: float, value: float) -> None:
        """Remember one point."""
        places, values = self.curves.setdefault(curve, ([], []))
        places.append(x)
        values.append(float(value))


def _data() -> tuple[TensorDataset, TensorDataset]:
    torch.manual_seed(0)
    x = torch.randn(96, 4)
    y = x @ torch.tensor([[1.0], [-2.0], [0.5], [0.0]]) + 0.3 * torch.randn(96, 1)
    return TensorDataset(x[:64], y[:64]), TensorDataset(x[64:], y[64:])


def _net() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))


def lightning(out: Path) -> Logged:
    """Lightning with its CSV and its TensorBoard logger in one folder: two versions of one run."""
    import lightning as tool
    from lightning.pytorch.loggers import CSVLogger, TensorBoardLogger
    from lightning.pytorch.loggers.logger import DummyLogger

    epochs, steps = Memory(), Memory()

    class Recorder(DummyLogger):
        """Hears what the other loggers hear."""

        def log_metrics(self, metrics: dict[str, float], step: int | None = None) -> None:
            for name, value in metrics.items():
                if name != "epoch":
                    epochs.add(name, metrics["epoch"], value)
                    steps.add(name, step or 0, value)

    class Module(tool.LightningModule):
        """Logs epoch means."""

        def __init__(self) -> None:
            super().__init__()
            self.net = _net()

        def _loss(self, batch: Any, name: str) -> torch.Tensor:
            loss = nn.functional.mse_loss(self.net(batch[0]), batch[1])
            self.log(name, loss, on_step=False, on_epoch=True)
            return loss

        def training_step(self, batch: Any) -> torch.Tensor:
            return self._loss(batch, "train_loss")

        def validation_step(self, batch: Any) -> None:
            self._loss(batch, "val_loss")

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return torch.optim.Adam(self.parameters(), lr=0.05)

    train, val = _data()
    trainer = tool.Trainer(
        max_epochs=EPOCHS,
        accelerator="cpu",
        logger=[CSVLogger(str(out), name="run"), TensorBoardLogger(str(out), name="run"), Recorder()],
        enable_progress_bar=False,
        enable_model_summary=False,
        enable_checkpointing=False,
        num_sanity_val_steps=0,
        log_every_n_steps=1,
    )
    trainer.fit(Module(), DataLoader(train, batch_size=16), DataLoader(val, batch_size=32))
    return {"run/version_0/metrics.csv": epochs.curves, "run/version_1": steps.curves}


def transformers(out: Path) -> Logged:
    """Hugging Face's Trainer, evaluated every epoch, its state saved at the end and in checkpoints."""
    from transformers import Trainer, TrainerCallback, TrainingArguments

    class Model(nn.Module):
        """Gives a loss, as the trainer wants it."""

        def __init__(self) -> None:
            super().__init__()
            self.net = _net()

        def forward(self, x: torch.Tensor, labels: torch.Tensor) -> dict[str, torch.Tensor]:
            out = self.net(x)
            return {"loss": nn.functional.mse_loss(out, labels), "logits": out}

    memory = Memory()

    class Recorder(TrainerCallback):
        """Hears each log."""

        def on_log(
            self, _arguments: Any, state: Any, _control: Any, logs: dict[str, float], **_: Any
        ) -> None:
            for key, curve in (("loss", "train_loss"), ("eval_loss", "val_loss")):
                if key in logs:
                    memory.add(curve, state.global_step, logs[key])

    train, val = ([{"x": x, "labels": y} for x, y in zip(*data.tensors, strict=True)] for data in _data())
    arguments = TrainingArguments(
        output_dir=str(out / "run"),
        num_train_epochs=EPOCHS,
        per_device_train_batch_size=16,
        eval_strategy="epoch",
        logging_strategy="epoch",
        save_strategy="epoch",
        learning_rate=0.05,
        report_to=[],
        use_cpu=True,
        disable_tqdm=True,
    )
    trainer = Trainer(Model(), arguments, train_dataset=train, eval_dataset=val, callbacks=[Recorder()])
    trainer.train()
    trainer.save_state()
    return {"run/trainer_state.json": memory.curves, "run": memory.curves}


def keras(out: Path) -> Logged:
    """Keras on torch: CSVLogger, and the history as JSON."""
    os.environ["KERAS_BACKEND"] = "torch"
    import json

    import keras as tool

    memory = Memory()

    class Recorder(tool.callbacks.Callback):
        """Hears each epoch."""

        def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> None:
            memory.add("train_loss", epoch, logs["loss"])
            memory.add("val_loss", epoch, logs["val_loss"])

    (x, y), (val_x, val_y) = ([part.numpy() for part in data.tensors] for data in _data())
    tool.utils.set_random_seed(0)
    model = tool.Sequential([tool.layers.Dense(8, activation="tanh"), tool.layers.Dense(1)])
    model.compile(optimizer="adam", loss="mse")
    loggers = [tool.callbacks.CSVLogger(str(out / "log.csv")), Recorder()]
    history = model.fit(
        x, y, validation_data=(val_x, val_y), epochs=EPOCHS, batch_size=16, callbacks=loggers, verbose=0
    )
    whole = {"history": history.history, "epoch": history.epoch, "params": history.params}
    (out / "history.json").write_text(json.dumps(whole), encoding="utf-8")
    return {"log.csv": memory.curves, "history.json": memory.curves}


def skorch(out: Path) -> Logged:
    """The history of skorch, saved as JSON."""
    from skorch import NeuralNetRegressor
    from skorch.callbacks import Callback

    memory = Memory()

    class Recorder(Callback):
        """Hears each epoch."""

        def on_epoch_end(self, net: Any, **_: Any) -> None:
            memory.add("train_loss", net.history[-1, "epoch"], net.history[-1, "train_loss"])
            memory.add("val_loss", net.history[-1, "epoch"], net.history[-1, "valid_loss"])

    train, _ = _data()
    net = NeuralNetRegressor(
        _net, max_epochs=EPOCHS, lr=0.05, batch_size=16, callbacks=[("hear", Recorder())], verbose=0
    )
    x, y = train.tensors
    net.fit(x.numpy(), y.numpy())
    net.history.to_file(str(out / "history.json"))
    return {"history.json": memory.curves}


def ignite(out: Path) -> Logged:
    """The TensorBoard logger of ignite: epochs of both splits, and every batch, in one file."""
    from ignite.contrib.handlers import TensorboardLogger
    from ignite.engine import Events, create_supervised_evaluator, create_supervised_trainer
    from ignite.handlers import global_step_from_engine
    from ignite.metrics import Loss

    net = _net()
    loss = nn.MSELoss()
    train, val = (DataLoader(data, batch_size=16) for data in _data())
    trainer = create_supervised_trainer(net, torch.optim.Adam(net.parameters(), lr=0.05), loss)
    evaluators = {
        name: create_supervised_evaluator(net, {"loss": Loss(loss)}) for name in ("training", "validation")
    }
    memory = Memory()
    logger = TensorboardLogger(log_dir=str(out / "tb"))
    trainer_steps = {"event_name": Events.ITERATION_COMPLETED, "tag": "training"}
    logger.attach_output_handler(
        trainer, **trainer_steps, output_transform=lambda value: {"batchloss": value}
    )

    @trainer.on(Events.ITERATION_COMPLETED)
    def _batch() -> None:
        memory.add("train_batchloss", trainer.state.iteration, trainer.state.output)

    for name, evaluator in evaluators.items():
        logger.attach_output_handler(
            evaluator,
            event_name=Events.EPOCH_COMPLETED,
            tag=name,
            metric_names=["loss"],
            global_step_transform=global_step_from_engine(trainer),
        )

    @trainer.on(Events.EPOCH_COMPLETED)
    def _evaluate() -> None:
        for (name, evaluator), data in zip(evaluators.items(), (train, val), strict=True):
            evaluator.run(data)
            curve = "train_loss" if name == "training" else "val_loss"
            memory.add(curve, trainer.state.epoch, evaluator.state.metrics["loss"])

    trainer.run(train, max_epochs=EPOCHS)
    logger.close()
    return {"tb": memory.curves}


WRITERS = {
    "lightning": lightning,
    "transformers": transformers,
    "keras": keras,
    "skorch": skorch,
    "ignite": ignite,
}
