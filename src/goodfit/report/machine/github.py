# SPDX-License-Identifier: Apache-2.0
"""Findings as GitHub's workflow commands: annotations of a run of Actions.

::warning file=runs/a.csv,title=GF101 overfitting::Validation loss has risen ...
"""

from collections.abc import Iterator, Sequence

from goodfit.report.machine.checked import Checked, Line, summary
from goodfit.values import Outcome, Severity

_COMMANDS = {Severity.NOTE: "notice", Severity.WARNING: "warning", Severity.ERROR: "error"}
_DATA = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY = {**_DATA, ":": "%3A", ",": "%2C"}


def render_github(checked: Sequence[Checked]) -> str:
    """One command a finding, the most severe first, since GitHub shows only the first ten of each kind; then a summary."""
    found = [(line, each) for each in checked for line in each.found]
    found.sort(key=lambda pair: -pair[0].severity.rank if pair[0].severity else 0)
    commands = [_finding(line, each) for line, each in found]
    for each in checked:
        commands += _remarks(each)
    return "\n".join([*commands, f"goodfit: {summary(checked)}"]) + "\n"


def command(kind: str, text: str, **properties: str | None) -> str:
    """One workflow command, escaped; properties that are None are left out."""
    named = ",".join(f"{key}={_escaped(value, _PROPERTY)}" for key, value in properties.items() if value)
    return f"::{kind}{f' {named}' if named else ''}::{_escaped(text, _DATA)}"


def _finding(line: Line, where: Checked) -> str:
    kind = _COMMANDS[line.severity or Severity.NOTE]
    text = _said(where, " ".join(part for part in (line.message, line.advice) if part))
    return command(kind, text, file=where.artifact, title=line.title)


def _remarks(each: Checked) -> Iterator[str]:
    for line in each.lines:
        if line.outcome is Outcome.ERROR:
            yield command(
                "error", _said(each, line.message), file=each.artifact, title=f"{line.title} failed"
            )
    for remark in each.remarks:
        yield command("notice", _said(each, remark), file=each.artifact, title="Note on the log")
    if each.unread:
        yield command("notice", _said(each, each.unread), file=each.artifact, title="Not a log")


def _said(where: Checked, text: str) -> str:
    """A text that names its run where the file alone does not."""
    return text if where.subject == where.artifact else f"{where.subject}: {text}"


def _escaped(text: str, table: dict[str, str]) -> str:
    return "".join(table.get(char, char) for char in text)
