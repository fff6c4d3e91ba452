# SPDX-License-Identifier: Apache-2.0
"""One module for each family of remedies: which places of this model, from what to what. Planning changes nothing."""

from collections.abc import Mapping
from types import MappingProxyType

from goodfit.surgery.plans import dropout
from goodfit.surgery.plans._request import Planned, Planner, Request

PLANNERS: Mapping[str, Planner] = MappingProxyType(
    {
        "raise-dropout": Planner(plan=dropout.raised, dose=dropout.rate),
        "lower-dropout": Planner(plan=dropout.lowered, dose=dropout.rate),
    }
)
"""Who works out which remedy; a remedy that is not here is advice."""

__all__ = ["PLANNERS", "Planned", "Planner", "Request"]
