# SPDX-License-Identifier: Apache-2.0
"""The formats for other programs: which renderer makes which, and what the SARIF tool is called."""

from collections.abc import Sequence

from goodfit._about import version_of
from goodfit._cli.judging import Judging
from goodfit._cli.output import FindingsFormat
from goodfit.report.machine.checked import Checked
from goodfit.rules import Rule
from goodfit.values import RulebookEntry


def rendered(
    form: FindingsFormat,
    checked: Sequence[Checked],
    rules: Sequence[Rule | RulebookEntry],
    verb: str,
    judging: Judging,
) -> str:
    """What was checked, as GitHub's commands, SARIF or JUnit."""
    if form == "github":
        from goodfit.report.machine.github import render_github

        return render_github(checked)
    if form == "junit":
        from goodfit.report.machine.junit import render_junit

        return render_junit(checked, judging.threshold)
    if form == "sarif":
        from goodfit.report.entries import rule_entry
        from goodfit.report.machine.sarif import render_sarif

        described = [rule_entry(each) if isinstance(each, Rule) else each for each in rules]
        return render_sarif(checked, described, verb=verb, version=version_of("goodfit") or "0")
    raise ValueError(f"{form} is rendered by its verb")
