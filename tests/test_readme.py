# SPDX-License-Identifier: Apache-2.0
"""What the README shows works as it stands there."""

import re
from pathlib import Path
from typing import Any

import pytest
import torch
from stranger import TRAIN, commands, with_two_lines
from torch import nn

import goodfit
from goodfit.values import Prescription

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", TEXT, flags=re.DOTALL)


def test_the_first_example_names_overfitting(capsys: pytest.CaptureFixture[str]) -> None:
    """Plain lists, and a message worth reading."""
    exec(BLOCKS[0], {})  # noqa: S102 - the README's own lines
    assert "got worse" in capsys.readouterr().out


def test_the_surgery_example_treats_a_copy() -> None:
    """The three names it uses are a model, a prescription and a batch."""
    model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
    names: dict[str, Any] = {
        "goodfit": goodfit,
        "model": model,
        "prescription": Prescription(remedy="raise-dropout"),
        "batch": torch.randn(2, 4),
    }
    exec(BLOCKS[2], names)  # noqa: S102 - the README's own lines
    assert "Dropout" in repr(names["treated"])
    assert "Dropout" not in repr(model)


def test_the_lightning_lines_are_two() -> None:
    """An import that is there, and a call of Trainer: what bench/packaging/stranger.py puts into a stranger's script."""
    first, second = (line for line in BLOCKS[1].splitlines() if line)
    assert first == "from goodfit.integrations.lightning import GoodfitCallback"
    assert first in with_two_lines(TRAIN)
    assert "Trainer(callbacks=[GoodfitCallback()], max_epochs" in with_two_lines(TRAIN)
    assert second.startswith("trainer = Trainer(")


def test_every_lightning_command_is_one_that_was_tried() -> None:
    """The table of the stranger's path has each command of the section, and its promise was kept."""
    table = (ROOT / "bench" / "results" / "stranger.md").read_text(encoding="utf-8")
    assert [command for command in commands() if f"| `{command}` |" not in table] == []
    assert "not kept" not in table


def test_the_size_is_the_one_that_was_measured() -> None:
    """Each number of MB of the sentence is in the table, rounded."""
    table = (ROOT / "bench" / "results" / "package_size.md").read_text(encoding="utf-8")
    own, others, numbers = (
        float(x)
        for x in re.findall(r"^\| (?:goodfit|dependencies|of that).* \| ([\d.]+) MB", table, re.MULTILINE)
    )
    told = re.findall(r"([\d.]+) MB", TEXT.partition("The core install is ")[2].partition("(")[0])
    assert told == [f"{own:.1f}", f"{others:.0f}", f"{numbers:.0f}"]


def test_every_link_leads_somewhere() -> None:
    """Relative links and the picture exist."""
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", TEXT) if "://" not in link]
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_versions_named_are_those_that_are_tried() -> None:
    """Each framework's version in the text is the one that development and CI install."""
    tried = dict(
        line.lower().split("==")
        for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
        if "==" in line
    )
    sentence = TEXT.partition("in the versions of constraints.txt, ")[2].partition("; [what")[0]
    named = re.findall(r"([a-z-]+) (\d+\.\d+\.\d+)", sentence)
    assert len(named) >= 9
    assert {name: version for name, version in named if tried.get(name) != version} == {}
    table = (ROOT / "bench" / "results" / "integrations.md").read_text(encoding="utf-8")
    sentence = TEXT.partition("In environments of their own, beside torch 2.13.0, also ")[2].partition(": [")[
        0
    ]
    alone = re.findall(r"[a-z-]+ \d+\.\d+\.\d+", sentence)
    assert len(alone) >= 7
    assert [each for each in alone if each not in table] == []


def test_the_korean_readme_says_the_same() -> None:
    """The same versions that were tried, and no figure that the English one does not have."""
    korean = (ROOT / "README.ko.md").read_text(encoding="utf-8")
    versions = r"\b\d+\.\d+\.\d+\b"
    assert set(re.findall(versions, korean, re.ASCII)) == set(re.findall(versions, TEXT))
    figures = set(re.findall(r"(?<![\w.])\d*\.\d+(?= T\b|,|\]|\))", korean.partition("## 드롭아웃 비율")[2]))
    assert len(figures) >= 4, "the dose, its interval and what it costs"
    assert figures - set(re.findall(r"\d*\.\d+", TEXT)) == set()
