# SPDX-License-Identifier: Apache-2.0
"""The e-process: the integral is exact, a fair coin seldom convinces it, and the walk stops where it should."""

from math import comb

import numpy as np
import pytest
from numpy.typing import NDArray

from goodfit.proof.evidence import anytime_p, enough, evidence
from goodfit.proof.sequential_power import crossings, sequential_power, smallest_detectable_in_sequence
from goodfit.proof.walk import FEWEST, walk
from goodfit.values import Decision, Stopped

Floats = NDArray[np.float64]


@pytest.mark.parametrize(("wins", "losses"), [(0, 0), (7, 0), (6, 0), (10, 1), (14, 2), (3, 9), (20, 20)])
def test_evidence_is_the_integral(wins: int, losses: int) -> None:
    """The closed form must equal the integral by a quadrature that is exact for polynomials of this degree."""
    places, weights = np.polynomial.legendre.leggauss(25)
    x = (places + 1) / 2
    by_quadrature = float((weights / 2 * (1 + x) ** wins * (1 - x) ** losses).sum())
    assert evidence(wins, losses) == pytest.approx(by_quadrature, rel=1e-9)


def test_evidence_is_a_fair_bet() -> None:
    """Under a fair coin its expected value is 1 after any number of seeds, and a losing side expects less."""
    for n in (1, 5, 13, 20):
        fair = sum(comb(n, w) * 0.5**n * evidence(w, n - w) for w in range(n + 1))
        losing = sum(comb(n, w) * 0.4**w * 0.6 ** (n - w) * evidence(w, n - w) for w in range(n + 1))
        assert fair == pytest.approx(1.0)
        assert losing < 1.0


def test_seven_wins_are_the_fewest() -> None:
    """Six wins in a row are not enough, seven are; p values follow from the evidence."""
    assert FEWEST == 7
    assert not enough(6, 0)
    assert enough(7, 0)
    assert anytime_p(40.0) == 0.025
    assert anytime_p(0.3) == anytime_p(0.0) == 1.0


def test_chance_of_ever_crossing_is_below_the_level() -> None:
    """Exact, for a fair coin and 20 or 200 seeds: below 5 %, as Ville's inequality says."""
    assert crossings(20)[0] == (7, 7, 1)
    total, endless = (sum(count * 0.5**n for _, n, count in crossings(most)) for most in (20, 200))
    assert 0.01 < total < endless < 0.05


@pytest.mark.parametrize("test_error", [0.0, 0.2, 1.0])
def test_stated_power_is_the_simulated_one(test_error: float) -> None:
    """The smallest detectable gain is found in four of five simulated proofs, the test set's luck included."""
    draws = np.random.default_rng(0)
    gain = smallest_detectable_in_sequence(seed_deviation=1.0, test_error=test_error, most=20)
    found = 0
    for _ in range(500):
        gains = gain + test_error * draws.standard_normal() + draws.standard_normal(20)

        def passes(claim: Decision, n: int, gains: Floats = gains) -> bool:
            error = np.sqrt(test_error**2 + 1 / n)
            return bool(claim is Decision.IMPROVED and gains[:n].mean() > 1.96 * error)

        found += walk(gains, np.zeros(20), passes, most=20).decision is Decision.IMPROVED
    assert found / 500 == pytest.approx(0.8, abs=0.055)
    assert sequential_power(gain, seed_deviation=1.0, test_error=test_error, most=20) == pytest.approx(0.8)


def test_without_spread_of_the_seeds_the_test_set_decides() -> None:
    """With equal seeds only the luck of the test set is left; without any luck everything is found."""
    gain = smallest_detectable_in_sequence(seed_deviation=0.0, test_error=1.0, most=20)
    assert gain == pytest.approx(1.96 + 0.84, abs=0.3)
    assert smallest_detectable_in_sequence(seed_deviation=0.0, test_error=0.0, most=20) == 0.0


def _walk(
    gains: list[float], *, agree: bool = True, margin: float = 0.0, most: int = 20
) -> tuple[Stopped, int, Decision]:
    row = np.array(gains)
    walked = walk(row, np.full(len(row), margin), lambda _claim, _n: agree, most=most)
    return walked.stopped, walked.seeds, walked.decision


def test_where_a_walk_stops() -> None:
    """At seven wins; at the fifth loss to each side; at the last seed; not before; and a tie counts for neither side."""
    assert _walk([1.0] * 20) == (Stopped.PROVEN, 7, Decision.IMPROVED)
    assert _walk([-1.0] * 20) == (Stopped.PROVEN, 7, Decision.WORSE)
    assert _walk([1.0] * 6) == (Stopped.UNFINISHED, 6, Decision.UNDECIDED)
    assert _walk([1.0, -1.0] * 10) == (Stopped.HOPELESS, 10, Decision.UNDECIDED)
    assert _walk([0.0] + [1.0] * 8) == (Stopped.PROVEN, 8, Decision.IMPROVED)
    assert _walk([1.0] * 6 + [-1.0] + [1.0] * 3) == (Stopped.UNFINISHED, 10, Decision.UNDECIDED)
    assert _walk([0.0] * 20)[0] is Stopped.HOPELESS
    assert _walk([1.0] * 6 + [-1.0] * 3 + [1.0] * 5 + [-1.0] + [1.0] * 5) == (
        Stopped.PROVEN,
        20,
        Decision.IMPROVED,
    )
    assert _walk([1.0] * 5 + [-1.0] * 2, most=7)[0] is Stopped.HOPELESS


def test_equivalence_is_a_bet_too() -> None:
    """Seven seeds within the margin are enough; one side beyond it is not."""
    assert _walk([0.1, -0.1] * 4, margin=0.2) == (Stopped.PROVEN, 7, Decision.EQUIVALENT)
    assert _walk([0.1, -0.1] * 6, margin=0.05) == (Stopped.HOPELESS, 10, Decision.UNDECIDED)


def test_examples_are_asked_once_for_each_claim() -> None:
    """After a no the bet is spent: the walk ends when nothing else can come of it, and never asks again."""
    asked: list[tuple[Decision, int]] = []

    def no(claim: Decision, seeds: int) -> bool:
        asked.append((claim, seeds))
        return False

    walked = walk(np.ones(20), np.full(20, 2.0), no, most=20)
    assert (walked.stopped, walked.seeds) == (Stopped.NOT_BORNE_OUT, 7)
    assert asked == [(Decision.IMPROVED, 7), (Decision.EQUIVALENT, 7)]
