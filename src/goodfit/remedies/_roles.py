# SPDX-License-Identifier: Apache-2.0
"""What a place for dropout is in its network decides where its rate starts, and how far it may go.

One rate is shared by all places of a model; those that the literature keeps low (attention weights, branches and
embeddings of a transformer, rows of an embedding, recurrent weights) get at most the end of their own range.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from goodfit.values import Dose


class Role(StrEnum):
    """What is dropped at a place."""

    HIDDEN = "hidden units"
    CONVOLVED = "units after convolutions"
    TOWER = "units of a recommender's tower"
    INPUT = "the input of an autoencoder"
    RECURRENT = "what recurrent layers hand on"
    RECURRENT_WEIGHTS = "recurrent weights"
    ROWS = "rows of an embedding"
    ATTENTION = "attention weights"
    BLOCK = "branches of transformer blocks"
    EMBEDDED = "embedded inputs of a transformer"
    HEAD = "what the head of a transformer reads"


def _rate(value: float, low: float, high: float) -> Dose:
    return Dose(value=value, low=low, high=high, unit="drop probability")


_TRANSFORMER = _rate(0.1, 0.0, 0.3)

DOSES: Mapping[Role, Dose] = MappingProxyType(
    {
        Role.HIDDEN: _rate(0.4, 0.2, 0.6),  # .5 in Srivastava et al. 2014; validation is flat from .2 to .6
        Role.CONVOLVED: _rate(0.5, 0.2, 0.6),  # the same paper's fully connected layers on SVHN
        Role.TOWER: _rate(0.2, 0.2, 0.5),  # practice
        Role.INPUT: _rate(0.5, 0.2, 0.8),  # Liang et al. 2018
        Role.RECURRENT: _rate(0.4, 0.2, 0.65),  # .5 and .65 in Zaremba et al. 2014, .4 in Merity et al. 2018
        Role.RECURRENT_WEIGHTS: _rate(0.5, 0.2, 0.5),  # Merity et al. 2018
        Role.ROWS: _rate(0.1, 0.0, 0.3),  # Merity et al. 2018; above .3 too many words of a sentence are gone
        Role.ATTENTION: _TRANSFORMER,  # .1, and .3 for the large model with few data, in Vaswani et al. 2017
        Role.BLOCK: _TRANSFORMER,
        Role.EMBEDDED: _TRANSFORMER,
        Role.HEAD: _TRANSFORMER,
    }
)
"""Where a rate starts, and the range worth trying, for each role."""

MOST: Mapping[Role, float] = MappingProxyType(
    {
        role: DOSES[role].high
        for role in (
            Role.RECURRENT_WEIGHTS,
            Role.ROWS,
            Role.ATTENTION,
            Role.BLOCK,
            Role.EMBEDDED,
            Role.HEAD,
        )
    }
)
"""The highest rate that is set in a role, whatever the dose of the others; the other roles have no such end."""
