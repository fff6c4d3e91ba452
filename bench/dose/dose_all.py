# SPDX-License-Identifier: Apache-2.0
"""Every way that is compared, in the order of the table; those that train anew are added by their own file."""

from dose_bed import Way
from dose_optuna import PEERS
from dose_replay import cannot_reach, lowest, mildest
from dose_ways import NINE, Always, Climb, Grid, Halving, Heats, Lockstep, Race, TwoRates
from way_concrete import Concrete
from way_faster import Faster
from way_fork import Fork
from way_late import Late
from way_paths import Path
from way_random import RandomRate
from way_tune import Tune

from goodfit.values import Patience

SHORT = Patience(floor=3, share=0.3)
SHORTEST = Patience(floor=2, share=0.2)
LONG = Patience(floor=10, share=1.0)

OURS: tuple[Way, ...] = (Tune(),)
"""What `tune` does."""

REPLAYED: tuple[Way, ...] = (
    Grid("grid of 9, to the end", NINE, None),
    Grid("grid of 9, patience", NINE),
    TwoRates("two rates, the second where the first points"),
    Race("race .2 .4 .6 and one beyond"),
    Always("always .5", 0.5),
    Halving("halving: 9 rates, rungs 1/9 1/3 1", NINE, 1 / 9, 3),
    Halving("halving: 9 rates, rungs 1/3 1", NINE, 1 / 3, 3),
    Halving("halving: 8 rates, rungs 1/8 1/4 1/2 1", NINE[:8], 1 / 8, 2),
    Halving("halving: 4 rates, rungs 1/4 1/2 1", (0.2, 0.4, 0.6, 0.8), 1 / 4, 2),
)
"""What there is already, peers of Optuna's apart."""

