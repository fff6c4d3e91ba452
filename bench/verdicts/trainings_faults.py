# SPDX-License-Identifier: Apache-2.0
"""Recipes with a fault built in: what it makes true, and what is no mistake beside it."""

from trainings_recipe import BAG, GRU, NORMED, PICTURES, RATINGS, SMALL_PICTURES, TABLE, Recipe, fault

FAULTS = (
    Recipe(
        "lowest-rate",
        (PICTURES, SMALL_PICTURES),
        {"learning_rate": 1e-6, "epochs": 20, **fault("GF203", "GF202 GF201 GF205 GF206")},
        seeds=3,
    ),
    Recipe(
        "far-too-high-rate",
        (PICTURES, TABLE, NORMED, GRU),
        {
            "optimizer": "SGD",
            "learning_rate": 3.0,
            "epochs": 20,
            **fault("GF301", "GF203 GF201 GF303 GF302 GF205 GF206"),
        },
        seeds=3,
    ),
    Recipe(
        "too-high-rate",
        (PICTURES, SMALL_PICTURES, TABLE),
        {
            "learning_rate": 0.03,
            "batch_size": 16,
            **fault(
                "GF302", "GF303 GF401 GF201 GF205 GF301 GF101 GF102 GF103 GF202", logs=("learning_rate",)
            ),
        },
        by_kind={"table": {"learning_rate": 0.1}},
        seeds=2,
    ),
    Recipe(
        "climbing-loss",
        (PICTURES, TABLE),
        {
            "fault": "rising rate",
            "optimizer": "SGD",
            "learning_rate": 0.02,
            "epochs": 30,
            **fault("GF301", "GF303 GF302 GF401 GF203 GF206 GF205"),
        },
        seeds=3,
    ),
    Recipe(
        "hand-written-log",
        (PICTURES, SMALL_PICTURES),
        {
            "fault": "hand-written log",
            "learning_rate": 0.01,
            "width": 256,
            **fault("GF301", "GF303 GF302 GF401"),
        },
        seeds=2,
    ),
    Recipe(
        "corrupt-batches",
        (PICTURES, NORMED, TABLE),
        {
            "fault": "corrupt batch",
            "fault_size": 271,
            "epochs": 50,
            **fault("GF303", "GF401 GF302 GF101 GF202"),
        },
        seeds=3,
    ),
    Recipe(
        "shifted-validation",
        (PICTURES, NORMED, TABLE),
        {
            "fault": "shifted validation",
            "fault_size": 0.5,
            "train_size": 2500,
            "epochs": 20,
            **fault("GF105", "GF101 GF102 GF103 GF401 GF407"),
        },
        by_kind={"table": {"fault_size": 1.0}},
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
            **fault("", "GF105 GF104"),
        },
    ),
    Recipe(
        "duplicates",
        (PICTURES, BAG),
        {
            "fault": "duplicates",
            "fault_size": 0.8,
            "train_size": 500,
            **fault("GF106", "GF101 GF102 GF103 GF202", logs=("test_loss",)),
        },
        seeds=3,
    ),
    Recipe(
        "random-labels",
        (PICTURES, TABLE, BAG),
        {"label_noise": 1.0, "train_size": 400, **fault("", "GF105 GF102")},
        by_kind={"table": {"epochs": 60}},
    ),
    Recipe(
        "zero-weights",
        (PICTURES, SMALL_PICTURES, TABLE),
        {"fault": "zero weights", **fault("GF203", "GF206 GF201 GF205")},
        seeds=3,
    ),
    Recipe(
        "small-weights",
        (PICTURES, SMALL_PICTURES),
        {
            "fault": "small weights",
            "fault_size": 0.2,
            "optimizer": "SGD",
            "learning_rate": 0.02,
            "dropout": 0.2,
            **fault("GF205", "GF101 GF102 GF103 GF202 GF401"),
        },
        seeds=3,
    ),
    Recipe(
        "dropout-in-log",
        (PICTURES, TABLE, NORMED),
        {
            "dropout": 0.5,
            "train_size": 2000,
            "train_as": "mean over the epoch, in train mode",
            **fault("GF104", "GF101 GF102 GF202 GF201 GF204"),
        },
        by_kind={"table": {"dropout": 0.2}},
        seeds=2,
    ),
    Recipe("frozen-metric", (PICTURES, NORMED), {"fault": "frozen metric", **fault("GF206", "")}, seeds=3),
    Recipe(
        "double-softmax",
        (PICTURES, SMALL_PICTURES),
        {
            "fault": "double softmax",
            "train_size": 1500,
            "epochs": 50,
            "facts": "full",
            **fault("GF207", "GF201 GF205 GF202"),
        },
        by_kind={"digits": {"train_size": 700}},
        seeds=2,
    ),
    Recipe(
        "summed-loss",
        (PICTURES, TABLE, BAG),
        {"fault": "summed loss", **fault("GF407", "GF104 GF201 GF101 GF102")},
        seeds=3,
    ),
    Recipe(
        "eval-forgotten",
        (PICTURES, NORMED),
        {"fault": "eval forgotten", "dropout": 0.5, **fault("", "GF408 GF104 GF401")},
    ),
    Recipe(
        "slow-batch-norm",
        (NORMED, ("digits", "fashion", "cnn-bn")),
        {
            "fault": "slow batch norm",
            "fault_size": 2e-4,
            "batch_size": 16,
            **fault(
                "GF408",
                "GF401 GF101 GF102 GF105 GF202 GF303 GF302 GF107 GF407 GF205 GF201",
                logs=("train_loss_eval",),
            ),
        },
        seeds=3,
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
            **fault("GF304", "", logs=("learning_rate",)),
        },
        by_kind={"table": {"learning_rate": 0.03}},
        seeds=3,
    ),
    Recipe(
        "fresh-restart",
        (PICTURES, SMALL_PICTURES, TABLE),
        {
            "fault": "fresh restart",
            "fault_size": 0.5,
            **fault("GF406", "GF301 GF303 GF302 GF401 GF101 GF102 GF103 GF107"),
        },
        seeds=3,
    ),
    Recipe(
        "tiny-validation",
        (PICTURES, BAG, TABLE),
        {
            "validation_size": 30,
            "facts": "full",
            **fault("GF404", "GF401 GF101 GF102 GF103 GF104 GF202 GF107 GF105"),
        },
        seeds=3,
    ),
    Recipe(
        "few-epochs",
        (PICTURES, NORMED, GRU),
        {"epochs": 4, **fault("GF402", "GF101 GF102 GF202 GF201 GF401 GF104 GF105 GF203")},
        seeds=3,
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
            **fault("GF409", "GF104 GF202"),
        },
        by_kind={
            "table": {"train_size": 6000},
            "ratings": {"train_size": 30000, "batch_size": 64, "every": 16},
        },
        seeds=2,
    ),
)
