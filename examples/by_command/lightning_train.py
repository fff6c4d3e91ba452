# SPDX-License-Identifier: Apache-2.0
"""The same network as a Lightning module; Lightning writes the curves, and the script the test losses.

goodfit tune --command 'python lightning_train.py --dropout {dropout} --seed {seed} --out {out}' --dropout 0,0.2,0.4,0.6
"""

import argparse
import json
from pathlib import Path

import lightning
import torch
from lightning.pytorch.callbacks import ModelCheckpoint
from lightning.pytorch.loggers import CSVLogger
from plain_train import data, losses, network
from torch import Tensor
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, TensorDataset


class Digits(lightning.LightningModule):
    """Logs the means of every epoch under the usual names."""

    def __init__(self, dropout: float) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.net = network(dropout)

    def training_step(self, batch: list[Tensor]) -> Tensor:
        """One batch."""
        loss = cross_entropy(self.net(batch[0]), batch[1])
        self.log("train_loss", loss, on_step=False, on_epoch=True)
        return loss

    def validation_step(self, batch: list[Tensor]) -> None:
        """One batch of the validation set."""
        self.log("val_loss", cross_entropy(self.net(batch[0]), batch[1]))

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Adam, as in the plain script."""
        return torch.optim.Adam(self.parameters(), lr=1e-3)


def main() -> None:
    """Train, log, and score."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--dropout", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=80)
    parser.add_argument("--out", type=Path, default=Path())
    given = parser.parse_args()
    lightning.seed_everything(given.seed)
    torch.set_num_threads(1)
    x, y, split = data(given.seed)
    parts = {name: TensorDataset(x[rows], y[rows]) for name, rows in split.items()}
    best = ModelCheckpoint(dirpath=given.out, monitor="val_loss")
    trainer = lightning.Trainer(
        max_epochs=given.epochs,
        accelerator="cpu",
        logger=CSVLogger(given.out),
        callbacks=[best],
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        log_every_n_steps=1,
    )
    trainer.fit(
        Digits(given.dropout),
        DataLoader(parts["train"], batch_size=32, shuffle=True),
        DataLoader(parts["validation"], batch_size=300),
    )
    model = Digits.load_from_checkpoint(best.best_model_path, weights_only=True)
    test = split["test"]
    scores = {"losses": losses(model.net, x[test], y[test]).tolist(), "ids": test.tolist()}
    (given.out / "scores.json").write_text(json.dumps(scores))


if __name__ == "__main__":
    main()
