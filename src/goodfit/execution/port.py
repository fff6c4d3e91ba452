# SPDX-License-Identifier: Apache-2.0
"""The port through which every verb trains: whoever has a `submit` can carry trainings out.

`Workers` (this process, or a pool of processes), `RayWorkers` and `Borrowed` are Executors; tune, prove and fix ask no
more of where they train than this.
"""

from collections.abc import Callable
from concurrent.futures import Future
from types import TracebackType
from typing import ParamSpec, Protocol, Self, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Executor(Protocol):
    """Carries calls out somewhere; a context manager that ends what it started."""

    @property
    def count(self) -> int:
        """How many calls are carried out side by side."""
        ...

    def submit(self, fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> "Future[T]":
        """Begin `fn(*args, **kwargs)`; its result or error comes with the Future.

        The death of the process that carried the call out is a WorkerDiedError of the Future, and later calls are
        carried out all the same.

        Raises:
            TaskError: the call cannot be sent to where it would be carried out.
        """
        ...

    def warm_up(self) -> None:
        """Start what has to be started now, so that it overlaps with other work."""
        ...

    def halt(self) -> None:
        """End the calls under way, trainings after their present epoch where that can be; later calls are carried out."""
        ...

    def __enter__(self) -> Self:
        """Be used in a block."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End what was started; on an error, calls under way as well."""
        ...
