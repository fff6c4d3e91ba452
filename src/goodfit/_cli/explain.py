# SPDX-License-Identifier: Apache-2.0
"""`goodfit explain CODE`: a page of the rulebook."""

from goodfit._cli.extras import need_torch
from goodfit._cli.output import stdout
from goodfit.errors import SettingsError


def explain(name: str | None = None, /) -> None:
    """Print the page of a rule, a remedy or a probe; without a name, list them all.

    Parameters
    ----------
    name:
        A rule's code or name (GF101, overfitting), a remedy's name (raise-dropout), or a probe's (paired-noise).
    """
    from rich.markdown import Markdown
    from rich.table import Table
    from rich.text import Text

    from goodfit._cli.probe_pages import probe_names
    from goodfit.remedies import REMEDIES
    from goodfit.rules import RULES

    console = stdout()
    if name is not None:
        console.print(Markdown(_page(name)))
        return
    listed = Table.grid(padding=(0, 2))
    for rule in RULES:
        listed.add_row(Text(rule.code, style="bold"), rule.name, rule.summary)
    listed.add_row()
    for remedy in REMEDIES:
        listed.add_row("", Text(remedy.name, style="bold"), remedy.what)
    console.print(listed)
    console.print(f"\nProbes (goodfit probe TASK): {', '.join(probe_names())}", soft_wrap=True)


def _page(name: str) -> str:
    """The page of that name; only the name of a probe loads torch."""
    from goodfit._cli.probe_pages import find_probe, named_like, probe_names, probe_page
    from goodfit.report import explain as page_of

    if named_like(name) in probe_names():
        need_torch()
        return probe_page(find_probe(name), drawn=False)
    try:
        return page_of(name)
    except SettingsError as error:
        found, todo = error.found.replace("rule or remedy", "rule, remedy or probe"), error.todo or ""
        raise SettingsError(
            found, where=error.where, todo=f"{todo} Probes: {', '.join(probe_names())}."
        ) from None
