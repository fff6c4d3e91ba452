# SPDX-License-Identifier: Apache-2.0
"""Per-example losses in JSON: a list, an object, an object by seed, or a list of objects."""

import json
from collections.abc import Mapping
from typing import Any

from goodfit.errors import FormatError
from goodfit.readers._decode import decoded
from goodfit.readers._score_set import LOSSES, SEEDS, WHAT_TO_WRITE, ExampleScores, floats, named, scores_of


def scores_of_json(raw: bytes, source: str) -> tuple[ExampleScores, ...]:
    """Read a JSON text.

    Raises:
        FormatError: it is broken, or holds no losses.
    """
    text, _ = decoded(raw, source)
    try:
        found = json.loads(text.lstrip("\ufeff"))
    except (ValueError, RecursionError) as error:
        raise FormatError(
            f"the file of scores is no JSON: {error}", where=source, todo=WHAT_TO_WRITE
        ) from None
    if isinstance(found, dict):
        return _of_object(found, source)
    return _of_list(found, source)


def _of_object(found: Mapping[str, Any], source: str) -> tuple[ExampleScores, ...]:
    """One training's or, where `losses` holds rows, several; or one key a seed."""
    name = named(found, LOSSES)
    if name is None:
        if found and all(key.lstrip("-").isdigit() for key in found):
            return tuple(_of_value(value, source, key) for key, value in found.items())
        raise FormatError(
            f"the object has none of the names {', '.join(LOSSES)}; it has {', '.join(map(repr, list(found)[:8])) or 'none'}",
            where=source,
            todo=WHAT_TO_WRITE,
        )
    losses, seed_name = found[name], named(found, SEEDS)
    seeds = found[seed_name] if seed_name is not None else None
    others = {key: value for key, value in found.items() if key not in (name, seed_name)}
    if isinstance(losses, list) and losses and isinstance(losses[0], list):
        return rows_of(losses, seeds, source, others)
    return (scores_of(losses, source, seed=_single(seeds), columns=others),)


def _of_value(value: Any, source: str, seed: str) -> ExampleScores:
    if isinstance(value, dict):
        (scores,) = _of_object({**value, "seed": seed}, source)
        return scores
    return scores_of(value, source, seed=seed)


def _of_list(found: list[Any], source: str) -> tuple[ExampleScores, ...]:
    if found and isinstance(found[0], list):
        return rows_of(found, None, source, {})
    if not found or not isinstance(found[0], dict):
        return (scores_of(found, source),)
    if not all(isinstance(each, dict) for each in found):
        raise FormatError("the list mixes objects with other things", where=source, todo=WHAT_TO_WRITE)
    name = named(found[0], LOSSES)
    if name is not None and isinstance(found[0][name], list):
        return tuple(scores for each in found for scores in _of_object(each, source))
    return _of_records(found, source)


def _of_records(found: list[dict[str, Any]], source: str) -> tuple[ExampleScores, ...]:
    """One object an example: columns, as in a table."""
    columns = {key: [each.get(key) for each in found] for key in found[0]}
    return by_seed(columns, source)


def by_seed(columns: dict[str, list[Any]], source: str) -> tuple[ExampleScores, ...]:
    """The rows of each seed, where there is a column of seeds; seeds in the order in which they first come.

    Raises:
        FormatError: there is no column of losses, or one of the rows holds none.
    """
    name = named(columns, LOSSES)
    if name is None:
        raise FormatError(
            f"no column is named {' or '.join(LOSSES)}; there are {', '.join(map(repr, list(columns)[:8]))}",
            where=source,
            todo=WHAT_TO_WRITE,
        )
    seed_name = named(columns, SEEDS)
    others = {key: column for key, column in columns.items() if key not in (name, seed_name)}
    if seed_name is None:
        return (scores_of(columns[name], source, columns=others),)
    rows: dict[Any, list[int]] = {}
    for row, seed in enumerate(columns[seed_name]):
        rows.setdefault(seed, []).append(row)
    return tuple(
        scores_of(
            [columns[name][row] for row in chosen],
            source,
            seed=seed,
            columns={key: [column[row] for row in chosen] for key, column in others.items()},
        )
        for seed, chosen in rows.items()
    )


def rows_of(losses: Any, seeds: Any, source: str, others: Mapping[str, Any]) -> tuple[ExampleScores, ...]:
    """One row a seed, shape (seeds, examples); ids and groups are those of every row.

    Raises:
        FormatError: the rows differ in length, or are not as many as the seeds.
    """
    table = floats(losses, "the losses", source)
    if table.ndim != 2 or (seeds is not None and len(seeds) != len(table)):  # noqa: PLR2004 - rows and columns
        raise FormatError(
            f"losses of the shape {table.shape} do not fit {'one row a seed' if seeds is None else f'{len(seeds)} seeds'}",
            where=source,
            todo="write one row of losses for each seed",
        )
    return tuple(
        scores_of(row, source, seed=None if seeds is None else seeds[place], columns=others)
        for place, row in enumerate(table)
    )


def _single(seeds: Any) -> Any:
    return seeds[0] if isinstance(seeds, list) and len(seeds) == 1 else seeds
