# SPDX-License-Identifier: Apache-2.0
"""The recipes: what is trained, with which fault, on which pair of data sets (the first to develop, the second to judge)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from trainings_plan import Plan

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


def _fault(claims: str, excuses: str = "", **more: Any) -> dict[str, Any]:
    """Settings of a built-in fault: what it makes true, and what is no mistake beside it."""
    return {
        "claims": tuple(claims.split()),
        "excuses": tuple(excuses.split()),
        "interventions": False,
        **more,
    }


RECIPES = (
    Recipe(
        "tiny-data",
        (PICTURES, BAG, TABLE, RATINGS),
        {"train_size": 150, "batch_size": 16},
        by_kind={
            "ratings": {"train_size": 3000, "batch_size": 128},
            "table": {"train_size": 80, "epochs": 80},
        },
    ),
    Recipe("label-noise", (PICTURES, NORMED, ENCODER), {"label_noise": 0.3, "width": 128}),
    Recipe(
        "huge-capacity",
        (PICTURES, BAG, RATINGS),
        {"width": 384, "epochs": 30},
        by_kind={
            "ratings": {"width": 96, "epochs": 24},
            "polarity": {"width": 192},
            "reviews": {"width": 192},
        },
    ),
    Recipe(
        "enough-data",
        (PICTURES, SMALL_PICTURES, TABLE, BAG, GRU),
        {"train_size": 3000, "schedule": "fading", "dropout": 0.3, "width": 128, "batch_size": 64},
        by_kind={
            "digits": {"train_size": 700, "batch_size": 16},
            "table": {"train_size": 6000, "dropout": 0.0},
            "polarity": {"train_size": 6000, "dropout": 0.7, "epochs": 20},
            "reviews": {"train_size": 1100, "dropout": 0.7, "epochs": 20},
            "characters": {"train_size": 500, "dropout": 0.1, "width": 48},
        },
    ),
    Recipe(
        "regularised",
        (PICTURES, NORMED, RATINGS, TABLE),
        {"train_size": 2000, "dropout": 0.5, "weight_decay": 1e-4, "schedule": "fading", "batch_size": 64},
        seeds=2,
        by_kind={
            "ratings": {"dropout": 0.3, "train_size": 12000, "batch_size": 256},
            "table": {"dropout": 0.05},
        },
    ),
    Recipe(
        "stopped-in-time",
        (PICTURES, NORMED, BAG, RATINGS),
        {"fault": "stopped in time", "learning_rate": 5e-4},
        by_kind={"ratings": {"learning_rate": 5e-4, "epochs": 40}},
    ),
    Recipe(
        "plain",
        (PICTURES, SMALL_PICTURES, TABLE, GRU, LSTM),
        {"train_size": 1200, "epochs": 30},
        by_kind={"characters": {"train_size": 300}, "digits": {"train_size": 700}},
    ),
    Recipe(
        "fading-rate",
        (PICTURES, SMALL_PICTURES, TABLE),
        {"train_size": 500, "schedule": "fading", "epochs": 50, "learning_rate": 2e-3},
    ),
    Recipe(
        "tiny-model",
        (PICTURES, TABLE, GRU, SMALL_PICTURES),
        {"width": 3, "schedule": "fading", "epochs": 60, "learning_rate": 5e-3, "train_size": 2000},
        by_kind={
            "table": {"width": 1},
            "characters": {"width": 3, "train_size": 300, "epochs": 30},
            "digits": {"train_size": 700, "width": 16},
        },
    ),
    Recipe(
        "high-dropout",
        (PICTURES, TABLE, SMALL_PICTURES, NORMED),
        {
            "dropout": 0.9,
            "schedule": "fading",
            "train_size": 2000,
            "facts": "full",
            "logs": ("train_loss_eval",),
        },
        by_kind={"digits": {"train_size": 700}, "table": {"dropout": 0.7}},
    ),
    Recipe(
        "strong-decay",
        (PICTURES, TABLE, NORMED),
        {"weight_decay": 0.03, "train_size": 2000, "schedule": "fading", "logs": ("train_loss_eval",)},
        by_kind={"table": {"weight_decay": 0.1}},
    ),
    Recipe(
        "killed-early",
        (PICTURES, TABLE, GRU, SMALL_PICTURES, RATINGS),
        {"epochs": 12, "learning_rate": 2e-4},
        by_kind={"characters": {"learning_rate": 2e-3}, "ratings": {"learning_rate": 5e-4, "epochs": 10}},
    ),
    Recipe("low-rate", (PICTURES, TABLE, GRU), {"learning_rate": 3e-5, "epochs": 30}),
    Recipe(
        "lowest-rate",
        (PICTURES, SMALL_PICTURES),
        {"learning_rate": 1e-6, "epochs": 20, **_fault("GF203", "GF202 GF201 GF205 GF206")},
    ),
    Recipe(
        "far-too-high-rate",
        (PICTURES, TABLE, NORMED, GRU),
        {
            "optimizer": "SGD",
            "learning_rate": 3.0,
            "epochs": 20,
            **_fault("GF301", "GF203 GF201 GF303 GF302 GF205 GF206"),
        },
    ),
    Recipe(
        "too-high-rate",
        (PICTURES, SMALL_PICTURES, TABLE),
        {
            "learning_rate": 0.03,
            "batch_size": 16,
            **_fault("GF302", "GF303 GF401 GF201 GF205 GF301 GF101 GF102 GF202", logs=("learning_rate",)),
        },
        by_kind={"table": {"learning_rate": 0.1}},
    ),
    Recipe(
        "climbing-loss",
        (PICTURES, TABLE),
        {
            "fault": "rising rate",
            "optimizer": "SGD",
            "learning_rate": 0.02,
            "epochs": 30,
            **_fault("GF301", "GF303 GF302 GF401 GF203 GF206 GF205"),
        },
    ),
    Recipe(
        "hand-written-log",
        (PICTURES, SMALL_PICTURES),
        {
            "fault": "hand-written log",
            "learning_rate": 0.01,
            "width": 256,
            **_fault("GF301", "GF303 GF302 GF401"),
        },
    ),
    Recipe(
        "corrupt-batches",
        (PICTURES, NORMED, TABLE),
        {
            "fault": "corrupt batch",
            "fault_size": 271,
            "epochs": 50,
            **_fault("GF303", "GF401 GF302 GF101 GF202"),
        },
    ),
    Recipe(
        "shifted-validation",
        (PICTURES, BAG, TABLE),
        {
            "fault": "shifted validation",
            "fault_size": 0.5,
            **_fault("GF105", "GF101 GF102 GF103 GF401 GF407"),
        },
        by_kind={"table": {"fault_size": 0.6}, "mnist": {"fault_size": 0.4}, "fashion": {"fault_size": 0.4}},
        seeds=2,
    ),
    Recipe(
        "class-mix",
        (PICTURES, NORMED),
        {
            "fault": "class mix",
            "train_size": 1500,
            "validation_size": 300,
            "test_size": 400,
            **_fault("", "GF105 GF104"),
        },
    ),
    Recipe(
        "duplicates",
        (PICTURES, BAG),
        {
            "fault": "duplicates",
            "fault_size": 0.8,
            "train_size": 500,
            **_fault("GF106", "GF101 GF102 GF103 GF202", logs=("test_loss",)),
        },
        seeds=2,
    ),
    Recipe(
        "random-labels",
        (PICTURES, TABLE, BAG),
        {"label_noise": 1.0, "train_size": 400, **_fault("", "GF105 GF102")},
        by_kind={"table": {"epochs": 60}},
    ),
    Recipe(
        "zero-weights",
        (PICTURES, SMALL_PICTURES, TABLE),
        {"fault": "zero weights", **_fault("GF203", "GF206 GF201 GF205")},
    ),
    Recipe("frozen-metric", (PICTURES, NORMED), {"fault": "frozen metric", **_fault("GF206", "")}),
    Recipe(
        "double-softmax",
        (PICTURES, SMALL_PICTURES),
        {
            "fault": "double softmax",
            "train_size": 1500,
            "epochs": 50,
            "facts": "full",
            **_fault("GF207", "GF201 GF205 GF202"),
        },
        by_kind={"digits": {"train_size": 700}},
        seeds=2,
    ),
    Recipe(
        "summed-loss",
        (PICTURES, TABLE, BAG),
        {"fault": "summed loss", **_fault("GF407", "GF104 GF201 GF101 GF102")},
    ),
    Recipe(
        "eval-forgotten",
        (PICTURES, NORMED),
        {"fault": "eval forgotten", "dropout": 0.5, **_fault("", "GF408 GF104 GF401")},
    ),
    Recipe(
        "slow-batch-norm",
        (NORMED, ("digits", "fashion", "cnn-bn")),
        {
            "fault": "slow batch norm",
            "fault_size": 2e-4,
            "batch_size": 16,
            **_fault(
                "GF408",
                "GF401 GF101 GF102 GF105 GF202 GF303 GF302 GF107 GF407 GF205 GF201",
                logs=("train_loss_eval",),
            ),
        },
    ),
    Recipe(
        "rate-step",
        (NORMED, PICTURES, TABLE),
        {
            "schedule": "step",
            "optimizer": "SGD",
            "learning_rate": 0.08,
            "epochs": 50,
            "batch_size": 16,
            **_fault("GF304", "", logs=("learning_rate",)),
        },
        by_kind={"table": {"learning_rate": 0.03}},
    ),
    Recipe(
        "fresh-restart",
        (PICTURES, SMALL_PICTURES, TABLE),
        {
            "fault": "fresh restart",
            "fault_size": 0.5,
            **_fault("GF406", "GF301 GF303 GF302 GF401 GF101 GF102 GF103 GF107"),
        },
    ),
    Recipe(
        "tiny-validation",
        (PICTURES, BAG, TABLE),
        {
            "validation_size": 30,
            "facts": "full",
            **_fault("GF404", "GF401 GF101 GF102 GF103 GF104 GF202 GF107 GF105"),
        },
    ),
    Recipe(
        "few-epochs",
        (PICTURES, NORMED, GRU),
        {"epochs": 4, **_fault("GF402", "GF101 GF102 GF202 GF201 GF401 GF104 GF105 GF203")},
    ),
    Recipe(
        "single-pass",
        (PICTURES, TABLE, RATINGS),
        {
            "epochs": 1,
            "train_size": 3200,
            "batch_size": 16,
            "every": 8,
            "facts": "full",
            **_fault("GF409", "GF104 GF202"),
        },
        by_kind={
            "table": {"train_size": 6000},
            "ratings": {"train_size": 30000, "batch_size": 64, "every": 16},
        },
    ),
    Recipe(
        "long-run",
        (("digits", "fashion", "mlp"), BAG),
        {"train_size": 600, "epochs": 70, "label_noise": 0.05},
        by_kind={
            "polarity": {"train_size": 5000, "epochs": 25, "label_noise": 0.0},
            "reviews": {"train_size": 1100, "label_noise": 0.0},
        },
    ),
    Recipe(
        "noisy-wide",
        (("mnist", "fashion", "mlp"),),
        {"label_noise": 0.25, "width": 400, "train_size": 500, "epochs": 100, "interventions": False},
    ),
)


def plans() -> Iterator[Plan]:
    """Every plan, recipes turn by turn, so that an unfinished corpus holds some of each."""
    for turn in range(max(len(r.pairs) * r.seeds for r in RECIPES)):
        for place, recipe in enumerate(RECIPES):
            if turn < len(recipe.pairs) * recipe.seeds:
                yield from _both(recipe, place, turn)


def _both(recipe: Recipe, place: int, turn: int) -> Iterator[Plan]:
    """The same training on the pair's two data sets, by other seeds; what is logged goes round with the place."""
    develop, judge, model = recipe.pairs[turn % len(recipe.pairs)]
    for part, data in (("develop", develop), ("judge", judge)):
        head = data.partition("-")[0]
        seed = 100 * (part == "judge") + 10 * turn + place % 7
        number = place + 3 * turn
        logs = tuple(
            name
            for name, on in (
                ("train_loss_eval", number % 2 == 0),
                ("grad_norm", number % 3 == 0),
                ("learning_rate", number % 4 == 1),
            )
            if on
        )
        settings: dict[str, Any] = {
            "logs": logs,
            "facts": ("full", "few", "none", "full")[number % 4],
            "train_as": AS_LOGGED[number % 4],
            "measured_said": number % 5 != 0,
            **BY_DATA.get(head, {}),
            **recipe.settings,
            **recipe.by_kind.get(head, {}),
        }
        yield Plan(recipe=recipe.name, part=part, data=data, model=model, seed=seed, **settings)
