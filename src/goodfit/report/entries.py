# SPDX-License-Identifier: Apache-2.0
"""Rules and remedies as plain entries of the rulebook, for JSON and SARIF."""

from goodfit.remedies import REMEDIES, Remedy
from goodfit.report.rulebook import remedy_page, rule_page
from goodfit.rules import RULES, Rule
from goodfit.values import EntryKind, RulebookEntry


def rule_entry(rule: Rule, *, whole: bool = False) -> RulebookEntry:
    """What a rule says of itself; with `whole` its page as well."""
    return RulebookEntry(
        kind=EntryKind.RULE,
        code=rule.code,
        name=rule.name,
        summary=rule.summary,
        definition=rule.definition,
        why=rule.why,
        limits=rule.limits,
        severity=rule.severity,
        needs=rule.needs,
        thresholds=rule.thresholds,
        told_apart_from=rule.told_apart_from,
        remedies=rule.remedies,
        settled_by=rule.settled_by,
        sources=rule.sources,
        since=rule.since,
        page=rule_page(rule, drawn=False) if whole else "",
    )


def remedy_entry(remedy: Remedy, *, whole: bool = False) -> RulebookEntry:
    """What a remedy says of itself; with `whole` its page as well."""
    return RulebookEntry(
        kind=EntryKind.REMEDY,
        name=remedy.name,
        summary=remedy.what,
        definition=remedy.how,
        why=remedy.benefits,
        limits=tuple(each for each in (remedy.costs, remedy.risk) if each),
        thresholds=remedy.thresholds,
        about=remedy.treats,
        trade_offs=remedy.trade_offs,
        sources=remedy.sources,
        since=remedy.since,
        page=remedy_page(remedy, drawn=False) if whole else "",
    )


def entries() -> tuple[RulebookEntry, ...]:
    """All rules, then all remedies, without their pages."""
    return (*(rule_entry(each) for each in RULES), *(remedy_entry(each) for each in REMEDIES))
