# SPDX-License-Identifier: Apache-2.0
"""The tasks on which ways of finding a dropout rate are measured, in four parts.

`develop` and `judge` share no data. When `judge` had been looked at once, it and `wide` were taken to choose on as well, and
`fresh` was set aside (`dose_tasks_later.py`).

Pictures are averaged down to 14 x 14, sentences cut to 12 words, characters to windows of 16: a training takes about a
second. Each of the first two has pictures (perceptron and convolutions), sentences (bag and recurrent), characters and ratings, and
controls: tasks on which dropout should bring nothing, because the network is small for its data or trains too short.
"""

from functools import partial

from dose_plan import Plan
from dose_tasks_last import LAST
from dose_tasks_later import LATER

PARTS = ("develop", "judge", "wide", "fresh", "last")
SEEDS = tuple(range(5))


_develop = partial(Plan, part="develop")
_judge = partial(Plan, part="judge")
FIRST: tuple[Plan, ...] = (
    _develop(
        name="mnist-mlp", data="mnist", model="mlp 128", train=400, batch=50, learning_rate=2e-3, cap=80
    ),
    _develop(name="mnist-cnn", data="mnist", model="cnn 64", train=300, batch=60, learning_rate=4e-3, cap=70),
    _develop(
        name="polarity-bag",
        data="polarity-long",
        model="bag-unit 64",
        train=1200,
        batch=100,
        learning_rate=8e-3,
        cap=60,
    ),
    _develop(
        name="polarity-lstm",
        data="polarity-long",
        model="lstm 32",
        train=1000,
        batch=100,
        learning_rate=2.5e-3,
        cap=24,
    ),
    _develop(
        name="char-front",
        data="char-front",
        model="char 48",
        train=240,
        validation=200,
        batch=30,
        learning_rate=1e-2,
        cap=30,
    ),
    _develop(
        name="even-tower",
        data="ratings-even",
        model="tower 16",
        train=4000,
        validation=1500,
        batch=250,
        learning_rate=1e-2,
        cap=40,
    ),
    _develop(
        name="even-mf",
        data="ratings-even",
        model="mf 16",
        train=4000,
        validation=1500,
        batch=250,
        learning_rate=5e-3,
        cap=40,
    ),
    _develop(
        name="mnist-narrow",
        data="mnist",
        model="mlp 12",
        train=2400,
        batch=100,
        learning_rate=3e-3,
        cap=25,
        control=True,
    ),
    _develop(
        name="char-short",
        data="char-front",
        model="char 16",
        train=900,
        validation=300,
        batch=60,
        learning_rate=1e-2,
        cap=20,
        epochs=6,
        control=True,
    ),
    _judge(
        name="fashion-mlp", data="fashion", model="mlp 192", train=400, batch=80, learning_rate=3e-3, cap=60
    ),
    _judge(
        name="fashion-cnn",
        data="fashion",
        model="cnn 64",
        train=400,
        batch=80,
        learning_rate=4e-3,
        noise=0.0,
        cap=60,
    ),
    _judge(
        name="digits-noise",
        data="digits",
        model="mlp 160",
        train=300,
        validation=400,
        batch=30,
        learning_rate=2e-3,
        noise=0.15,
        cap=60,
    ),
    _judge(
        name="reviews-bag", data="reviews", model="bag 64", train=800, batch=100, learning_rate=2e-3, cap=60
    ),
    _judge(
        name="reviews-gru", data="reviews", model="gru 24", train=800, batch=100, learning_rate=3e-3, cap=30
    ),
    _judge(
        name="char-back",
        data="char-back",
        model="char 64",
        train=200,
        validation=200,
        batch=40,
        learning_rate=1e-2,
        cap=30,
    ),
    _judge(
        name="odd-mf",
        data="ratings-odd",
        model="mf 24",
        train=4000,
        validation=1500,
        batch=400,
        learning_rate=4e-3,
        cap=40,
    ),
    _judge(
        name="fashion-narrow",
        data="fashion",
        model="mlp 10",
        train=2400,
        batch=200,
        learning_rate=3e-3,
        cap=25,
        epochs=20,
        control=True,
    ),
    _judge(
        name="reviews-short",
        data="reviews",
        model="bag 8",
        train=1200,
        batch=100,
        learning_rate=2e-3,
        cap=20,
        epochs=5,
        control=True,
    ),
)

PLANS = (*FIRST, *LATER, *LAST)


def plans(part: str | None = None) -> tuple[Plan, ...]:
    """The tasks of one half, or of all."""
    return tuple(each for each in PLANS if part in (None, each.part))


def plan_named(name: str) -> Plan:
    """The task of that name."""
    return next(each for each in PLANS if each.name == name)
