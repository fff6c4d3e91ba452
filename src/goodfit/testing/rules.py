# SPDX-License-Identifier: Apache-2.0
"""What must hold for every rule of the rulebook; subclass it to hold rules of your own to the same.

class TestRules(RuleContract):
    bibliography = Path("references.bib")
"""

import ast
import inspect
import re
import textwrap
from dataclasses import replace
from math import nan
from pathlib import Path
from typing import Any, ClassVar

import pytest

import goodfit.rules
from goodfit.rules import RULES, Rule, diagnose_one
from goodfit.values import Curve, Evidence, History, Measurement, Outcome

WEIGH_LINES = 40
"""A rule whose logic is longer measures something that belongs into `measures`."""

_TEXTS = (
    "summary",
    "definition",
    "why",
    "present_message",
    "open_message",
    "missing_message",
    "advice",
    "since",
)
_DECISIVE = (Outcome.PRESENT, Outcome.INCONCLUSIVE)


def scaled(history: History, *, loss: float = 1.0, x: float = 1.0, shift: float = 0.0) -> History:
    """The same training logged in other units: losses times `loss`, x times `x` plus `shift`."""
    curves = {}
    for name, curve in history.curves.items():
        factor = loss if curve.metric == "loss" else 1.0
        curves[name] = replace(
            curve,
            values=tuple(value * factor for value in curve.values),
            x=tuple(place * x + shift for place in curve.x),
        )
    chance = history.context.chance_level
    context = replace(history.context, chance_level=None if chance is None else chance * loss)
    return replace(history, curves=curves, context=context)


def broken_at(history: History, index: int) -> History:
    """The same training with a NaN in every curve."""
    return replace(history, curves={name: _broken(curve, index) for name, curve in history.curves.items()})


def _broken(curve: Curve, index: int) -> Curve:
    values = list(curve.values)
    values[min(index, len(values) - 1)] = nan
    return replace(curve, values=tuple(values))


