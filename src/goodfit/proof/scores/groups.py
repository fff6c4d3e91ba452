# SPDX-License-Identifier: Apache-2.0
"""Which test examples belong together: one label an example, in a file of its own."""

import csv
import json
from pathlib import Path

import numpy as np

from goodfit.errors import FormatError, ReadError
from goodfit.proof.scores.table import ScoreTable

_TODO = "give one label per test example: a text file with a label a line, a JSON list, a .npy, or a CSV with a column group"


def read_groups(file: Path, scores: ScoreTable) -> list[int]:
    """Read the group of every test example, in the order of the scores, as numbers.

    A CSV may name the examples in a column `example`; it then need not be in order.

    Raises:
        ReadError: the file cannot be read, or does not fit the scores.
    """
    try:
        labels = _labels(file, scores)
    except OSError as error:
        raise ReadError(f"the groups cannot be read: {error}", where=str(file)) from None
    except (ValueError, UnicodeDecodeError) as error:
        raise FormatError(f"the groups are in no known form: {error}", where=str(file), todo=_TODO) from None
    expected = len(scores.rows[0])
    if len(labels) != expected:
        raise FormatError(
            f"found {len(labels):,} groups for {expected:,} test examples", where=str(file), todo=_TODO
        )
    return [int(each) for each in np.unique(np.asarray(labels, dtype=str), return_inverse=True)[1]]


def _labels(file: Path, scores: ScoreTable) -> list[str]:
    if file.suffix == ".npy":
        return [str(each) for each in np.load(file, allow_pickle=False).ravel().tolist()]
    text = file.read_text(encoding="utf-8-sig")
    if file.suffix == ".json":
        found = json.loads(text)
        if not isinstance(found, list):
            raise FormatError("the JSON is no list of labels", where=str(file), todo=_TODO)
        return [str(each) for each in found]
    lines = [line for line in text.splitlines() if line.strip()]
    if file.suffix in (".csv", ".tsv"):
        return _column(file, lines, scores)
    return [line.strip() for line in lines]


def _column(file: Path, lines: list[str], scores: ScoreTable) -> list[str]:
    reader = csv.DictReader(lines, delimiter="\t" if lines and "\t" in lines[0] else ",")
    names = {name.strip().lower(): name for name in reader.fieldnames or ()}
    if "group" not in names:
        raise FormatError("there is no column group", where=str(file), todo=_TODO)
    rows = list(reader)
    if "example" not in names or scores.examples is None:
        return [row[names["group"]] for row in rows]
    by_name = {row[names["example"]]: row[names["group"]] for row in rows}
    missing = [name for name in scores.examples if name not in by_name]
    if missing:
        raise FormatError(f"example {missing[0]!r} has no group", where=str(file), todo=_TODO)
    return [by_name[name] for name in scores.examples]
