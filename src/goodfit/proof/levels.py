# SPDX-License-Identifier: Apache-2.0
"""The numbers a verdict rests on, each with its reason; no other file of `proof` decides by a number of its own."""

from goodfit.values import Direction, Threshold

SEED_LEVEL = Threshold(
    name="level of gate S",
    value=0.05,
    unit="p value",
    direction=Direction.BELOW,
    because="The usual level; with five seeds the exact sign-flip then passes at 1/32 = 0.031, when all five agree.",
)

EXAMPLE_LEVEL = Threshold(
    name="level of gate E",
    value=0.025,
    unit="p value",
    direction=Direction.BELOW,
    because=(
        "Both gates see the same test examples, so they err together. In simulated nulls 0.05 lets skewed "
        "losses pass too often; 0.025 holds every cell of the acceptance under 5 % (a heavier tail reaches 7 %) and "
        "makes the gate agree with the printed 95 % interval."
    ),
)

LEAST_UNITS = Threshold(
    name="independent test units",
    value=200.0,
    unit="groups",
    because="The fewest that the simulated nulls cover; with fewer, skewed losses bend the bootstrap-t more.",
)

MARGIN_SHARE = Threshold(
    name="equivalence margin",
    value=0.01,
    unit="share of the control's mean loss",
    direction=Direction.BELOW,
    because="A convention: a change below 1 % is taken not to matter; the user may set another before the first look.",
)

EQUIVALENCE_COVERAGE = Threshold(
    name="coverage of the intervals that must lie inside the margin",
    value=0.90,
    unit="share",
    because="Two one-sided tests at 0.05 are the same as a 90 % interval inside the margin (Schuirmann 1987).",
)

EFFECT_COVERAGE = Threshold(
    name="coverage of the printed intervals",
    value=0.95,
    unit="share",
    because="The convention readers expect; its lower end stands at gate E's level of 0.025.",
)

POWER = Threshold(
    name="power of the smallest detectable effect",
    value=0.80,
    unit="share",
    because="The convention: four of five such effects would be found.",
)

ONE_UNIT_SHARE = Threshold(
    name="share of the spread carried by one test unit",
    value=0.25,
    unit="share of the sum of squares",
    because="A convention: when one unit carries a quarter of all spread, the p value hangs on that one unit.",
)

MOST_SEEDS = Threshold(
    name="seeds of a sequential proof",
    value=20.0,
    unit="pairs",
    direction=Direction.BELOW,
    because=(
        "A gain of one standard deviation of the seed differences is then found with 80 % power; 16 wins of 20 are "
        "still enough. More seeds would find smaller gains, which seldom are worth 40 trainings."
    ),
)

LOOKS_NOTED = Threshold(
    name="looks at one test set from which the verdict says what they add up to",
    value=2.0,
    unit="looks",
    because="One look is what the 5 % were promised for; with two, one false claim comes in up to 1 - 0.95^2 = 9.8 %.",
)

LOOKS_WORN_OUT = Threshold(
    name="looks at one test set after which it is worn out",
    value=14.0,
    unit="looks",
    because=(
        "1 - 0.95^14 = 51 %: if nothing helped at all, fourteen looks at the 5 % level would sooner have claimed a gain "
        "than not. Choosing what to try next by earlier looks makes it worse (Dwork et al. 2015)."
    ),
)
