# SPDX-License-Identifier: Apache-2.0
"""What to change and how much, as Markdown: prescriptions, the edits of a model, the search for the dose."""

from collections.abc import Sequence

from goodfit.report.markdown.text import bullets, code, fenced, inline, table
from goodfit.report.prescription_rows import edit_rows, prescription_rows, rejections, treatment_title
from goodfit.report.study_rows import arm_rows, headline_of, study_sentences
from goodfit.report.words import sentence
from goodfit.values import Prescription, Study, Treatment


def prescription_blocks(prescriptions: Sequence[Prescription]) -> list[str]:
    """The prescriptions, best first, then every rejected remedy with its reason."""
    blocks = []
    rows = prescription_rows(prescriptions)
    for row in rows:
        rank = f"{row.rank}. " if len(rows) > 1 else ""
        sources = "; ".join(place for place, _, _ in row.sources)
        facts = (*row.facts, ("sources", sources)) if sources else row.facts
        blocks.append(f"### {rank}{inline(row.title)}")
        blocks.append(bullets(f"{label}: {inline(text)}" for label, text in facts))
    left = [[inline(each.remedy), inline(each.because)] for each in rejections(prescriptions)]
    if left:
        blocks += ["### Why nothing else", table(("remedy", "because"), left)]
    return blocks


def treatment_blocks(treatment: Treatment) -> list[str]:
    """The edits as a diff, and the places left alone."""
    lines = []
    for row in edit_rows(treatment):
        lines += [f"- {each}" for each in row.removed] + [f"+ {each}" for each in row.added]
    skipped = [f"{code(skip.path)}: {inline(skip.because)}" for skip in treatment.skipped]
    return [
        inline(treatment_title(treatment)),
        fenced(lines, "diff") if lines else "",
        f"Left alone:\n\n{bullets(skipped)}" if skipped else "",
    ]


def study_blocks(study: Study) -> list[str]:
    """The chosen dose, the table of arms, and the cost."""
    header = (study.knob, "best epoch", "validation loss", "behind the best ± SE", "")
    rows = [
        [inline(each) for each in (row.value, f"{row.best_epoch} of {row.epochs}", row.loss, row.behind)]
        + [f"**{inline(', '.join(row.marks))}**" if row.chosen else inline(", ".join(row.marks))]
        for row in arm_rows(study)
    ]
    return [
        f"**→ {inline(headline_of(study))}.** {inline(sentence(study.because))}",
        table(header, rows, right=(0, 1, 2, 3)),
        bullets(map(inline, study_sentences(study))),
    ]
