# SPDX-License-Identifier: Apache-2.0
"""Why each candidate came out as it did, and the question answered: sentences made of a comparison's numbers."""

from dataclasses import replace

from goodfit.values import Candidate, Comparison


def reasoned(comparison: Comparison) -> tuple[Candidate, ...]:
    """The candidates, each with why it came out so."""
    return tuple(
        replace(one, because=one.failed or (one.verdict.because if one.verdict else ""))
        for one in comparison.candidates
    )


def answer(comparison: Comparison) -> str:
    """The question answered in a few sentences."""
    best = comparison.candidates[0]
    return f"{best.name} has the lowest test loss."
