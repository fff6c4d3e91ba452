# SPDX-License-Identifier: Apache-2.0
"""What a recipe is, and the pairs of data sets: the first of a pair to develop with, the second to judge by."""

from dataclasses import dataclass, field
from typing import Any

PICTURES = ("mnist", "fashion", "mlp")
SMALL_PICTURES = ("digits", "fashion", "cnn")
NORMED = ("mnist", "fashion", "cnn-bn")
BAG = ("polarity", "reviews", "bag")
ENCODER = ("reviews", "polarity", "transformer")
GRU = ("characters-a", "characters-b", "gru")
LSTM = ("reviews", "polarity", "lstm")
RATINGS = ("ratings-a", "ratings-b", "factors")
TABLE = ("table-a", "table-b", "mlp")

BY_DATA: dict[str, dict[str, Any]] = {
    "digits": {"train_size": 700, "validation_size": 400, "test_size": 690},
    "reviews": {"validation_size": 600, "test_size": 1200},
    "characters": {
        "train_size": 300,
        "validation_size": 150,
        "test_size": 400,
        "learning_rate": 5e-3,
        "epochs": 24,
    },
    "ratings": {
        "train_size": 12000,
        "validation_size": 4000,
        "test_size": 8000,
        "batch_size": 256,
        "epochs": 24,
    },
    "table": {"train_size": 1500, "validation_size": 800, "test_size": 4000},
}
AS_LOGGED = (
    "mean over the epoch, in train mode",
    "running mean",
    "mean over the epoch, in train mode",
    "last batch, in train mode",
)


@dataclass(frozen=True, slots=True)
class Recipe:
    """One way of training, its pairs of data sets, and how many seeds of each."""

    name: str
    pairs: tuple[tuple[str, str, str], ...]
    settings: dict[str, Any]
    seeds: int = 1
    by_kind: dict[str, dict[str, Any]] = field(
        default_factory=dict
    )  # more settings, by the head of the data's name


def fault(claims: str, excuses: str = "", **more: Any) -> dict[str, Any]:
    """Settings of a built-in fault: what it makes true, and what is no mistake beside it."""
    return {
        "claims": tuple(claims.split()),
        "excuses": tuple(excuses.split()),
        "interventions": False,
        **more,
    }
