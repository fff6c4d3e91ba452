# SPDX-License-Identifier: Apache-2.0
"""Which executor carries the trainings of a command out."""

from typing import Literal

from goodfit.errors import SettingsError
from goodfit.execution.port import Executor
from goodfit.execution.workers import Workers
from goodfit.training import Source, TaskSource

ExecutorName = Literal["local", "ray"]


def workers_of(
    engine: ExecutorName = "local",
    count: int | None = None,
    *,
    source: Source | None = None,
    address: str | None = None,
) -> Executor:
    """Processes of this machine, or of Ray's.

    Args:
        engine: "local" or "ray".
        count: how many; None: as many as there are processors.
        source: the task that will be trained: its data are sent once, its code is shipped where that is needed.
        address: of a Ray cluster; None: Ray is started here.

    Raises:
        SettingsError: an address without Ray, fewer than one worker, or no cluster answers.
        MissingExtraError: ray is not installed.
    """
    task = (
        source if isinstance(source, TaskSource) else TaskSource()
    )  # a command is a name, and nothing is sent of it
    if engine == "ray":
        from goodfit.execution.ray_workers import RayWorkers

        return RayWorkers(count, shared=task.task, address=address, reference=task.reference)
    if address is not None:
        raise SettingsError(
            "an address was given, and the trainings run on this machine",
            where="--address",
            todo="add --engine ray, or leave --address out",
        )
    return Workers(count, shared=task.task)
