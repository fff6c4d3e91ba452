# SPDX-License-Identifier: Apache-2.0
"""Tables, pictures and the page of the question, made of the comparisons that are finished."""

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from _question_picture import Row, picture
from _question_rows import (
    LETTERS,
    READINGS,
    Answered,
    decided,
    gain_of,
    gained,
    in_words,
    mean_of,
    read_answers,
)

from goodfit.values import Candidate, Comparison, Moment, Part

ROOT = Path(__file__).parents[2]
TABLES, PICTURES, PAGE = ROOT / "bench" / "results", ROOT / "docs" / "images", ROOT / "docs" / "question.md"
SHOWN = ("epochs-to-best", "generalisation-gap")  # of the measures of a comparison


def write_all(store: Path, *, full: bool) -> None:
    """Write what is finished; what the quick sizes gave is overwritten by what --full gives."""
    answers = read_answers(store)
    if not answers:
        return
    for one in answers:
        name = f"question_{one.asked.name}"
        (TABLES / f"{name}.md").write_text(_task_table(one, full=full), encoding="utf-8")
        (PICTURES / f"{name}.svg").write_text(_task_picture(one), encoding="utf-8")
    (TABLES / "question.md").write_text(_summary(answers, full=full), encoding="utf-8")
    (PICTURES / "question.svg").write_text(_summary_picture(answers), encoding="utf-8")
    PAGE.write_text(_page(answers, full=full), encoding="utf-8")


def _task_table(one: Answered, *, full: bool) -> str:
    found = one.found
    lines = [
        f"# {found.task}: {_size(one, full=full)}",
        "",
        f"{_made(found, full=full)} Test set: {found.test_examples:,} examples, looked at {_times(found.holdout_reads)}.",
        f"{found.trainings} trainings with {found.epochs:,} epochs, search and proof together. As planned: {one.finding}.",
        "",
        *_answer(one),
        "",
        "Gained: test loss at the best checkpoint against early stopping alone, in percent of its loss, with the 95 % interval",
        "over seeds. The decision needs both gates of a verdict, and Holm's correction for all but the primary comparison.",
        "",
    ]
    metric = next((s.metric for c in found.candidates for s in c.scores if s.metric != "loss"), None)
    head = [
        "remedy",
        "test loss, best checkpoint",
        "gained",
        "wins",
        "decision",
        "test loss, last epoch",
        *([f"{metric}, best checkpoint"] if metric else []),
        *(name.replace("-", " ") for name in SHOWN),
    ]
    lines += ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += [_task_row(candidate, metric, len(found.seeds)) for candidate in found.candidates]
    lines += ["", *(f"- left out: {left.remedy}: {left.because}" for left in found.left_out)]
    lines += [f"- failed: {c.name}: {c.failed}" for c in found.candidates if c.failed]
    lines += [f"- {note}" for note in found.notes]
    return "\n".join(lines) + "\n"


def _task_row(one: Candidate, metric: str | None, seeds: int) -> str:
    measured = {m.name: f"{m.value:.3g}" for m in one.measures}
    cells = [
        in_words(one) + (", primary" if one.part is Part.PRIMARY else ""),
        mean_of(one, "loss", Moment.BEST),
        gained(one),
        f"{one.verdict.wins} of {seeds}" if one.verdict is not None else "-",
        decided(one),
        mean_of(one, "loss", Moment.LAST),
        *([mean_of(one, metric, Moment.BEST)] if metric else []),
        *(measured.get(name, "-") for name in SHOWN),
    ]
    return "| " + " | ".join(cells) + " |"


def _task_picture(one: Answered) -> str:
    rows = [
        Row(label=in_words(candidate), gain=gain_of(candidate), decision=decided(candidate))
        for candidate in one.found.candidates
        if candidate.part is not Part.CHANCE
    ]
    return picture(f"{one.asked.name}: {one.asked.words}", rows)


def _summary_picture(answers: Sequence[Answered]) -> str:
    found = [(one, one.candidate("raise-dropout")) for one in answers]
    rows = [
        Row(label=f"{one.asked.name}{_dose(dropout)}", gain=gain_of(dropout), decision=decided(dropout))
        for one, dropout in found
        if dropout is not None
    ]
    return picture("(B) raise dropout, at the rate that validation chose", rows)


def _dose(one: Candidate) -> str:
    return f", rate {one.dose.value:g}" if one.dose is not None else ""


def _summary(answers: Sequence[Answered], *, full: bool) -> str:
    lines = [
        "# Validation loss is much greater than training loss: which of four?",
        "",
        f"{_made(answers[0].found, full=full)}",
        "",
        "Each cell: test loss gained at the best checkpoint against early stopping alone, in percent of its loss, with the 95 %",
        "interval over seeds, and the decision. A dash: the remedy has no place there; the task's own table says why.",
        "",
        *_question_table(answers),
    ]
    return "\n".join(lines) + "\n"


