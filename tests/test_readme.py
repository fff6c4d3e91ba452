# SPDX-License-Identifier: Apache-2.0
"""What the README shows works as it stands there."""

import re
from pathlib import Path
from typing import Any

import pytest
import torch
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
    exec(BLOCKS[1], names)  # noqa: S102 - the README's own lines
    assert "Dropout" in repr(names["treated"])
    assert "Dropout" not in repr(model)


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


def test_the_korean_readme_says_the_same() -> None:
    """The same versions that were tried, and no figure that the English one does not have."""
    korean = (ROOT / "README.ko.md").read_text(encoding="utf-8")
    versions = r"\b\d+\.\d+\.\d+\b"
    assert set(re.findall(versions, korean, re.ASCII)) == set(re.findall(versions, TEXT))
    figures = set(re.findall(r"(?<![\w.])\d*\.\d+(?= T\b|,|\]|\))", korean.partition("## 드롭아웃 비율")[2]))
    assert len(figures) >= 4, "the dose, its interval and what it costs"
    assert figures - set(re.findall(r"\d*\.\d+", TEXT)) == set()
