# SPDX-License-Identifier: Apache-2.0
"""Where a task comes from, so that a worker process can load it again.

TaskSource("my_package.tasks:digits")     # a function in an installed module
TaskSource("experiments/task.py:digits")  # a function in a file
TaskSource(task=my_task)                  # a Task at hand; worker processes need it picklable
"""

import importlib
import importlib.util
import inspect
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any, overload

from torch import Tensor

from goodfit.errors import GoodfitError, TaskError
from goodfit.training.building import build_model, choose_device
from goodfit.training.command import CommandSource, PreparedCommand, prepare_command
from goodfit.training.evaluate import Measured, evaluate, on_device
from goodfit.training.fingerprint import holdout_fingerprint, task_fingerprint
from goodfit.training.interrupted import Place
from goodfit.training.loop import OnEpoch, Trained, measured_so_far, train
from goodfit.training.port import LockedSet
from goodfit.training.seeds import own_randomness, seed_everything
from goodfit.training.settings import Settings
from goodfit.training.splits import OWN_SEED, Holdout, Pool, divide
from goodfit.training.task import Task
from goodfit.values import Run

HOW_TO_NAME = (
    "give package.module:function or path/to/file.py:function; `goodfit init` writes a file to start from"
)


@dataclass(frozen=True, slots=True)
class TaskSource:
    """A reference that names a function giving a Task, or the Task itself."""

    reference: str | None = None
    task: Task | None = None

    @property
    def name(self) -> str:
        """How to speak of it."""
        return self.reference or (self.task.name if self.task else "task")


Source = TaskSource | CommandSource


@overload
def as_source(task: CommandSource) -> CommandSource: ...
@overload
def as_source(task: Task | TaskSource | str) -> TaskSource: ...
@overload
def as_source(task: Task | Source | str) -> Source: ...
def as_source(task: Task | Source | str) -> Source:
    """Take a task in any of the forms that a user may give it."""
    if isinstance(task, TaskSource | CommandSource):
        return task
    return TaskSource(task) if isinstance(task, str) else TaskSource(task=task)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A loaded task with its data divided; loading and cutting are done once a process.

    What carries trainings out asks no more of it than its fingerprints, `train` and `score`.
    """

    task: Task
    pool: Pool
    holdout: Holdout
    fingerprint: str
    holdout_fingerprint: str

    @property
    def name(self) -> str:
        """How to speak of it."""
        return self.task.name

    @property
    def epochs(self) -> int:
        """As planned."""
        return self.task.epochs

    def train(
        self,
        settings: Settings,
        on_epoch: OnEpoch | None = None,
        place: Place | None = None,
        *,
        hand_on: bool = False,
    ) -> Trained:
        """Train once under `settings`; see `training.train`."""
        return train(self.task, self.pool, settings, on_epoch, place, hand_on=hand_on)

    def so_far(self, settings: Settings, place: Place) -> Run | None:
        """What an interrupted training under `settings` had measured; see `training.measured_so_far`."""
        return measured_so_far(self.task, self.pool, settings, place)

    def score(self, settings: Settings, weights: Mapping[str, Tensor]) -> Measured:
        """Measure weights that a training under `settings` gave on the locked test set; `trials` alone may ask.

        Raises:
            TaskError: the data, the model, the loss or the metric of the task raised.
        """
        device = choose_device(self.task.device)
        task = on_device(self.task, device)
        with own_randomness():
            model = build_model(task, settings).to(device)
            model.load_state_dict(dict(weights))
            measured = evaluate(model, task, self.holdout.examples, self.holdout.indices, device)
        if task.metric is None or measured.metric is None:
            return measured
        return replace(measured, metrics={task.metric.name: measured.metric})

    def locked(self, _: Iterable[Mapping[str, Tensor]]) -> LockedSet:
        """The locked test set, which is the same whatever was trained."""
        groups = self.holdout.groups
        return LockedSet(self.holdout_fingerprint, None if groups is None else tuple(groups.tolist()))

    def check(self, _: Sequence[Run]) -> None:
        """Nothing: seeds and test set are goodfit's own here."""


@overload
def prepare(source: TaskSource) -> Prepared: ...
@overload
def prepare(source: CommandSource) -> PreparedCommand: ...
@overload
def prepare(source: Source) -> Prepared | PreparedCommand: ...
def prepare(source: Source) -> Prepared | PreparedCommand:
    """Load the task, lock its test set away and fingerprint it; of a command, fingerprint its files.

    Raises:
        TaskError: the task cannot be found, raised, or holds data that cannot be used.
    """
    if isinstance(source, CommandSource):
        return prepare_command(source)
    if source.task is not None:
        return _prepare(source.task)
    return _prepare_named(source.reference, _version_of(source.reference))