class RuleContract:
    """The contract of the rules in `rules`, one test a promise; `bibliography` is the file of their sources."""

    rules: ClassVar[tuple[Rule, ...]] = RULES
    bibliography: ClassVar[Path] = Path("references.bib")

    def pytest_generate_tests(self, metafunc: Any) -> None:
        """Run each test that takes a `rule` once for each rule."""
        if "rule" in metafunc.fixturenames:
            metafunc.parametrize("rule", self.rules, ids=[rule.code for rule in self.rules])

    def test_it_fires_on_its_own_example(self, rule: Rule) -> None:
        """The history of `present()` shows the pattern, with a severity and something to do."""
        diagnosis = diagnose_one(rule, rule.present())
        assert diagnosis.outcome is Outcome.PRESENT
        assert diagnosis.severity is not None
        assert diagnosis.message
        assert diagnosis.advice

    def test_it_is_silent_on_its_counter_example(self, rule: Rule) -> None:
        """The history of `absent()` is looked at and clearly does not show the pattern."""
        diagnosis = diagnose_one(rule, rule.absent())
        assert diagnosis.outcome is Outcome.ABSENT
        assert diagnosis.message

    def test_examples_are_the_same_every_time(self, rule: Rule) -> None:
        """Generated pages do not change by themselves."""
        assert rule.present() == rule.present()
        assert rule.absent() == rule.absent()

    @pytest.mark.parametrize("index", [0, 1, -1])
    def test_nan_is_never_absent(self, rule: Rule, index: int) -> None:
        """A broken curve rules nothing out: only a count of points and a setting of the run can still be complete."""
        diagnosis = diagnose_one(rule, broken_at(rule.absent(), index))
        ruled_out = [each.measurement for each in diagnosis.evidence if each.outcome is Outcome.ABSENT]
        still_known = ruled_out and all(each.unit == "points" or _is_setting(each) for each in ruled_out)
        assert still_known or diagnosis.outcome in _DECISIVE

    @pytest.mark.parametrize(
        "units",
        [{"loss": 1000.0}, {"loss": 0.001}, {"x": 100.0}, {"shift": 50.0}, {"x": 0.01, "shift": -3.0}],
    )
    def test_it_is_scale_free(self, rule: Rule, units: dict[str, float]) -> None:
        """Other units of the loss or of the steps change neither outcome nor severity."""
        for history in (rule.present(), rule.absent()):
            plain, changed = (diagnose_one(rule, each) for each in (history, scaled(history, **units)))
            assert (plain.outcome, plain.severity) == (changed.outcome, changed.severity)

    def test_nothing_logged_is_not_applicable(self, rule: Rule) -> None:
        """Without curves the rule does not look, and says what it lacks."""
        diagnosis = diagnose_one(rule, History(curves={}))
        assert diagnosis.outcome is Outcome.NOT_APPLICABLE
        assert diagnosis.needs_missing
        assert all(need in diagnosis.message for need in diagnosis.needs_missing)

    def test_its_evidence_rests_on_declared_thresholds(self, rule: Rule) -> None:
        """Every decision number of the rule is one of its `thresholds`, each of which says why."""
        for history in (rule.present(), rule.absent()):
            assert {each.threshold for each in rule.weigh(history)} <= set(rule.thresholds)
        assert all(threshold.because for threshold in rule.thresholds)
        assert all(step.threshold.because for step in rule.steps)

    def test_its_absent_messages_match_its_thresholds(self, rule: Rule) -> None:
        """Whatever rules the pattern out, there is a sentence for it."""
        names = {each.measurement.name for each in _weighed(rule)}
        assert names == set(rule.absent_messages)
        assert names == {threshold.name for threshold in rule.thresholds}

    def test_its_metadata_are_complete(self, rule: Rule) -> None:
        """Each field that its page shows says something, in sentences where they are due."""
        assert re.fullmatch(r"GF\d{3}", rule.code)
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", rule.name)
        assert all(getattr(rule, field).strip() for field in _TEXTS)
        assert rule.limits
        assert all(limit.endswith(".") for limit in (*rule.limits, rule.summary, rule.why))
        assert rule.needs
        assert rule.thresholds
        assert rule.sources
        assert rule.told_apart_from

    def test_its_sources_are_in_the_bibliography(self, rule: Rule) -> None:
        """Each cited key has an entry, and each citation says where and what."""
        keys = set(
            re.findall(r"^@\w+\{([^,]+),", self.bibliography.read_text(encoding="utf-8"), re.MULTILINE)
        )
        assert {source.key for source in rule.sources} <= keys
        assert all(source.place and source.says for source in rule.sources)

    def test_its_look_alikes_exist(self, rule: Rule) -> None:
        """A look-alike is another rule, and the measurement that separates the two is named."""
        others = {each.code for each in self.rules} - {rule.code}
        assert {each.code for each in rule.told_apart_from} <= others
        assert all(each.by for each in rule.told_apart_from)

    def test_no_number_decides_inside_weigh(self, rule: Rule) -> None:
        """Decision numbers stand in thresholds: `weigh` holds no literal but 0 and 1, and is short."""
        source = textwrap.dedent(inspect.getsource(rule.weigh))
        numbers = [
            node.value
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.Constant) and isinstance(node.value, int | float | complex)
        ]
        assert set(numbers) <= {0, 1}
        assert len(source.splitlines()) <= WEIGH_LINES

    def test_a_failing_rule_does_not_raise(self, rule: Rule) -> None:
        """Whatever `weigh` raises becomes Outcome.ERROR with the reason, so that other rules are heard."""
        failing = type("Failing", (type(rule),), {"weigh": _fails})()
        diagnosis = diagnose_one(failing, rule.present())
        assert diagnosis.outcome is Outcome.ERROR
        assert "on purpose" in diagnosis.message

    def test_codes_and_names_are_unique(self) -> None:
        """No code and no name is used twice."""
        assert len({rule.code for rule in self.rules}) == len(self.rules)
        assert len({rule.name for rule in self.rules}) == len(self.rules)

    def test_the_folder_and_the_tuple_are_the_same_set(self) -> None:
        """One file a rule, and none is forgotten in RULES."""
        folder = Path(inspect.getfile(goodfit.rules)).parent
        files = {path.stem.replace("_", "-") for path in folder.glob("[!_]*.py")}
        assert files == {rule.name for rule in RULES}


def _is_setting(measurement: Measurement) -> bool:
    """Whether a number is a fact of the run: it has no interval and counts no points."""
    return measurement.n == 0 and measurement.low == measurement.value == measurement.high


def _weighed(rule: Rule) -> tuple[Evidence, ...]:
    return (*rule.weigh(rule.present()), *rule.weigh(rule.absent()))


def _fails(_rule: Rule, _history: History) -> tuple[Evidence, ...]:
    raise RuntimeError("on purpose")
