# SPDX-License-Identifier: Apache-2.0
"""What is done in a task by goodfit's advice, and by those who know nothing of it.

Who always does the same does nothing where it cannot be done, but stops early: that favours the simple policies.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean

from advice_regret import Losses, mean_loss, regret_share
from advice_trials import STOPPED, UNTREATED, Bench

from goodfit.remedies import prescribe
from goodfit.rules import diagnose
from goodfit.values import Outcome


@dataclass(frozen=True, slots=True)
class Advice:
    """What goodfit says of a task's training as planned."""

    found: tuple[str, ...]  # codes of the rules that found something
    prescribed: tuple[str, ...]  # remedies, best first


def advise(bench: Bench) -> Advice:
    """Diagnose the training as planned and prescribe; the test set has no part in it."""
    history, facts = bench.what_is_known()
    diagnoses = diagnose(history)
    found = tuple(each.code for each in diagnoses if each.outcome is Outcome.PRESENT)
    return Advice(found, tuple(each.remedy for each in prescribe(diagnoses, history, facts)))


def followed(prescribed: Sequence[str], losses: Losses) -> str:
    """The first prescription that the bench can carry out; none: no change."""
    return next((each for each in prescribed if each in losses), UNTREATED)


def always(remedy: str) -> Callable[[Losses], float]:
    """Regret of who does the same in every task."""
    return lambda losses: regret_share(losses, remedy if remedy in losses else STOPPED)


def at_random(losses: Losses) -> float:
    """Expected regret of who draws one of the remedies that apply; no change is none."""
    return mean(regret_share(losses, each) for each in losses if each != UNTREATED)


def lost(losses: Losses, remedy: str) -> float:
    """The same in percent of the untreated loss, without any division by what was to be gained."""
    best = min(mean_loss(losses, each) for each in losses)
    return 100 * (mean_loss(losses, remedy) - best) / mean_loss(losses, UNTREATED)


SIMPLE: Mapping[str, Callable[[Losses], float]] = {
    "always raise dropout": always("raise-dropout"),
    "always early stop": always(STOPPED),
    "a random remedy": at_random,
}
"""What the advice is judged against."""
