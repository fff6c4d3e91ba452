# SPDX-License-Identifier: Apache-2.0
"""Finished trainings on disk: one folder a run, found again by what it was a training of.

    .goodfit/runs/<key>/run.json             the Run, as JSON
    .goodfit/runs/<key>/weights.safetensors  its best checkpoint
    .goodfit/runs/<key>/last.safetensors     the weights it ended with, of runs trained to their planned end
    .goodfit/runs/<key>/best.pt              what another training needs to go on from there, while a search may ask for it
    .goodfit/runs/<key>/task.txt             the fingerprint of the task that it was a training of

The key hashes the task's fingerprint and the settings, so the same training is never done twice. A folder appears
by an atomic rename after it is complete: what was interrupted leaves nothing behind that could be mistaken for a run.
A run that is there stays: who finishes the same training second drops his own and takes the first.

At an address (`folder_at`), where no folder can be renamed, run.json is written last and is what makes a run: of two
writers at the same moment the second one's files stay, which are of the same training.
"""

import hashlib
import json
import os
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp

from torch import Tensor

from goodfit.errors import GoodfitError, MissingExtraError, SettingsError, StoreError
from goodfit.execution.folders import Folder, write_whole
from goodfit.execution.unfinished import Unfinished
from goodfit.training import Settings, load_weights, save_weights, unpacked_weights
from goodfit.values import Run, dumps, loads

STORE = Path(".goodfit")  # where finished runs are kept unless another place is named
RUN, WEIGHTS, LAST, TASK = "run.json", "weights.safetensors", "last.safetensors", "task.txt"
BEST = "best.pt"
UNFINISHED = ".unfinished-"
ABANDONED = (
    3600.0  # seconds; writing a run takes far less, so what is older was left by a process that was killed
)


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A run in the store."""

    run: Run
    folder: Folder

    def weights(self) -> dict[str, Tensor]:
        """The best checkpoint's state dict.

        Raises:
            StoreError: it cannot be read.
        """
        return _loaded(self.folder / WEIGHTS)

    def last_weights(self) -> dict[str, Tensor] | None:
        """The state dict that the training ended with, or None where it was not kept.

        Raises:
            StoreError: it cannot be read.
        """
        if self.run.best_epoch == self.run.epochs:
            return self.weights()
        return _loaded(self.folder / LAST) if (self.folder / LAST).is_file() else None


@dataclass(frozen=True, slots=True)
class RunStore:
    """A folder of finished runs; safe to share between processes."""

    root: Folder
    stacked: bool = False  # whether runs trained in a stack are meant, which agree with those trained alone but for rounding

    @property
    def runs(self) -> Folder:
        """Where the runs' folders are."""
        return self.root / "runs"

    def key(self, task: str, settings: Settings) -> str:
        """The name of a run's folder: what it was a training of, not what was said about it."""
        edits = settings.treatment.edits if settings.treatment else ()
        patience = settings.patience
        what = {
            "task": task,
            "seed": settings.seed,
            "edits": [(e.path, e.kind, e.after, e.attribute, e.manner, e.along) for e in edits],
            "patience": (patience.floor, patience.share) if patience else None,
            "max_epochs": settings.max_epochs,
        }
        if any(edit.earlier for edit in edits):
            what["earlier"] = [(stage.rate, stage.epochs) for edit in edits for stage in edit.earlier]
        if settings.placeholders:  # of a command; left out where there are none, so that older keys stay
            what["placeholders"] = dict(settings.placeholders)
        if self.stacked:
            what["stacked"] = True
        return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:24]

    def unfinished(self, task: str, settings: Settings) -> Unfinished:
        """Where a training of these settings is kept while it is under way."""
        return Unfinished(self.root / "unfinished", self.key(task, settings))

    def find(self, task: str, settings: Settings) -> StoredRun | None:
        """The finished run of these settings, relabelled with their arm and knobs, or None.

        A training that ended by itself within a cap is the one that the cap would have given.

        Raises:
            StoreError: the store is no folder, or may not be read.
        """
        found = self._find(task, settings)
        if found is None and settings.max_epochs is not None:
            whole = self._find(task, replace(settings, max_epochs=None))
            return whole if whole is not None and whole.run.epochs <= settings.max_epochs else None
        return found

    def _find(self, task: str, settings: Settings) -> StoredRun | None:
        folder = self.runs / self.key(task, settings)
        run = _read(folder)
        return None if run is None else StoredRun(_relabelled(run, settings), folder)

    def keep(
        self,
        task: str,
        settings: Settings,
        run: Run,
        weights: dict[str, Tensor],
        last: dict[str, Tensor] | None = None,
        best: bytes | None = None,
    ) -> StoredRun:
        """Write a finished run, unless an equal one came first: then that one is given back.

        Args:
            task: fingerprint of the task.
            settings: of the training.
            run: what it measured.
            weights: of its best checkpoint.
            last: the weights it ended with; written where its best checkpoint does not hold them already.
            best: what another training needs to go on from the best checkpoint.

        Raises:
            StoreError: the folder or the weights cannot be written.
        """
        folder = self.runs / self.key(task, settings)
        try:
            unfinished = _new_folder(self.runs)
            try:
                (unfinished / TASK).write_text(f"{task}\n", encoding="utf-8")
                save_weights(weights, unfinished / WEIGHTS)
                if last is not None and run.best_epoch != run.epochs:
                    save_weights(last, unfinished / LAST)
                if best is not None:
                    (unfinished / BEST).write_bytes(best)
                (unfinished / RUN).write_text(dumps(run), encoding="utf-8")
                first = _publish(unfinished, folder)
            finally:
                shutil.rmtree(unfinished, ignore_errors=True)
        except OSError as error:
            raise StoreError(
                f"a finished run cannot be kept: {error}",
                where=str(folder),
                todo="free the disk or name another --store",
            ) from error
        return StoredRun(run if first is None else _relabelled(first, settings), folder)

    def keep_last(self, stored: StoredRun, weights: dict[str, Tensor]) -> None:
        """Write the weights that a kept run ended with beside it, unless its best checkpoint holds them already.

        Raises:
            StoreError: they cannot be written.
        """
        if stored.run.best_epoch == stored.run.epochs:
            return
        with TemporaryDirectory() as elsewhere:
            save_weights(weights, Path(elsewhere) / LAST)
            try:
                write_whole((Path(elsewhere) / LAST).read_bytes(), stored.folder / LAST)
            except OSError as error:
                raise StoreError(
                    f"the weights that a run ended with cannot be kept: {error}", where=str(stored.folder)
                ) from error

    def handed_on(self, task: str, settings: Settings) -> bytes | None:
        """What another training needs to go on from the best checkpoint of this one, None where it is not kept."""
        found = self.find(task, settings)
        try:
            return None if found is None else (found.folder / BEST).read_bytes()
        except OSError:
            return None

    def hand_on_no_more(self, task: str, settings: Settings) -> None:
        """Remove what is as large as several checkpoints and was kept for other trainings to go on from."""
        found = self.find(task, settings)
        if found is not None:
            with suppress(OSError):
                (found.folder / BEST).unlink(missing_ok=True)

    def count(self, task: str | None = None) -> int:
        """How many finished runs are kept; of one task, named by its fingerprint, or of all."""
        folders = [folder for folder in self.runs.glob("[!.]*") if (folder / RUN).is_file()]
        return len(folders) if task is None else sum(_task_of(folder) == task for folder in folders)


