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
