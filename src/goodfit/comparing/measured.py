# SPDX-License-Identifier: Apache-2.0
"""What is measured of every training of a comparison, beside its scores.

Most are traits that goodfit measures anywhere; the ends of the curves matter only here, where every training goes to
its planned end.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import isfinite
from types import MappingProxyType

from goodfit.trials.traits import TRAITS, NotMeasurable, Specimen, Trait
from goodfit.values import Curve, Measurement

INFERENCE = "inference-time"  # measured once for each remedy, all models in turn


def _last(curve: Curve) -> float:
    return curve.values[-1]


def _curve(specimen: Specimen, name: str) -> Curve:
    curve = specimen.run.history.curves.get(name)
    if curve is None or not len(curve):
        raise NotMeasurable(f"The history has no {name}.")
    return curve


def _seconds_to_best(specimen: Specimen) -> float:
    return specimen.run.seconds * specimen.run.best_epoch / specimen.run.epochs


def _training_loss_at_end(specimen: Specimen) -> float:
    return _last(_curve(specimen, "train_loss_eval"))


def _gap_at_end(specimen: Specimen) -> float:
    return _last(_curve(specimen, "val_loss")) - _training_loss_at_end(specimen)


def _rise(specimen: Specimen) -> float:
    curve = _curve(specimen, "val_loss")
    return _last(curve) - min(each for each in curve.values if isfinite(each))


def _of_run(name: str, what: str, unit: str, value: Callable[[Specimen], float]) -> Trait:
    return Trait(name=name, what=what, unit=unit, reads_model=False, value=value)


ENDS = (
    _of_run(
        "seconds-to-best",
        "Seconds of training, evaluation included, until validation was at its best.",
        "seconds",
        _seconds_to_best,
    ),
    _of_run(
        "training-loss-at-end",
        "Training loss in evaluation mode after the last epoch.",
        "loss",
        _training_loss_at_end,
    ),
    _of_run(
        "gap-at-end",
        "Validation loss less training loss in evaluation mode, after the last epoch.",
        "loss",
        _gap_at_end,
    ),
    _of_run("rise-after-best", "Validation loss at the last epoch less its lowest value.", "loss", _rise),
)

MEASURED: Mapping[str, Trait] = MappingProxyType(
    {
        trait.name: trait
        for trait in (
            TRAITS["epochs-to-best"],
            ENDS[0],
            TRAITS["calibration-error"],
            TRAITS["generalisation-gap"],
            *ENDS[1:],
            TRAITS["between-epoch-noise"],
            TRAITS["gradient-spread"],
            TRAITS["weight-norm"],
            TRAITS["zero-share"],
            TRAITS["parameters"],
        )
    }
)
"""Of every training, in the order in which they are told."""


def traits_of(specimen: Specimen) -> dict[str, float]:
    """All of them that this training has."""
    found = {}
    for name, trait in MEASURED.items():
        try:
            found[name] = trait.values([specimen])[0]
        except NotMeasurable:
            continue
    return found


def means(rows: Sequence[Mapping[str, float]]) -> tuple[Measurement, ...]:
    """The mean of each trait over seeds, where every seed has it."""
    return tuple(
        trait.over_seeds([row[name] for row in rows])
        for name, trait in MEASURED.items()
        if all(name in row for row in rows)
    )


def changes(
    control: Sequence[Mapping[str, float]], treated: Sequence[Mapping[str, float]]
) -> tuple[Measurement, ...]:
    """Treated less control, paired by seed, where both have the trait in every seed."""
    return tuple(
        replace(
            trait.over_seeds([b[name] - a[name] for a, b in zip(control, treated, strict=True)]),
            name=f"{name}-change",
        )
        for name, trait in MEASURED.items()
        if all(name in row for row in (*control, *treated))
    )