def load_task(reference: str) -> Task:
    """Call the function that a reference names.

    Raises:
        TaskError: there is no such module, file or function, it raised, or it gave something else than a Task.
    """
    task = called(find_function(reference), reference)
    if not isinstance(task, Task):
        raise TaskError(f"{reference} gave a {type(task).__name__}", todo="return a goodfit.Task")
    return task


def find_function(reference: str) -> Any:
    """What a reference names: a function, or whatever else stands there under that name.

    Raises:
        TaskError: there is no such module or file, importing it raised, or it has nothing of that name.
    """
    place, colon, name = reference.rpartition(":")
    if not colon or not place or not name.isidentifier():
        raise TaskError(f"{reference!r} does not name a task", todo=HOW_TO_NAME)
    module = _from_file(Path(place)) if place.endswith(".py") else _from_package(place)
    function = getattr(module, name, None)
    if function is None:
        public = [
            n for n, f in vars(module).items() if inspect.isfunction(f) and f.__module__ == module.__name__
        ]
        raise TaskError(
            f"{place} has no {name!r}",
            todo=f"it has these functions: {', '.join(public) or 'none'}; name one of them",
        )
    return function


def called(function: Any, reference: str) -> Any:
    """What a function gives, the same in every process; a Task itself as it is.

    Raises:
        TaskError: it raised.
    """
    if isinstance(function, Task):
        return function
    try:
        with own_randomness():  # every process that loads the task must see the same data
            seed_everything(OWN_SEED)
            return function()
    except GoodfitError:
        raise
    except (Exception, SystemExit) as error:
        raise TaskError(
            f"the task raised {type(error).__name__}: {error}",
            where=_last_line_of(error, reference),
            todo="call the function by hand until it returns a Task; --debug shows the whole traceback",
        ) from error


@lru_cache(maxsize=4)
def _prepare_named(reference: str | None, _version: int) -> Prepared:
    if reference is None:
        raise TaskError("no task was given", todo=HOW_TO_NAME)
    return _prepare(load_task(reference))


def _version_of(reference: str | None) -> int:
    """When the file of a reference was last changed, so that an edited file is loaded again."""
    path = Path((reference or "").rpartition(":")[0])
    return path.stat().st_mtime_ns if path.is_file() else 0


_RECENT: dict[int, Prepared] = {}  # by identity of the Task, which each entry keeps alive
_MOST_RECENT = 4


def _prepare(task: Task) -> Prepared:
    if id(task) not in _RECENT:
        pool, holdout = divide(task)
        marks = task_fingerprint(task, pool, holdout), holdout_fingerprint(holdout)
        if len(_RECENT) >= _MOST_RECENT:
            del _RECENT[next(iter(_RECENT))]
        _RECENT[id(task)] = Prepared(task, pool, holdout, *marks)
    return _RECENT[id(task)]


def _from_package(name: str) -> ModuleType:
    _see(Path.cwd())  # as `python -m` does, so that a module beside the user is found
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name and (name == error.name or name.startswith(error.name + ".")):
            raise TaskError(
                f"there is no module {name!r}", where=str(Path.cwd()), todo=HOW_TO_NAME
            ) from error
        raise TaskError(
            f"{name} needs the module {error.name!r}, which is not installed", todo="install it"
        ) from error
    except (Exception, SystemExit) as error:
        raise _import_failed(name, error) from error


def _from_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise TaskError(f"there is no file {str(path)!r}", where=str(Path.cwd()), todo=HOW_TO_NAME)
    name = f"goodfit_task_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise TaskError(f"{path} cannot be imported", todo=HOW_TO_NAME)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # so that classes defined there can be found by name
    _see(path.resolve().parent)  # as `python file.py` does
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        raise _import_failed(str(path), error) from error
    return module


def _see(folder: Path) -> None:
    """Let imports find what lies in a folder, now and when the task function runs."""
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))


def _import_failed(place: str, error: BaseException) -> TaskError:
    return TaskError(
        f"importing {place} raised {type(error).__name__}: {error}",
        where=_last_line_of(error, place),
        todo="run the file with python by itself first; --debug shows the whole traceback",
    )


def _last_line_of(error: BaseException, fallback: str) -> str:
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    return f"{frame.tb_frame.f_code.co_filename}, line {frame.tb_lineno}" if frame is not None else fallback
