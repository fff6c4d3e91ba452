# SPDX-License-Identifier: Apache-2.0
"""Structure-aware mutations of valid logs: what is changed keeps the format's frame, so that readers get to see it.

mutated(raw, random) picks a mutation that fits what the bytes are: a table's cells, a JSON value's leaves, records
with their checksums made anew, rows and pages of a database; and one in eight times plain bytes.
"""

import json
from collections.abc import Callable
from math import inf, nan
from random import Random
from typing import Any

from binary_mutations import mutated_database, mutated_events, mutated_pages, mutated_wandb

from goodfit.readers._sniff import Shape, binary_shape, shape_of


def _listed(text: str) -> tuple[str, ...]:
    return tuple(text.split())


NAMES = _listed(
    "epoch step loss train_loss val_loss eval_loss accuracy val_accuracy lr time run split phase metric value "
    "val_loss/dataloader_idx_1 batches history log_history grad_norm epoch_loss foo train/loss val/loss"
)
CELLS = (
    *_listed("nan NaN inf -inf NA null - 0 1 -1 1e999 -1e-400 0,5 1.000,5 3/40 50% tensor(0.5) 0x10 1_000"),
    *_listed("99999999999999999999 train val abc ½ ٣ é"),
    *("", " ", '"', "'", "\0", "<b>", "\x1b[31m", "1 2", "=1+1", "x" * 3_000),
)
LEAVES: tuple[Any, ...] = (
    None,
    True,
    0,
    1,
    -1,
    0.5,
    nan,
    inf,
    10**400,
    "",
    "NaN",
    "x",
    [],
    {},
    [1, 2],
    {"a": 1},
)
Mutation = Callable[[bytes, Random], bytes]


def mutated(raw: bytes, random: Random) -> bytes:
    """One valid log, changed in a few places."""
    shape = binary_shape(raw)
    if shape is Shape.EVENTS:
        return mutated_events(raw, random)
    if shape is Shape.WANDB:
        return mutated_wandb(raw, random)
    if shape is Shape.SQLITE:
        return (mutated_pages if random.random() < 0.3 else mutated_database)(raw, random)
    if random.random() < 0.125:
        return mutated_bytes(raw, random)
    text = raw.decode("utf-8-sig", errors="replace")
    if shape_of(text) is Shape.JSON:
        return _dumped(_changed(json.loads(text), random), random)
    return mutated_lines(text, random)


def mutated_bytes(raw: bytes, random: Random) -> bytes:
    """Bytes overwritten, cut out, doubled or put in."""
    content = bytearray(raw)
    for _ in range(random.randint(1, 4)):
        at = random.randrange(len(content) + 1)
        end = min(len(content), at + random.randint(0, 16))
        kind = random.randrange(4)
        if kind == 0:
            content[at:end] = random.randbytes(end - at)
        elif kind == 1:
            del content[at:end]
        elif kind == 2:
            content[at:at] = content[at:end] * random.randint(1, 50)
        else:
            content[at:at] = random.randbytes(random.randint(1, 8))
    return bytes(content)


def mutated_lines(text: str, random: Random) -> bytes:
    """Lines of a table or of JSON Lines: left out, doubled, moved, and changed within."""
    lines = text.splitlines()
    for _ in range(random.randint(1, 4)):
        if not lines:
            break
        at = random.randrange(len(lines))
        kind = random.randrange(6)
        if kind == 0 and at:
            del lines[at]
        elif kind == 1:
            lines[at:at] = [lines[at]] * random.randint(1, 30)
        elif kind == 2:
            other = random.randrange(len(lines))
            lines[at], lines[other] = lines[other], lines[at]
        else:
            lines[at] = _changed_line(lines[at], random)
    end = random.choice(("\n", "\n", "\n", "\r\n", "\r", "\n\n"))
    text = end.join(lines) + random.choice(("\n", ""))
    mark = random.choice(("", "", "", "", "\ufeff"))
    return (mark + text).encode(errors="replace")


def _changed_line(line: str, random: Random) -> str:
    if line.lstrip().startswith("{"):
        try:
            return _dumped(_changed(json.loads(line), random), random).decode()
        except ValueError:
            return line + random.choice(CELLS)
    separator = max(",;\t ", key=line.count)
    cells = line.split(separator)
    at = random.randrange(len(cells))
    kind = random.randrange(5)
    if kind == 0:
        del cells[at]
    elif kind == 1:
        cells.insert(at, random.choice(CELLS))
    elif kind == 2:
        cells[at] = random.choice(NAMES)
    elif kind == 3:
        cells[at:at] = cells[at : at + 3]
    else:
        cells[at] = random.choice(CELLS)
    return separator.join(cells)


def _changed(value: Any, random: Random, depth: int = 0) -> Any:
    """A JSON value with one of its parts changed."""
    if isinstance(value, dict) and value and (depth == 0 or random.random() < 0.8):
        return _changed_object(value, random, depth)
    if isinstance(value, list) and value and random.random() < 0.9:
        return _changed_list(value, random, depth)
    if random.random() < 0.3:
        return random.uniform(-10, 10)
    return random.choice(LEAVES)


def _changed_object(value: dict[str, Any], random: Random, depth: int) -> dict[str, Any]:
    key = random.choice(list(value))
    kind = random.randrange(8)
    if kind == 0 and depth:
        return {name: part for name, part in value.items() if name != key}
    if kind == 1:
        return {**value, random.choice(NAMES): random.choice(LEAVES)}
    if kind == 2 and depth:
        return {(random.choice(NAMES) if name == key else name): part for name, part in value.items()}
    return {name: _changed(part, random, depth + 1) if name == key else part for name, part in value.items()}


def _changed_list(value: list[Any], random: Random, depth: int) -> list[Any]:
    at = random.randrange(len(value))
    kind = random.randrange(6)
    if kind == 0:
        return value[:at] + value[at + 1 :]
    if kind == 1:
        return value[:at] + [value[at]] * random.randint(2, 40) + value[at:]
    if kind == 2:
        return random.sample(value, len(value))
    return [_changed(part, random, depth + 1) if place == at else part for place, part in enumerate(value)]


def _dumped(value: Any, random: Random) -> bytes:
    return json.dumps(
        value, indent=random.choice((None, None, 1)), ensure_ascii=random.random() < 0.5
    ).encode(errors="replace")