CHEAP: tuple[Way, ...] = (
    TwoRates("two rates, the lowest loss", choose=lowest),
    TwoRates("two rates, shortest patience", SHORTEST),
    TwoRates("two rates, the second up to the end of the plan", share=1.25),
    TwoRates("two rates, .5 first, the second up to the end of the plan", share=1.25, half=True),
    TwoRates("two rates, .5 first", half=True),
    TwoRates("two rates, at most 1.5 T", most=1.5),
    Race("race .2 .4 .6, lowest loss", choose=lambda arms: min(arms, key=lambda arm: arm.lowest)),
    Race(
        "race .3 .5 .7 +.1 +.85",
        (0.3, 0.5, 0.7),
        0.1,
        0.85,
        choose=lambda arms: min(arms, key=lambda a: a.lowest),
    ),
    Race(
        "race .4 .6 .8 +.2 +.9",
        (0.4, 0.6, 0.8),
        0.2,
        0.9,
        choose=lambda arms: min(arms, key=lambda a: a.lowest),
    ),
    Race("race .5 .7 +.3 +.85", (0.5, 0.7), 0.3, 0.85, choose=lambda arms: min(arms, key=lambda a: a.lowest)),
    Race("race .4 .7 +.2 +.85", (0.4, 0.7), 0.2, 0.85, choose=lambda arms: min(arms, key=lambda a: a.lowest)),
    Grid(".5", (0.5,)),
    Grid(".6", (0.6,)),
    Grid(".7", (0.7,)),
    Grid(".5, short patience", (0.5,), SHORT),
    Grid(".6, short patience", (0.6,), SHORT),
    Grid(".6, long patience", (0.6,), LONG),
    Grid(".6 to the end", (0.6,), None),
    Grid(".6, at most .5 T", (0.6,), most=0.5),
    Grid(".4 .7", (0.4, 0.7)),
    Grid(".4 .7, short patience", (0.4, 0.7), SHORT),
    Grid(".5 .8", (0.5, 0.8)),
    Grid(".3 .5 .7", (0.3, 0.5, 0.7)),
    Grid(".3 .5 .7, mildest in one error", (0.3, 0.5, 0.7), choose=mildest),
    Grid(".3 .5 .7, short patience", (0.3, 0.5, 0.7), SHORT),
    Grid(".3 .5 .7, shortest patience", (0.3, 0.5, 0.7), SHORTEST),
    Grid(".7 .5 .3, drop hopeless (1)", (0.7, 0.5, 0.3), hopeless=cannot_reach(1)),
    Grid(".7 .5 .3, drop hopeless (2)", (0.7, 0.5, 0.3), hopeless=cannot_reach(2)),
    Grid(".3 .5 .7, drop hopeless (1)", (0.3, 0.5, 0.7), hopeless=cannot_reach(1)),
    Grid(".3 .5 .7, drop hopeless (2)", (0.3, 0.5, 0.7), hopeless=cannot_reach(2)),
    Grid(".4 .6 .8", (0.4, 0.6, 0.8)),
    Grid(".4 .6 .8, short patience", (0.4, 0.6, 0.8), SHORT),
    Grid(".4 .6 .8, drop hopeless (2)", (0.4, 0.6, 0.8), hopeless=cannot_reach(2)),
    Grid(".5 .7 .3, at most 1 T", (0.5, 0.7, 0.3), most=1.0),
    Grid(".5 .7 .3, at most 1.5 T", (0.5, 0.7, 0.3), most=1.5),
    Climb("climb from .5 by .2"),
    Climb("climb from .5 by .2, no .1", steps=(0.2,)),
    Climb("climb from .6 by .2, no .1", first=0.6, steps=(0.2,)),
    Climb("climb from .5 by .2, no .1, short patience", steps=(0.2,), patience=SHORT),
    Climb("climb from .6 by .2, no .1, short patience", first=0.6, steps=(0.2,), patience=SHORT),
    Climb("climb from .5 by .2, no .1, drop hopeless (1)", steps=(0.2,), hopeless=cannot_reach(1)),
    Climb("climb from .5 by .2, no .1, drop hopeless (2)", steps=(0.2,), hopeless=cannot_reach(2)),
    Climb("climb from .6 by .2, no .1, drop hopeless (2)", first=0.6, steps=(0.2,), hopeless=cannot_reach(2)),
    Climb("climb from .5 by .2, no .1, at most 1 T", steps=(0.2,), most=1.0),
    Climb("climb from .5 by .2, no .1, at most 1.5 T", steps=(0.2,), most=1.5),
    Climb("climb from .5 by .3, no .1", steps=(0.3,)),
    Grid(".4 .6", (0.4, 0.6)),
    Grid(".4 .6, short patience", (0.4, 0.6), SHORT),
    Heats("heats .4 .6 of .3 T", (0.4, 0.6), 0.3),
    Heats("heats .4 .6 of .5 T", (0.4, 0.6), 0.5),
    Heats("heats .4 .7 of .4 T, longer at .7", (0.4, 0.7), 0.4, 0.5),
    Heats("heats .4 .7 of .4 T, much longer at .7", (0.4, 0.7), 0.4, 1.0),
    Heats("heats .5 .7 of .4 T, longer at .7", (0.5, 0.7), 0.4, 0.5),
    Heats("heats .5 .7 of .5 T", (0.5, 0.7), 0.5),
    Heats("heats .3 .5 .7 of .3 T", (0.3, 0.5, 0.7), 0.3),
    Heats("heats .3 .5 .7 of .3 T, much longer at .7", (0.3, 0.5, 0.7), 0.3, 1.0),
    Lockstep("lockstep .3 .5 .7, drop hopeless (2)", (0.3, 0.5, 0.7), cannot_reach(2)),
    Lockstep("lockstep .2 .4 .6 .8, drop hopeless (1)", (0.2, 0.4, 0.6, 0.8), cannot_reach(1)),
    Lockstep("lockstep .2 .4 .6 .8, drop hopeless (2)", (0.2, 0.4, 0.6, 0.8), cannot_reach(2)),
    Lockstep("lockstep 9 rates, drop hopeless (1)", NINE, cannot_reach(1)),
    Grid(".3, shortest patience", (0.3,), SHORTEST),
    Grid(".4, shortest patience", (0.4,), SHORTEST),
    Grid(".5, shortest patience", (0.5,), SHORTEST),
    Grid(".55, shortest patience", (0.55,), SHORTEST),
    Grid(".5 .8, at most 1.5 T", (0.5, 0.8), most=1.5),
    Grid(".5 .7, at most 1 T", (0.5, 0.7), most=1.0),
    Grid(
        ".5 .65 .8, shortest patience, drop hopeless (2)",
        (0.5, 0.65, 0.8),
        SHORTEST,
        hopeless=cannot_reach(2),
    ),
    Climb("climb from .5 by .2, no .1, shortest patience", steps=(0.2,), patience=SHORTEST),
    Climb("climb from .5 by .25, short patience, at most 1.5 T", steps=(0.25,), patience=SHORT, most=1.5),
    Heats("heats .5 .8 of .4 T, longer at .8", (0.5, 0.8), 0.4, 0.5),
    Heats("heats .5 .85 of .2 T", (0.5, 0.85), 0.2),
    Heats("heats .4 .6 .8 of .5 T, much longer at .8", (0.4, 0.6, 0.8), 0.5, 1.0),
    Lockstep("lockstep .5 .85, shortest patience, drop hopeless (1)", (0.5, 0.85), cannot_reach(1), SHORTEST),
    Lockstep("lockstep .3 .5 .7, drop hopeless (2), 1 T", (0.3, 0.5, 0.7), cannot_reach(2), most=1.0),
)
"""Candidates for goodfit's own strategy at fixed rates."""

ANEW: tuple[Way, ...] = (
    Faster(0.6, 2.0),
    Faster(0.0, 2.0),
    RandomRate(0.9),
    Late(0.5),
    Fork(),
    Concrete(),
    Path((0.5, 0.7, 0.85)),
    Path((0.5, 0.7, 0.85), back=False),
    Path((0.5, 0.7, 0.85), fork=True),
    Path((0.1, 0.2, 0.3, 0.4, 0.5), fork=True),
)
"""Ways that train anew: one of each kind that had something to say at one seed (`dose_anew.py` has all)."""


def replayed() -> tuple[Way, ...]:
    """Those that read the curves of fixed rates, and what `tune` does, which begins with them."""
    return (*OURS, *REPLAYED, *PEERS, *CHEAP)


def ways() -> tuple[Way, ...]:
    """All of them."""
    return (*replayed(), *ANEW)
