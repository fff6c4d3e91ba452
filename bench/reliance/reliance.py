# SPDX-License-Identifier: Apache-2.0
"""Does dropout make models lean less on single units and on exact inputs? Two image models, a text and a recommender model.

Each is trained five times without and with dropout, paired by seed, early stopped, and measured on its test set. Sentences
and ratings are read from the folder named by GOODFIT_DATA; without it their rows say so.

    GOODFIT_DATA=path/to/folder python bench/reliance/reliance.py          writes bench/results/reliance.md
    GOODFIT_DATA=path/to/folder python bench/reliance/reliance.py text     measures that section anew
"""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import nan
from pathlib import Path

import torch
from _arms import Pair, stamp, trained_pairs

from goodfit.errors import TaskError
from goodfit.proof.intervals import paired_t_interval
from goodfit.proof.levels import EFFECT_COVERAGE
from goodfit.tasks import BUILT_IN
from goodfit.training import Task, load_task
from goodfit.trials.traits import (
    TRAITS,
    Kind,
    LayerReliance,
    NotMeasurable,
    Specimen,
    reliance_of,
    rise_under,
)

RESULT = Path(__file__).parents[1] / "results" / "reliance.md"
RATE = 0.5  # the rate of the first papers, fixed beforehand and not tuned
NOISES = (0.1, 0.2, 0.4)
HEAD = """# What dropout does to the reliance on single units and on exact inputs

Written by `make bench-reliance`. Five paired seeds; both arms early stopped and measured at their best checkpoint on the test set. Dropout 0.5, not tuned. Numbers are means over seeds; the change is treated less untreated,
paired by seed, with its 95 % t interval over seeds: an interval that excludes 0 is a change, any other is none that
five seeds show.

- reliance: one hidden unit after the other is silenced (24 of a layer at most); the rise of the loss in per cent of the
  model's own loss, mean over units, then over layers. "set to 0" is what dropout trains for; "set to its mean" takes
  away the unit's information and no more. "in loss units" is the rise itself. Below 0: the loss falls, as that of an
  overconfident model does when its answers become less sure. "Moved" counts what single examples lose and what they win.
- worst tenth: the same for the units that raise the loss most, chosen on other examples; its share is what they
  account for of all rises above 0.
- noise: of a share of each input's standard deviation for pixels; for words and for numbers of people and films that share is
  exchanged for those of other examples. Noise on embeddings is in standard deviations of all their outputs.

"""
TABLE = """Dropout in front of {places}. Measured {stamp}.

| measured | untreated | with dropout | change [95 %] | seeds with less |
|---|---|---|---|---|
"""


@dataclass(frozen=True)
class Row:
    """One line: a number of each specimen."""

    name: str
    value: Callable[[Specimen], float]
    digits: int = 2


def cnn() -> Task:
    """The built-in image task on fewer images."""
    return replace(load_task(BUILT_IN["mnist-cnn"]), epochs=18, train_size=500, validation_size=500)


def perceptron() -> Task:
    """The built-in image task of the demo."""
    return load_task(BUILT_IN["mnist"])


def bag() -> Task:
    """The built-in task of sentences as bags of words."""
    return load_task(BUILT_IN["text-bag"])


def mlp() -> Task:
    """The built-in recommender task on fewer ratings."""
    return replace(load_task(BUILT_IN["recommender-mlp"]), train_size=12_000, validation_size=5000)


TASKS: dict[str, tuple[str, Callable[[], Task]]] = {
    "image": ("Image: CNN on MNIST digits (mnist-cnn on 500 images)", cnn),
    "perceptron": ("Image: perceptron on MNIST digits (mnist, 1,000 images)", perceptron),
    "text": ("Text: mean of word embeddings on polarity sentences (text-bag)", bag),
    "recommender": ("Recommender: MLP on MovieLens (recommender-mlp on 12,000 ratings)", mlp),
}


