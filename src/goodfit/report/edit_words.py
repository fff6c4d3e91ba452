# SPDX-License-Identifier: Apache-2.0
"""What an edit changes, in words: the number before, and the number after."""

from goodfit.report.words import number, stages
from goodfit.values import Edit, EditKind

_WORDS: dict[EditKind, tuple[str, str]] = {
    EditKind.SET_RATE: ("dropout", "dropout rate {}"),
    EditKind.INSERT_DROPOUT: ("dropout", "dropout rate {}"),
    EditKind.LOCKED_DROPOUT: ("locked dropout", "locked dropout rate {}"),
    EditKind.WEIGHT_DROP: ("weight drop", "weight drop rate {}"),
    EditKind.EMBEDDING_DROPOUT: ("embedding dropout", "embedding dropout rate {}"),
    EditKind.RANDOM_RATES: ("random rates", "a rate for each example, from 0 to {}"),
    EditKind.STOCHASTIC_DEPTH: ("stochastic depth", "its branch is left out at rate {}"),
    EditKind.BATCH_NORM: ("batch norm", "batch norm over {} features"),
    EditKind.WIDTH: ("width", "{} units"),
    EditKind.WEIGHT_DECAY: ("weight decay", "weight decay {}"),
    EditKind.L1: ("L1", "L1 coefficient {}"),
    EditKind.LABEL_SMOOTHING: ("label smoothing", "label smoothing {}"),
    EditKind.STOP_EARLY: ("early stopping", "patience of {} epochs"),
    EditKind.EPOCHS: ("planned length", "{} epochs"),
    EditKind.LEARNING_RATE: ("learning rate", "{} times the learning rate"),
    EditKind.RATE_SCHEDULE: ("schedule of the rate", "dropout rate {}"),
}
"""For each kind of edit: what it is about, and its number in words."""


def place_words(edit: Edit) -> str:
    """What is changed: the layer, and where that is not plain the attribute that holds the number."""
    plain = edit.kind is not EditKind.SET_RATE or (edit.path and edit.attribute == "p")
    parts = (edit.path, "" if plain else edit.attribute)
    return ".".join(part for part in parts if part) or "the model"


def before_words(edit: Edit) -> str:
    """How the place was: "dropout rate 0.1", or "no dropout"."""
    subject, form = _WORDS[edit.kind]
    return f"no {subject}" if edit.before is None else form.format(number(edit.before))


def after_words(edit: Edit) -> str:
    """How the place is after the edit."""
    return _WORDS[edit.kind][1].format(stages(edit.after, edit.earlier))
