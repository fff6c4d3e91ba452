# SPDX-License-Identifier: Apache-2.0
"""batch-norm: each feature is brought to mean 0 and variance 1 over the batch, so that deep layers can learn."""

from goodfit.remedies._case import Case, reaches
from goodfit.remedies._library import DROPOUT_BEFORE_NORM
from goodfit.remedies._remedy import Remedy
from goodfit.remedies._words import gradient, said, training_left
from goodfit.values import (
    Direction,
    Grade,
    LayerKind,
    Measurement,
    Prescription,
    Rejection,
    Source,
    Threshold,
    TradeOff,
)

SMALL_BATCH = Threshold(
    name="batch-size",
    value=8.0,
    unit="examples",
    direction=Direction.BELOW,
    because="mean and variance of so few examples are mostly noise",
)


class BatchNorm(Remedy):
    """Normalisation over the batch after each hidden layer."""

    name = "batch-norm"
    what = "Put batch normalisation between each hidden layer and its activation."
    how = "Features keep a steady scale through the layers, so that gradients reach the first ones undiminished."
    benefits = "Higher learning rates and far fewer steps for networks that hardly train without it."
    costs = "A little time in each step, new parameters, and batches that must not be small."
    risk = "Training and inference differ when batches are small; dropout in front of it does harm."
    trade_offs = (
        TradeOff(
            says="Steadier training: gradients differ less in size from step to step.",
            measured_by="gradient-spread",
        ),
        TradeOff(
            says="Validation swings less from epoch to epoch, unless batches are small.",
            measured_by="between-epoch-noise",
        ),
        TradeOff(says="Fewer epochs to the best one.", measured_by="epochs-to-best"),
        TradeOff(says="A step takes longer.", measured_by="step-time"),
        TradeOff(says="Two numbers more for each feature.", measured_by="parameters"),
    )
    treats = ("GF203",)
    worsens = ("GF401",)
    where = "between each hidden layer and its activation"
    dose = None
    thresholds = (SMALL_BATCH,)
    sources = (
        Source(
            key="ioffe2015batch",
            place="abstract",
            says="An image classifier reached the same accuracy with 14 times fewer training steps.",
            grade=Grade.SINGLE_STUDY,
        ),
        Source(
            key="wu2018group",
            place="abstract",
            says="Its error grows fast as batches get smaller: at 2 images a batch, a ResNet-50 with group "
            "normalisation had 10.6 % lower error on ImageNet.",
            grade=Grade.SINGLE_STUDY,
        ),
        DROPOUT_BEFORE_NORM,
    )
    edits = ("batch_norm",)
    keeps_keys = False
    keeps_output = "close"  # at its start a norm is the identity in evaluation mode, up to rounding
    applies_to = (LayerKind.LINEAR, LayerKind.CONVOLUTION)
    since = "0.1"

    def consider(self, case: Case) -> Prescription | Rejection:
        """Fits a training that does not start, in a network without normalisation and with batches to spare."""
        if "GF203" not in case.found:
            return self.leave(self._not_for(case))
        normed = _normalisation(case)
        if normed:
            return self.leave(f"the model has normalisation already ({normed})")
        size = case.history.context.batch_size if case.history else None
        if size is not None and reaches(Measurement.exact("batch-size", size), SMALL_BATCH):
            return self.leave(f"batches hold {size} examples, and {SMALL_BATCH.because}")
        unknown = "; whether the model has normalisation is not known" if normed is None else ""
        return self.prescribe(
            because=f"{said(case, 'GF203')}; {gradient(case)}{unknown}",
            expected="The training loss falls within the first epochs; seen in a tenth of the run.",
        )

    def _not_for(self, case: Case) -> str:
        """The training did start, and with dropout it may do harm."""
        harm = "; dropout in front of it does harm: 77.42 % accuracy became 68.55 % (DenseNet, CIFAR-100)"
        with_dropout = harm if {"GF101", "GF102"} & set(case.found) else ""
        return f"it is for a training that does not start: {said(case, 'GF203')}, {training_left(case)}{with_dropout}"


def _normalisation(case: Case) -> str | None:
    """What normalises in the model: its name, "" for nothing, None when that is not known."""
    if case.model is not None:
        layers = case.model.of_kind(LayerKind.BATCH_NORM, LayerKind.NORM)
        return layers[0].path if layers else ""
    known = case.history.context.regularisers if case.history else None
    if known is None:
        return None
    return next((each for each in known if "norm" in each), "")
