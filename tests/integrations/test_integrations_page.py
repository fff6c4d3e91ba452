# SPDX-License-Identifier: Apache-2.0
"""The page on integrations is true: its snippets run, and its modules and names are there."""

import ast
import re
from itertools import count
from pathlib import Path
from typing import Any

import torch
from torch import nn

import goodfit

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "integrations.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)


def test_each_framework_has_a_module_and_two_lines() -> None:
    """Every module with a GoodfitCallback is on the page, with an import and a use that parse."""
    folder = ROOT / "src" / "goodfit" / "integrations"
    modules = {
        path.stem
        for path in folder.glob("*.py")
        if "class GoodfitCallback" in path.read_text(encoding="utf-8")
    }
    shown = {}
    for snippet in SNIPPETS:
        ast.parse(snippet)
        if found := re.match(r"from goodfit\.integrations\.(\w+) import GoodfitCallback\n", snippet):
            shown[found[1]] = snippet
            assert "GoodfitCallback(" in snippet
    assert set(shown) == modules


def test_adapters_are_tiny() -> None:
    """The core does the work: no module of a framework has more than 100 lines."""
    folder = ROOT / "src" / "goodfit" / "integrations"
    lengths = {
        path.stem: len(path.read_text(encoding="utf-8").splitlines())
        for path in folder.glob("*.py")
        if not path.stem.startswith("_")
    }
    assert {name: n for name, n in lengths.items() if n > 100} == {}


def test_plain_snippets_run() -> None:
    """Both loops run as they stand, and give the curves that the page promises."""
    model, losses = nn.Linear(2, 1), count()

    def loss_of(model: nn.Module, batch: Any) -> Any:
        return model(batch).square().mean()

    def validate(_model: nn.Module) -> float:
        return 1.0 + 0.1 * abs(next(losses) - 3)

    names: dict[str, Any] = {
        "goodfit": goodfit,
        "model": model,
        "epochs": 20,
        "batches": [torch.ones(4, 2)],
        "loss_of": loss_of,
        "train_and_validate": lambda _: (0.5, 0.6),
        "train_step": lambda model, batch: 0.9 ** next(losses) * loss_of(model, batch).detach(),
        "validate": validate,
    }
    first, second = SNIPPETS[:2]
    exec(first, names)  # noqa: S102 - the page's own words
    assert len(names["run"].history.curves["val_loss"]) == 20
    exec(second, names)  # noqa: S102 - the same
    assert set(names["run"].history.curves) == {"train_loss", "train_loss_eval", "val_loss"}


def test_every_environment_was_tried() -> None:
    """The table has a row for each environment of `make integrations`, with a version, and none failed."""
    table = (ROOT / "bench" / "results" / "integrations.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| (\w+) \| (.*) \|$", table, flags=re.MULTILINE))
    script = (ROOT / "tests" / "integrations" / "environments.py").read_text(encoding="utf-8")
    wanted = re.findall(r'^    "(\w+)": Environment\(', script, flags=re.MULTILINE)
    assert len(wanted) >= 15
    assert [name for name in wanted if not re.search(r" \d+\.\d+.*\| \d+ passed", rows.get(name, ""))] == []
