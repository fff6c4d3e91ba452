# SPDX-License-Identifier: Apache-2.0
"""The points of a run's event files, folder by folder -> the table that all formats share.

Apart from the reader that knows event files, so that numpy is loaded when one comes and not before.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from goodfit.errors import FormatError, NoCurvesError
from goodfit.readers._event_folders import split_said
from goodfit.readers._log import Log
from goodfit.readers._names import parse_name, split_of
from goodfit.readers._phrases import counted
from goodfit.readers._scalars import Points, Scalars, read_scalars
from goodfit.readers._series import Series, tabulate
from goodfit.readers._sniff import Shape
from goodfit.readers._table import Table
from goodfit.readers._tfrecord import Frames
from goodfit.values import Split

_OWN_TAGS = ("hp_metric", "hparam/")  # written by loggers for the table of settings, not measured


def run_table(log: Log) -> tuple[Table, tuple[str, ...]]:
    """Every scalar of a run, and sentences on what could not be read.

    Raises:
        FormatError: no whole record is left in its files.
        NoCurvesError: they hold no scalar.
    """
    reading = _Reading()
    for said, files in _folders(log).items():
        reading.add(said, files)
    if not reading.whole:
        raise FormatError(
            "no whole record is left in this TensorBoard event file",
            where=log.source,
            todo="was it cut off or changed while it was copied?",
        )
    if not reading.series:
        raise NoCurvesError(
            "the event file holds no scalar", where=log.source, todo="log losses with add_scalar"
        )
    return tabulate(reading.series.values(), log.source, reading.purged), tuple(reading.notes())


@dataclass(slots=True)
class _Reading:
    """The series of a run, gathered folder by folder."""

    series: dict[str, Series] = field(default_factory=dict)
    whole: int = 0  # files with a whole record in them
    damaged: int = 0
    unreadable: int = 0  # bytes behind a wrong length
    cut_off: int = 0  # files that end in the middle of a record
    purged: int = 0  # points that a resumed writer took back

    def add(self, said: str, files: Iterable[bytes]) -> None:
        """Add the event files of one folder, the first written first."""
        found = sorted((self._scalars(raw) for raw in files), key=_begin)
        named = {_split(each.tag) for scalars in found for each in scalars.points} - {None}
        said = said if _holds(said, named) else ""
        for tag, points in _by_tag(found).items():
            if tag.startswith(_OWN_TAGS):
                continue
            name = _column(said, tag)
            while name in self.series:
                name = f"{said}/{name}"
            kept = _purge(points, found)
            self.purged += int((~kept).sum())
            x, values = points.step[kept].astype(np.float64), points.value[kept]
            self.series[name] = Series(name=name, x=x, values=values)

    def _scalars(self, raw: bytes) -> Scalars:
        frames = Frames(raw)
        scalars = read_scalars(frames)
        self.whole += frames.sound > 0
        self.damaged += frames.damaged + scalars.malformed
        if frames.broken_length:
            self.unreadable += frames.rest
        elif frames.rest:
            self.cut_off += 1
        return scalars

    def notes(self) -> Iterator[str]:
        """What could not be read, as sentences."""
        if self.damaged:
            yield f"{counted(self.damaged, 'record')} with a wrong checksum or content were left out: the file is damaged."
        if self.unreadable:
            yield (
                f"The last {counted(self.unreadable, 'byte')} cannot be read, since the length in front of them is "
                "damaged: points may be missing."
            )
        if self.cut_off:
            yield "The last record is incomplete and was left out: the log may still be written."


def _folders(log: Log) -> dict[str, Iterator[bytes]]:
    """The bytes of all event files by what their folder says."""
    if log.shape is not Shape.FOLDER:
        said = split_said(log.path.absolute().parent.name) if log.path else ""
        return {said: iter((log.raw,))}
    files: dict[str, dict[str, Path]] = {}
    for name, path in log.files.items():
        said, _, file = name.rpartition("/")
        files.setdefault(said, {})[file] = path
    return {said: _opened(paths) for said, paths in files.items()}


def _opened(paths: Mapping[str, Path]) -> Iterator[bytes]:
    return (Log.open(path).raw for _, path in sorted(paths.items()))


def _begin(scalars: Scalars) -> float:
    """When the first point of a file was written."""
    return min((float(np.nanmin(p.wall)) for p in scalars.points if not np.isnan(p.wall).all()), default=0.0)


def _by_tag(found: Iterable[Scalars]) -> dict[str, Points]:
    """The points of each tag over all files, in the order written; `order` counts through the files."""
    parts: dict[str, list[Points]] = {}
    for at, scalars in enumerate(found):
        for points in scalars.points:
            parts.setdefault(points.tag, []).append(replace(points, order=points.order + (at << 40)))
    joined = {}
    for tag, several in parts.items():
        order = np.concatenate([each.order for each in several])
        sorting = np.argsort(order, kind="stable")
        joined[tag] = Points(
            tag=tag,
            order=order[sorting],
            step=np.concatenate([each.step for each in several])[sorting],
            wall=np.concatenate([each.wall for each in several])[sorting],
            value=np.concatenate([each.value for each in several])[sorting],
        )
    return joined


def _purge(points: Points, found: list[Scalars]) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """Which points remain where a writer began with purge_step: what lay at or beyond it is taken back."""
    kept = np.ones(len(points.step), dtype=bool)
    for at, scalars in enumerate(found):
        for order, step in scalars.starts:
            kept &= (points.order > (at << 40) + order) | (points.step < step)
    return kept


def _split(tag: str) -> Split | None:
    name = parse_name(tag)
    return name.split if name is not None else None


def _holds(said: str, named: Collection[Split | None]) -> bool:
    """Whether what the folder says is about the data: not so when its tags name other splits themselves."""
    if said.startswith("="):  # a line of add_scalars: "loss" in "loss_val"
        return True
    return not named or (not said.startswith("~") and set(named) == {split_of(said)})


def _column(said: str, tag: str) -> str:
    """A column's name: the tag, with what the folder says where the tag does not say on which data."""
    if said.startswith("="):
        return f"{tag}/{said.removeprefix('=')}"
    return f"{said.removeprefix('~')}/{tag}" if said and _split(tag) is None else tag
