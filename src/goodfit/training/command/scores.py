# SPDX-License-Identifier: Apache-2.0
"""The test losses that a command wrote, sealed: they are kept as they are, and read when a look was counted.

They travel with the run as its weights do, so that a store holds all that a proof needs.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from goodfit.errors import FormatError, InputError, TrainingError
from goodfit.readers.scores import NAMES, ExampleScores, scores_in
from goodfit.training.command.logs import Stamps
from goodfit.training.command.process import quoted

_HOW = (
    'let the script write {out}/scores.json at its end: {"losses": [one test loss for each example], '
    '"ids": [...]}, or name the file that it writes: --scores'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredExamples:
    """What is known of a test set without its losses."""

    count: int
    ids: str | None  # a hash of the examples' ids, whatever their order
    groups: tuple[int, ...] | None  # a code an example, in the order of the ids where there are some


def find_scores(named: Path | None, out: Path, before: Stamps) -> Path | None:
    """The file of scores of one run: the named one if the run wrote it, else the first of the usual names."""
    candidates = [out / name for name in NAMES] if named is None else [named]
    return next((path for path in candidates if path.is_file() and before.get(path) != _stamp(path)), None)


def seal(path: Path) -> dict[str, Tensor]:
    """The file's content under its name, as bytes of a tensor.

    Raises:
        TrainingError: it cannot be read.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise TrainingError(f"the test scores cannot be read: {error}", where=str(path)) from error
    return {path.name: torch.frombuffer(bytearray(raw or b" "), dtype=torch.uint8)}


def opened(sealed: Mapping[str, Tensor]) -> ExampleScores:
    """The scores of one run, sorted by id where the examples have ids.

    Raises:
        InputError: the run wrote none, or those of several trainings.
        FormatError: they cannot be read.
    """
    if not sealed:
        raise InputError("a run wrote no test scores", todo=_HOW)
    ((name, content),) = sealed.items()
    found = scores_in(content.numpy().tobytes(), name)
    if len(found) > 1:
        raise FormatError(
            f"one run wrote the scores of {len(found)} trainings",
            where=name,
            todo="write those of this run alone",
        )
    return _sorted(found[0])


def examples_of(sealed: Mapping[str, Tensor]) -> ScoredExamples:
    """Which examples the scores are of; their losses are not handed on.

    Raises:
        InputError, FormatError: as `opened`.
    """
    scores = opened(sealed)
    groups = None
    if scores.groups is not None:
        groups = tuple(np.unique(np.array(scores.groups), return_inverse=True)[1].tolist())
    ids = None if scores.ids is None else hashlib.sha256("\0".join(scores.ids).encode()).hexdigest()[:16]
    return ScoredExamples(count=len(scores), ids=ids, groups=groups)


def agreeing(found: Iterable[ScoredExamples]) -> ScoredExamples:
    """What all runs say of the test set.

    Raises:
        InputError: they were scored on different examples.
    """
    first, *others = found
    for each in others:
        if each.count != first.count:
            raise InputError(
                f"one run wrote {first.count} test losses, another {each.count}",
                todo="score every run on the same test examples",
            )
        if (each.ids, each.groups) != (first.ids, first.groups):
            raise InputError(
                "the runs name different test examples, or put them into different groups",
                todo="score every run on the same test examples, whatever the seed",
            )
    return first


def missing_scores(output: Path, named: Path | None) -> TrainingError:
    """What to say of a run that is to be proven and wrote no scores."""
    looked = f"at {named}" if named is not None else f"under the names {', '.join(NAMES)}"
    return TrainingError(
        f"the command wrote no test scores: there are none {looked}{quoted(output)}",
        where=str(output.parent),
        todo=_HOW,
    )


def _sorted(scores: ExampleScores) -> ExampleScores:
    if scores.ids is None:
        return scores
    order = sorted(range(len(scores)), key=scores.ids.__getitem__)
    groups = None if scores.groups is None else tuple(scores.groups[i] for i in order)
    return ExampleScores(
        losses=scores.losses[order],
        seed=scores.seed,
        ids=tuple(scores.ids[i] for i in order),
        groups=groups,
        metrics=scores.metrics,
        source=scores.source,
    )


def _stamp(path: Path) -> tuple[int, int]:
    state = path.stat()
    return state.st_mtime_ns, state.st_size
