# SPDX-License-Identifier: Apache-2.0
"""A plain PyTorch script: a network on few digits, a fifth of them labelled wrongly.

    goodfit tune --command 'python plain_train.py --dropout {dropout} --seed {seed} --out {out}' --dropout 0,0.2,0.4,0.6

Three things in it are there for goodfit: --seed decides everything that is drawn, the curves go to --out, and the loss
of each test example, at the checkpoint that validation chose, is written to scores.json.
"""

import argparse
import copy
import csv
import json
from pathlib import Path

import torch
from sklearn.datasets import load_digits
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

TRAIN, VALIDATION, TEST = 300, 300, 600
WRONG = 0.2  # of the training labels
CLASSES = 10


def data(seed: int) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
    """Images, labels, and who is in which split; the test examples are the same for every seed."""
    digits = load_digits()
    x, y = torch.tensor(digits.data / 16).float(), torch.tensor(digits.target).long()
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(0))
    test, rest = order[:TEST], order[TEST:]
    drawn = torch.Generator().manual_seed(seed)
    rest = rest[torch.randperm(len(rest), generator=drawn)]
    train, validation = rest[:TRAIN], rest[TRAIN : TRAIN + VALIDATION]
    wrong = train[torch.rand(TRAIN, generator=drawn) < WRONG]
    y[wrong] = torch.randint(CLASSES, (len(wrong),), generator=drawn)
    return x, y, {"train": train, "validation": validation, "test": test}


def network(dropout: float) -> nn.Module:
    """Two hidden layers, each with dropout."""
    return nn.Sequential(
        *(nn.Linear(64, 256), nn.ReLU(), nn.Dropout(dropout)),
        *(nn.Linear(256, 256), nn.ReLU(), nn.Dropout(dropout)),
        nn.Linear(256, CLASSES),
    )


def one_epoch(model: nn.Module, optimizer: torch.optim.Optimizer, x: Tensor, y: Tensor) -> float:
    """Train once on all examples, and give their mean loss."""
    model.train()
    total = 0.0
    for batch in torch.randperm(len(x)).split(32):
        optimizer.zero_grad()
        loss = cross_entropy(model(x[batch]), y[batch])
        loss.backward()
        optimizer.step()
        total += float(loss.detach()) * len(batch)
    return total / len(x)


def losses(model: nn.Module, x: Tensor, y: Tensor) -> Tensor:
    """The loss of every example, dropout off."""
    model.eval()
    with torch.no_grad():
        return cross_entropy(model(x), y, reduction="none")


def main() -> None:
    """Train, log, and score."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--dropout", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=80)
    parser.add_argument("--out", type=Path, default=Path())
    given = parser.parse_args()
    torch.manual_seed(given.seed)
    torch.set_num_threads(1)
    x, y, split = data(given.seed)
    model = network(given.dropout)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    lowest, best = float("inf"), copy.deepcopy(model.state_dict())
    with (given.out / "log.csv").open("w", newline="") as file:
        log = csv.writer(file)
        log.writerow(["epoch", "train_loss", "val_loss"])
        for epoch in range(given.epochs):
            fitted = one_epoch(model, optimizer, x[split["train"]], y[split["train"]])
            validation = float(losses(model, x[split["validation"]], y[split["validation"]]).mean())
            log.writerow([epoch, fitted, validation])
            if validation < lowest:
                lowest, best = validation, copy.deepcopy(model.state_dict())
    model.load_state_dict(best)
    test = split["test"]
    right = model(x[test]).argmax(dim=1) == y[test]
    scores = {
        "losses": losses(model, x[test], y[test]).tolist(),
        "ids": test.tolist(),
        "accuracy": float(right.float().mean()),
    }
    (given.out / "scores.json").write_text(json.dumps(scores))


if __name__ == "__main__":
    main()
