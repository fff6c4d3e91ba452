# SPDX-License-Identifier: Apache-2.0
"""Which rules somebody wants to hear: by code, by name, or by the beginning of a code."""

from collections.abc import Iterable, Sequence

from goodfit.errors import SettingsError
from goodfit.rules._rule import Rule
from goodfit.rules._verdict import RULES


def choose_rules(select: Sequence[str] = (), ignore: Sequence[str] = ()) -> tuple[Rule, ...]:
    """The rules that `select` names, without those that `ignore` names, in the order of RULES.

    Args:
        select: codes (GF101), names (overfitting) or beginnings of codes (GF1), in any case; none: all rules.
        ignore: the same.

    Raises:
        SettingsError: a name is no rule's, or no rule is left.
    """
    wanted = {rule.code for name in select for rule in _named(name, "select")} if select else None
    unwanted = {rule.code for name in ignore for rule in _named(name, "ignore")}
    chosen = tuple(
        rule for rule in RULES if (wanted is None or rule.code in wanted) and rule.code not in unwanted
    )
    if not chosen:
        said = f"select {', '.join(select) or 'all'}, ignore {', '.join(ignore)}"
        raise SettingsError(
            f"no rule is left ({said})", where="the rules asked for", todo="ignore fewer rules"
        )
    return chosen


def left_out(chosen: Iterable[Rule]) -> tuple[str, ...]:
    """The codes of all other rules."""
    codes = {rule.code for rule in chosen}
    return tuple(rule.code for rule in RULES if rule.code not in codes)


def _named(name: str, option: str) -> list[Rule]:
    """The rules of one name; a beginning of a code needs at least its letters."""
    wanted = "-".join(name.lower().replace("_", " ").split())
    exact = [rule for rule in RULES if wanted in (rule.code.lower(), rule.name)]
    begun = [rule for rule in RULES if wanted.startswith("gf") and rule.code.lower().startswith(wanted)]
    if found := exact or begun:
        return found
    from difflib import get_close_matches

    known = [each for rule in RULES for each in (rule.code, rule.name)]
    by_lower = {each.lower(): each for each in known}
    near = [by_lower[each] for each in get_close_matches(wanted, by_lower, n=3, cutoff=0.5)]
    hint = f"did you mean {' or '.join(near)}? " if near else ""
    raise SettingsError(
        f"no rule is called {name!r}",
        where=f"--{option}",
        todo=f"{hint}give a code (GF101), the beginning of one (GF1) or a name; `goodfit explain` lists them",
    )
