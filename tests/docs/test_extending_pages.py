# SPDX-License-Identifier: Apache-2.0
"""What the pages on extending goodfit show keeps the contracts that they name, as it stands there."""

from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

import goodfit.testing.remedies
from goodfit.remedies import RANKING, Case
from goodfit.rules import RULES, diagnose
from goodfit.testing.readers import ReaderContract
from goodfit.testing.remedies import RemedyContract
from goodfit.testing.rules import RuleContract
from goodfit.values import Outcome, Prescription
from page_code import page_module

ROOT = Path(__file__).resolve().parents[2]
READER = page_module("extending/reader.md")
RULE = page_module("extending/rule.md").CurvesTogether()
REMEDY = page_module("extending/remedy.md").ClipGradients()


class TestReaderPage(ReaderContract):
    """The reader of the page, with the samples of the page."""

    reader = READER.AcmeLog()
    sample = READER.TestAcmeLog.sample
    with_nan = READER.TestAcmeLog.with_nan
    with_missing = READER.TestAcmeLog.with_missing


class TestRulePage(RuleContract):
    """The rule of the page beside all others; only its own promises are run."""

    rules = (*RULES, RULE)
    bibliography = ROOT / "references.bib"

    def pytest_generate_tests(self, metafunc: Any) -> None:
        """Run each test for the new rule alone."""
        if "rule" in metafunc.fixturenames:
            metafunc.parametrize("rule", [RULE], ids=[RULE.code])


class TestRemedyPage(RemedyContract):
    """The remedy of the page with its rank, on the two examples of what it treats and of overfitting."""

    remedies = (REMEDY,)
    bibliography = ROOT / "references.bib"

    def pytest_generate_tests(self, metafunc: Any) -> None:
        """Run each test for the new remedy, in four cases."""
        if "remedy" in metafunc.fixturenames:
            metafunc.parametrize("remedy", [REMEDY], ids=[REMEDY.name])
        if "case" in metafunc.fixturenames:
            chosen = [rule for rule in RULES if rule.code in ("GF101", "GF303")]
            cases = [each for rule in chosen for each in (rule.present(), rule.absent())]
            metafunc.parametrize("case", cases, ids=["rises", "stands", "spikes", "calm"])

    @pytest.fixture(autouse=True)
    def _ranked(self, monkeypatch: pytest.MonkeyPatch) -> None:
        ranked = {**RANKING, "GF303": (*RANKING.get("GF303", ()), REMEDY.name)}
        monkeypatch.setattr(goodfit.testing.remedies, "RANKING", MappingProxyType(ranked))


def test_the_remedy_is_prescribed_for_what_it_treats() -> None:
    """Spikes are found, and the page's remedy answers them with their own number."""
    spikes = next(rule for rule in RULES if rule.code == "GF303").present()
    found = diagnose(spikes)
    assert "GF303" in {each.code for each in found if each.outcome is Outcome.PRESENT}
    answer = REMEDY.consider(Case(diagnoses=found, history=spikes))
    assert isinstance(answer, Prescription)
