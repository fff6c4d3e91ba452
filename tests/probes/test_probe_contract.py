# SPDX-License-Identifier: Apache-2.0
"""The probes that ship keep the public contract."""

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from goodfit.testing.probes import ProbeCase, ProbeContract
from probe_cases import CASES


class TestProbes(ProbeContract):
    """Every probe of PROBES against the whole contract."""

    cases: ClassVar[Mapping[str, ProbeCase]] = CASES
    bibliography: ClassVar[Path] = Path(__file__).parents[2] / "references.bib"
