# SPDX-License-Identifier: Apache-2.0
"""What several looks at one test set add up to, and when it is worn out."""

from goodfit.proof.levels import LOOKS_NOTED, LOOKS_WORN_OUT, SEED_LEVEL


def chance_of_a_false_claim(looks: int) -> float:
    """Chance that at least one of several looks claims a gain where there is none: 1 - 0.95^looks.

    For looks that are independent and chosen without regard to each other. Looks at one test set are not: sharing
    its luck makes the chance smaller, choosing the next treatment by the last look makes it larger.
    """
    return 1.0 - (1.0 - SEED_LEVEL.value) ** looks


def worn_out(looks: int) -> bool:
    """Whether a test set has been looked at so often that a fresh one is due."""
    return looks >= LOOKS_WORN_OUT.value


def limits_of_looks(looks: int) -> list[str]:
    """What a verdict must say about the looks at its test set, this one included."""
    if looks < LOOKS_NOTED.value:
        return []
    before = "once" if looks == 2 else f"{looks - 1} times"  # noqa: PLR2004 - the second look has one before it
    share = f"{100 * chance_of_a_false_claim(looks):.0f} %"
    text = (
        f"The test set had been looked at {before} before: each look makes a lucky result likelier, and the p values are "
        f"not corrected for that. If nothing helped, {looks} looks would claim a gain at least once with a chance of "
        f"about {share}."
    )
    if worn_out(looks):
        text = f"The test set is worn out: take a fresh one before you believe another claim. {text}"
    return [text]
