# SPDX-License-Identifier: Apache-2.0
"""The rules that ship keep the public contract."""

from pathlib import Path
from typing import ClassVar

from goodfit.testing.rules import RuleContract


class TestRules(RuleContract):
    """Every rule of RULES against the whole contract."""

    bibliography: ClassVar[Path] = Path(__file__).parents[2] / "references.bib"
