# SPDX-License-Identifier: Apache-2.0
"""Per-example test losses that a training script wrote -> ExampleScores: no curves, but what a proof needs.

    scores.json   {"losses": [0.31, 1.2], "ids": ["a", "b"], "seed": 1, "accuracy": 0.5}, or a plain list
    scores.csv    a column named loss, one row an example; seed, id and group where there are such columns
    scores.npy    shape (examples,), or (seeds, examples)
    scores.npz    arrays named losses, and ids, groups, seed where they are known

A file of several seeds holds them as rows, as a column `seed`, as {"1": [...], "2": [...]}, or as a list of objects.
"""

from pathlib import Path

from goodfit.errors import FormatError, ReadError
from goodfit.readers._score_arrays import scores_of_arrays
from goodfit.readers._score_json import scores_of_json
from goodfit.readers._score_set import WHAT_TO_WRITE, ExampleScores
from goodfit.readers._score_table import scores_of_table

__all__ = ["NAMES", "ExampleScores", "read_scores", "scores_in"]

NAMES = (
    "scores.json",
    "scores.csv",
    "scores.tsv",
    "scores.npy",
    "scores.npz",
)  # looked for when none is named
MOST = 1 << 31  # bytes; hundreds of millions of losses, and what a machine can take in
_ARRAYS = (b"\x93NUMPY", b"PK\x03\x04", b"PK\x05\x06")


def read_scores(path: str | Path) -> tuple[ExampleScores, ...]:
    """Read the scores of every training in a file, in the order of the file.

    Raises:
        ReadError: there is no such file, or it cannot be read.
        FormatError: it is empty, broken, or holds no losses; a loss is missing or no number.
    """
    place = Path(path)
    try:
        size = place.stat().st_size
        if size > MOST:
            raise FormatError(f"{size:,} bytes are more than any scores take", where=str(path))
        raw = place.read_bytes()
    except (OSError, ValueError) as error:
        raise ReadError(
            f"the scores cannot be read: {error}", where=str(path), todo="give a file of losses per example"
        ) from None
    return scores_in(raw, str(path))


def scores_in(raw: bytes, source: str) -> tuple[ExampleScores, ...]:
    """The same of a file's content, whose form follows from its first bytes; `source` is how to speak of it.

    Raises:
        FormatError: as `read_scores`.
    """
    if not raw.strip():
        raise FormatError("the file of scores is empty", where=source, todo=WHAT_TO_WRITE)
    if raw.startswith(_ARRAYS):
        found = scores_of_arrays(raw, source)
    elif raw.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        found = scores_of_json(raw, source)
    else:
        found = scores_of_table(raw, source)
    seeds = [each.seed for each in found]
    if len(found) > 1 and None not in seeds and len(set(seeds)) < len(seeds):
        raise FormatError("a seed stands twice in the file", where=source, todo="write each seed once")
    return found
