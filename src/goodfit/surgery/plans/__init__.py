# SPDX-License-Identifier: Apache-2.0
"""One module for each family of remedies: which places of this model, from what to what. Planning changes nothing."""

from collections.abc import Mapping
from types import MappingProxyType

from goodfit.surgery.plans import batch_norm, dropout, stochastic_depth, training, training_weights, width
from goodfit.surgery.plans._request import Planned, Planner, Request

PLANNERS: Mapping[str, Planner] = MappingProxyType(
    {
        "raise-dropout": Planner(plan=dropout.raised, dose=dropout.rate),
        "lower-dropout": Planner(plan=dropout.lowered, dose=dropout.rate),
        "batch-norm": Planner(plan=batch_norm.planned, dose=batch_norm.none, needs_dose=False),
        "more-nodes": Planner(plan=width.planned, dose=width.larger),
        "fewer-nodes": Planner(plan=width.planned, dose=width.smaller),
        "stochastic-depth": Planner(plan=stochastic_depth.planned, dose=stochastic_depth.rate),
        "weight-decay": Planner(
            plan=training_weights.weight_decay, dose=training_weights.coefficient, of_training=True
        ),
        "l1": Planner(plan=training_weights.l1, dose=training_weights.coefficient, of_training=True),
        "label-smoothing": Planner(plan=training.label_smoothing, dose=training.share, of_training=True),
        "early-stopping": Planner(plan=training.early_stopping, dose=training.patience, of_training=True),
        "train-longer": Planner(plan=training.train_longer, dose=training.more, of_training=True),
        "raise-learning-rate": Planner(plan=training.learning_rate, dose=training.more, of_training=True),
        "lower-learning-rate": Planner(plan=training.learning_rate, dose=training.less, of_training=True),
    }
)
"""Who works out which remedy; a remedy that is not here is advice."""

__all__ = ["PLANNERS", "Planned", "Planner", "Request"]
