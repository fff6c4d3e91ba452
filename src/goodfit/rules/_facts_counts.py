# SPDX-License-Identifier: Apache-2.0
"""Fields of sentences on how much data stands behind the curves."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from goodfit.measures import share_of_examples, validation_size

if TYPE_CHECKING:
    from goodfit.rules._facts import Facts


def _examples(facts: "Facts") -> str:
    """The size of the validation set, and how it is known."""
    size = validation_size(facts.history)
    if size is None:
        return "an unknown number of examples"
    if size.exact:
        return f"{size.examples} examples"
    curve = share_of_examples(facts.history)
    name = curve.metric.replace("_", " ") if curve else "accuracy"
    return f"{size.examples} examples or fewer (every {name} logged is a multiple of 1/{size.examples})"


def _why_no_size(facts: "Facts") -> str:
    """Why the size cannot be read off the accuracy."""
    if validation_size(facts.history) is not None:
        return "The level where the accuracy ends is too uncertain to say"
    return (
        "The number of validation examples was not logged, and the values of the accuracy do not give it away: they"
        " are rounded, too few, or means over batches"
    )


def _sampling(facts: "Facts") -> str:
    return f"{facts.value('sampling-error'):.1f} percentage points"


def _passes(facts: "Facts") -> str:
    count = facts.value("passes")
    return f"{count:.3g} {'epoch' if count <= 1 else 'epochs'}"


def _training_points(facts: "Facts") -> str:
    count = facts.value("training-points")
    return f"{count:.0f} training {'point' if count == 1 else 'points'}"


COUNTS: "Mapping[str, Callable[[Facts], str]]" = MappingProxyType(
    {
        "examples": _examples,
        "passes": _passes,
        "sampling": _sampling,
        "training_points": _training_points,
        "why_no_size": _why_no_size,
    }
)
