# SPDX-License-Identifier: Apache-2.0
"""Writing the rulebook to a folder, and finding one page of it by name.

docs/rules/index.md, GF101-overfitting.md, GF101-overfitting-present.svg, ...
docs/remedies/index.md, raise-dropout.md, ...
"""

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path

from goodfit.errors import SettingsError
from goodfit.remedies import REMEDIES
from goodfit.report.curve_svg import curve_svg
from goodfit.report.entries import remedy_entry, rule_entry
from goodfit.report.rulebook import index_page, remedy_page, rule_page, rule_stem
from goodfit.report.words import listed
from goodfit.rules import RULES
from goodfit.values import RulebookEntry


def write_pages(folder: str | Path) -> tuple[Path, ...]:
    """Write `rules/` and `remedies/` below `folder`, an index each; the same code gives the same bytes.

    Returns the files written, in the order of their names.
    """
    written = []
    for name, text in sorted(pages().items()):
        path = Path(folder) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
        written.append(path)
    return tuple(written)


def pages() -> Mapping[str, str]:
    """Every file of the rulebook by its path below the folder."""
    found = {}
    for rule in RULES:
        stem = f"rules/{rule_stem(rule)}"
        found[f"{stem}.md"] = rule_page(rule)
        found[f"{stem}-present.svg"] = curve_svg(rule.present(), f"{rule.code} {rule.name}: present")
        found[f"{stem}-absent.svg"] = curve_svg(rule.absent(), f"{rule.code} {rule.name}: absent")
    for remedy in REMEDIES:
        found[f"remedies/{remedy.name}.md"] = remedy_page(remedy)
    rules = [(f"[{rule.code} {rule.name}]({rule_stem(rule)}.md)", rule.summary) for rule in RULES]
    remedies = [(f"[{remedy.name}]({remedy.name}.md)", remedy.what) for remedy in REMEDIES]
    found["rules/index.md"] = index_page("Rules", "What goodfit looks for in the curves of a run.", rules)
    found["remedies/index.md"] = index_page(
        "Remedies", "What goodfit can prescribe, and when it does not.", remedies
    )
    return found


def explain(name_or_code: str) -> str:
    """The page of one rule or remedy as text for the terminal, found by code or name in any case.

    Raises:
        SettingsError: no rule or remedy has that name; the message lists the known ones, closest first.
    """
    return find_entry(name_or_code).page


def find_entry(name_or_code: str) -> RulebookEntry:
    """One rule or remedy as plain data with its page, found by code or name in any case.

    Raises:
        SettingsError: no rule or remedy has that name; the message lists the known ones, closest first.
    """
    wanted = "-".join(name_or_code.lower().replace("_", " ").split())
    for rule in RULES:
        if wanted in (rule.code.lower(), rule.name, rule_stem(rule).lower()):
            return rule_entry(rule, whole=True)
    for remedy in REMEDIES:
        if wanted == remedy.name:
            return remedy_entry(remedy, whole=True)
    codes, names = (
        [rule.code for rule in RULES],
        [rule.name for rule in RULES] + [each.name for each in REMEDIES],
    )
    raise SettingsError(
        f"no rule or remedy is called {name_or_code!r}",
        where="the name to explain",
        todo=_suggestion(wanted, codes, names),
    )


def _suggestion(wanted: str, codes: list[str], names: list[str]) -> str:
    by_lower = {name.lower(): name for name in (*codes, *names)}
    close = [by_lower[each] for each in get_close_matches(wanted, by_lower, n=3, cutoff=0.5)]
    known = [name for name in (*codes, *names) if name not in close]
    nearest = f"did you mean {listed(close, 'or')}? " if close else ""
    return f"{nearest}Known{' besides' if close else ''}: {', '.join(known)}."
