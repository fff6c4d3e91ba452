# SPDX-License-Identifier: Apache-2.0
"""Tasks added after the first two halves had both been looked at: some to choose on, some set aside to judge with.

All were written down before one of them was trained. `wide` takes the first halves' data to other sizes, depths and
optimisers, since the first halves are much alike; `fresh` shares no data with any other part: clothes that no other
part has, the speeches of a play, characters of film titles, films seldom rated, and two drawn tables.
"""

from functools import partial

from dose_plan import Plan

_wide, _fresh = partial(Plan, part="wide"), partial(Plan, part="fresh")
_clothes = partial(_fresh, data="clothes")
LATER: tuple[Plan, ...] = (
    _wide(name="mnist-more", data="mnist", model="mlp 256", train=1500, batch=50, cap=50),
    _wide(
        name="mnist-norm", data="mnist", model="cnn-norm 64", train=500, batch=50, learning_rate=2e-3, cap=60
    ),
    _wide(name="fashion-four", data="fashion", model="mlp4 128", train=800, batch=50, cap=60),
    _wide(
        name="fashion-sgd",
        data="fashion",
        model="cnn 96 sgd",
        train=1000,
        batch=50,
        learning_rate=2e-2,
        cap=80,
    ),
    _wide(
        name="polarity-kim",
        data="polarity-long",
        model="kim 32",
        train=2000,
        batch=50,
        learning_rate=2e-3,
        cap=25,
    ),
    _wide(
        name="polarity-more",
        data="polarity",
        model="bag 128",
        train=3000,
        batch=100,
        learning_rate=3e-3,
        cap=40,
    ),
    _wide(
        name="reviews-lstm", data="reviews", model="lstm 48", train=800, batch=50, learning_rate=2e-3, cap=40
    ),
    _wide(
        name="digits-one", data="digits", model="mlp1 256", train=150, batch=25, learning_rate=3e-3, cap=120
    ),
    _wide(
        name="char-more",
        data="char-front",
        model="char 96",
        train=500,
        validation=300,
        batch=25,
        learning_rate=5e-3,
        cap=30,
    ),
    _wide(
        name="odd-tower",
        data="ratings-odd",
        model="tower 32",
        train=8000,
        validation=2000,
        batch=200,
        learning_rate=2e-3,
        cap=30,
    ),
    _wide(
        name="odd-mf-more",
        data="ratings-odd",
        model="mf 8",
        train=8000,
        validation=2000,
        batch=200,
        learning_rate=1e-2,
        cap=40,
    ),
    _wide(name="films", data="films", model="mlp 64", train=1200, batch=50, learning_rate=2e-3, cap=60),
    _clothes(name="clothes-cnn", model="cnn 128", train=1200, batch=60, learning_rate=1.5e-3, cap=60),
    _clothes(name="clothes-noise", model="mlp 256", train=1000, batch=50, noise=0.1, cap=50),
    _fresh(name="table", data="table", model="mlp 128", train=800, batch=50, cap=80),
    _fresh(name="surface", data="surface", model="mlp4 64", train=400, batch=40, learning_rate=2e-3, cap=80),
    _fresh(name="plays-bag", data="plays", model="bag 64", train=1000, batch=50, learning_rate=2e-3, cap=60),
    _fresh(
        name="plays-lstm", data="plays", model="lstm 32", train=1000, batch=100, learning_rate=3e-3, cap=25
    ),
    _fresh(
        name="titles",
        data="titles",
        model="char 64",
        train=240,
        validation=200,
        batch=30,
        learning_rate=1e-2,
        cap=40,
    ),
    _fresh(
        name="seldom-mf",
        data="ratings-seldom",
        model="mf 16",
        train=5000,
        validation=1500,
        batch=250,
        learning_rate=5e-3,
        cap=40,
    ),
    _fresh(
        name="seldom-tower",
        data="ratings-seldom",
        model="tower 24",
        train=5000,
        validation=1500,
        batch=250,
        learning_rate=5e-3,
        cap=40,
    ),
    _clothes(
        name="clothes-narrow", model="mlp 10", train=3000, batch=100, learning_rate=3e-3, cap=25, control=True
    ),
    _fresh(
        name="table-short", data="table", model="mlp 16", train=1000, batch=50, cap=20, epochs=5, control=True
    ),
)
