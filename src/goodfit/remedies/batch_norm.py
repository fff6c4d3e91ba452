# SPDX-License-Identifier: Apache-2.0
"""batch-norm: each feature is brought to mean 0 and variance 1 over the batch, so that deep layers can learn."""

from goodfit.remedies._case import Case, reaches
from goodfit.remedies._library import DROPOUT_BEFORE_NORM
from goodfit.remedies._remedy import Remedy
from goodfit.remedies._steps import MUCH_LEFT, too_long, too_short
from goodfit.remedies._words import gradient, said, training_left
from goodfit.values import (
    Direction,
    Grade,
    LayerKind,
    Measurement,
    Outcome,
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

DEEP = Threshold(
    name="layers-with-weights",
    value=6.0,
    unit="layers",
    because="with torch's own initial weights a layer with ReLU passes about four tenths (1 / sqrt 6) of the size of a signal on,"
    " so that behind five of them a hundredth is left",
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
    treats = ("GF203", "GF201", "GF202")
    worsens = ("GF401",)
    where = "between each hidden layer and its activation"
    dose = None
    thresholds = (SMALL_BATCH, DEEP)
    sources = (
        Source(
            key="ioffe2015batch",
            place="abstract",
            says="An image classifier reached the same accuracy with 14 times fewer training steps.",
            grade=Grade.SINGLE_STUDY,
        ),
        Source(
            key="ioffe2015batch",
            place="section 3.3",
            says="Behind batch normalisation neither the output of a layer nor the gradient that it passes on depends on "
            "the scale of its weights, so that training does not hang on how they were drawn.",
            grade=Grade.THEOREM,
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
        """Fits a training that does not start, or a deep one that is slow, without normalisation and with batches to spare."""
        slow = next((code for code in ("GF203", "GF201", "GF202") if code in case.found), None)
        deep = _deep(case)
        if slow is None or (slow != "GF203" and (not deep or "GF101" in case.found)):
            return self.leave(self._not_for(case))
        normed = _normalisation(case)
        if normed:
            return self.leave(f"the model has normalisation already ({normed})")
        if normed is None:
            return self.leave("whether the model has normalisation already is not known")
        if steps := too_short(case) or too_long(case):
            return self.leave(f"{steps}; that comes first")
        if small := _small_batches(case):
            return self.leave(small)
        return self._prescribed(f"{said(case, slow)}; {gradient(case)}", deep)

    def settle(self, case: Case) -> Prescription | None:
        """Fits a deep network without normalisation that may or may not be held up: most of its loss is left."""
        lines = [line for code in ("GF201", "GF202") if (line := case.line(code))]
        unsettled = next((line for line in lines if line.outcome is Outcome.INCONCLUSIVE), None)
        deep = _deep(case)
        if unsettled is None or not deep or _normalisation(case) != "" or _small_batches(case):
            return None
        if not reaches(case.remaining, MUCH_LEFT):
            return None
        return self._prescribed(f"{said(case, unsettled.code)}, and {training_left(case)}", deep)

    def _prescribed(self, because: str, deep: str) -> Prescription:
        return self.prescribe(
            because=f"{because}; {deep}" if deep else because,
            expected="The training loss falls within the first epochs; seen in a tenth of the run.",
        )

    def _not_for(self, case: Case) -> str:
        """The training did start, and with dropout it may do harm."""
        harm = "; dropout in front of it does harm: 77.42 % accuracy became 68.55 % (DenseNet, CIFAR-100)"
        with_dropout = harm if {"GF101", "GF102"} & set(case.found) else ""
        return f"it is for a training that does not start: {said(case, 'GF203')}, {training_left(case)}{with_dropout}"


def _small_batches(case: Case) -> str:
    """Why batches are too small for it, in words; empty when they are not, or when that is not known."""
    size = case.history.context.batch_size if case.history else None
    if size is None or not reaches(Measurement.exact("batch-size", size), SMALL_BATCH):
        return ""
    return f"batches hold {size} examples, and {SMALL_BATCH.because}"


def _deep(case: Case) -> str:
    """How deep the network is, in words, where that alone holds a training up; empty else."""
    layers = case.model.of_kind(LayerKind.LINEAR, LayerKind.CONVOLUTION) if case.model is not None else ()
    count = Measurement.exact("layers-with-weights", sum(layer.parameters > 0 for layer in layers))
    return f"{count.value:g} layers with weights: {DEEP.because}" if reaches(count, DEEP) else ""


def _normalisation(case: Case) -> str | None:
    """What normalises in the model: its name, "" for nothing, None when that is not known."""
    if case.model is not None:
        layers = case.model.of_kind(LayerKind.BATCH_NORM, LayerKind.NORM)
        return layers[0].path if layers else ""
    known = case.history.context.regularisers if case.history else None
    if known is None:
        return None
    return next((each for each in known if "norm" in each), "")
