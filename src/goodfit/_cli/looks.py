# SPDX-License-Identifier: Apache-2.0
"""`goodfit prove --looks`: who looked at which test set, and what that adds up to."""

import json
from pathlib import Path

from rich.console import Console

from goodfit._cli.output import Format, put
from goodfit.proof import HoldoutLedger, chance_of_a_false_claim, worn_out
from goodfit.values import NotedLook, TestSetLooks, dumps, to_json

LEDGER = "holdout.jsonl"  # as `execution` names it, which cannot be loaded without torch


def print_looks(console: Console, store: Path, form: Format) -> None:
    """Print every look of a store by test set, the oldest first.

    Raises:
        StoreError: the ledger cannot be read.
    """
    found = looks_of(store)
    if form == "json":
        put(console, json.dumps([to_json(each) for each in found], indent=2))
    elif form == "jsonl":
        put(console, "\n".join(map(dumps, found)))
    elif form == "markdown":
        from goodfit.report.markdown.story import markdown_looks

        put(console, markdown_looks(found))
    else:
        put(console, _text(found, store))


def looks_of(store: Path) -> tuple[TestSetLooks, ...]:
    """What the ledger of a store holds.

    Raises:
        StoreError: it cannot be read.
    """
    ledger = HoldoutLedger(str(store / LEDGER))
    found = []
    for mark in ledger.test_sets():
        looks = ledger.looks(mark)
        found.append(
            TestSetLooks(
                test_set=mark,
                looks=tuple(
                    NotedLook(number=each.number, when=each.when, purpose=each.purpose) for each in looks
                ),
                chance_of_a_false_claim=chance_of_a_false_claim(len(looks)),
                worn_out=worn_out(len(looks)),
            )
        )
    return tuple(found)


def _text(found: tuple[TestSetLooks, ...], store: Path) -> str:
    if not found:
        return f"no look at a test set was written down in {store}"
    from goodfit.report.words import looks_said

    blocks = []
    for each in found:
        lines = [f"  {look.number}. {look.when}  {look.purpose}" for look in each.looks]
        blocks.append("\n".join([looks_said(each), *lines]))
    return "\n\n".join(blocks)
