# SPDX-License-Identifier: Apache-2.0
"""lower-dropout: fewer hidden units are dropped, so that the network can fit what it now cannot."""

from goodfit.remedies._case import Case, reaches
from goodfit.remedies._remedy import Remedy
from goodfit.remedies._site import is_literal
from goodfit.remedies._words import (
    dropout_rates,
    gap_size,
    said,
    training_left,
    validation_worse,
)
from goodfit.values import (
    Dose,
    Grade,
    LayerKind,
    Measurement,
    Prescription,
    Rejection,
    Source,
    Threshold,
    TradeOff,
)

WORTH_LOWERING = Threshold(
    name="dropout-rate",
    value=0.05,
    unit="drop probability",
    because="a rate that drops fewer than one unit in twenty is no cause of underfitting",
)


class LowerDropout(Remedy):
    """Less dropout where there is some."""

    name = "lower-dropout"
    what = "Lower the rate of the dropout that is in the model."
    how = "Dropout takes capacity and slows learning; where the training loss stays high, there is none to spare."
    benefits = "A lower training loss, sooner; the model and its checkpoints stay as they are."
    costs = "None in time; less protection against overfitting."
    risk = "The network may begin to overfit; look at validation."
    trade_offs = (
        TradeOff(
            says="The training loss in evaluation mode falls further, and validation with it where the network underfits.",
            measured_by="best-loss",
        ),
        TradeOff(says="Faster training: the best epoch comes sooner.", measured_by="epochs-to-best"),
        TradeOff(
            says="Less protection: validation may lie further from training.",
            measured_by="generalisation-gap",
        ),
        TradeOff(says="The network relies more on single units.", measured_by="single-unit-reliance"),
    )
    treats = ("GF204", "GF201")
    worsens = ("GF101", "GF102")
    where = "wherever the model drops: dropout layers, recurrent and attention modules, functions fed by an attribute"
    dose = Dose(value=0.1, low=0.0, high=0.3, unit="drop probability")
    thresholds = (WORTH_LOWERING,)
    sources = (
        Source(
            key="liu2023dropout",
            place="results on ImageNet-1K, ViT-T",
            says="For a small vision transformer that underfits ImageNet, standard dropout lowered accuracy from "
            "73.9 % to 67.9 %.",
            grade=Grade.SINGLE_STUDY,
        ),
    )
    edits = ("dropout",)
    applies_to = (LayerKind.DROPOUT, LayerKind.RECURRENT, LayerKind.ATTENTION)
    since = "0.1"

    def consider(self, case: Case) -> Prescription | Rejection:
        """Fits underfitting, and a network held back more than it needs, where there is dropout to lower."""
        if not case.rates:
            return self.leave(dropout_rates(case))
        if "GF101" in case.found:
            return self.leave(
                f"{dropout_rates(case)}, and {validation_worse(case)}: less dropout would add to that"
            )
        if not set(case.found) & set(self.treats):
            return self.leave(f"{dropout_rates(case)}; {said(case, 'GF201')}; {said(case, 'GF204')}")
        highest = max(case.rates)
        if not reaches(Measurement.exact("dropout-rate", highest), WORTH_LOWERING):
            return self.leave(f"{dropout_rates(case)}, and {WORTH_LOWERING.because}")
        half = round(highest / 2, 2)
        return self.prescribe(
            because=f"{training_left(case)}, and {gap_size(case)}; {dropout_rates(case)}",
            where=_above(case, half),
            dose=Dose(value=half, low=0.0, high=highest, unit="drop probability"),
            expected="A lower training loss in evaluation mode, and validation with it.",
        )


def _above(case: Case, rate: float) -> tuple[str, ...]:
    """What holds a rate above this one, by dotted name; empty when no model was given."""
    layers = case.model.layers if case.model else ()
    return tuple(
        dict.fromkeys(
            layer.rate_name for layer in layers if not is_literal(layer) and (layer.rate or 0.0) > rate
        )
    )