def main(wanted: Sequence[str]) -> None:
    """Measure the wanted tasks (none named: all) and write the table; sections of the others stay as they were."""
    sections = _written()
    for name in wanted or TASKS:
        title, make = TASKS[name]
        try:
            pair = trained_pairs(make(), RATE)
            table = TABLE.format(places=pair.places, stamp=stamp()) + "\n".join(rows_of(pair))
        except TaskError as error:
            table = f"Not run: {error.found}."
        sections[title] = table
        kept = [f"## {title}\n\n{sections[title]}\n" for title, _ in TASKS.values() if title in sections]
        RESULT.write_text(HEAD + "\n".join(kept), encoding="utf-8")  # after each: what is done is kept
        print(f"## {title}\n\n{table}\n", flush=True)


def _written() -> dict[str, str]:
    """The sections of the table as it stands, by title."""
    text = RESULT.read_text(encoding="utf-8") if RESULT.is_file() else ""
    parts = [part.partition("\n\n") for part in text.split("\n## ")[1:]]
    return {title: body.strip("\n") for title, _, body in parts}


def rows_of(pair: Pair) -> list[str]:
    """All lines of one task."""
    zero = {one: reliance_of(one) for one in (*pair.control, *pair.treated)}
    mean = {one: reliance_of(one, "mean") for one in zero}

    def over(found: dict[Specimen, tuple[LayerReliance, ...]], field: str) -> Callable[[Specimen], float]:
        return lambda one: _average([getattr(layer, field) for layer in found[one]])

    rows = [
        Row("test loss", lambda one: float(one.losses().mean()), 4),
        Row("epochs to best", TRAITS["epochs-to-best"].value or _none, 1),
        Row("gap at the best epoch, loss units", TRAITS["generalisation-gap"].value or _none, 4),
        Row("calibration error, %", TRAITS["calibration-error"].value or _none),
        Row("reliance, units set to 0, %", over(zero, "mean")),
        Row("reliance, units set to 0, in loss units", over(zero, "rise"), 5),
        Row("reliance, units set to their mean, %", over(mean, "mean")),
        Row("reliance, units set to their mean, in loss units", over(mean, "rise"), 5),
        Row("losses moved up or down, units set to 0, %", over(zero, "moved")),
        Row("losses moved up or down, units set to their mean, %", over(mean, "moved")),
        Row("worst tenth of units set to 0, %", over(zero, "worst")),
        Row("worst tenth's share of all rises", over(zero, "worst_share")),
        *(Row(f"rise under input noise {size:g}, %", _under(size, "inputs")) for size in NOISES),
        *(Row(f"rise under noise on embeddings {size:g}, %", _under(size, "embeddings")) for size in NOISES),
        *(
            Row(f"reliance on {layer.path} ({layer.units} units set to 0), %", _on_layer(zero, place))
            for place, layer in enumerate(zero[pair.control[0]])
        ),
    ]
    return [line for row in rows if (line := _line(row, pair)) is not None]


def _under(size: float, kind: Kind) -> Callable[[Specimen], float]:
    return lambda one: rise_under(one, size, kind)


def _on_layer(found: dict[Specimen, tuple[LayerReliance, ...]], place: int) -> Callable[[Specimen], float]:
    return lambda one: found[one][place].mean


def _line(row: Row, pair: Pair) -> str | None:
    try:
        control, treated = ([row.value(one) for one in arm] for arm in (pair.control, pair.treated))
    except NotMeasurable:
        return None
    changes = [b - a for a, b in zip(control, treated, strict=True)]
    low, high = paired_t_interval(changes, EFFECT_COVERAGE.value)
    d = row.digits
    return (
        f"| {row.name} | {_average(control):.{d}f} | {_average(treated):.{d}f} | "
        f"{_average(changes):+.{d}f} [{low:+.{d}f}, {high:+.{d}f}] | {sum(c < 0 for c in changes)} of {len(changes)} |"
    )


def _average(values: Sequence[float]) -> float:
    kept = [value for value in values if value == value]  # noqa: PLR0124 - a layer without rises has no share
    return sum(kept) / len(kept) if kept else nan


def _none(_one: Specimen) -> float:
    raise NotMeasurable


if __name__ == "__main__":
    torch.set_num_threads(1)
    main(sys.argv[1:])
