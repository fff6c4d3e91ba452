# SPDX-License-Identifier: Apache-2.0
"""Text: an LSTM reads 1,000 sentences of film reviews, for or against, and learns them by heart. What helps?

    python examples/text.py           some minutes on one core
    python examples/text.py --quick   seconds: the same steps, with too little data to prove anything

Real sentences (Pang and Lee 2005) are read from mr_polarity/mr_polarity.tsv.gz in the folder named by GOODFIT_DATA;
without it, sentences are made up. The first half is what you have; the second half is goodfit, step by step.
"""

import gzip
import os
import sys
import zlib
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

import goodfit
from goodfit.surgery import Subject
from goodfit.training import Settings
from goodfit.tuning import knob_for
from goodfit.values import Prescription

QUICK = "--quick" in sys.argv
TRAINING, VALIDATION, TEST = (200, 300, 500) if QUICK else (1000, 500, 2000)  # sentences
WORDS, LENGTH, WIDTH = 4096, 12 if QUICK else 24, 16 if QUICK else 64
EPOCHS = 8 if QUICK else 9
SEEDS = 1 if QUICK else 5  # paired trainings; fewer than 5 can prove nothing
OPTIMIZER = partial(torch.optim.Adam, lr=1e-2 if QUICK else 1e-3)
QUESTION = (
    "more-nodes",
    "raise-dropout",
    "train-longer",
    "raise-learning-rate",
)  # the text-book's choice of four


# ---- What you have ---------------------------------------------------------------------------------------------------


def data() -> tuple[Tensor, Tensor]:
    """Sentences as numbers of their words, shape (n, LENGTH), 0 where there is none; and 1 for praise, 0 for blame."""
    rows = read() or made_up()
    x = torch.zeros(len(rows), LENGTH, dtype=torch.long)
    for row, (_, sentence) in enumerate(rows):
        for place, word in enumerate(sentence.lower().split()[:LENGTH]):
            x[row, place] = 1 + zlib.crc32(word.encode()) % (WORDS - 1)  # hashed: no vocabulary to fit
    y = torch.tensor([label for label, _ in rows])
    order = torch.randperm(len(y), generator=torch.Generator().manual_seed(0))
    return x[order], y[order]


def read() -> list[tuple[int, str]]:
    """The real sentences, when they are there."""
    path = Path(os.environ.get("GOODFIT_DATA", "")) / "mr_polarity" / "mr_polarity.tsv.gz"
    if not path.is_file():
        return []
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [line.rstrip("\n").split("\t", maxsplit=2) for line in lines][1:]
    return [(int(label), sentence) for _, label, sentence in rows]


def made_up() -> list[tuple[int, str]]:
    """Sentences in which one word tells; every tenth label is wrong."""
    print("GOODFIT_DATA names no folder with film reviews: the sentences are made up\n")
    draws = np.random.default_rng(0)
    telling = {1: ["bright", "warm", "clever", "funny"], 0: ["dull", "cold", "stupid", "boring"]}
    rows = []
    for _ in range(4000):
        label = int(draws.integers(2))
        words = [f"word{number}" for number in draws.integers(300, size=9)]
        words.insert(int(draws.integers(10)), str(draws.choice(telling[label])))
        rows.append((label if draws.random() > 0.1 else 1 - label, " ".join(words)))
    return rows


class Reader(nn.Module):
    """Word vectors, one LSTM, the mean of its outputs, two classes."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(WORDS, WIDTH, padding_idx=0)
        nn.init.normal_(self.embed.weight, std=0.1)
        self.lstm = nn.LSTM(WIDTH, WIDTH, batch_first=True)
        self.out = nn.Linear(WIDTH, 2)

    def forward(self, x: Tensor) -> Tensor:
        """Two logits a sentence."""
        read, _ = self.lstm(self.embed(x))
        there = (x != 0).unsqueeze(-1)
        logits: Tensor = self.out((read * there).sum(dim=1) / there.sum(dim=1).clamp(min=1))
        return logits


def train(net: nn.Module, x: Tensor, y: Tensor, val_x: Tensor, val_y: Tensor) -> dict[str, list[float]]:
    """A plain loop that notes both losses after every epoch."""
    optimizer = OPTIMIZER(net.parameters())
    noted: dict[str, list[float]] = {"train_loss": [], "val_loss": []}
    for _ in range(EPOCHS):
        net.train()
        for rows in torch.randperm(len(x)).split(32):
            optimizer.zero_grad()
            functional.cross_entropy(net(x[rows]), y[rows]).backward()
            optimizer.step()
        net.eval()
        with torch.no_grad():
            noted["train_loss"].append(float(functional.cross_entropy(net(x), y)))
            noted["val_loss"].append(float(functional.cross_entropy(net(val_x), val_y)))
    return noted


# ---- What goodfit does -----------------------------------------------------------------------------------------------


def main() -> None:
    """Train, then ask: what is wrong, what should change, by how much, does it help, would anything else?"""
    torch.set_num_threads(1)  # networks as small as this one are fastest so
    torch.manual_seed(0)
    x, y = data()
    test, pool = (x[:TEST], y[:TEST]), (x[TEST:], y[TEST:])
    own, validation = slice(0, TRAINING), slice(TRAINING, TRAINING + VALIDATION)
    sets = pool[0][own], pool[1][own], pool[0][validation], pool[1][validation]

    net = Reader()
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

    # 3. Where in the model? An LSTM's outputs get one mask for all words; plain dropout would be another each word.
    dropout = Prescription(remedy="raise-dropout")
    treatment = goodfit.plan(net, dropout, dose=0.5, example=x[:1])
    for edit in treatment.edits:
        print("\ntreat:    ", edit.code.replace("\n", "\n           "))

    # 4. How much? goodfit trains by itself: it needs to know what. The search sees validation data alone.
    task = goodfit.Task(
        name="film reviews",
        model=Reader,
        train=pool,
        test=test,  # locked: no dose is chosen with it
        loss=nn.CrossEntropyLoss(),
        metric=goodfit.accuracy,
        optimizer=OPTIMIZER,
        epochs=EPOCHS,
        train_size=TRAINING,  # drawn anew for each seed
        validation_size=VALIDATION,
    )
    knob = knob_for(dropout, Subject(model=net), example=x[:1])
    study = goodfit.tune(task, knob)
    print(f"\ntune:      {study.knob} {study.chosen.value:g}, because {study.because}")

    # 5. Does it help, on the locked test set? The seeds are others than the search had.
    proof = goodfit.prove(task, knob.apply(Settings(seed=0), study.to_prove.value), seeds=SEEDS)
    print("\nprove:    ", proof.verdict.decision.value, "because", proof.verdict.because)

    # 6. And the alternatives? Each is tuned alike and trained with the same seeds.
    found = goodfit.compare(task, remedies=QUESTION[1:2] if QUICK else QUESTION, seeds=SEEDS)
    print("\ncompare:   test loss, the mean over the seeds, the lowest first")
    for one in found.candidates:
        mean = f"{sum(one.losses) / len(one.losses):.3f}" if one.losses else "failed"
        print(f"   {mean}  {one.name}", f"({one.decision.value})" if one.decision else "")
    print(found.answer)


if __name__ == "__main__":
    main()