def _question_table(answers: Sequence[Answered]) -> list[str]:
    head = [
        "task",
        "as planned",
        *(f"({letter}) {name}" for name, letter in LETTERS.items()),
        "no early stopping",
    ]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for one in answers:
        cells = [f"[{one.asked.name}](question_{one.asked.name}.md)", one.finding]
        cells += [_cell(one.candidate(name)) for name in (*LETTERS, "untreated")]
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def _cell(one: Candidate | None) -> str:
    return "-" if one is None else one.failed or f"{gained(one)} {decided(one)}"


def _page(answers: Sequence[Answered], *, full: bool) -> str:
    trouble = [one for one in answers if one.asked.name != "control"]
    counts = Counter(one.reading for one in trouble)
    results = "../bench/results"
    table = [line.replace("](question_", f"]({results}/question_") for line in _question_table(answers)]
    lines = [
        "# Validation loss is much greater than training loss: which of four?",
        "",
        "(A) add nodes, (B) raise dropout, (C) train longer, (D) raise the learning rate. The text-book says B. goodfit asks your own",
        "network and data: `goodfit compare TASK` tunes every remedy alike, trains all with the same seeds, and holds each",
        "against **early stopping alone** on a locked test set. This page is that answer for three domains, written by",
        "`python bench/question/question.py`; nothing on it was typed by hand.",
        "",
        f"Trainings that go on past their best epoch: {len(trouble)}, and a control that does not. Of the {len(trouble)}: "
        + "; ".join(f"{words}: {counts[words]}" for words in READINGS)
        + ".",
        "",
        "![Raising dropout against early stopping alone, task by task](images/question.svg)",
        "",
        f"{_made(answers[0].found, full=full)}",
        "Gains are in percent of the test loss of early stopping alone, with the 95 % interval over seeds.",
        "",
        *table,
        "",
    ]
    for one in answers:
        lines += _section(one, full=full)
    lines += [
        "## How to read it",
        "",
        '- "Undecided" is the lack of an answer, not the answer "no".',
        '- "Wins" means proven over early stopping alone, and no other of the four has a lower mean; "helps" means proven, and another has.',
        "- Each remedy is tested against early stopping alone. Which of two remedies has the lower mean is told, not tested.",
        "- The last column shows what early stopping is worth by itself: the same trainings, at their last epoch. A remedy that is",
        "  compared with an untreated training at its last epoch looks that much better.",
        "- Rates, widths and factors were chosen on validation data of one seed, three settings each, the mildest within one standard error.",
        "- These are small trainings of seconds. They show that the answer differs from task to task, not what yours is: run",
        "  `goodfit compare` on it.",
    ]
    return "\n".join(lines) + "\n"


def _section(one: Answered, *, full: bool) -> list[str]:
    best = one.found.candidates[0]
    others = (
        f"; {in_words(best)} wins" if best.name != "raise-dropout" and decided(best) == "improved" else ""
    )
    return [
        f"## {one.asked.name}: {one.reading}{others}",
        "",
        f"{one.asked.domain.capitalize()}; {_size(one, full=full)}.{_cut_short(one)}",
        "",
        *_answer(one),
        "",
        f"![{one.asked.name}](images/question_{one.asked.name}.svg)",
        "",
    ]


def _answer(one: Answered) -> list[str]:
    """What `goodfit compare` says, a sentence or two a line."""
    return [f"- {line}" for line in one.found.answer.splitlines() if line]


def _cut_short(one: Answered) -> str:
    """Dropout slows training down: where its best epoch is the last planned one, the plan was too short for it."""
    planned, dropout = one.found.history.context.epochs_planned, one.candidate("raise-dropout")
    measures = dropout.measures if dropout is not None else ()
    best = next((m.value for m in measures if m.name == "epochs-to-best"), None)
    if planned is None or best is None or best <= planned - 1:
        return ""
    return f" With dropout the best epoch is {best:.1f} of {planned} on average: a longer plan could give it more."


def _made(found: Comparison, *, full: bool) -> str:
    made = found.provenance
    size = " --full" if full else ""
    return (
        f"Written by `python bench/question/question.py{size}` on {made.created[:10]}; Python {made.python}, torch {made.torch}, "
        f"{os.cpu_count()} cores, one process, other work beside it; {len(found.seeds)} paired seeds."
    )


def _size(one: Answered, *, full: bool) -> str:
    return "the built-in task as it is" if full else one.asked.words


def _times(reads: int) -> str:
    return "once" if reads == 1 else f"{reads} times"
