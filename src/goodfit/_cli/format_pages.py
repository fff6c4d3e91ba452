# SPDX-License-Identifier: Apache-2.0
"""The page of formats: the readers in the order in which they are asked, from their own text, and what holds for all."""

import sys
from collections.abc import Iterator

from goodfit.readers import GENERAL, PARTICULAR, Reader
from goodfit.readers._log import MAX_BYTES
from goodfit.readers._text_files import BY_CONTENT, SUFFIXES

_HEAD = """# Logs that are read

Generated from the code by `make docs`.

    goodfit diagnose metrics.csv                   # a file of any kind below, also packed with gzip
    goodfit diagnose runs/                         # every run in a folder, the worst first
    goodfit diagnose 'runs/*/metrics.csv'          # or that a pattern matches; or several files
    python train.py | goodfit diagnose -           # what is piped in
    goodfit diagnose x.csv --train a --val b --x n # the guess overruled
    goodfit diagnose all.csv --run fold=2          # one of several runs

In Python: `goodfit.read_history(path, train=, val=, x=, run=)` for one run, `goodfit.read_runs` for all.

A file is known by its content and not by its name, but for the folders of CatBoost and DVCLive, where the file's name alone
tells the data set. In a folder, files ending in {suffixes} are opened; those ending in
{by_content}, with or without `.gz`, and files called like `log` or `history` are opened when losses or metrics stand
in them. A readme or list of requirements is passed over, links to folders are not followed, pipes are not waited for.
Several runs in one log, several pairs of losses and several validation sets are all shown or named, with the option
that chooses; none is chosen in silence.
"""

_REPAIRED = """## What is repaired, and said

What was repaired or is doubtful is printed with the diagnosis, and stands in `History.warnings`.

| in the log | what is read |
|---|---|
| an empty cell, `NA`, `null`, `-` | a missing value, which is no point; a logged `nan` is a point |
| `nan` that alternates evenly with numbers while the other split goes on | not evaluated there |
| a training loss of 0 where the gradient is not finite (Hugging Face) | NaN: the training diverged |
| an epoch logged twice, or a jump back (a resumed training) | what was written last; what lay beyond the jump is cut |
| a second header line (a tool appended) | followed from there on |
| rows from the newest to the oldest | turned round |
| validation lists shorter than the others (Keras with `validation_freq`) | placed, if one even spacing alone fits |
| progress bars, colours, lines drawn over each other | the last state of each epoch; an unfinished epoch is left out |
| a number in a last line without its end | left out, if it may be half a number |
| zero bytes at the end, a gzip archive that is cut off | what stands before them |
| another encoding (UTF-16, cp949, gb18030, cp932, Western) | by the words that it gives; said unless it is marked |
| decimal commas | between semicolons, tabs and in printed lines |
| no epoch or step | rows are counted from 0 |
| the same run logged by two tools, earlier checkpoints of a run | read once |

## What is refused

Each with what was found, where, and what to do: empty and binary files, pickles, more than {limit} MiB (also when
unpacked), broken JSON, decimal commas between commas, text that names no loss or metric with its number, and names that
no reader knows, which `--train`, `--val` and `--x` can tell. Nothing is ever written to a log or its folder.

## What logs do not say

The logged training loss is often not the loss on the training set: a mean over an epoch in which the weights changed, the last batch,
a running mean, all with dropout on. How it was measured is a fact of its curve (`measured_as`), and rules ask it before
they judge a gap. Epochs keep the number that the tool gave them, from 0 or from 1.

## Formats of others

A package adds a reader by an entry point; it is asked before the general readers at the end of this page, and loaded
only when a log is read. One that cannot be loaded or fails when it is asked is named, and the log is read without it.

    [project.entry-points."goodfit.readers"]
    my-tool = "my_package.reader:MyReader"

Hold it against `goodfit.testing.readers.ReaderContract`.
"""


def pages() -> dict[str, str]:
    """The page by its name below docs/."""
    return {"formats.md": "\n".join(_page())}


def _page() -> Iterator[str]:
    def listed(endings: frozenset[str]) -> str:
        return ", ".join(f"`{ending}`" for ending in sorted(endings))

    yield _HEAD.format(suffixes=listed(SUFFIXES), by_content=listed(BY_CONTENT))
    yield _REPAIRED.format(limit=MAX_BYTES // 2**20)
    for title, readers in (("Tools that are known", PARTICULAR), ("General readers", GENERAL)):
        yield f"## {title}\n"
        for reader in readers:
            yield from _described(reader)


def _described(reader: Reader) -> Iterator[str]:
    """One reader in the words of its module."""
    text = (sys.modules[type(reader).__module__].__doc__ or "").strip()
    first, _, rest = text.partition("\n")
    yield f"### {reader.name}\n\n{reader.what[0].upper()}{reader.what[1:]}.\n"
    yield f"{first}\n"
    if rest.strip():
        yield f"```text\n{_printable(rest.strip(chr(10)))}\n```\n"


def _printable(text: str) -> str:
    """Text without control characters, which some examples show as they are."""
    return "".join(char if char.isprintable() or char == "\n" else " " for char in text)
