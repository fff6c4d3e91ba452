# SPDX-License-Identifier: Apache-2.0
"""Finished trainings on disk: one folder a run, found again by what it was a training of.

    .goodfit/runs/<key>/run.json             the Run, as JSON
    .goodfit/runs/<key>/weights.safetensors  its best checkpoint

The key hashes the task's fingerprint and the settings, so the same training is never done twice. A folder appears
by an atomic rename after it is complete: what was interrupted leaves nothing behind that could be mistaken for a run.
"""

import hashlib
import json
import os
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import mkdtemp

from torch import Tensor

from goodfit.errors import GoodfitError, StoreError
from goodfit.training import Settings, load_weights, save_weights
from goodfit.values import Run, dumps, loads

STORE = Path(".goodfit")  # where finished runs are kept unless another place is named


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A run in the store."""

    run: Run
    folder: Path

    def weights(self) -> dict[str, Tensor]:
        """The best checkpoint's state dict."""
        return load_weights(self.folder / "weights.safetensors")


@dataclass(frozen=True, slots=True)
class RunStore:
    """A folder of finished runs; safe to share between processes."""

    root: Path

    @property
    def runs(self) -> Path:
        """Where the runs' folders are."""
        return self.root / "runs"

    def key(self, task: str, settings: Settings) -> str:
        """The name of a run's folder: what it was a training of, not what was said about it."""
        edits = settings.treatment.edits if settings.treatment else ()
        patience = settings.patience
        what = {
            "task": task,
            "seed": settings.seed,
            "edits": [(edit.path, edit.kind, edit.after) for edit in edits],
            "weight_decay": settings.weight_decay,
            "patience": (patience.floor, patience.share) if patience else None,
            "max_epochs": settings.max_epochs,
        }
        return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:24]

    def find(self, task: str, settings: Settings) -> StoredRun | None:
        """The finished run of these settings, relabelled with their arm and knobs, or None."""
        folder = self.runs / self.key(task, settings)
        try:
            text = (folder / "run.json").read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StoreError(f"a stored run cannot be read: {error}", where=str(folder)) from error
        try:
            run = loads(Run, text)
        except GoodfitError:  # written by another version: train anew, the old folder is replaced
            return None
        return StoredRun(replace(run, arm=settings.arm, setting=settings.knobs), folder)

    def keep(self, task: str, settings: Settings, run: Run, weights: dict[str, Tensor]) -> StoredRun:
        """Write a finished run.

        Raises:
            StoreError: the folder cannot be written.
        """
        folder = self.runs / self.key(task, settings)
        try:
            self.runs.mkdir(parents=True, exist_ok=True)
            unfinished = Path(mkdtemp(prefix=".unfinished-", dir=self.runs))
            try:
                (unfinished / "run.json").write_text(dumps(run), encoding="utf-8")
                save_weights(weights, unfinished / "weights.safetensors")
                _publish(unfinished, folder)
            finally:
                shutil.rmtree(unfinished, ignore_errors=True)
        except OSError as error:
            raise StoreError(
                f"a finished run cannot be kept: {error}",
                where=str(folder),
                todo="free the disk or name another --store",
            ) from error
        return StoredRun(run, folder)

    def count(self) -> int:
        """How many finished runs are kept."""
        return sum(1 for folder in self.runs.glob("[!.]*") if (folder / "run.json").is_file())


def _publish(unfinished: Path, folder: Path) -> None:
    """Make a complete folder appear under its name at once; an equal one that came first stays."""
    try:
        os.rename(unfinished, folder)  # noqa: PTH104 - os.rename is the atomic call meant here
    except OSError:
        if not (folder / "run.json").is_file():
            raise
        replaced = folder.with_name(f".replaced-{unfinished.name}")
        os.rename(folder, replaced)  # noqa: PTH104 - as above
        os.rename(unfinished, folder)  # noqa: PTH104 - as above
        shutil.rmtree(replaced, ignore_errors=True)
