# SPDX-License-Identifier: Apache-2.0
"""`goodfit explain CODE`: a page of the rulebook."""

from goodfit._cli.output import stdout


def explain(name: str | None = None, /) -> None:
    """Print the page of a rule or a remedy; without a name, list them all.

    Parameters
    ----------
    name:
        A rule's code or name (GF101, overfitting) or a remedy's name (raise-dropout).
    """
    from rich.markdown import Markdown
    from rich.table import Table
    from rich.text import Text

    from goodfit.remedies import REMEDIES
    from goodfit.report import explain as page_of
    from goodfit.rules import RULES

    console = stdout()
    if name is not None:
        console.print(Markdown(page_of(name)))
        return
    listed = Table.grid(padding=(0, 2))
    for rule in RULES:
        listed.add_row(Text(rule.code, style="bold"), rule.name, rule.summary)
    listed.add_row()
    for remedy in REMEDIES:
        listed.add_row("", Text(remedy.name, style="bold"), remedy.what)
    console.print(listed)
