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

    from goodfit.remedies import REMEDIES
    from goodfit.report import explain as page_of
    from goodfit.rules import RULES

    console = stdout()
    if name is not None:
        console.print(Markdown(page_of(name)))
        return
    for rule in RULES:
        console.print(f"[bold]{rule.code}[/]  {rule.name:<18} {rule.summary}")
    console.print()
    for remedy in REMEDIES:
        console.print(f"[bold]{remedy.name:<20}[/] {remedy.what}")
