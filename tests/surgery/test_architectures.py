# SPDX-License-Identifier: Apache-2.0
"""The surgery contract over all architectures times the dropout remedies; a cell may be "not applicable, because"."""

from typing import Any, NamedTuple

import pytest
from torch import Tensor, nn

from goodfit.errors import NothingMatchedError
from goodfit.surgery import plan
from goodfit.testing.architectures import ARCHITECTURES, Architecture
from goodfit.testing.surgery import SurgeryContract
from goodfit.values import Dose, Prescription

# torch.compile asks tensors for .grad and hides its own warning by a filter that "error" outranks.
pytestmark = pytest.mark.filterwarnings("ignore:The .grad attribute")

REMEDIES = {
    "raise-dropout": (Dose(value=0.5, low=0.2, high=0.6), 0.25),
    "lower-dropout": (Dose(value=0.0, low=0.0, high=0.1), 0.05),
}
NO_DROPOUT = (
    "MLP",
    "CNN",
    "ResNet-like",
    "LSTM classifier",
    "GRU tagger, packed",
    "Neural collaborative filtering",
    "Autoencoder recommender",
    "Loop of subclasses, frozen",
)
"""Architectures that have nothing for lower-dropout to lower."""


class _Cell(NamedTuple):
    architecture: Architecture
    remedy: str

    def __str__(self) -> str:
        return f"{self.remedy}, {self.architecture.name}"

    @property
    def prescription(self) -> Prescription:
        """The remedy at its dose."""
        return Prescription(remedy=self.remedy, dose=REMEDIES[self.remedy][0])


CELLS = [_Cell(each, remedy) for remedy in REMEDIES for each in ARCHITECTURES]
EMPTY = [c for c in CELLS if c.remedy == "lower-dropout" and c.architecture.name in NO_DROPOUT]


class TestEveryArchitecture(SurgeryContract):
    """Each architecture under each remedy that applies to it."""

    cell: _Cell

    @pytest.fixture(autouse=True, params=[c for c in CELLS if c not in EMPTY], ids=str)
    def _chosen(self, request: pytest.FixtureRequest) -> None:
        self.cell = request.param

    def build(self) -> nn.Module:
        """The architecture."""
        return self.cell.architecture.build()

    def example(self) -> Any:
        """Its batch."""
        return self.cell.architecture.example()

    def loss(self, output: Any) -> Tensor:
        """Its loss."""
        return self.cell.architecture.loss(output)

    def prescription(self) -> Prescription:
        """The remedy at its dose."""
        return self.cell.prescription

    def other_dose(self) -> float:
        """A dose between the present rates and the prescribed one."""
        return REMEDIES[self.cell.remedy][1]


@pytest.mark.parametrize("cell", EMPTY, ids=str)
def test_a_cell_that_does_not_apply_says_why(cell: _Cell) -> None:
    """Where there is no dropout, lowering it is refused with that reason."""
    with pytest.raises(NothingMatchedError, match="the model has no dropout"):
        plan(cell.architecture.build(), cell.prescription, example=cell.architecture.example())


def test_there_are_enough_architectures() -> None:
    """At least twelve, transformers' own among them."""
    names = {each.name for each in ARCHITECTURES}
    assert len(names) >= 12
    assert {"BERT-like", "GPT-like"} <= names
