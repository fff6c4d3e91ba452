# SPDX-License-Identifier: Apache-2.0
"""What a column's name says: on which data, which quantity, and how it was averaged.

parse_name("val/acc")            validation, "accuracy"
parse_name("train_loss_step")    training, "loss", last batch
parse_name("lr-Adam")            None: neither a loss nor a metric
"""

from dataclasses import dataclass

from goodfit.readers._synonyms import (
    AUXILIARY,
    EVALUATION,
    GRADIENT_NORM,
    METRICS,
    TEST,
    TRAIN,
    VALIDATION,
    axis_of,
    words,
)
from goodfit.values import MeasuredAs, Split

# Words that say how a number was averaged, and how good a stand-in for "the loss" that makes it: the
# column with the lowest rank becomes the curve, the others keep names of their own.
_MARKS: dict[str, tuple[int, MeasuredAs | None]] = {
    "epoch": (0, MeasuredAs.EPOCH_MEAN),
    "avg": (4, None),
    "average": (4, None),
    "total": (6, None),
    "overall": (6, None),
    "running": (8, MeasuredAs.SMOOTHED),
    "smoothed": (8, MeasuredAs.SMOOTHED),
    "smooth": (8, MeasuredAs.SMOOTHED),
    "batch": (10, MeasuredAs.LAST_BATCH),
    "step": (10, MeasuredAs.LAST_BATCH),
    "iter": (10, MeasuredAs.LAST_BATCH),
}
_PLAIN_RANK = 2
_LOSS = frozenset({"loss", "losses"})
_DROPPED = frozenset({"metrics", "metric", "main"})  # "main" is what Chainer calls the model


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """A column's name, understood."""

    split: Split | None  # None: the name does not say
    metric: str  # "loss", "accuracy", ...; "" when the name holds nothing but the split
    group: str = ""  # which of several validation sets
    measured_as: MeasuredAs | None = None  # None: the name does not say
    eval_mode: bool = False  # training data, measured in evaluation mode
    rank: int = _PLAIN_RANK  # even; the lower, the better it stands for its metric

    @property
    def is_component(self) -> bool:
        """Whether it is a part of a loss, such as "box_loss"."""
        parts = self.metric.split("_")
        return "loss" in parts and self.metric != "loss"


def parse_name(column: str, sets: tuple[str, ...] = ()) -> Name | None:
    """Read a column's name; None when it names neither a loss nor a metric.

    `sets` are the names of validation sets that the tool is known to put behind its split word,
    as Hugging Face does in `eval_<name>_loss`.
    """
    parts = words(column)
    if not parts or axis_of(column) is not None:
        return None
    split, eval_mode = _split(parts)
    rest, group = _group(parts, sets)
    quantity = "_".join(word for word in rest if word not in TRAIN)
    if quantity in GRADIENT_NORM:
        return Name(split=Split.TRAIN, metric="grad_norm")
    if AUXILIARY.intersection(rest) or axis_of("_".join(rest)) is not None:
        return None
    metric, rank, measured_as = _metric(rest)
    return Name(
        split=split, metric=metric, group=group, measured_as=measured_as, eval_mode=eval_mode, rank=rank
    )


def split_of(word: str) -> Split | None:
    """The split that a single word names, as in the cells of a `phase` column."""
    parts = words(word)
    return _split(parts)[0] if len(parts) == 1 else None


def _split(parts: tuple[str, ...]) -> tuple[Split | None, bool]:
    found = {part.rstrip("0123456789") for part in parts}
    train, validation = bool(found & TRAIN), found & VALIDATION
    if train and validation and validation <= EVALUATION:
        return Split.TRAIN, True
    if validation:
        return Split.VALIDATION, False
    if found & TEST:
        return Split.TEST, False
    return (Split.TRAIN if train else None), False


def _group(parts: tuple[str, ...], sets: tuple[str, ...]) -> tuple[list[str], str]:
    """Take the split's words out, and the name of the validation set with them."""
    rest: list[str] = []
    group = ""
    after_split = False
    for part in parts:
        stem = part.rstrip("0123456789")
        if stem in TRAIN or stem in VALIDATION or stem in TEST:
            group, after_split = part[len(stem) :] or group, True
        elif after_split and part.isdecimal():
            group, after_split = part, False
        else:
            rest.append(part)
            after_split = False
    if "dataloader" in rest:  # Lightning: val_loss/dataloader_idx_1
        at = rest.index("dataloader")
        group, rest = "_".join(rest[at:]), rest[:at]
    for name in sets:
        prefix = list(words(name))
        if prefix and rest[: len(prefix)] == prefix:
            return rest[len(prefix) :], "_".join(prefix)
    return rest, group


def _metric(rest: list[str]) -> tuple[str, int, MeasuredAs | None]:
    """Name the quantity, with the words about averaging taken out where they are no part of it."""
    kept = [word for word in rest if word not in _DROPPED and word not in TRAIN]
    is_loss = not _LOSS.isdisjoint(kept) and set(kept) <= {"mean", *_LOSS, *_MARKS}
    taken = [word for word in kept if word in _MARKS and (is_loss or word in ("epoch", "step"))]
    marks = [_MARKS[word] for word in taken] + ([_MARKS["avg"]] if is_loss and "mean" in kept else [])
    left = [word for word in kept if word not in taken]
    quantity = "loss" if is_loss else "_".join(left)
    rank, measured_as = max(marks, key=lambda mark: mark[0], default=(_PLAIN_RANK, None))
    return METRICS.get(quantity, quantity), rank, measured_as
