# SPDX-License-Identifier: Apache-2.0
"""Which TensorBoard event files make one run: those of one folder, and those that tools put beside them.

run/events.1, run/events.2                   a resumed training
run/events.1, run/loss_train/, run/loss_val/ SummaryWriter.add_scalars: the folder is the tag and the line's name
run/events.1, run/1795373926.61/             SummaryWriter.add_hparams: the folder is a time
run/train/, run/validation/                  one writer a split, as Keras does
run/a_train/, run/a_val/, run/b_train/       the same for two runs
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from goodfit.readers._names import split_of
from goodfit.readers._synonyms import words

_TIME = re.compile(r"\d{9,}\.\d+")  # a folder of add_hparams
# The folder, and its event files as "<what their folder says>/<file>": "train", "~train" (a name that only ends
# so), or "=train" (a line of add_scalars).
Run = tuple[Path, dict[str, Path]]


def is_event_file(name: str) -> bool:
    """Whether a file is called as event files are."""
    return "tfevents" in name


@dataclass(slots=True)
class EventFolders:
    """Groups event files into runs while a directory is walked from the top."""

    _taken: set[Path] = field(default_factory=set)  # folders whose files belong to a run above them

    def runs(self, folder: Path, names: Sequence[str], inner: Sequence[str]) -> Iterator[Run]:
        """The runs that begin in this folder; `names` are its files and `inner` its folders."""
        said = split_said(folder.absolute().name)
        own = {} if folder in self._taken else _placed(said, folder, names)
        runs: dict[str, dict[str, Path]] = {"": own} if own else {}
        for name in inner:
            below = folder / name
            if own and _TIME.fullmatch(name):
                self._taken.add(below)  # settings and final values, no curves
                continue
            files = _event_files(below)
            place = _place(name, below / files[0], has_own=bool(own)) if files else None
            if place is not None:
                run, said = place
                runs.setdefault(run, {}).update(_placed(said, below, files))
                self._taken.add(below)
        for run, files_of_run in runs.items():
            yield (folder / run if run else _narrowest(folder, files_of_run)), files_of_run


def _place(name: str, file: Path, *, has_own: bool) -> tuple[str, str] | None:
    """The run that a folder belongs to ("" is the folder above), and what its name says; None: a run of its own."""
    if _is_split(name):
        return "", name
    if not has_own and not _split_at_the_end(name):
        return None
    from goodfit.readers._scalars import first_tag  # loads numpy

    tag = first_tag(file)
    start = f"{tag.replace('/', '_')}_" if tag else ""
    if start and name.startswith(start):
        return "", f"={name.removeprefix(start)}"
    if said := _split_at_the_end(name):
        return name.removesuffix(said).rstrip("_-. "), f"~{said}"
    return None


def _is_split(name: str) -> bool:
    """Whether a folder is called "train" or "val"; "train2" is the second run of some tools, and no split."""
    return not name[-1:].isdecimal() and split_of(name) is not None


def split_said(name: str) -> str:
    """What a folder's name says about all that lies in it; "~val" when it only ends so, as "exp1_val" does."""
    if _is_split(name):
        return name
    return f"~{_split_at_the_end(name)}" if _split_at_the_end(name) else ""


def _split_at_the_end(name: str) -> str:
    """The split's word that a name ends in, as in "exp1_train"; "" when there is none."""
    last = words(name)[-1:]
    return last[0] if last and _is_split(last[0]) and name.endswith(last[0]) else ""


def _placed(said: str, folder: Path, names: Sequence[str]) -> dict[str, Path]:
    return {
        f"{said}/{name}": folder / name for name in names if is_event_file(name) and (folder / name).is_file()
    }


def _event_files(folder: Path) -> list[str]:
    if folder.is_symlink():
        return []
    try:
        names = [path.name for path in folder.iterdir()]
    except OSError:
        return []
    return sorted(name for name in names if is_event_file(name) and not name.startswith("."))


def _narrowest(folder: Path, files: dict[str, Path]) -> Path:
    """The folder that holds all the files."""
    folders = {path.parent for path in files.values()}
    return folders.pop() if len(folders) == 1 else folder
