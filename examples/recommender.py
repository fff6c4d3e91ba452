# SPDX-License-Identifier: Apache-2.0
"""Recommending: a network trained on 10,000 ratings knows too much about single people. What helps?

    python examples/recommender.py           some minutes on one core
    python examples/recommender.py --quick   seconds: the same steps, with too little data to prove anything

Real ratings (MovieLens "latest small") are read from ml_latest_small/ml-latest-small.zip in the folder named by
GOODFIT_DATA; without it, ratings are made up. The first half is what you have; the second half is goodfit, step by step.
"""

import csv
import io
import os
import sys
import zipfile
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

import goodfit
from goodfit.values import Prescription

QUICK = "--quick" in sys.argv
TRAINING, VALIDATION, TEST = (2000, 1000, 2000) if QUICK else (10_000, 5000, 20_000)  # ratings
BATCH = 256
EPOCHS = 10
SEEDS = 1 if QUICK else 5  # paired trainings; fewer than 5 can prove nothing
OPTIMIZER = partial(torch.optim.Adam, lr=1e-2 if QUICK else 3e-3)
QUESTION = (
    "more-nodes",
    "raise-dropout",
    "train-longer",
    "raise-learning-rate",
)  # the text-book's choice of four


# ---- What you have ---------------------------------------------------------------------------------------------------


def data() -> tuple[Tensor, Tensor]:
    """Pairs of person and film as numbers from 0, shape (n, 2), and the stars given, shape (n,)."""
    rows = read() or made_up()
    columns = [np.unique([row[column] for row in rows], return_inverse=True)[1] for column in (0, 1)]
    order = torch.randperm(len(rows), generator=torch.Generator().manual_seed(0))
    return torch.tensor(np.stack(columns, axis=1))[order], torch.tensor([row[2] for row in rows])[order]


def read() -> list[tuple[int, int, float]]:
    """The real ratings, when they are there."""
    path = Path(os.environ.get("GOODFIT_DATA", "")) / "ml_latest_small" / "ml-latest-small.zip"
    if not path.is_file():
        return []
    with zipfile.ZipFile(path) as folder, folder.open("ml-latest-small/ratings.csv") as lines:
        table = csv.DictReader(io.TextIOWrapper(lines, encoding="utf-8"))
        return [(int(row["userId"]), int(row["movieId"]), float(row["rating"])) for row in table]


def made_up() -> list[tuple[int, int, float]]:
    """Ratings that follow a liking of two dimensions, and chance."""
    print("GOODFIT_DATA names no folder with ratings of films: they are made up\n")
    draws = np.random.default_rng(0)
    person, film = draws.normal(size=(300, 2)), draws.normal(size=(400, 2))
    pairs = draws.permutation(300 * 400)[:40_000]
    people, films = pairs // 400, pairs % 400
    stars = 3.5 + 0.5 * (person[people] * film[films]).sum(axis=1) + 0.7 * draws.normal(size=len(pairs))
    rounded = np.clip(np.round(2 * stars) / 2, 0.5, 5.0)
    return list(zip(people.tolist(), films.tolist(), rounded.tolist(), strict=True))


class Tower(nn.Module):
    """Vectors of person and film, and dense layers over both (neural collaborative filtering)."""

    def __init__(self, people: int, films: int, width: int = 32) -> None:
        super().__init__()
        self.person, self.film = nn.Embedding(people, width), nn.Embedding(films, width)
        self.first, self.second = nn.Linear(2 * width, 2 * width), nn.Linear(2 * width, width)
        self.stars = nn.Linear(width, 1)
        nn.init.constant_(self.stars.bias, 3.5)  # the mean

    def forward(self, x: Tensor) -> Tensor:
        """Stars of each pair of person and film, shape (n,)."""
        both = torch.cat([self.person(x[:, 0]), self.film(x[:, 1])], dim=1)
        hidden = functional.relu(self.second(functional.relu(self.first(both))))
        stars: Tensor = self.stars(hidden).squeeze(1)
        return stars


