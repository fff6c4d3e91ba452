# SPDX-License-Identifier: Apache-2.0
"""Where trainings are carried out and kept: the same options for every command that trains many."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from goodfit._cli.numbers import whole
from goodfit.errors import SettingsError

if TYPE_CHECKING:
    from goodfit.execution import Executor, Folder
    from goodfit.training import Source

Count = Annotated[int, Parameter(converter=whole)]
HERE = ".goodfit"  # the store when none is named, and where reports go when it is at an address


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """How the trainings of a command are carried out."""

    store: Annotated[
        str,
        Parameter(
            help="Folder of finished trainings, or an address such as s3://bucket/goodfit; what lies there is not "
            "trained again."
        ),
    ] = HERE
    resume: Annotated[
        bool,
        Parameter(
            help="Go on from what the store holds. --no-resume trains everything anew, in a store of its own below "
            "the store (fresh/TIME); nothing is deleted, and looks at the test set are counted as before."
        ),
    ] = True
    workers: Annotated[
        Count | None,
        Parameter(
            help="Processes to train in; when not given, one on a GPU, else as many as there are processors, with "
            "--engine ray those of the cluster."
        ),
    ] = None
    engine: Annotated[
        Literal["local", "ray"],
        Parameter(help="Processes of this machine, or of Ray (pip install 'goodfit[ray]')."),
    ] = "local"
    address: Annotated[
        str | None,
        Parameter(
            help="Of a running Ray cluster, such as ray://head:10001; when not given, Ray starts here."
        ),
    ] = None

    @property
    def reports(self) -> Path:
        """Where reports are written: the store, or the folder of this machine when that is at an address."""
        return Path(HERE) if "://" in self.store else Path(self.store)


def check_running(running: Running) -> None:
    """Refuse before anything is loaded what goes not together.

    Raises:
        SettingsError: an address without Ray.
    """
    if running.address is not None and running.engine != "ray":
        raise SettingsError(
            "an address was given, and the trainings run on this machine",
            where="--address",
            todo="add --engine ray, or leave --address out",
        )


def refuse_cluster(running: Running) -> None:
    """Refuse to send commands elsewhere: their files and what they print lie on this machine.

    Raises:
        SettingsError: an engine was named.
    """
    if running.engine != "local":
        raise SettingsError(
            "a command is run on this machine",
            where="--engine",
            todo="leave --engine out, or hand over a TASK",
        )


def processes(running: Running, source: "Source") -> int | None:
    """How many processes; None leaves it to the cluster. Of commands one at a time: each may take all there is."""
    from goodfit.execution import processors
    from goodfit.training import TaskSource, choose_device, prepare

    if running.workers is not None or running.engine == "ray":
        return running.workers
    if not isinstance(source, TaskSource):
        return 1
    return 1 if choose_device(prepare(source).task.device).type == "cuda" else processors()


def workers_for(running: Running, source: "Source") -> "Executor":
    """What carries the trainings of a command out, as a block."""
    from goodfit.execution import workers_of

    return workers_of(running.engine, processes(running, source), source=source, address=running.address)


def store_for(running: Running) -> "Folder":
    """Where the trainings of a command are kept."""
    from goodfit.execution import folder_at, fresh_store

    store = folder_at(running.store)
    return store if running.resume else fresh_store(store)
