# SPDX-License-Identifier: Apache-2.0
"""Names and numbers in a line that was printed for people.

    Epoch 3/10 | train_loss: 0.51 | val_loss: 0.62     epoch 3 of 10, two quantities
    Test set: Average loss: 0.05, Accuracy: 98/100      both of the test split, 0.98
    Epoch: [0][10/50]  Loss 6.9 (7.0)                   epoch 0, the running mean 7.0

Only words that the table of synonyms knows make a quantity; any other number is passed over.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from goodfit.readers._languages import in_english
from goodfit.readers._names import parse_name
from goodfit.readers._synonyms import RUN_COLUMNS, TEST, TRAIN, VALIDATION, axis_of, goal_of, words
from goodfit.values import Axis

_NUMBER = re.compile(
    r"(?<![\w.@])(?<![A-Za-z]-)"
    r"(?P<value>[+-]?(?:(?:\d{1,3}(?:,\d{3})+\.\d+|\d+[.,]\d+|\d+\.?|\.\d+)(?:[eE][+-]?\d+)?|(?:nan|inf|infinity)\b))"
    r"(?![\w@])(?:\s?/\s?(?P<total>\d+)(?![\w.]))?",
    re.IGNORECASE,
)
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+$")
_HAS_NUMBER = re.compile(r"\d|nan|inf", re.IGNORECASE)
_CLOCK = re.compile(
    r"\d{4}-\d\d-\d\d[T ]?|(?<![\w.])\d+(?:\.\d+)?(?::\d+(?:[.,]\d+)?)+"
)  # dates, times, 0.5:0.95
_BOUND = re.compile(r"[,;|\t\[\]{}()<>]|\s-+\s|:\s|=>|->|\s{3,}|\s[-–—•*]+$")
_LEADS = re.compile(r"[\s:=\[(\"'#>~≈]+$")
_BEFORE_AVERAGE = re.compile(r"^\s*\(\s*$")
_WORD = re.compile(r"[^\W\d_]+")
_TEXT_BEFORE = re.compile(r"[\"'`]")
_STANDING = frozenset(
    {"best", "lowest", "highest", "previous", "prev", "final", "old", "initial", "target", "min", "max"}
)
_NOT_ITS_PLACE = frozenset({"batch", "total", "num", "max", "best", "warmup", "patience", "of"})
_LONGEST = 10_000  # characters; no line that is printed for people is longer
_NAME_WORDS = 4  # at most, in a name that stands between separators
_CALLED_RUNS = frozenset(RUN_COLUMNS) - {"version", "id", "name", "model", "config", "exp", "job"}
_SPLIT_WORDS = {
    **dict.fromkeys(TRAIN, "train"),
    **dict.fromkeys(VALIDATION, "val"),
    **dict.fromkeys(TEST, "test"),
}


@dataclass(slots=True)
class Quantity:
    """A number with its name."""

    name: str  # as printed, the split in front where only the line says it
    text: str  # the number as printed
    value: float
    ends: int  # where the number ends in the line
    averaged: bool = False  # the running mean beside the last value counts


@dataclass(slots=True)
class Said:
    """What one line says."""

    places: dict[Axis, float] = field(default_factory=dict)
    planned: float | None = None  # epochs, where the line says "of how many"
    run: str = ""  # "fold=2"
    quantities: list[Quantity] = field(default_factory=list)


def read_line(line: str, split: str = "") -> Said:
    """Read a line; `split` is the one that a heading above it names, "" if none does."""
    said = Said()
    if len(line) > _LONGEST or not _HAS_NUMBER.search(line):
        return said
    if _CLOCK.search(line):
        line = _CLOCK.sub(lambda found: "\t" * len(found.group()), line)
    done = 0
    standing = not _STANDING.isdisjoint(_WORD.findall(line.lower())[:2])
    for found in _NUMBER.finditer(line):
        before, done = line[done : found.start()], found.end()
        if _BEFORE_AVERAGE.match(before) and said.quantities and line[done : done + 1] == ")":
            said.quantities[-1].value, said.quantities[-1].averaged = _value(found), True
            continue
        name, bounded = _name(before)
        split = _split_said(before) or split
        if not name.split():  # nothing, or what a feed of the printer leaves
            continue
        if axis := _axis(name):
            said.places[axis] = _number(found["value"], counts=True)
            if axis is Axis.EPOCH and found["total"]:
                said.planned = float(found["total"])
        elif (run := "_".join(words(name.split()[-1]))) in _CALLED_RUNS:
            said.run = f"{run}={found['value']}"
        elif not standing and (quantity := _quantity(name, bounded=bounded)):
            said.quantities.append(_placed(quantity, found, split, said))
    return said


def heading_split(line: str) -> str:
    """The split that a short line without numbers announces ("Test Error:"), "" if it is no such heading."""
    named = {_SPLIT_WORDS[word] for word in _spoken(line) if word in _SPLIT_WORDS}
    short = len(line.split()) <= _NAME_WORDS
    return named.pop() if short and len(named) == 1 and not any(map(str.isdigit, line)) else ""


def _name(before: str) -> tuple[str, bool]:
    """The words in front of a number, and whether something bounds them on the left."""
    text = _TEXT_BEFORE.sub("", _LEADS.sub("", before))
    bounds = list(_BOUND.finditer(text))
    start = bounds[-1].end() if bounds else 0
    return text[start:].strip(" .-*•"), bool(bounds) or len(text.split()) <= _NAME_WORDS


def _axis(name: str) -> Axis | None:
    tokens = name.split()
    for count in (3, 2, 1):
        if len(tokens) >= count and (axis := axis_of(" ".join(tokens[-count:]))):
            around = {word for token in tokens for word in words(token)}
            return None if around & _NOT_ITS_PLACE else axis
    return None


def _quantity(name: str, *, bounded: bool) -> str:
    """The part of the words that names a loss or metric; "" if none does."""
    tokens = name.split()
    candidates: Iterator[list[str]] = iter([tokens] if bounded and len(tokens) <= _NAME_WORDS else [])
    for candidate in candidates:
        if _is_quantity(" ".join(candidate)):
            return " ".join(candidate)
    start = len(tokens)
    while start and _is_known(tokens[start - 1]):
        start -= 1
    if start and not _STANDING.isdisjoint(words(tokens[start - 1])):
        return ""
    found = " ".join(tokens[start:])
    return found if found and _is_quantity(found) else ""


def _is_quantity(name: str) -> bool:
    parts = words(name)
    meaning = parse_name(name)
    if meaning is None or not parts or not _STANDING.isdisjoint(parts):
        return False
    last = parts[-1]
    ends = (
        goal_of(last) is not None
        or last in _SPLIT_WORDS
        or last.isdecimal()
        or last in ("b", "m", "epoch", "step")
    )
    return ends and bool(meaning.metric) and goal_of(meaning.metric) is not None


def _is_known(token: str) -> bool:
    """Whether all words of a token may stand in the name of a loss or metric."""
    parts = words(token)
    return bool(parts) and all(
        goal_of(part) is not None or part in _SPLIT_WORDS or part in _AVERAGES or part.isdecimal()
        for part in parts
    )


_AVERAGES = frozenset({"avg", "average", "mean", "running", "smoothed", "total", "epoch", "batch", "step"})


def _split_said(before: str) -> str:
    """The last split that words in front of a number name; a name such as val_loss speaks for itself alone."""
    found = [_SPLIT_WORDS[word] for word in _spoken(before) if word in _SPLIT_WORDS]
    return found[-1] if found else ""


def _spoken(text: str) -> list[str]:
    """Words that stand alone, in English."""
    alone = [token.strip(" :=()[]*.,'\"-|") for token in re.split(r"[\s\[\]|/,:()=]+", text)]
    return in_english([token.lower() for token in alone if token and "_" not in token])


def _placed(name: str, found: re.Match[str], split: str, said: Said) -> Quantity:
    """The quantity with its split; a name that the line gave to a split already means the training."""
    meaning = parse_name(name)
    if meaning is not None and meaning.split is None and split:
        full = f"{split}/{name}"
        if all(
            each.name.lower() != full.lower() and _bare(each.name) != _bare(full) for each in said.quantities
        ):
            name = full
    return Quantity(name=name, text=found["value"], value=_value(found), ends=found.end("value"))


def _bare(name: str) -> tuple[object, str] | None:
    meaning = parse_name(name)
    return (meaning.split, meaning.metric) if meaning else None


def _number(text: str, *, counts: bool = False) -> float:
    """The number; a comma parts thousands where a point follows or a counter is meant, else it is the decimal sign."""
    if "," in text and ("." in text or (counts and _THOUSANDS.match(text))):
        return float(text.replace(",", ""))
    return float(text.replace(",", "."))


def _value(found: re.Match[str]) -> float:
    """The number; 98/100 is a share."""
    value = _number(found["value"])
    total = float(found["total"] or 0)
    return value / total if total else value
