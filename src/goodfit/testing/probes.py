# SPDX-License-Identifier: Apache-2.0
"""What must hold for every probe; subclass it to hold probes of your own to the same.

class TestProbes(ProbeContract):
    bibliography = Path("references.bib")
    cases = {"paired-noise": ProbeCase(shows=overfits, silent=converges)}
"""

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import pytest

import goodfit.probes
from goodfit.errors import DivergedError
from goodfit.probes import PROBES, Finding, Lab, NotApplicable, Probe, result_of
from goodfit.rules import PRECEDENCE
from goodfit.training import Task, as_source
from goodfit.values import Outcome, ProbeResult, dumps, loads

LOOK_LINES = 40
"""A probe whose logic is longer measures something that belongs into functions beside it."""

_TEXTS = ("summary", "definition", "why", "cost", "since")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeCase:
    """Tasks on which a probe is tried; small ones, for each is trained."""

    shows: Callable[[], Task]  # the probe must find it
    silent: Callable[[], Task]  # the probe must look, and find nothing
    not_applicable: Callable[[], Task] | None = (
        None  # the probe has nothing to look at; None: there is no such task
    )


class ProbeContract:
    """The contract of the probes in `probes`, one test a promise; `cases` holds the tasks of each by its name."""

    probes: ClassVar[tuple[Probe, ...]] = PROBES
    cases: ClassVar[Mapping[str, ProbeCase]] = {}
    bibliography: ClassVar[Path] = Path("references.bib")

    def pytest_generate_tests(self, metafunc: Any) -> None:
        """Run each test that takes a `probe` once for each probe."""
        if "probe" in metafunc.fixturenames:
            metafunc.parametrize("probe", self.probes, ids=[probe.name for probe in self.probes])

    @pytest.fixture(scope="class")
    @classmethod
    def store(cls, tmp_path_factory: pytest.TempPathFactory) -> Path:
        """One folder of finished runs for the whole class: a task is trained once."""
        return tmp_path_factory.mktemp("runs")

    def test_it_finds_what_is_there(self, probe: Probe, store: Path) -> None:
        """PRESENT on the task that shows it, with severity, numbers and something to do; JSON and back."""
        result = result_of(probe, _lab(self.cases[probe.name].shows, store))
        assert result.outcome is Outcome.PRESENT, result.message
        assert result.severity is not None
        assert result.advice
        assert result.evidence
        assert any(character.isdigit() for character in result.message)
        assert loads(ProbeResult, dumps(result)) == result

    def test_it_is_silent_where_nothing_is(self, probe: Probe, store: Path) -> None:
        """ABSENT on the task that does not show it: it looked, and says what it measured."""
        result = result_of(probe, _lab(self.cases[probe.name].silent, store))
        assert result.outcome is Outcome.ABSENT, result.message
        assert result.severity is None
        assert result.message

    def test_it_says_why_it_cannot_look(self, probe: Probe, store: Path) -> None:
        """NOT_APPLICABLE with the reason, where there is nothing to look at."""
        make = self.cases[probe.name].not_applicable
        if make is not None:
            result = result_of(probe, _lab(make, store))
            assert result.outcome is Outcome.NOT_APPLICABLE, result.message
            assert len(result.message) > 1
            assert not result.evidence

    def test_it_is_reproducible(self, probe: Probe, store: Path) -> None:
        """The same task gives the same numbers, whatever was drawn before."""
        make = self.cases[probe.name].silent
        one, other = (result_of(probe, _lab(make, store)) for _ in range(2))
        assert replace(one, seconds=0.0) == replace(other, seconds=0.0)

    def test_its_evidence_rests_on_declared_thresholds(self, probe: Probe, store: Path) -> None:
        """Every decision number of the probe is one of its `thresholds`, each of which says why."""
        for make in (self.cases[probe.name].shows, self.cases[probe.name].silent):
            result = result_of(probe, _lab(make, store))
            assert {each.threshold for each in result.evidence} <= set(probe.thresholds)
        assert all(threshold.because for threshold in probe.thresholds)

    def test_its_metadata_are_complete(self, probe: Probe) -> None:
        """Each field that its page shows says something, in sentences where they are due."""
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", probe.name)
        assert all(getattr(probe, field).strip() for field in _TEXTS)
        assert probe.question.endswith("?")
        assert probe.limits
        assert all(text.endswith(".") for text in (*probe.limits, probe.summary, probe.why))
        assert probe.thresholds
        assert probe.sources
        assert probe.settles
        assert set(probe.settles) <= set(PRECEDENCE)

    def test_its_sources_are_in_the_bibliography(self, probe: Probe) -> None:
        """Each cited key has an entry, and each citation says where and what."""
        keys = re.findall(r"^@\w+\{([^,]+),", self.bibliography.read_text(encoding="utf-8"), re.MULTILINE)
        assert {source.key for source in probe.sources} <= set(keys)
        assert all(source.place and source.says for source in probe.sources)

    def test_no_number_decides_inside_look(self, probe: Probe) -> None:
        """Decision numbers stand in thresholds, sizes in constants with a reason: `look` is short and holds none."""
        source = textwrap.dedent(inspect.getsource(probe.look))
        numbers = [
            node.value
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.Constant) and isinstance(node.value, int | float | complex)
        ]
        assert set(numbers) <= {0, 1, 100}
        body = source.splitlines()
        assert len(body) - (inspect.getdoc(probe.look) or "").count("\n") - 1 <= LOOK_LINES

    @pytest.mark.parametrize("error", [RuntimeError, DivergedError, NotApplicable])
    def test_a_failing_probe_does_not_raise(self, probe: Probe, error: type[Exception], store: Path) -> None:
        """Whatever `look` raises becomes a line with the reason, so that other probes are heard."""

        def fails(_probe: Probe, _lab: Lab) -> Finding:
            raise error("on purpose")

        failing = type("Failing", (type(probe),), {"look": fails})()
        result = result_of(failing, _lab(self.cases[probe.name].silent, store))
        expected = Outcome.ERROR if error is RuntimeError else Outcome.NOT_APPLICABLE
        assert result.outcome is expected
        assert "on purpose" in result.message

    def test_names_are_unique(self) -> None:
        """No name is used twice."""
        assert len({probe.name for probe in self.probes}) == len(self.probes)

    def test_the_folder_and_the_tuple_are_the_same_set(self) -> None:
        """One file a probe, and none is forgotten in PROBES."""
        folder = Path(inspect.getfile(goodfit.probes)).parent
        files = {path.stem.replace("_", "-") for path in folder.glob("[!_]*.py")}
        assert files == {probe.name for probe in PROBES}


def _lab(make: Callable[[], Task], store: Path) -> Lab:
    return Lab(as_source(make()), store)
