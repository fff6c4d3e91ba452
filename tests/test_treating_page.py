# SPDX-License-Identifier: Apache-2.0
"""The page about treating a model shows code that runs, block after block."""

import re
from pathlib import Path
from typing import Any

import pytest

DOCS = Path(__file__).parents[1] / "docs"
TEXT = (DOCS / "treating.md").read_text(encoding="utf-8")


def test_every_block_runs_in_its_order(capsys: pytest.CaptureFixture[str]) -> None:
    """What one block makes the next may use; places and probabilities are printed."""
    names: dict[str, Any] = {}
    for block in re.findall(r"```python\n(.*?)```", TEXT, flags=re.DOTALL):
        exec(block, names)  # noqa: S102 - the page's own lines
    out = capsys.readouterr().out
    assert "2 None 0.4" in out
    assert "torch.Size([8, 3])" in out


def test_every_link_leads_somewhere() -> None:
    """Relative links exist."""
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", TEXT) if "://" not in link]
    assert links
    assert [link for link in links if not (DOCS / link).exists()] == []
