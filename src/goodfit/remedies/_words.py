# SPDX-License-Identifier: Apache-2.0
"""The numbers of a case as clauses of a sentence; a number that is missing is said to be missing."""

from math import isnan

from goodfit.remedies._case import Case, reaches
from goodfit.remedies._site import FUNCTIONAL
from goodfit.values import Direction, LayerKind, Measurement, Outcome, Threshold

FITTED = Threshold(
    name="remaining-share",
    value=0.1,
    unit="share",
    direction=Direction.BELOW,
    because="nine tenths of what a constant prediction leaves have been learned; the rest cannot pay for a change "
    "that only serves to fit the training set",
)
DROPOUT_UNKNOWN = "dropout in the model is not known"
NO_DROPOUT = "there is no dropout layer in the model"
NOT_LOOKED_FOR = (
    "the model has no dropout layer; calls of F.dropout were not looked for, as no example batch was given"
)


def fitted(case: Case) -> bool:
    """Whether the training set is fitted, for certain."""
    return reaches(case.remaining, FITTED)


def training_left(case: Case) -> str:
    """How much of the training loss is left."""
    left = case.remaining
    if missing := _missing(left, "how much of the training loss is left"):
        return missing
    history = case.history
    in_evaluation = history is not None and "train_loss_eval" in history.curves
    curve = "the training loss in evaluation mode" if in_evaluation else "the training loss"
    if history is None:
        return f"{curve} ends at {_share(left)} of chance level or, where that is not known, of its start"
    unit = (
        "of chance level"
        if history.context.chance_level
        else "of its first value (chance level is not known)"
    )
    return f"{curve} ends at {_share(left)} {unit}"


def validation_worse(case: Case) -> str:
    """How far validation has got worse, and since when."""
    if missing := _missing(case.rise, "the course of validation"):
        return missing
    since = f" since {moment(case, case.turned)}" if case.turned is not None else ""
    return f"{validation(case)} has got worse by {_short(case.rise.value)} %{since}" if case.rise else ""


def late_slope(case: Case) -> str:
    """What training did at the end of the run."""
    return _slope(case.late_training, "the training curve")


def late_validation(case: Case) -> str:
    """What validation did at the end of the run."""
    return _slope(case.late_validation, validation(case))


def gradient(case: Case) -> str:
    """What the gradient norm did."""
    ratio = case.gradients
    if ratio is None:
        return "no gradient norm was logged"
    return (
        _missing(ratio, "the gradient norm")
        or f"the gradient norm ends at {_short(ratio.value)} times its early level"
    )


def scatter(case: Case) -> str:
    """How far training moves from one evaluation to the next."""
    swing = case.swing
    missing = _missing(swing, "the scatter of the training curve")
    return missing or f"training moves by {_share(swing)} of its level from one evaluation to the next"


def gap_size(case: Case) -> str:
    """How far validation lies above training."""
    missing = _missing(case.gap, "the distance of validation from training")
    return missing or f"the gap at the end is {_share(case.gap)} of the validation level"


def dropout_rates(case: Case) -> str:
    """What is known of the model's dropout."""
    if case.rates is None:
        return DROPOUT_UNKNOWN
    if not case.rates:
        return NOT_LOOKED_FOR if case.model is not None and not case.model.traced else NO_DROPOUT
    layers = case.model.of_kind(LayerKind.DROPOUT) if case.model is not None else ()
    if layers and all(layer.type_name.startswith(FUNCTIONAL) for layer in layers):
        calls = dict.fromkeys(f"{layer.type_name} is called with rate {layer.rate:g}" for layer in layers)
        return f"no dropout layer; {', '.join(calls)}"
    return f"the highest dropout rate is {max(case.rates):g}"


def validation(case: Case) -> str:
    """The validation curve as words."""
    curve = case.history.val if case.history else None
    return f"validation {curve.metric}" if curve else "validation loss"


def moment(case: Case, x: float | None) -> str:
    """A point of the run as words: "epoch 9"."""
    curve = case.history.val if case.history else None
    return "the best evaluation" if x is None else f"{curve.axis.value if curve else 'epoch'} {x:g}"


def said(case: Case, code: str) -> str:
    """What a rule said: its name, what became of it, and its sentence with the numbers."""
    line = case.line(code)
    if line is None:
        return f"{code} was not looked at"
    message = line.message.rstrip(".")
    return _STANDS[line.outcome].format(line.name.replace("-", " ")) + (f" ({message})" if message else "")


_STANDS = {
    Outcome.PRESENT: "“{}” was found",
    Outcome.ABSENT: "“{}” was ruled out",
    Outcome.INCONCLUSIVE: "“{}” is not settled",
    Outcome.NOT_APPLICABLE: "“{}” could not be judged",
    Outcome.ERROR: "the rule for “{}” failed",
}


def _slope(late: Measurement | None, curve: str) -> str:
    if missing := _missing(late, f"the late course of {curve}"):
        return missing
    change = late.value if late else 0.0
    verb = "improves" if change < 0 else "gets worse"
    return f"at the end {curve} {verb} by {_short(abs(100 * change))} % of its whole change per quarter of the run"


def _missing(measurement: Measurement | None, what: str) -> str:
    if measurement is None:
        return f"{what} was not logged"
    return (
        f"{what} could not be measured (too few points, or a broken curve)"
        if isnan(measurement.value)
        else ""
    )


def _share(measurement: Measurement | None) -> str:
    return f"{_short(100 * measurement.value)} %" if measurement else ""


def _short(number: float) -> str:
    """Two digits, or all those before the point."""
    return f"{number:.2g}" if abs(number) < _ALL_DIGITS else f"{number:.0f}"


_ALL_DIGITS = 10  # from here on two digits would end in an exponent, or lose one that counts
