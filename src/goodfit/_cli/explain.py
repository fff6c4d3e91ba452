# SPDX-License-Identifier: Apache-2.0
"""`goodfit explain CODE`: a page of the rulebook."""

import json

from rich.console import Console

from goodfit._cli.output import Format, Output, check_output, opened, put
from goodfit.values import EntryKind, RulebookEntry, dumps, to_json


def explain(
    name: str | None = None,
    /,
    *,
    output: Output = Output(),  # noqa: B008 - frozen
) -> None:
    """Print the page of a rule, a remedy or a probe; without a name, list them all.

    Parameters
    ----------
    name:
        A rule's code or name (GF101, overfitting), a remedy's name (raise-dropout), or a probe's (paired-noise).
    """
    check_output(output)
    if name is not None:
        from goodfit._probe_pages import any_entry

        found = any_entry(name)
        with opened(output) as console:
            _write(console, found, output.output_format)
        return
    with opened(output) as console:
        _list(console, output.output_format)


def _write(console: Console, entry: RulebookEntry, form: Format) -> None:
    if form in ("json", "jsonl"):
        put(console, dumps(entry, indent=2 if form == "json" else None))
    elif form == "markdown":
        from goodfit.report.markdown.text import MARK

        put(console, f"{MARK}\n\n{entry.page}")
    else:
        from rich.markdown import Markdown

        console.print(Markdown(entry.page))


def _list(console: Console, form: Format) -> None:
    """All rules, remedies and probes; of probes only the names, since loading them loads torch."""
    from goodfit._probe_pages import probe_names
    from goodfit.report.entries import entries

    probes = tuple(RulebookEntry(kind=EntryKind.PROBE, name=each) for each in probe_names())
    listed = (*entries(), *probes)
    if form == "json":
        put(console, json.dumps([to_json(each) for each in listed], indent=2, ensure_ascii=False))
    elif form == "jsonl":
        for each in listed:
            put(console, dumps(each))
    elif form == "markdown":
        from goodfit.report.markdown.text import document, inline, table

        rows = [
            [str(each.kind), each.code or " ", inline(each.name), inline(each.summary)] for each in listed
        ]
        put(console, document([table(("kind", "code", "name", "summary"), rows)]))
    else:
        from goodfit.report.terminal.rulebook import print_rulebook

        print_rulebook(console, listed)
