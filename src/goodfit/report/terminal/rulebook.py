# SPDX-License-Identifier: Apache-2.0
"""The list of the rulebook in the terminal: code, name and one sentence."""

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from goodfit.report.terminal.ink import INDENT, STRONG, blank, block
from goodfit.values import EntryKind, RulebookEntry

_WIDE = 72  # columns from which on a sentence has room beside its name


def print_rulebook(console: Console, entries: Sequence[RulebookEntry]) -> None:
    """Print the rules, the remedies, and the names of the probes."""
    rules = [each for each in entries if each.kind is EntryKind.RULE]
    remedies = [each for each in entries if each.kind is EntryKind.REMEDY]
    codes = max((len(each.code or "") for each in entries), default=0) + 2
    names = max((len(each.name) for each in (*rules, *remedies)), default=0) + 2
    for each in (*rules, None, *remedies):
        if each is None:
            blank(console)
            continue
        lead = Text((each.code or "").ljust(codes), style=STRONG)
        lead.append(each.name.ljust(names), style=STRONG if each.code is None else "")
        if console.width >= _WIDE:
            block(console, each.summary, lead=lead, indent=lead.cell_len)
        else:
            block(console, "", lead=lead, indent=lead.cell_len)
            block(console, each.summary, indent=2 * INDENT)
    probes = ", ".join(each.name for each in entries if each.kind is EntryKind.PROBE)
    blank(console)
    block(console, f"Probes (goodfit probe TASK): {probes}", indent=INDENT)
