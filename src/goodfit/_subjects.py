# SPDX-License-Identifier: Apache-2.0
"""Something to treat, from what a reference names: a Task, a model, or a model with a batch for it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import nn

from goodfit.errors import TaskError
from goodfit.surgery import Subject
from goodfit.training import (
    OWN_SEED,
    Prepared,
    Settings,
    Task,
    TaskSource,
    build_model,
    build_subject,
    called,
    find_function,
    own_randomness,
    prepare,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A model with what trains it, as far as that is known."""

    subject: Subject
    example: Any  # one batch as the model takes it; None when none is known
    factory: Callable[..., Any] | None  # the function that gave the model


def find_subject(source: TaskSource) -> Found:
    """Load what is to be treated.

    The function may give a Task, a torch module, or a pair of a module and one batch as it takes it; a class of
    modules counts as a function.

    Raises:
        TaskError: it cannot be found, raised, or gave something else.
    """
    if source.reference is None:
        return subject_of_task(prepare(source))
    function = find_function(source.reference)
    given = called(function, source.reference)
    if isinstance(given, Task):
        return subject_of_task(prepare(source))
    model, example = given if _is_pair(given) else (given, None)
    if not isinstance(model, nn.Module):
        raise TaskError(
            f"{source.reference} gave a {type(given).__name__}",
            todo="return a goodfit.Task, a torch module, or a pair of a module and one batch of its inputs",
        )
    return Found(subject=Subject(model=model), example=example, factory=function)


def subject_of_task(prepared: Prepared) -> Found:
    """A task's model, untrained, with all that trains it, and one example that may be trained on."""
    own = Settings(seed=OWN_SEED)
    with own_randomness():
        subject = build_subject(prepared.task, build_model(prepared.task, own), own)
    return Found(subject=subject, example=one_example(prepared), factory=prepared.task.model)


def one_example(prepared: Prepared) -> Any:
    """The inputs of one example that may be trained on, as a batch of one."""
    return prepared.pool.examples.batch(prepared.pool.indices[:1])[0]


def _is_pair(given: Any) -> bool:
    return isinstance(given, tuple) and len(given) == 2  # noqa: PLR2004 - a pair