def train(net: nn.Module, x: Tensor, y: Tensor, val_x: Tensor, val_y: Tensor) -> dict[str, list[float]]:
    """A plain loop that notes both losses after every epoch."""
    optimizer = OPTIMIZER(net.parameters())
    noted: dict[str, list[float]] = {"train_loss": [], "val_loss": []}
    for _ in range(EPOCHS):
        net.train()
        for rows in torch.randperm(len(x)).split(BATCH):
            optimizer.zero_grad()
            functional.mse_loss(net(x[rows]), y[rows]).backward()
            optimizer.step()
        net.eval()
        with torch.no_grad():
            noted["train_loss"].append(float(functional.mse_loss(net(x), y)))
            noted["val_loss"].append(float(functional.mse_loss(net(val_x), val_y)))
    return noted


def stars_off(outputs: Tensor, targets: Tensor) -> Tensor:
    """How many stars each guess is off, shape (n,)."""
    return (outputs - targets).abs()


# ---- What goodfit does -----------------------------------------------------------------------------------------------


def main() -> None:
    """Train, then ask: what is wrong, what should change, by how much, does it help, would anything else?"""
    torch.set_num_threads(1)  # networks as small as this one are fastest so
    torch.manual_seed(0)
    x, y = data()
    test, pool = (x[:TEST], y[:TEST]), (x[TEST:], y[TEST:])
    own, validation = slice(0, TRAINING), slice(TRAINING, TRAINING + VALIDATION)
    sets = pool[0][own], pool[1][own], pool[0][validation], pool[1][validation]

    people, films = (int(last) + 1 for last in x.max(dim=0).values)
    model = partial(Tower, people, films)
    net = model()
    losses = train(net, *sets)
    print(f"your training: loss {losses['train_loss'][-1]:.3f}, on validation {losses['val_loss'][-1]:.3f}")

    # 1. What is wrong? Two lists of losses are enough; a log file would do as well.
    diagnoses = goodfit.diagnose(train_loss=losses["train_loss"], val_loss=losses["val_loss"])
    finding = goodfit.headline(diagnoses)
    print("\ndiagnose: ", finding.message if finding else "nothing was found")

    # 2. What should change, and why nothing else?
    first, *_ = goodfit.prescribe(diagnoses, model=goodfit.read_facts(net, x[:1]))
    print("\nprescribe:", first.remedy, "because", first.because)
    for rejected in first.rejected:
        if rejected.remedy in QUESTION:
            print("   not", rejected.remedy, "because", rejected.because)

    # 3. Where in the model?
    treatment = goodfit.plan(net, Prescription(remedy="raise-dropout"), dose=0.5, example=x[:1])
    for edit in treatment.edits:
        print("\ntreat:    ", edit.code.replace("\n", "\n           "))

    # 4. How much, and does it help? Ratings of one person are no independent looks: the proof counts people.
    task = goodfit.Task(
        name="ratings",
        model=model,
        train=pool,
        test=test,  # locked: no dose is chosen with it
        test_groups=test[0][:, 0].tolist(),
        loss=nn.MSELoss(),
        metric=goodfit.Metric(name="mean absolute error", score=stars_off, goal=goodfit.Goal.MINIMIZE),
        optimizer=OPTIMIZER,
        epochs=EPOCHS,
        batch_size=BATCH,
        train_size=TRAINING,  # drawn anew for each seed
        validation_size=VALIDATION,
    )
    report = goodfit.fix(task, remedy="raise-dropout", seeds=SEEDS)
    if report.study is not None:
        print(
            f"\ntune:      {report.study.knob} {report.study.chosen.value:g}, because {report.study.because}"
        )
    if report.verdict is not None:
        print("\nprove:    ", report.verdict.decision.value, "because", report.verdict.because)

    # 5. And the alternatives? Each is tuned alike and trained with the same seeds.
    found = goodfit.compare(task, remedies=QUESTION[1:2] if QUICK else QUESTION, seeds=SEEDS)
    print("\ncompare:   test loss, the mean over the seeds, the lowest first")
    for one in found.candidates:
        mean = f"{sum(one.losses) / len(one.losses):.3f}" if one.losses else "failed"
        print(f"   {mean}  {one.name}", f"({one.decision.value})" if one.decision else "")
    print(found.answer)


if __name__ == "__main__":
    main()
