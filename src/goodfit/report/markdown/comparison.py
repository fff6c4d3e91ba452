# SPDX-License-Identifier: Apache-2.0
"""A comparison as Markdown: the answer, the two tables, why each came out so."""

from goodfit.report.comparison_rows import RowHead, Table
from goodfit.report.comparison_story import QUESTION, comparison_story
from goodfit.report.markdown.text import bullets, document, inline, table
from goodfit.values import Comparison, Part


def markdown_comparison(comparison: Comparison) -> str:
    """A comparison as a document."""
    return document(comparison_blocks(comparison))


def comparison_blocks(comparison: Comparison) -> list[str]:
    """The answer first, then everything that it rests on."""
    story = comparison_story(comparison)
    left_out = [f"{inline(name)}: {inline(because)}" for name, because in story.left_out]
    return [
        f"## {story.mark} {inline(story.title)}",
        f"*{inline(QUESTION)}* Tried on {inline(comparison.task)}.",
        *map(inline, story.answer),
        "### What was proven",
        inline(story.table_note),
        _table(story.proof),
        "### What the trainings are like, mean over seeds" if story.traits.columns else "",
        _table(story.traits) if story.traits.columns else "",
        "### Why",
        bullets(f"{_name(head)}: {inline(because)}" for head, because in story.reasons),
        f"### Took no part\n\n{bullets(left_out)}" if left_out else "",
        "### Notes",
        bullets(map(inline, story.notes)),
    ]


def _table(given: Table) -> str:
    header = ["", *(inline(column.head.replace("\n", " ").strip()) for column in given.columns)]
    rows = [
        [_name(head), *(inline(column.cells[place]) for column in given.columns)]
        for place, head in enumerate(given.rows)
    ]
    return table(header, rows, right=[i for i, column in enumerate(given.columns, start=1) if column.right])


def _name(head: RowHead) -> str:
    letter = f"{head.letter} " if head.letter else ""
    name = f"{letter}{inline(head.name)}"
    return f"**{name}**" if head.part in (Part.PRIMARY, Part.REFERENCE) else name
