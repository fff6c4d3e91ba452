# SPDX-License-Identifier: Apache-2.0
"""`goodfit compare` on 1,000 MNIST images: the output that docs/comparing.md shows.

The built-in task trains for 60 epochs; here it is cut to 12, so that the whole comparison takes some minutes.

    python bench/comparison.py [--store FOLDER]    writes bench/results/comparison.md and docs/images/comparison.svg
"""

import argparse
from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from rich.console import Console

from goodfit.comparing import compare
from goodfit.report import comparison_plot, print_comparison
from goodfit.tasks.mnist import mnist
from goodfit.training import settle_threads
from goodfit.values import Comparison

ROOT = Path(__file__).parents[1]
REMEDIES = (
    "more-nodes",
    "raise-dropout",
    "train-longer",
    "raise-learning-rate",
    "batch-norm",
    "weight-decay",
)
EPOCHS = 12
WIDTH = 100
HEAD = """# A comparison

Written by `python bench/comparison.py` on {date}; torch {torch}. The task mnist with {epochs} epochs, eight paired seeds.

```
{text}
```
"""


def rendered(comparison: Comparison) -> str:
    """What the terminal shows, without colours."""
    out = StringIO()
    print_comparison(Console(file=out, width=WIDTH, highlight=False, emoji=False, markup=False), comparison)
    return out.getvalue().rstrip()


def main(store: Path) -> None:
    """Compare, and write what was found."""
    settle_threads()
    found = compare(replace(mnist(), epochs=EPOCHS), remedies=REMEDIES, store=store)
    text = HEAD.format(
        date=datetime.now(UTC).date(), torch=torch.__version__, epochs=EPOCHS, text=rendered(found)
    )
    (ROOT / "bench/results/comparison.md").write_text(text, encoding="utf-8")
    plot = comparison_plot(found)
    assert plot is not None  # noqa: S101 - these candidates have verdicts
    (ROOT / "docs/images/comparison.svg").write_text(plot, encoding="utf-8")
    print(rendered(found))


if __name__ == "__main__":
    given = argparse.ArgumentParser()
    given.add_argument("--store", type=Path)
    asked = given.parse_args().store
    if asked is not None:
        main(asked)
    else:
        with TemporaryDirectory() as folder:
            main(Path(folder))
