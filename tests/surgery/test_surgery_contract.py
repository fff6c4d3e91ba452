# SPDX-License-Identifier: Apache-2.0
"""The surgery contract, held for the shapes of models that people write."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - torch's own abbreviation

from goodfit.testing.surgery import SurgeryContract

# torch.compile asks tensors for .grad and hides its own warning by a filter that "error" outranks.
pytestmark = pytest.mark.filterwarnings("ignore:The .grad attribute")


class TestSequentialMlp(SurgeryContract):
    """A multilayer perceptron as an nn.Sequential."""

    def build(self) -> nn.Module:
        """Three fully connected layers."""
        return nn.Sequential(
            nn.Flatten(), nn.Linear(16, 12), nn.ReLU(), nn.Linear(12, 12), nn.ReLU(), nn.Linear(12, 3)
        )

    def example(self) -> Any:
        """Images."""
        return torch.randn(5, 4, 4, generator=torch.Generator().manual_seed(0))


class _Mlp(nn.Module):
    """A class whose one dropout layer runs after each hidden activation."""

    def __init__(self) -> None:
        super().__init__()
        self.fc1 = nn.Linear(16, 12)
        self.fc2 = nn.Linear(12, 12)
        self.fc3 = nn.Linear(12, 3)
        self.dropout = nn.Dropout(0.2)

    def forward(self, x: Tensor) -> Tensor:
        x = self.dropout(torch.relu(self.fc1(x)))
        x = self.dropout(torch.relu(self.fc2(x)))
        out: Tensor = self.fc3(x)
        return out


class TestMlpWithDropout(SurgeryContract):
    """A class with existing dropout: its rate is raised."""

    def build(self) -> nn.Module:
        """The class above."""
        return _Mlp()

    def example(self) -> Any:
        """Vectors, as a tuple of inputs."""
        return (torch.randn(5, 16, generator=torch.Generator().manual_seed(0)),)

    def test_the_one_dropout_layer_is_raised(self) -> None:
        """The shared dropout layer gets one edit, and nothing is inserted beside it."""
        _, treatment = self.planned()
        assert [(e.path, e.before, e.after) for e in treatment.edits] == [("dropout", 0.2, 0.5)]


class _Alex(nn.Module):
    """Features and a classifier, both sequential, as torchvision's first networks have."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.MaxPool2d(2))
        self.classifier = nn.Sequential(nn.Linear(36, 12), nn.ReLU(inplace=True), nn.Linear(12, 3))

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.classifier(torch.flatten(self.features(x), 1))
        return out


def _images() -> Tensor:
    return torch.randn(5, 1, 8, 8, generator=torch.Generator().manual_seed(0))


class TestCnnWithSequentialParts(SurgeryContract):
    """A convolutional network with Sequential features and classifier."""

    def build(self) -> nn.Module:
        """The class above."""
        return _Alex()

    def example(self) -> Any:
        """Images, by name."""
        return {"x": _images()}


class _Lenet(nn.Module):
    """Convolutions, then a flatten in forward."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, 3)
        self.conv2 = nn.Conv2d(4, 4, 3)
        self.fc1 = nn.Linear(16, 8)
        self.fc2 = nn.Linear(8, 3)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        x = F.max_pool2d(F.relu(self.conv2(F.relu(self.conv1(x)))), 2)
        h = F.relu(self.fc1(x.view(x.shape[0], -1)))
        return self.fc2(input=h), h


class TestCnnWithFlattenInForward(SurgeryContract):
    """A convolutional network whose forward flattens, names an argument and gives two outputs."""

    def build(self) -> nn.Module:
        """The class above."""
        return _Lenet()

    def example(self) -> Any:
        """Images."""
        return _images()


class TestCnnWithBatchNorm(SurgeryContract):
    """Batch norm between convolutions and after the first fully connected layer."""

    def build(self) -> nn.Module:
        """Only the input of the last layer lies behind the last batch norm."""
        return nn.Sequential(
            nn.Conv2d(1, 4, 3),
            nn.BatchNorm2d(4),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(2),
            nn.Flatten(),
            nn.Linear(16, 8),
            nn.BatchNorm1d(8),
            nn.ReLU(),
            nn.Linear(8, 3),
        )

    def example(self) -> Any:
        """Images."""
        return _images()


class _Shared(nn.Module):
    """One hidden layer under two names, run three times."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(16, 12)
        self.hidden = nn.Linear(12, 12)
        self.again = self.hidden
        self.last = nn.Linear(12, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.relu(self.first(x))
        x = torch.relu(self.hidden(torch.relu(self.again(torch.relu(self.hidden(x))))))
        out: Tensor = self.last(x)
        return out


class TestSharedLinear(SurgeryContract):
    """A shared module stays shared."""

    def build(self) -> nn.Module:
        """The class above."""
        return _Shared()

    def example(self) -> Any:
        """Vectors."""
        return torch.randn(5, 16, generator=torch.Generator().manual_seed(0))


class _Tied(nn.Module):
    """An autoencoder whose second and third layers hold one weight."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(16, 12)
        self.second = nn.Linear(12, 12)
        self.third = nn.Linear(12, 12)
        self.third.weight = self.second.weight

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.third(torch.relu(self.second(torch.relu(self.first(x)))))
        return out


class TestTiedWeights(TestSharedLinear):
    """Tied weights stay tied."""

    def build(self) -> nn.Module:
        """The class above."""
        return _Tied()


class _MyLinear(nn.Linear):
    """A subclass with a forward of its own and a second argument."""

    def forward(self, input: Tensor, scale: float = 1.0) -> Tensor:  # noqa: A002 - torch's name
        return super().forward(input) * scale


class _WithSubclass(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.blocks = nn.ModuleList([nn.Linear(16, 12), _MyLinear(12, 12)])
        self.head = _MyLinear(12, 3)

    def forward(self, x: Tensor) -> Tensor:
        for block in self.blocks:
            x = torch.relu(block(x))
        out: Tensor = self.head(x, scale=2.0)
        return out


class TestSubclassedLinear(TestSharedLinear):
    """Subclasses of nn.Linear are seen, also in a ModuleList."""

    def build(self) -> nn.Module:
        """The class above."""
        return _WithSubclass()


class TestFrozenPart(TestSharedLinear):
    """Frozen stays frozen, and is left alone."""

    def build(self) -> nn.Module:
        """The first two layers are frozen."""
        model = nn.Sequential(
            nn.Linear(16, 12),
            nn.ReLU(),
            nn.Linear(12, 12),
            nn.ReLU(),
            nn.Linear(12, 12),
            nn.ReLU(),
            nn.Linear(12, 3),
        )
        for place in (0, 2):
            model[place].requires_grad_(requires_grad=False)
        return model
