# SPDX-License-Identifier: Apache-2.0
"""Which of several runs is meant by a name: the whole of it, what stands behind its last sign, or a part."""

from collections.abc import Sequence
from pathlib import PurePath

from goodfit.errors import ReadError, SeveralRunsError
from goodfit.values import History

_NAMED = 10  # how many runs a message names


def chosen_run(runs: Sequence[History], name: str, where: str) -> tuple[History, ...]:
    """The one run of that name.

    Raises:
        ReadError: none is called so; names those there are.
        SeveralRunsError: several are.
    """
    for alike in (_is_whole, _is_label, _is_part):
        found = tuple(run for run in runs if alike(str(run.source), name))
        if len(found) == 1:
            return found
        if found:
            raise SeveralRunsError(
                f"{len(found)} runs are called {name!r:.80}: {named(found)}",
                where=where,
                todo="name one of them whole",
            )
    raise ReadError(f"no run is called {name!r:.80}", where=where, todo=f"name one of: {named(runs)}")


def named(runs: Sequence[History]) -> str:
    """The runs' names, the first of many."""
    names = [str(run.source) for run in runs]
    return "; ".join(names[:_NAMED]) + (f"; and {len(names) - _NAMED} more" if len(names) > _NAMED else "")


def _is_whole(source: str, name: str) -> bool:
    return source == name


def _is_label(source: str, name: str) -> bool:
    """Whether the name is a run's label ("run=a"), a value in it ("a"), or a folder or file of its path."""
    path, _, label = source.removesuffix(")").rpartition(" (")
    labels = label.split(", ") if path else []
    values = [part.partition("=")[2] for part in labels] + [part.rpartition("=")[2] for part in labels]
    return name in (label, *labels, *values) or name in PurePath(path or source).parts


def _is_part(source: str, name: str) -> bool:
    return bool(name) and name in source
