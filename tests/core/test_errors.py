# SPDX-License-Identifier: Apache-2.0
"""Errors say what was found, where, and what to do, also across a process boundary."""

import inspect
import pickle

from goodfit import errors
from goodfit.errors import GoodfitError, TaskError


def test_message_has_three_parts() -> None:
    """Each part that is given is printed on a line of its own."""
    assert str(TaskError("a", where="b", todo="c")) == "a\nWhere: b\nWhat to do: c"
    assert str(TaskError("a")) == "a"


def test_errors_survive_pickling() -> None:
    """An error raised in a worker process arrives whole."""
    again = pickle.loads(pickle.dumps(TaskError("a", where="b", todo="c")))  # noqa: S301 - our own bytes
    assert (type(again), again.found, again.where, again.todo) == (TaskError, "a", "b", "c")


def test_the_tree_is_drawn_in_the_docstring() -> None:
    """Every error derives from GoodfitError and stands in the drawing."""
    kinds = [
        kind for _, kind in inspect.getmembers(errors, inspect.isclass) if kind.__module__ == errors.__name__
    ]
    assert all(issubclass(kind, GoodfitError) for kind in kinds)
    assert all(kind.__name__ in (errors.__doc__ or "") for kind in kinds)
