# SPDX-License-Identifier: Apache-2.0
"""Networks for vectors and images."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - torch's own abbreviation

from goodfit.testing.architectures._architecture import Architecture, sum_of_squares


def mlp() -> nn.Module:
    """Three fully connected layers in an nn.Sequential."""
    return nn.Sequential(
        nn.Flatten(), nn.Linear(16, 12), nn.ReLU(), nn.Linear(12, 10), nn.ReLU(), nn.Linear(10, 3)
    )


class Cnn(nn.Module):
    """Two convolutions and two fully connected layers; forward flattens."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, 3)
        self.conv2 = nn.Conv2d(4, 6, 3)
        self.fc1 = nn.Linear(24, 10)
        self.fc2 = nn.Linear(10, 3)

    def forward(self, x: Tensor) -> Tensor:
        """Images of shape (n, 1, 8, 8) to logits of shape (n, 3)."""
        x = F.max_pool2d(F.relu(self.conv2(F.relu(self.conv1(x)))), 2)
        logits: Tensor = self.fc2(F.relu(self.fc1(torch.flatten(x, 1))))
        return logits


class Vgg(nn.Module):
    """Features with batch norm and a classifier with dropout, as VGG has them."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            *(nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(inplace=True), nn.MaxPool2d(2)),
            *(nn.Conv2d(4, 6, 3, padding=1), nn.BatchNorm2d(6), nn.ReLU(inplace=True), nn.MaxPool2d(2)),
        )
        self.classifier = nn.Sequential(
            *(nn.Linear(24, 12), nn.ReLU(inplace=True), nn.Dropout(0.2)),
            *(nn.Linear(12, 10), nn.ReLU(inplace=True), nn.Dropout(0.2), nn.Linear(10, 3)),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Images of shape (n, 1, 8, 8) to logits of shape (n, 3)."""
        logits: Tensor = self.classifier(torch.flatten(self.features(x), 1))
        return logits


class Block(nn.Module):
    """The basic block of ResNet (He et al. 2016): two convolutions beside the identity."""

    def __init__(self, channels: int, out: int) -> None:
        super().__init__()
        stride = 1 if channels == out else 2
        self.conv1 = nn.Conv2d(channels, out, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(out)
        self.conv2 = nn.Conv2d(out, out, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(out)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = None
        if channels != out:
            self.downsample = nn.Sequential(
                nn.Conv2d(channels, out, 1, stride=2, bias=False), nn.BatchNorm2d(out)
            )

    def forward(self, x: Tensor) -> Tensor:
        """Feature maps to feature maps."""
        identity = x if self.downsample is None else self.downsample(x)
        out: Tensor = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        out += identity
        result: Tensor = self.relu(out)
        return result


class ResNet(nn.Module):
    """A stem, three residual blocks, global pooling and one fully connected layer."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4), nn.ReLU())
        self.layer1 = nn.Sequential(Block(4, 4), Block(4, 4))
        self.layer2 = nn.Sequential(Block(4, 8))
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(8, 3)

    def forward(self, x: Tensor) -> Tensor:
        """Images of shape (n, 1, 8, 8) to logits of shape (n, 3)."""
        logits: Tensor = self.fc(torch.flatten(self.pool(self.layer2(self.layer1(self.stem(x)))), 1))
        return logits


def _vectors() -> Tensor:
    return torch.randn(6, 16, generator=torch.Generator().manual_seed(0))


def _images() -> Tensor:
    return torch.randn(6, 1, 8, 8, generator=torch.Generator().manual_seed(0))


ARCHITECTURES = (
    Architecture(name="MLP", build=mlp, example=_vectors, loss=sum_of_squares),
    Architecture(name="CNN", build=Cnn, example=_images, loss=sum_of_squares),
    Architecture(name="VGG-like", build=Vgg, example=_images, loss=sum_of_squares),
    Architecture(name="ResNet-like", build=ResNet, example=_images, loss=sum_of_squares),
)
