# SPDX-License-Identifier: Apache-2.0
"""A prescription worked out for one model and its training: printable, appliable, revertible."""

from dataclasses import dataclass, replace
from enum import StrEnum

from goodfit._core.prescription import Prescription, RateStage
from goodfit._core.showing import Shown


class EditKind(StrEnum):
    """What is done at one place of a model, or of what trains it."""

    SET_RATE = "set rate"
    """A number that says how much is dropped gets another value; `Edit.attribute` names it."""
    INSERT_DROPOUT = "insert dropout"
    """The input of a layer passes through a new dropout."""
    LOCKED_DROPOUT = "locked dropout"
    """A sequence passes through a new dropout whose mask is the same at all time steps."""
    WEIGHT_DROP = "weight drop"
    """The recurrent weights of a layer are dropped from (DropConnect)."""
    EMBEDDING_DROPOUT = "embedding dropout"
    """Whole rows of an embedding are dropped."""
    RANDOM_RATES = "random rates"
    """Each example drops at a rate of its own, between 0 and the rate of the places that `Edit.along` names."""
    STOCHASTIC_DEPTH = "stochastic depth"
    """A residual branch is left out at random, for each example."""
    BATCH_NORM = "insert batch norm"
    """The output of a layer passes through a new batch norm."""
    WIDTH = "set width"
    """A hidden layer gets another number of units, and the layers that read it as many inputs."""
    WEIGHT_DECAY = "set weight decay"
    """The optimiser pulls weights towards zero; norms and biases are spared."""
    L1 = "soft threshold"
    """After each step weights are moved towards zero by a fixed amount, and no further (proximal L1)."""
    LABEL_SMOOTHING = "smooth labels"
    """The training loss takes a part of the target from the true class and spreads it over all."""
    STOP_EARLY = "stop early"
    """Training ends when validation has not improved for a while, and the best weights are kept."""
    EPOCHS = "set epochs"
    """The planned length of the training."""
    LEARNING_RATE = "scale learning rate"
    """All learning rates of the optimiser are multiplied."""
    RATE_SCHEDULE = "schedule of the rate"
    """The places of the treatment drop at other rates in the first epochs, which `Edit.earlier` names."""

    @property
    def of_training(self) -> bool:
        """Whether it changes what trains the model, and leaves the model as it is."""
        return self in _OF_TRAINING

    @property
    def keeps_keys(self) -> bool:
        """Whether the names in the state dict stay; their shapes change with a width."""
        return self is not EditKind.BATCH_NORM


_OF_TRAINING = (
    EditKind.WEIGHT_DECAY,
    EditKind.L1,
    EditKind.LABEL_SMOOTHING,
    EditKind.STOP_EARLY,
    EditKind.EPOCHS,
    EditKind.LEARNING_RATE,
    EditKind.RATE_SCHEDULE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One change at one place."""

    path: str  # dotted name of the layer changed; of a training: "optimizer", "loss" or "loop"
    kind: EditKind
    before: float | None  # the number as it was; None where there was none
    after: float
    code: str  # the same change as lines of the user's own code
    attribute: str = (
        ""  # what holds the number, where that is not plain: "p", "dropout", "config.attention_dropout"
    )
    along: tuple[str, ...] = ()  # dotted names of other layers that change with it
    manner: str = ""  # how, where there are several ways: "function-preserving", "fresh"
    most: float | None = None  # the number is never set above this here, whatever the dose
    earlier: tuple[
        RateStage, ...
    ] = ()  # of a schedule of the rate: what a training begins with, in this order


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    """A place that was looked at and left alone."""

    path: str
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Treatment(Shown):
    """A prescription worked out for one model: printable, appliable, revertible."""

    prescription: Prescription
    edits: tuple[Edit, ...]
    skipped: tuple[Skip, ...] = ()
    model_fingerprint: str = ""  # of the model it was planned for

    def of_model(self) -> "Treatment":
        """The part that changes the model."""
        return replace(self, edits=tuple(edit for edit in self.edits if not edit.kind.of_training))

    def of_training(self) -> "Treatment":
        """The part that changes the optimiser, the training loss or the loop."""
        return replace(self, edits=tuple(edit for edit in self.edits if edit.kind.of_training))
