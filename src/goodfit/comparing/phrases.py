# SPDX-License-Identifier: Apache-2.0
"""The numbers of a comparison in words: a change of the test loss, and what could have been seen."""

from math import isfinite, isnan

from goodfit.proof.levels import LEAST_UNITS, POWER
from goodfit.proof.sign_flip import smallest_sign_flip_p
from goodfit.report.comparison_names import base_loss, named
from goodfit.report.words import decimals, fixed, number, percent
from goodfit.values import Candidate, Decision, Effect, Moment, Score, Verdict

FEWEST_SEEDS = next(seeds for seeds in range(2, 99) if smallest_sign_flip_p(seeds) <= 0.05)  # noqa: PLR2004 - level of gate S


def change_words(effect: Effect, base: float, than: str = "") -> str:
    """A gain as people say it: "1.5 % lower than X [−2.1, 5.2 %]"; in loss where the base is no size to share."""
    relative = isfinite(base) and base > 0
    scale, unit = (100 / base, " %") if relative else (1.0, "")
    value, low, high = (scale * each for each in (effect.value, effect.low, effect.high))
    if value == low == high == 0:
        return f"the same as {than}" if than else "the same"
    word = "lower"
    if value < 0:
        word, value, low, high = "higher", -value, -high, -low
    places = decimals((value, low, high), 2) if relative else decimals((value, low, high), 3)
    text = f"{fixed(value, places)}{unit} {word}" + (f" than {than}" if than else "")
    if not float(fixed(value, places).replace(",", "")):
        text = f"level with {than}" if than else "level"
    return text if isnan(low) else f"{text} [{fixed(low, places)}, {fixed(high, places)}{unit}]"


def loss_change(one: Candidate, than: str = "") -> str:
    """How a candidate's test loss at its best checkpoint stands to early stopping alone."""
    assert one.verdict is not None  # noqa: S101 - whoever asks has looked
    return change_words(one.verdict.effect, base_loss(one.verdict), than)


def could_have_seen(verdict: Verdict) -> str:
    """What effect this comparison would have found, as a clause."""
    seeds = len(verdict.seeds)
    if verdict.test_groups < LEAST_UNITS.value:
        return (
            f"{number(verdict.test_groups)} independent test examples are too few for any claim "
            f"({LEAST_UNITS.value:.0f} are needed)"
        )
    if seeds < FEWEST_SEEDS:
        return f"with {number(seeds)} seed{'s' if seeds > 1 else ''} no claim is possible ({FEWEST_SEEDS} are the fewest)"
    if not isfinite(verdict.smallest_detectable):
        return "no effect, however large, would have been found reliably"
    base = base_loss(verdict)
    share = f" ({percent(verdict.smallest_detectable / base, 2)})" if base > 0 and isfinite(base) else ""
    size = number(verdict.smallest_detectable)
    return f"an effect of {size}{share} would have been found with {percent(POWER.value)} power"


def is_too_small(verdict: Verdict) -> bool:
    """Whether the test set, or the number of seeds, allows no claim at all, whatever the remedy."""
    return verdict.test_groups < LEAST_UNITS.value or len(verdict.seeds) < FEWEST_SEEDS


def lost_in_correction(one: Candidate) -> bool:
    """Whether a candidate's own test passed and the correction for the number of remedies took the claim back."""
    claims = (Decision.IMPROVED, Decision.WORSE)
    return one.verdict is not None and one.verdict.decision in claims and one.decision not in claims


def loss_at(one: Candidate, moment: Moment) -> Score | None:
    """The test loss of a candidate at one moment."""
    return next((s for s in one.scores if s.metric == "loss" and s.moment is moment), None)


def mean_loss(one: Candidate) -> str:
    """The test loss that a candidate is known by."""
    return number(sum(one.losses) / len(one.losses), 4)


__all__ = [
    "change_words",
    "could_have_seen",
    "is_too_small",
    "loss_at",
    "loss_change",
    "lost_in_correction",
    "mean_loss",
    "named",
]
