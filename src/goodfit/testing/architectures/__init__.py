# SPDX-License-Identifier: Apache-2.0
"""Small models of the shapes that people write; the surgery contract holds for each of them, with every remedy."""

from goodfit.testing.architectures import recommender, text, transformers, unusual, vision
from goodfit.testing.architectures._architecture import Architecture, sum_of_squares

ARCHITECTURES: tuple[Architecture, ...] = (
    *vision.ARCHITECTURES,
    *text.ARCHITECTURES,
    *transformers.ARCHITECTURES,
    *recommender.ARCHITECTURES,
    *unusual.ARCHITECTURES,
)

__all__ = ["ARCHITECTURES", "Architecture", "sum_of_squares"]
