# SPDX-License-Identifier: Apache-2.0
"""All recorded trainings as plans: the recipes without a fault, those with one, and what is logged of each."""

from collections.abc import Iterator
from typing import Any

from trainings_faults import FAULTS
from trainings_plan import Plan
from trainings_recipe import (
    AS_LOGGED,
    BAG,
    BY_DATA,
    ENCODER,
    GRU,
    LSTM,
    NORMED,
    PICTURES,
    RATINGS,
    SMALL_PICTURES,
    TABLE,
    Recipe,
)

FITS = (
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
        {
            "weight_decay": 0.03,
            "train_size": 2000,
            "schedule": "fading",
            "facts": "full",  # curves alone cannot tell strong decay from a small network
            "logs": ("train_loss_eval",),
        },
        by_kind={"table": {"weight_decay": 0.1}},
    ),
    Recipe(
        "killed-early",
        (PICTURES, TABLE, GRU, SMALL_PICTURES, RATINGS),
        {"epochs": 12, "learning_rate": 2e-4},
        by_kind={"characters": {"learning_rate": 2e-3}, "ratings": {"learning_rate": 5e-4, "epochs": 10}},
    ),
    Recipe("low-rate", (PICTURES, TABLE, GRU), {"learning_rate": 3e-5, "epochs": 30}),
)

LONG = (
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

RECIPES = (*FITS, *FAULTS, *LONG)


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
