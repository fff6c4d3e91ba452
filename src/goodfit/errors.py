# SPDX-License-Identifier: Apache-2.0
"""Everything goodfit raises on purpose.

GoodfitError
├── InputError                 what the user gave cannot be used
│   ├── ReadError              a log file cannot be read
│   │   ├── FormatError        it is in no format that goodfit knows, or is broken
│   │   ├── NoCurvesError      it was read, and holds neither a loss nor a metric
│   │   └── SeveralRunsError   it holds several runs, and none is chosen in silence
│   ├── SchemaError            JSON that is not one of goodfit's values
│   ├── SettingsError          an option or argument out of its range
│   └── TaskError              a TASK cannot be found, loaded or called
├── SurgeryError               a model cannot be edited as planned
│   └── NothingMatchedError    no place in the model fits the remedy
├── TrainingError              a training cannot go on
│   ├── DivergedError          its loss became NaN or infinite
│   ├── HaltedError            it was asked to end after an epoch; a later one goes on from there
│   └── WorkerDiedError        the process that carried it out died
├── HoldoutError               the locked test set would be misused
├── StoreError                 the run store cannot be read or written
└── MissingExtraError          an optional dependency is not installed

Every message says what was found, where, and what to do; the command line prints these
three parts and exits with 2, without a traceback unless `--debug` is given.
"""


class GoodfitError(Exception):
    """Something goodfit noticed and can explain.

    Args:
        found: what was found, as one sentence.
        where: the file, line, module or option it was found at.
        todo: what the user can do about it, as one sentence.
    """

    def __init__(self, found: str, *, where: str | None = None, todo: str | None = None) -> None:
        super().__init__(found)
        self.found = found
        self.where = where
        self.todo = todo

    def __str__(self) -> str:
        parts = [self.found]
        if self.where:
            parts.append(f"Where: {self.where}")
        if self.todo:
            parts.append(f"What to do: {self.todo}")
        return "\n".join(parts)

    def __reduce__(self) -> tuple[object, ...]:
        """Keep the three parts when the error crosses a process boundary."""
        return (_rebuild, (type(self), self.found, self.where, self.todo))


def _rebuild(kind: type[GoodfitError], found: str, where: str | None, todo: str | None) -> GoodfitError:
    return kind(found, where=where, todo=todo)


class InputError(GoodfitError):
    """What the user gave cannot be used."""


class ReadError(InputError):
    """A log file cannot be read."""


class FormatError(ReadError):
    """The file is in no format that goodfit knows, or is broken."""


class NoCurvesError(ReadError):
    """The file was read, and holds neither a loss nor a metric."""


class SeveralRunsError(ReadError):
    """The source holds several runs, and none is chosen in silence."""


class SchemaError(InputError):
    """JSON that is not one of goodfit's values, or of another schema version."""


class SettingsError(InputError):
    """An option or argument is out of its range."""


class TaskError(InputError):
    """A TASK cannot be found, loaded or called."""


class SurgeryError(GoodfitError):
    """A model cannot be edited as planned; it was left as it was."""


class NothingMatchedError(SurgeryError):
    """No place in the model fits the remedy."""


class TrainingError(GoodfitError):
    """A training cannot go on."""


class DivergedError(TrainingError):
    """The loss became NaN or infinite.

    Args:
        found: what was found, as one sentence.
        where: the task, seed and learning rate.
        todo: what the user can do about it.
        epochs: trained before.
        seconds: that the training took.
    """

    def __init__(
        self,
        found: str,
        *,
        where: str | None = None,
        todo: str | None = None,
        epochs: int = 0,
        seconds: float = 0.0,
    ) -> None:
        super().__init__(found, where=where, todo=todo)
        self.epochs = epochs
        self.seconds = seconds

    def __reduce__(self) -> tuple[object, ...]:
        """Keep what it cost as well."""
        return (_diverged, (self.found, self.where, self.todo, self.epochs, self.seconds))


def _diverged(
    found: str, where: str | None, todo: str | None, epochs: int, seconds: float
) -> "DivergedError":
    return DivergedError(found, where=where, todo=todo, epochs=epochs, seconds=seconds)


class HaltedError(TrainingError):
    """A training was asked to end, and did so after an epoch; what it had reached is kept, and gone on with."""


class WorkerDiedError(TrainingError):
    """The process that carried a training out died, as when memory runs out."""


class HoldoutError(GoodfitError):
    """The locked test set would be misused."""


class StoreError(GoodfitError):
    """The run store cannot be read or written."""


class MissingExtraError(GoodfitError):
    """An optional dependency is not installed."""
