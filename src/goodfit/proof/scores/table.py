# SPDX-License-Identifier: Apache-2.0
"""What a file of scores holds: one row of numbers a seed, all on the same examples."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

from goodfit.errors import FormatError

_NAMED = re.compile(r"(?:[A-Za-z]+[ _-]*)?(-?\d+)(?:\.0)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreTable:
    """One recipe: a row of per-example numbers for each seed."""

    place: str  # the file, for messages
    seeds: tuple[int, ...]
    rows: tuple[tuple[float, ...], ...]  # one a seed, equally long
    examples: tuple[str, ...] | None = None  # names of the examples in the rows' order; None: not named
    numbered: bool = False  # the seeds are places, because the file names none


def table_of(
    place: str,
    rows: Sequence[tuple[Any, Sequence[Any]]],
    *,
    examples: Sequence[str] | None = None,
    numbered: bool = False,
) -> ScoreTable:
    """Check what a file gave, (seed, numbers) for each seed.

    Raises:
        FormatError: no row, an unreadable or repeated seed, rows of different lengths, or what is no finite number.
    """
    if not rows:
        raise FormatError("the file holds no scores", where=place, todo="give one row of numbers a seed")
    seeds = [_seed(seed, place) for seed, _ in rows]
    if twice := sorted({seed for seed in seeds if seeds.count(seed) > 1}):
        raise FormatError(f"seed {twice[0]} stands twice", where=place, todo="give each seed once")
    numbers = [_numbers(row, f"seed {seed}", place) for seed, (_, row) in zip(seeds, rows, strict=True)]
    for seed, row in zip(seeds, numbers, strict=True):
        if len(row) != len(numbers[0]):
            raise FormatError(
                f"seed {seed} has {len(row):,} examples, seed {seeds[0]} has {len(numbers[0]):,}",
                where=place,
                todo="score all seeds on the same examples",
            )
    order = sorted(range(len(seeds)), key=seeds.__getitem__)
    return ScoreTable(
        place=place,
        seeds=tuple(seeds[i] for i in order),
        rows=tuple(numbers[i] for i in order),
        examples=tuple(examples) if examples is not None else None,
        numbered=numbered,
    )


def _seed(found: Any, place: str) -> int:
    """A whole number, or a name that ends in one, such as seed_3."""
    if isinstance(found, float) and found.is_integer():
        return int(found)
    if isinstance(found, int) and not isinstance(found, bool):
        return found
    named = None if isinstance(found, bool | float) else _NAMED.fullmatch(str(found).strip())
    if named is None:
        raise FormatError(
            f"{found!r} is no seed",
            where=place,
            todo="name seeds by whole numbers, so that pairs can be found",
        )
    return int(named.group(1))


def _numbers(row: Sequence[Any], whose: str, place: str) -> tuple[float, ...]:
    if not len(row):
        raise FormatError(f"{whose} has no scores", where=place, todo="give one number per test example")
    found = []
    for i, each in enumerate(row, start=1):
        try:
            value = float("nan") if each is None or isinstance(each, bool) else float(each)
        except (TypeError, ValueError):
            raise FormatError(
                f"example {i} of {whose} is {each!r:.40}, not a number", where=place, todo="give numbers only"
            ) from None
        if not isfinite(value):
            raise FormatError(
                f"example {i} of {whose} is {each!r:.40}, which is no finite number",
                where=place,
                todo="a recipe that failed on an example cannot be averaged over it: score it again",
            )
        found.append(value)
    return tuple(found)
