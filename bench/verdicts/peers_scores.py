# SPDX-License-Identifier: Apache-2.0
"""Counts and tables of the comparison with other tools, and where one of them is ahead."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from peers_logs import CODES, NEITHER, OURS, Labelled, Tool
from peers_runner import OVERFITTING


@dataclass(slots=True)
class Verdicts:
    """One word of one tool against the truth."""

    hits: int = 0
    wrong: int = 0
    missed: int = 0
    quiet: int = 0  # neither there nor said

    @property
    def precision(self) -> float | None:
        """None when nothing was said."""
        return self.hits / (self.hits + self.wrong) if self.hits + self.wrong else None

    @property
    def recall(self) -> float | None:
        """None when there was nothing to find."""
        return self.hits / (self.hits + self.missed) if self.hits + self.missed else None

    @property
    def f1(self) -> float:
        """Of "it is there"."""
        return _f1(self.hits, self.wrong, self.missed)

    @property
    def macro_f1(self) -> float:
        """Mean of that and of "it is not there"."""
        return (self.f1 + _f1(self.quiet, self.missed, self.wrong)) / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """A figure by which a peer is ahead of goodfit."""

    what: str
    tool: str
    theirs: str
    ours: str
    only_theirs: str = ""  # logs that only the peer judges rightly, against those that only goodfit does


def judged(logs: Sequence[Labelled], word: str) -> list[tuple[Labelled, bool]]:
    """The logs on which a word is either right or wrong, with the truth."""
    pairs = [(log, bool(log.present & CODES[word])) for log in logs]
    other = CODES[NEITHER[word]] if word in NEITHER else frozenset()
    return [
        (log, true) for log, true in pairs if true or not (log.allowed & CODES[word] or log.present & other)
    ]


def verdicts(tool: Tool, logs: Sequence[Labelled], word: str) -> Verdicts:
    """Count one word over all logs."""
    counts = Verdicts()
    for log, true in judged(logs, word):
        said = word in tool.said.get(log.name, {})
        field = {(True, True): "hits", (False, True): "wrong", (True, False): "missed"}.get(
            (true, said), "quiet"
        )
        setattr(counts, field, getattr(counts, field) + 1)
    return counts


def able(tools: Sequence[Tool], word: str) -> list[Tool]:
    """The tools that have this word and ran."""
    return [tool for tool in tools if tool.left_out is None and word in tool.able]


def share_said(tool: Tool, logs: Sequence[Labelled], word: str = OVERFITTING) -> float | None:
    """Share of the logs of which the tool says it; None without logs."""
    return float(np.mean([word in tool.said.get(log.name, {}) for log in logs])) if logs else None


def onset_errors(tool: Tool, logs: Sequence[Labelled]) -> dict[str, tuple[float, float]]:
    """Distance from the true onset, by log: in percent of the run, and in evaluations."""
    errors: dict[str, tuple[float, float]] = {}
    for log in logs:
        place = tool.said.get(log.name, {}).get(OVERFITTING)
        if log.onset is None or place is None:
            continue
        x = log.history.curves["val_loss"].x
        far = abs(place - log.onset)
        errors[log.name] = (100 * far / (x[-1] - x[0]), far / (x[1] - x[0]))
    return errors


def leads_of_verdicts(tools: Sequence[Tool], logs: Sequence[Labelled], word: str, name: str) -> list[Lead]:
    """Peers whose F1 (macro-F1 for overfitting) is higher than goodfit's."""
    present = able(tools, word)
    ours = next((tool for tool in present if tool.name == OURS), None)
    score = "macro_f1" if word == OVERFITTING else "f1"
    mine = getattr(verdicts(ours, logs, word), score) if ours else 0.0
    leads = []
    for tool in present:
        theirs = getattr(verdicts(tool, logs, word), score)
        if not tool.name.startswith(OURS) and theirs > mine:
            label = f"{name}: {'macro-F1' if word == OVERFITTING else 'F1'}"
            discord = _discord(tool, ours, logs, word) if ours else ""
            leads.append(
                Lead(
                    what=label,
                    tool=tool.name,
                    theirs=f"{theirs:.3f}",
                    ours=f"{mine:.3f}",
                    only_theirs=discord,
                )
            )
    return leads


def leads_of_alarms(tools: Sequence[Tool], logs: Sequence[Labelled], name: str) -> list[Lead]:
    """Peers that call fewer of these logs overfitting than goodfit does."""
    present = able(tools, OVERFITTING)
    mine = next((share_said(tool, logs) for tool in present if tool.name == OURS), None)
    leads = []
    for tool in present:
        theirs = share_said(tool, logs)
        if mine is not None and theirs is not None and theirs < mine:
            leads.append(Lead(what=name, tool=tool.name, theirs=f"{theirs:.3f}", ours=f"{mine:.3f}"))
    return [lead for lead in leads if not lead.tool.startswith(OURS)]


def leads_of_onset(tools: Sequence[Tool], logs: Sequence[Labelled]) -> list[Lead]:
    """Peers that place the onset nearer than goodfit on the logs where both place one."""
    present = able(tools, OVERFITTING)
    ours = next((onset_errors(tool, logs) for tool in present if tool.name == OURS), {})
    leads = []
    for tool in present:
        pairs = [(error[0], ours[log][0]) for log, error in onset_errors(tool, logs).items() if log in ours]
        if tool.name.startswith(OURS) or not pairs:
            continue
        theirs, mine = (float(np.mean(column)) for column in zip(*pairs, strict=True))
        if theirs < mine:
            label = f"onset: mean error, % of the run, on the {len(pairs)} logs where both name one"
            leads.append(Lead(what=label, tool=tool.name, theirs=f"{theirs:.2f}", ours=f"{mine:.2f}"))
    return leads


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def shown(value: float | None, digits: int = 3) -> str:
    """A number, or a dash where there is none."""
    return "-" if value is None else f"{value:.{digits}f}"


def _discord(tool: Tool, ours: Tool, logs: Sequence[Labelled], word: str) -> str:
    theirs_only = mine_only = 0
    for log, true in judged(logs, word):
        theirs = (word in tool.said.get(log.name, {})) == true
        mine = (word in ours.said.get(log.name, {})) == true
        theirs_only += theirs and not mine
        mine_only += mine and not theirs
    return f"{theirs_only} : {mine_only}"


def _f1(hits: int, wrong: int, missed: int) -> float:
    whole = 2 * hits + wrong + missed
    return 2 * hits / whole if whole else 0.0
