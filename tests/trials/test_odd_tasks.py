# SPDX-License-Identifier: Apache-2.0
"""Tasks as people have them: each goes through preparing, training, storing and scoring, and the numbers agree."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import Dataset, TensorDataset

from goodfit.execution import Job, carry_out
from goodfit.training import Metric, Settings, Task, TaskSource, accuracy
from goodfit.trials.holdout import read_test
from goodfit.values import Split

X, Y = torch.randn(130, 6, generator=torch.Generator().manual_seed(3)), torch.arange(130) % 3


class Named(NamedTuple):
    """An output with names."""

    logits: Tensor
    hidden: Tensor


class Wrapped(nn.Module):
    """A model that gives its logits inside something else."""

    def __init__(self, wrap: Callable[[Tensor], Any]) -> None:
        super().__init__()
        self.fc, self.wrap = nn.Linear(6, 3), wrap

    def forward(self, x: Tensor) -> Any:
        """Give the logits, wrapped."""
        return self.wrap(self.fc(x))


class Tied(nn.Module):
    """Two layers with one weight, and a scalar buffer."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b, self.out = nn.Linear(6, 6), nn.Linear(6, 6), nn.Linear(6, 3)
        self.b.weight = self.a.weight
        self.register_buffer("seen", torch.tensor(0))

    def forward(self, x: Tensor) -> Tensor:
        """Give the logits."""
        found: Tensor = self.out(torch.relu(self.b(torch.relu(self.a(x)))))
        return found


class Items(Dataset[Any]):
    """Items whose input is a dictionary."""

    def __len__(self) -> int:
        return len(X)

    def __getitem__(self, i: int) -> tuple[dict[str, Tensor], int]:
        return {"x": X[i]}, int(Y[i])


def _batch_norm() -> nn.Module:
    return nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 3))


def _linear() -> nn.Module:
    return nn.Linear(6, 3)


def _of_dict(outputs: dict[str, Tensor], targets: Tensor) -> Tensor:
    return nn.functional.cross_entropy(outputs["logits"], targets)


def _of_named(outputs: Named, targets: Tensor) -> Tensor:
    return nn.functional.cross_entropy(outputs.logits, targets)


def _hits(outputs: dict[str, Tensor], targets: Tensor) -> Tensor:
    return (outputs["logits"].argmax(dim=1) == targets).float()


CROSS = nn.CrossEntropyLoss()
ODD: dict[str, dict[str, Any]] = {
    "batch norm, last batch of one": {"model": _batch_norm, "train_size": 65, "metric": accuracy},
    "tied weights and a scalar buffer": {"model": Tied},
    "a dataset": {"train": TensorDataset(X, Y), "metric": accuracy},
    "dictionary items": {"train": Items(), "model": lambda: Wrapped(lambda z: z)},
    "dictionary outputs": {
        "model": lambda: Wrapped(lambda z: {"logits": z}),
        "loss": _of_dict,
        "metric": Metric(name="hits", score=_hits),
    },
    "named outputs": {"model": lambda: Wrapped(lambda z: Named(z, z)), "loss": _of_named},
    "class weights": {"loss": nn.CrossEntropyLoss(weight=torch.tensor([1.0, 5.0, 2.0]))},
    "a loss that sums": {"loss": nn.CrossEntropyLoss(reduction="sum")},
    "regression": {
        "train": (X, X[:, :1] * 2),
        "model": lambda: nn.Linear(6, 1),
        "loss": nn.MSELoss(),
    },
    "bfloat16": {"train": (X.bfloat16(), Y), "model": lambda: nn.Linear(6, 3).bfloat16()},
    "a schedule and clipping": {
        "scheduler": lambda optimizer: torch.optim.lr_scheduler.StepLR(optimizer, 1),
        "clip_norm": 0.1,
    },
    "sparse gradients": {
        "train": (Y, Y),
        "model": lambda: nn.Embedding(3, 3, sparse=True),
        "optimizer": lambda parameters: torch.optim.SGD(parameters, lr=0.1),
    },
}


@pytest.mark.parametrize("name", ODD)
def test_odd_tasks_go_all_the_way(name: str, tmp_path: Path) -> None:
    """Two epochs, a stored run, and scores on the test set that are those of the stored weights."""
    options: dict[str, Any] = {"train": (X, Y), "model": _linear, "loss": CROSS, **ODD[name]}
    task = Task(name=name, epochs=2, batch_size=16, **options)
    job = Job(TaskSource(task=task), Settings(seed=1), tmp_path)
    stored = carry_out(job)
    scored = read_test(job)
    assert scored.measured_on is Split.TEST
    assert len(scored.per_example) == 26
    assert scored.score == pytest.approx(sum(scored.per_example) / 26)
    assert torch.isfinite(torch.tensor(scored.per_example)).all()
    assert (
        stored.run.history.curves["train_loss"].values[1]
        < stored.run.history.curves["train_loss"].values[0] * 1.2
    )
    assert stored.weights().keys() == task.model().state_dict().keys()
