# SPDX-License-Identifier: Apache-2.0
"""Tasks to judge with, written down after all others had been looked at and before one of them was trained.

Their data are those of the other parts at other sizes and in other networks, so that they are no more like them than a
next user's are like each other.
"""

from functools import partial

from dose_plan import Plan

_last = partial(Plan, part="last")
LAST: tuple[Plan, ...] = (
    _last(name="last-mnist", data="mnist", model="mlp4 96", train=600, batch=50, cap=50),
    _last(name="last-clothes", data="clothes", model="mlp 128", train=600, batch=50, cap=50),
    _last(
        name="last-digits", data="digits", model="mlp4 64", train=200, batch=25, learning_rate=2e-3, cap=60
    ),
    _last(name="last-plays", data="plays", model="gru 24", train=800, batch=100, learning_rate=3e-3, cap=25),
    _last(
        name="last-titles",
        data="titles",
        model="char 48",
        train=300,
        validation=200,
        batch=30,
        learning_rate=1e-2,
        cap=40,
    ),
    _last(
        name="last-mf",
        data="ratings-seldom",
        model="mf 32",
        train=3000,
        validation=1500,
        batch=250,
        learning_rate=5e-3,
        cap=40,
    ),
    _last(
        name="last-tower",
        data="ratings-even",
        model="tower 24",
        train=6000,
        validation=1500,
        batch=250,
        learning_rate=3e-3,
        cap=30,
    ),
    _last(
        name="last-reviews", data="reviews", model="bag 32", train=500, batch=50, learning_rate=2e-3, cap=50
    ),
    _last(name="last-films", data="films", model="mlp 128", train=600, batch=50, learning_rate=2e-3, cap=40),
    _last(
        name="last-surface", data="surface", model="mlp 96", train=300, batch=30, learning_rate=2e-3, cap=60
    ),
    _last(
        name="last-narrow",
        data="clothes",
        model="mlp 8",
        train=3000,
        batch=100,
        learning_rate=3e-3,
        cap=25,
        control=True,
    ),
    _last(
        name="last-short",
        data="plays",
        model="bag 8",
        train=1000,
        batch=50,
        learning_rate=2e-3,
        cap=20,
        epochs=5,
        control=True,
    ),
)
