# SPDX-License-Identifier: Apache-2.0
"""Experiment trackers write a course that is known: TensorBoard, MLflow, Weights & Biases, trackio."""

import os
from math import inf, nan
from pathlib import Path
from typing import Any

EPOCHS = 6
TRAIN = [2.25, 1.5, 1.0, 0.75, 0.5, 0.375]  # exact in float32
VAL = [2.0, 1.375, 1.125, 1.25, nan, inf]
Logged = dict[str, dict[str, Any]]  # run -> curve -> (x, values)


def course(factor: float = 1.0) -> dict[str, tuple[list[int], list[float]]]:
    """The two curves as every tracker is given them; a factor tells runs apart."""
    epochs = list(range(EPOCHS))
    return {
        "train_loss": (epochs, [factor * v for v in TRAIN]),
        "val_loss": (epochs, [factor * v for v in VAL]),
    }


def tensorboard(out: Path) -> Logged:
    """SummaryWriter: tag pairs, add_scalars, add_hparams, one writer a split, tensors, resumed twice."""
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(str(out / "tags")) as writer:
        for epoch in range(EPOCHS):
            writer.add_scalar("Loss/train", TRAIN[epoch], epoch)
            writer.add_scalar("Loss/val", VAL[epoch], epoch)
        writer.add_hparams({"lr": 0.1}, {"hparam/loss": 1.0})
    with SummaryWriter(str(out / "add_scalars")) as writer:
        for epoch in range(EPOCHS):
            writer.add_scalars("loss", {"train": TRAIN[epoch], "val": VAL[epoch]}, epoch)
    for split, values in (("train", TRAIN), ("validation", VAL)):
        with SummaryWriter(str(out / "two_writers" / split)) as writer:
            for epoch in range(EPOCHS):
                writer.add_scalar("epoch_loss", values[epoch], epoch)
    with SummaryWriter(str(out / "tensors")) as writer:
        for epoch in range(EPOCHS):
            writer.add_scalar("Loss/train", TRAIN[epoch], epoch, new_style=True)
            writer.add_scalar("Loss/val", VAL[epoch], epoch, new_style=True, double_precision=True)
    for folder, purge in (("resumed", None), ("purged", 3)):
        for start, end, step in ((0, 5, purge), (3, EPOCHS, purge)):
            again = {} if start == 0 else {"purge_step": step}
            with SummaryWriter(str(out / folder), filename_suffix=f".{start}", **again) as writer:
                for epoch in range(start, end):
                    first_try = 9.0 if start == 0 and epoch >= 3 else None
                    writer.add_scalar("Loss/train", first_try or TRAIN[epoch], epoch)
                    writer.add_scalar("Loss/val", first_try or VAL[epoch], epoch)
    runs = ("tags", "add_scalars", "two_writers", "tensors", "resumed", "purged")
    return {run: course() for run in runs}


def _mlflow() -> Logged:
    """Log the course with steps, without them, and with some epochs twice."""
    import mlflow

    mlflow.set_experiment("digits")
    runs = {
        "base": (1.0, range(EPOCHS)),
        "without_steps": (2.0, range(EPOCHS)),
        "resumed": (4.0, (*range(4), *range(2, EPOCHS))),
    }
    for name, (factor, epochs) in runs.items():
        with mlflow.start_run(run_name=name):
            mlflow.log_params({"lr": 0.1, "batch_size": 32})
            for at, epoch in enumerate(epochs):
                again = (
                    9.0 if name == "resumed" and at in (2, 3) else 1.0
                )  # written before the training was resumed
                values = {
                    "train_loss": again * factor * TRAIN[epoch],
                    "val_loss": again * factor * VAL[epoch],
                }
                mlflow.log_metrics(values, step=None if name == "without_steps" else epoch)
    return {name: course(factor) for name, (factor, _) in runs.items()}


def mlflow_sqlite(out: Path) -> Logged:
    """MLflow's default store."""
    import mlflow

    mlflow.set_tracking_uri(f"sqlite:///{out / 'mlflow.db'}")
    return _mlflow()


def mlflow_files(out: Path) -> Logged:
    """MLflow's file store, which new versions only write on request."""
    os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
    import mlflow

    mlflow.set_tracking_uri((out / "mlruns").as_uri())
    return _mlflow()


def wandb(out: Path) -> Logged:
    """W&B offline: everything in one call, and training and validation in calls of their own."""
    os.environ.update(WANDB_MODE="offline", WANDB_SILENT="true", WANDB_DIR=str(out), WANDB_DISABLE_GIT="true")
    os.environ.update(WANDB_DISABLE_CODE="true", WANDB__DISABLE_STATS="true", WANDB_CONSOLE="off")
    import wandb as tool

    settings = tool.Settings(x_disable_stats=True, x_disable_meta=True, disable_git=True, console="off")
    config = {"lr": 0.1, "batch_size": 32}
    run = tool.init(project="digits", dir=str(out), id="onecall", config=config, settings=settings)
    for epoch in range(EPOCHS):
        run.log({"epoch": epoch, "train/loss": TRAIN[epoch], "val/loss": VAL[epoch]})
    run.finish()
    run = tool.init(project="digits", dir=str(out), id="apart", config=config, settings=settings)
    for epoch in range(EPOCHS):
        run.log({"train/loss": 2 * TRAIN[epoch]})
        run.log({"val/loss": 2 * VAL[epoch]})
    run.finish()
    steps = {"train_loss": list(range(0, 2 * EPOCHS, 2)), "val_loss": list(range(1, 2 * EPOCHS, 2))}
    return {
        "onecall": course(),
        "apart": {name: (steps[name], values) for name, (_, values) in course(2.0).items()},
    }


def trackio(out: Path) -> Logged:
    """Trackio's local database, with two runs in it."""
    os.environ.update(TRACKIO_DIR=str(out), HF_HUB_OFFLINE="1")
    import trackio as tool

    runs = {"base": 1.0, "other": 2.0}
    for name, factor in runs.items():
        tool.init(project="digits", name=name, config={"lr": 0.1}, embed=False, auto_log_gpu=False)
        for epoch in range(EPOCHS):
            tool.log({"train_loss": factor * TRAIN[epoch], "val_loss": factor * VAL[epoch]}, step=epoch)
        tool.finish()
    return {name: course(factor) for name, factor in runs.items()}


WRITERS = {
    "tensorboard": tensorboard,
    "mlflow-sqlite": mlflow_sqlite,
    "mlflow-files": mlflow_files,
    "wandb": wandb,
    "trackio": trackio,
}
