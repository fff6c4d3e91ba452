# SPDX-License-Identifier: Apache-2.0
"""GF204 over-regularised: dropout or weight decay costs the training more than there is to protect against."""

from types import MappingProxyType

from goodfit.measures import gap
from goodfit.measures.modes import (
    has_both_modes_or_dropout,
    left_in_evaluation_mode,
    regularisation_strength,
    train_mode_excess,
)
from goodfit.rules._example import example, falling
from goodfit.rules._example_curves import with_curve, with_fact
from goodfit.rules._needs import REGULARISATION, VAL_LOSS
from goodfit.rules._rule import Rule, against
from goodfit.values import (
    Direction,
    Evidence,
    Grade,
    History,
    LookAlike,
    MeasuredAs,
    Outcome,
    Severity,
    Source,
    Threshold,
)

EXCESS = Threshold(
    name="train-mode-excess",
    value=0.15,
    unit="share",
    because="a convention of ours: where there is no gap to close, dropout should cost the training loss next to nothing",
)
STRENGTH = Threshold(
    name="regularisation-strength",
    value=1.2,
    unit="times",
    because="a fifth beyond the strongest common settings: a dropout rate above 0.6, a weight decay above 0.012 in the"
    " gradient or 0.12 decoupled from it",
)
SMALL_GAP = Threshold(
    name="gap",
    value=0.25,
    unit="share",
    direction=Direction.BELOW,
    because="validation is then at most a third above training: there is little to protect against",
)
LEFT = Threshold(
    name="left-in-evaluation-mode",
    value=0.2,
    unit="share",
    because="a convention of ours: with a fifth of the loss of a constant prediction left on the training data themselves,"
    " more could be learned",
)


class OverRegularised(Rule):
    """The network is held back more than it needs."""

    code = "GF204"
    name = "over-regularised"
    summary = "Regularisation is strong by its settings or by what it costs, while there is no gap and much loss is left."
    definition = (
        "A dropout rate above 0.6 or a weight decay above 0.012 (0.12 decoupled) is known; or train-mode training loss /"
        " evaluation-mode training loss - 1 >= 15 % over the later half. And the gap of evaluation mode <= 25 %, and >= 20 %"
        " of chance level or the start left in it. Without that curve and with known dropout rates validation stands in."
    )
    why = (
        "Dropout pays by closing a gap. Where there is none and the training loss is high, it only takes capacity and"
        " slows learning, and a lower rate is better on training and validation."
    )
    limits = (
        "Augmentation, label smoothing or a penalty in the training loss lift train mode as dropout does.",
        "A loss that nothing can lower further (noisy labels, language) leaves much of it too.",
        "A run that was cut short has much of its loss left for another reason.",
    )
    needs = (REGULARISATION, VAL_LOSS)
    thresholds = (EXCESS, STRENGTH, SMALL_GAP, LEFT)
    sources = (
        Source(
            key="liu2023dropout",
            place="results on ImageNet-1K, ViT-T",
            says="For a small vision transformer that underfits ImageNet, standard dropout lowered accuracy from 73.9 %"
            " to 67.9 %.",
            grade=Grade.SINGLE_STUDY,
        ),
    )
    told_apart_from = (
        LookAlike(
            code="GF201",
            by="train-mode-excess or regularisation-strength: a network that is too small has neither",
        ),
        LookAlike(code="GF104", by="left-in-evaluation-mode: fitted in spite of dropout, nothing is wrong"),
    )
    remedies = ("lower-dropout",)
    settled_by = ("train-in-eval-mode",)
    since = "0.1"

    severity = Severity.WARNING
    present_message = (
        "{held_back}; {left_in_evaluation} of the loss is left, and there is no gap to speak of ({gap}): the regularisation"
        " costs more than it can protect against."
    )
    absent_messages = MappingProxyType(
        {
            "regularisation-strength": "The settings are common ones: {held_back}.",
            "train-mode-excess": "Training in train mode lies only {mode_excess} above {stand_in}.",
            "gap": "There is a gap of {gap} of the validation loss, so regularisation has something to protect against.",
            "left-in-evaluation-mode": "The data are fitted in spite of it: {left_in_evaluation} of the loss is left.",
        }
    )
    open_message = (
        "{held_back}, and {left_in_evaluation} of the loss is left; noise or too few points leave open whether that is too"
        " much regularisation."
    )
    missing_message = "Whether regularisation is too strong cannot be judged: {needs} missing."
    advice = "Lower the dropout rates or the weight decay by one step (to half, or a tenth) and prove it on validation data."

    def weigh(self, history: History) -> tuple[Evidence, ...]:
        """Hold the known settings or the cost of train mode, the gap and what is left against their thresholds."""
        strong = against(regularisation_strength(history), STRENGTH)
        if strong.outcome is not Outcome.PRESENT and has_both_modes_or_dropout(history):
            strong = against(train_mode_excess(history), EXCESS)
        return (
            strong,
            against(gap(history), SMALL_GAP),
            against(left_in_evaluation_mode(history), LEFT),
        )

    @staticmethod
    def present() -> History:
        """In train mode 1.6 is left of 2.3, in evaluation mode 1.1, on validation hardly more."""
        plain = example(falling(2.4, 1.6, 5), falling(2.3, 1.15, 5))
        logged = with_curve(plain, "train_loss", falling(2.4, 1.6, 5), measured_as=MeasuredAs.EPOCH_MEAN)
        return with_curve(logged, "train_loss_eval", falling(2.3, 1.1, 5))

    @staticmethod
    def absent() -> History:
        """As much is left, with a usual weight decay and no dropout: a network that is too small."""
        return with_fact(
            example(falling(2.3, 1.1, 5), falling(2.3, 1.15, 5)), weight_decay=1e-4, dropout_rates=()
        )
