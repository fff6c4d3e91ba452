# SPDX-License-Identifier: Apache-2.0
"""Which files of one folder are text logs: by their endings, and where an ending says little by their content.

A folder holds much besides logs. CSV and JSON files are worth a word when they cannot be read; a text
file is taken only when a look at its beginning finds losses or metrics in it.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from goodfit.errors import ReadError
from goodfit.readers._console_columns import find_header
from goodfit.readers._log import Log
from goodfit.readers._names import parse_name
from goodfit.readers._printed import is_log
from goodfit.readers._sniff import Shape, binary_kind
from goodfit.readers._synonyms import axis_of, goal_of
from goodfit.readers._unpack import GZIP, beginning

SUFFIXES = frozenset({".csv", ".tsv", ".json", ".jsonl", ".ndjson"})  # looked at when a directory is given
BY_CONTENT = frozenset({".txt", ".log", ".out", ".err", ".dat"})  # taken when losses or metrics stand in them
PACKED = ".gz"
_WITHOUT_ENDING = re.compile(r"(?i)(?:.*log.*|stdout|stderr|nohup|history|metrics)$")
_ABOUT = re.compile(
    r"(?i)(?:readme|requirements|license|licence|copying|changelog|changes|contributing|notes?)\b"
)
_LOOKED_AT = 2**16  # bytes
_FEWEST = 2  # lines with a loss or metric that make a log
CATBOOST = re.compile(r"(?:learn|test\d*)_error\.tsv$")
DVCLIVE = ("plots", "metrics")

Entry = tuple[Path, Mapping[str, Path]]  # a file, or a folder with the files that make one log


def text_logs(here: Path, names: list[str], inner: list[str]) -> Iterator[Entry]:
    """The text logs among a folder's files; takes folders that are one log out of `inner`."""
    if (here.parent.name, here.name) == DVCLIVE:
        files = {
            path.relative_to(here).as_posix(): path for path in sorted(here.rglob("*.tsv")) if path.is_file()
        }
        inner.clear()
        if files:
            yield here, files
        return
    catboost = [name for name in names if CATBOOST.match(name)]
    if catboost:
        yield here, {name: here / name for name in catboost}
    own = {"time_left.tsv", "catboost_training.json"} if catboost else set()
    for name in names:
        if name not in own and name not in catboost and _may_be_log(here / name):
            yield here / name, {}


def siblings(path: Path) -> Entry:
    """A file alone, or the folder of files that it makes one log with."""
    if CATBOOST.match(path.name):
        found = {each.name: each for each in sorted(path.parent.iterdir()) if CATBOOST.match(each.name)}
        return (path.parent, found) if found else (path, {})
    for parent in path.parents if path.suffix == ".tsv" else ():
        if (parent.parent.name, parent.name) == DVCLIVE:
            return next(text_logs(parent, [], []), (path, {}))
    return path, {}


def _may_be_log(path: Path) -> bool:
    """Whether a file is worth opening; pipes, devices and links to nowhere are not."""
    name = path.name
    stem, suffix = (
        (path.stem, Path(path.stem).suffix) if path.suffix.lower() == PACKED else (name, path.suffix)
    )
    suffix = suffix.lower()
    known = suffix in SUFFIXES
    by_content = suffix in BY_CONTENT or (not Path(stem).suffix and bool(_WITHOUT_ENDING.match(stem)))
    if not known and not by_content:
        return False
    try:
        if not path.is_file():
            return path.is_symlink() and known  # a link to nowhere: opening it says so
    except OSError:
        return known
    return known or (not _ABOUT.match(name) and has_log(path))


def has_log(path: Path) -> bool:
    """Whether losses or metrics stand at the beginning of a text file."""
    try:
        with path.open("rb") as file:
            head = file.read(_LOOKED_AT)
    except OSError:
        return True  # opening it says why it cannot be read
    if head.startswith(GZIP):
        head = beginning(head, _LOOKED_AT)
    if not head.strip() or binary_kind(head):
        return False
    log = Log(source=str(path), raw=head)
    with suppress(ReadError):
        if log.shape in (Shape.JSON, Shape.JSON_LINES):
            return True
        if log.shape is Shape.DELIMITED:
            table = log.table
            named = [parse_name(name) for name in table.numbers] if table else []
            known = [name for name in named if name and (goal_of(name.metric) is not None or name.split)]
            return bool(known) and table is not None and (table.rows > 1 or any(map(axis_of, table.names)))
        fenced = any(line.startswith("```") for line in log.lines)
        return (not fenced and sum(is_log([line]) for line in log.lines) >= _FEWEST) or _has_table(log)
    return False


def _has_table(log: Log) -> bool:
    return find_header(log.lines) is not None