def _read(folder: Folder) -> Run | None:
    """The run in a folder; None when there is none, or one that this version cannot read: it is trained anew."""
    try:
        return loads(Run, (folder / RUN).read_bytes().decode())
    except (FileNotFoundError, UnicodeDecodeError):
        return None
    except (MissingExtraError, SettingsError):  # of the address
        raise
    except GoodfitError:
        return None
    except OSError as error:
        raise StoreError(
            f"a stored run cannot be read: {error}", where=str(folder), todo="name another --store"
        ) from error


def _task_of(folder: Folder) -> str | None:
    try:
        return (folder / TASK).read_bytes().decode().strip()
    except (OSError, UnicodeDecodeError):
        return None


def _loaded(file: Folder) -> dict[str, Tensor]:
    if isinstance(file, Path):
        return load_weights(file)
    try:
        return unpacked_weights(file.read_bytes(), str(file))
    except OSError as error:
        raise StoreError(f"a checkpoint cannot be read: {error}", where=str(file)) from error


def _relabelled(run: Run, settings: Settings) -> Run:
    return replace(run, arm=settings.arm, setting=settings.knobs)


def _new_folder(runs: Folder) -> Path:
    """An empty folder to fill: beside its later place, or on this machine when that is at an address."""
    if not isinstance(runs, Path):
        return Path(mkdtemp(prefix="goodfit-"))
    runs.mkdir(parents=True, exist_ok=True)
    _clear_abandoned(runs)
    return Path(mkdtemp(prefix=UNFINISHED, dir=runs))


def _publish(unfinished: Path, folder: Folder) -> Run | None:
    """Make a complete folder appear under its name at once; a readable run that came first stays and is returned.

    A folder whose run cannot be read is mended file by file, the weights first: it becomes a run with the last file,
    and there is no moment without a folder in which another process could fail.
    """
    if isinstance(folder, Path):
        try:
            os.rename(unfinished, folder)  # noqa: PTH104 - os.rename is the atomic call meant here
        except OSError:
            if not folder.is_dir():
                raise
        else:
            return None
    first = _read(folder)
    if first is not None:
        return first
    for name in (TASK, WEIGHTS, LAST, BEST, RUN):
        if (unfinished / name).is_file():
            write_whole((unfinished / name).read_bytes(), folder / name)
    return None


def _clear_abandoned(runs: Path) -> None:
    """Remove what processes that were killed while they wrote have left."""
    for folder in runs.glob(f"{UNFINISHED}*"):
        try:
            age = time.time() - folder.stat().st_mtime
        except FileNotFoundError:  # published or removed since it was listed
            continue
        if age > ABANDONED:
            shutil.rmtree(folder, ignore_errors=True)
