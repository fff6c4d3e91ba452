# SPDX-License-Identifier: Apache-2.0
"""A run in MLflow's folder `mlruns`: one text file a metric, named by it.

    metrics/val_loss     1795631548473 2.0 0        milliseconds, value, step
                         1795631548479 1.375 1
    meta.yaml            run_name: base

New versions of MLflow refuse this store, so that it is read as the text it is. Old versions left the step out.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from goodfit.errors import FormatError
from goodfit.readers._log import Log
from goodfit.readers._phrases import counted
from goodfit.readers._sniff import Shape
from goodfit.values import History

if TYPE_CHECKING:
    from goodfit.readers._series import Series  # loads numpy
    from goodfit.readers._tracked import TrackedRun

# Milliseconds since 1970 have 12 to 14 digits.
_LINE = re.compile(r"(\d{12,14}) ([+-]?(?:\d+\.?\d*(?:[eE][+-]?\d+)?|nan|inf))(?: (-?\d{1,18}))?")
_RUN_NAME = re.compile(r"^run_name: *(.+)$", re.MULTILINE)
_QUOTES = " '\"\r"
_LONGEST = 200  # characters of a line
_SMALL = 8_192  # bytes read of files that are small
_MANY_SETTINGS = 1_000


class MlflowFiles:
    """Known by its lines, each with a time in milliseconds; a folder by its meta.yaml."""

    name = "mlflow-files"
    what = "MLflow's mlruns folder"

    def accepts(self, log: Log) -> bool:
        """Know it by the first line of the first file that has one."""
        if log.shape is not Shape.FOLDER:
            return log.shape is Shape.DELIMITED and _is_line(log.text)
        first = next((path for path in log.files.values() if path.stat().st_size), None)
        return first is not None and _is_line(_start(first))

    def read(self, log: Log) -> tuple[History, ...]:
        """Read the run, x in the steps that were logged."""
        if not self.accepts(log):
            raise FormatError("this is no run of MLflow's file store", where=log.source)
        from goodfit.readers._tracked import histories  # every CSV asks this reader; few are read by it

        if log.shape is not Shape.FOLDER:
            name = Path(log.source).name
            return histories([_run(name, {name: log.text}, {})], log.source)
        texts = {name: Log.open(path).text for name, path in log.files.items() if path.stat().st_size}
        folder = Path(log.source)
        run = _run(folder.name, texts, _settings(folder / "params"))
        named = _RUN_NAME.search(_start(folder / "meta.yaml"))
        return histories([run], f"{log.source} (run={named[1].strip(_QUOTES)})" if named else log.source)


def _is_line(text: str) -> bool:
    return _LINE.fullmatch(text[:_LONGEST].split("\n", 1)[0].rstrip("\r")) is not None


def _run(name: str, texts: Mapping[str, str], settings: Mapping[str, str]) -> "TrackedRun":
    from goodfit.readers._tracked import TrackedRun

    series: list[Series] = []
    left_out = 0
    for metric, text in texts.items():
        *lines, last = text.split("\n")
        found = [match for line in lines if (match := _LINE.fullmatch(line.rstrip("\r")))]
        left_out += sum(1 for line in lines if line.strip()) - len(found) + bool(last.strip())
        series.append(_series(metric, found))
    note = f"{counted(left_out, 'line')} that are incomplete or no metric's were left out: the log may still be written."
    return TrackedRun(id=name, series=series, settings=settings, notes=(note,) if left_out else ())


def _series(name: str, lines: Sequence[re.Match[str]]) -> "Series":
    from goodfit.readers._series import in_time

    times, steps = [float(line[1]) for line in lines], [float(line[3] or 0) for line in lines]
    return in_time(name, times, steps, [float(line[2]) for line in lines])


def _settings(folder: Path) -> dict[str, str]:
    """The run's parameters, one small file each."""
    try:
        return {
            path.name: _start(path) for path in sorted(folder.iterdir())[:_MANY_SETTINGS] if path.is_file()
        }
    except OSError:
        return {}


def _start(path: Path) -> str:
    """The beginning of a small file; "" when it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(_SMALL).decode(errors="replace")
    except OSError:
        return ""
