# SPDX-License-Identifier: Apache-2.0
"""Scores in JSON: goodfit's own Run and Report, or whatever plain form a script writes.

[0.31, 0.12, ...]                                   one seed
{"seed": 3, "losses": [...]}                        one seed
[{"seed": 1, "losses": [...]}, ...]                 several
{"runs": [{"seed": 1, "losses": [...]}, ...]}       several
{"1": [...], "2": [...]}                            several, by seed
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from goodfit.errors import FormatError, GoodfitError
from goodfit.proof.scores.table import ScoreTable, table_of
from goodfit.values import Arm, Report, Run, from_json

LISTS = ("losses", "per_example", "scores", "loss", "score", "values")  # where a seed's numbers may stand
_FORMS = 'give a list of numbers, or objects {"seed": 1, "losses": [...]} in a list or under "runs"'


def read_json(file: Path, arm: Arm | None) -> ScoreTable:
    """Read the scores of a JSON file.

    Args:
        file: the file.
        arm: whose runs of a Report are meant; None: those of the treatment.

    Raises:
        FormatError: it is not JSON, or in none of the forms above.
    """
    place = str(file)
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, UnicodeDecodeError, RecursionError) as error:
        raise FormatError(f"not JSON: {error}", where=place, todo=_FORMS) from None
    if isinstance(data, Mapping) and data.get("type") in ("Run", "Report"):
        return _own(data, arm, place)
    if arm is not None:
        raise FormatError("only a report has arms", where=f"{place}:{arm}", todo=f"leave :{arm} out")
    if isinstance(data, list) and data and not isinstance(data[0], Mapping | list):
        return table_of(place, [(0, data)], numbered=True)
    return table_of(place, _rows(data, place))


def _own(data: Mapping[str, Any], arm: Arm | None, place: str) -> ScoreTable:
    try:
        if data["type"] == "Run":
            runs: Sequence[Run] = [from_json(Run, data)]
        else:
            wanted = arm or Arm.TREATMENT
            runs = [run for run in from_json(Report, data).runs if run.arm is wanted]
    except GoodfitError as error:
        raise FormatError(error.found, where=place, todo=error.todo) from None
    if not runs or not all(run.per_example for run in runs):
        raise FormatError(
            f"the {data['type'].lower()} holds no per-example losses",
            where=place,
            todo="give one that proved something: `goodfit fix` and `goodfit prove` keep them",
        )
    return table_of(place, [(run.seed, run.per_example) for run in runs])


def _rows(data: Any, place: str) -> list[tuple[Any, Sequence[Any]]]:
    if isinstance(data, Mapping):
        if isinstance(data.get("runs"), list):
            return _rows(data["runs"], place)
        if any(name in data for name in LISTS):
            return [_row(data, 0, place)]
        if data and all(isinstance(row, list) for row in data.values()):
            return list(data.items())
    if isinstance(data, list) and data and all(isinstance(each, Mapping) for each in data):
        return [_row(each, i, place) for i, each in enumerate(data, start=1)]
    if isinstance(data, list) and data and all(isinstance(each, list) for each in data):
        return list(enumerate(data, start=1))
    raise FormatError("the JSON is in no form that holds scores", where=place, todo=_FORMS)


def _row(each: Mapping[str, Any], number: int, place: str) -> tuple[Any, Sequence[Any]]:
    found = next((each[name] for name in LISTS if isinstance(each.get(name), list)), None)
    if found is None:
        raise FormatError(
            f"entry {number} has no list of numbers (looked for {', '.join(LISTS)})", where=place, todo=_FORMS
        )
    if number > 0 and "seed" not in each:
        raise FormatError(
            f"entry {number} names no seed",
            where=place,
            todo='add "seed": the pairs are found by it',
        )
    return each.get("seed", 0), found
