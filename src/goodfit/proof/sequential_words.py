# SPDX-License-Identifier: Apache-2.0
"""Why a sequential proof stopped where it did, and what stopping there does to its numbers, in plain sentences."""

from goodfit.proof.evidence import ENOUGH
from goodfit.proof.walk import Walked
from goodfit.values import Decision, Sequential, Stopped

_CLAIM = {
    Decision.IMPROVED: "the treatment being better",
    Decision.WORSE: "the treatment being worse",
    Decision.EQUIVALENT: "any difference lying within the margin",
}


def why_stopped(walked: Walked, *, most: int, given: int) -> str:
    """One or two sentences about the end of a walk through the seeds.

    Args:
        walked: where it ended.
        most: seeds that there could have been.
        given: seeds that were trained, used or not.
    """
    ends = {
        Stopped.PROVEN: _proven,
        Stopped.NOT_BORNE_OUT: _not_borne_out,
        Stopped.HOPELESS: _hopeless,
        Stopped.EXHAUSTED: _exhausted,
        Stopped.TOO_FEW_UNITS: _too_few_units,
        Stopped.UNFINISHED: _unfinished,
    }
    text = ends[walked.stopped](walked, most)
    unused = given - walked.seeds
    if unused:
        text += f" {unused} further {'seed was' if unused == 1 else 'seeds were'} there and not looked at."
    return text


def limits_of_stopping(progress: Sequential) -> list[str]:
    """What a verdict must say beside its numbers when the data chose where to stop."""
    said = []
    if progress.stopped is Stopped.UNFINISHED:
        said.append(
            f"More seeds, up to {progress.most} in all, may be added and judged together with these: "
            "the error rates hold for that."
        )
    said.append(
        "The intervals and the chance of winning are computed as if this number of seeds had been fixed beforehand; "
        "because the data chose it, a claimed gain is likelier too large than too small."
    )
    return said


def _proven(walked: Walked, most: int) -> str:
    claim = _CLAIM[walked.decision]
    return (
        f"Stopped after {walked.seeds} of at most {most} seeds: the evidence for {claim} reached "
        f"{walked.highest[walked.decision]:.1f} ({ENOUGH:.0f} are needed), and the test examples bear it out."
    )


def _not_borne_out(walked: Walked, most: int) -> str:
    tried = "; ".join(f"{_CLAIM[bet]}, after {seeds} seeds" for bet, seeds in walked.crossed.items())
    return (
        f"Stopped after {walked.seeds} of at most {most} seeds: the seeds gave enough evidence ({tried}), "
        "but the test examples did not bear it out, and they may be asked only once. "
        "More seeds would not help; more test examples would."
    )


def _hopeless(walked: Walked, most: int) -> str:
    return (
        f"Stopped after {walked.seeds} of at most {most} seeds: even if all the others agreed, no answer could reach the "
        f"evidence of {ENOUGH:.0f} any more."
    )


def _exhausted(walked: Walked, most: int) -> str:
    best = max(walked.highest, key=lambda bet: walked.highest[bet])
    return (
        f"All {most} seeds were used; the most evidence was for {_CLAIM[best]}, {walked.highest[best]:.1f} where "
        f"{ENOUGH:.0f} are needed."
        if not walked.crossed
        else f"All {most} seeds were used, and what the seeds gave enough evidence for was not borne out by the test examples."
    )


def _too_few_units(walked: Walked, _most: int) -> str:
    return (
        f"Stopped after {walked.seeds} seeds: the test set has too few independent units for any claim, "
        "however many seeds there are."
    )


def _unfinished(walked: Walked, most: int) -> str:
    return (
        f"Not at its end: {walked.seeds} of at most {most} seeds are there, and more could still settle it. "
        f"The most evidence so far is {max(walked.highest.values()):.1f} where {ENOUGH:.0f} are needed."
    )
