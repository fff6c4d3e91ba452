# SPDX-License-Identifier: Apache-2.0
"""Cases for remedies: the example of a rule, with facts and curves beside it, and what is prescribed for it."""

from dataclasses import replace
from typing import Any

from goodfit.remedies import prescribe
from goodfit.rules import RULES, diagnose
from goodfit.values import Curve, History, ModelFacts, Prescription, Split

BY_CODE = {rule.code: rule for rule in RULES}


def case_of(
    code: str, *, grad_norm: list[float] | None = None, evaluation: bool = False, **context: Any
) -> History:
    """The example of a rule, with facts and curves beside it."""
    history = BY_CODE[code].present()
    curves = dict(history.curves)
    if grad_norm is not None:
        curves["train_grad_norm"] = Curve.of(grad_norm, split=Split.TRAIN, metric="grad_norm")
    if evaluation:
        curves["train_loss_eval"] = curves["train_loss"]
    return replace(history, curves=curves, context=replace(history.context, **context))


def answers(
    history: History, model: ModelFacts | None = None
) -> tuple[list[str], dict[str, str], Prescription]:
    """Names prescribed, reasons of the rejected, and the first prescription."""
    prescriptions = prescribe(diagnose(history), history, model)
    first = prescriptions[0]
    return [each.remedy for each in prescriptions], {r.remedy: r.because for r in first.rejected}, first
