# SPDX-License-Identifier: Apache-2.0
"""The one law by which a number becomes an outcome, and how outcomes combine."""

from math import inf, nan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodfit.values import Direction, Evidence, Measurement, Outcome, Severity, Threshold, conjunction, judge

P, A, I = Outcome.PRESENT, Outcome.ABSENT, Outcome.INCONCLUSIVE  # noqa: E741 - Kleene's letters


def _measured(low: float, high: float, value: float | None = None) -> Measurement:
    return Measurement(name="m", value=(low + high) / 2 if value is None else value, low=low, high=high)


def _limit(value: float, direction: Direction = Direction.ABOVE) -> Threshold:
    return Threshold(name="t", value=value, direction=direction, because="a test")


@pytest.mark.parametrize(
    ("low", "high", "direction", "expected"),
    [
        (3, 4, Direction.ABOVE, P),
        (2, 4, Direction.ABOVE, P),  # touching the threshold counts as beyond
        (1, 3, Direction.ABOVE, I),
        (0, 1, Direction.ABOVE, A),
        (0, 1, Direction.BELOW, P),
        (1, 2, Direction.BELOW, P),
        (1, 3, Direction.BELOW, I),
        (3, 4, Direction.BELOW, A),
        (inf, inf, Direction.ABOVE, P),
    ],
)
def test_interval_against_threshold(low: float, high: float, direction: Direction, expected: Outcome) -> None:
    """An interval wholly beyond the threshold is PRESENT, wholly short of it ABSENT, else INCONCLUSIVE."""
    assert judge(_measured(low, high, low), _limit(2, direction)) is expected


@given(st.sampled_from(["low", "high", "value"]), st.sampled_from(list(Direction)))
def test_nan_is_never_absent(broken: str, direction: Direction) -> None:
    """A NaN anywhere in the interval settles nothing."""
    numbers: dict[str, Any] = {"low": 0.0, "high": 0.0, "value": 0.0, broken: nan}
    assert judge(Measurement(name="m", **numbers), _limit(1, direction)) is I


def test_evidence_carries_the_outcome_of_its_parts() -> None:
    """Evidence cannot be given an outcome that its numbers do not have."""
    evidence = Evidence(measurement=_measured(3, 4), threshold=_limit(2))
    assert evidence.outcome is P
    with pytest.raises(TypeError):
        Evidence(measurement=_measured(3, 4), threshold=_limit(2), outcome=A)  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ([P, P], P),
        ([P, A], A),
        ([I, A], A),
        ([P, I], I),
        ([], Outcome.NOT_APPLICABLE),
        ([P, Outcome.NOT_APPLICABLE], Outcome.NOT_APPLICABLE),
        ([A, Outcome.ERROR], Outcome.ERROR),
    ],
)
def test_kleene_and(outcomes: list[Outcome], expected: Outcome) -> None:
    """One ABSENT decides, else one INCONCLUSIVE; nothing looked at is NOT_APPLICABLE."""
    assert conjunction(outcomes) is expected


@given(st.permutations([P, P, A, I]))
def test_conjunction_ignores_order(outcomes: list[Outcome]) -> None:
    """The order in which evidence is listed cannot change the verdict."""
    assert conjunction(outcomes) is A


def test_severities_are_ordered() -> None:
    """--fail-on compares severities: note < warning < error."""
    assert Severity.NOTE.rank < Severity.WARNING.rank < Severity.ERROR.rank
