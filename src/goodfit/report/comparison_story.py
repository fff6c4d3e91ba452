# SPDX-License-Identifier: Apache-2.0
"""A comparison as all renderers tell it: the title, the answer, two tables, why each came out so, and the notes."""

from dataclasses import dataclass

from goodfit.report.comparison_names import LETTERS, helps, named, plain_name, reference_of
from goodfit.report.comparison_rows import RowHead, Table, proof_table, row_head, trait_table
from goodfit.report.story import Tone
from goodfit.report.study_rows import duration
from goodfit.report.verdict_rows import SYMBOLS
from goodfit.report.words import listed, number, plural, sentence, spoken
from goodfit.values import Candidate, Comparison, Decision, Part

QUESTION = (
    "Validation loss is much greater than training loss: add nodes (A), raise dropout (B), train longer (C), "
    "or raise the learning rate (D)?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonStory:
    """Everything that a renderer writes, but for the plots."""

    mark: str
    tone: Tone
    title: str
    answer: tuple[str, ...]  # one thought a line
    proof: Table
    traits: Table
    table_note: str
    reasons: tuple[tuple[RowHead, str], ...]
    left_out: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]


def comparison_story(comparison: Comparison) -> ComparisonStory:
    """Put a comparison into words."""
    mark, tone, title = _title(comparison)
    return ComparisonStory(
        mark=mark,
        tone=tone,
        title=title,
        answer=tuple(comparison.answer.split("\n")),
        proof=proof_table(comparison),
        traits=trait_table(comparison),
        table_note=_table_note(comparison),
        reasons=tuple((row_head(one), one.because) for one in comparison.candidates),
        left_out=tuple((spoken(each.remedy), each.because) for each in comparison.left_out),
        notes=_notes(comparison),
    )


def _title(comparison: Comparison) -> tuple[str, Tone, str]:
    tried = [one for one in comparison.candidates if one.part in (Part.PRIMARY, Part.OTHER)]
    winners = [one for one in tried if helps(one)]
    if winners:
        verb = "helps" if len(winners) == 1 else "help"
        title = f"{listed([_lettered(one) for one in winners])} {verb} on held-out data"
        return SYMBOLS[Decision.IMPROVED], Tone.GOOD, title
    judged = [one for one in tried if one.decision is not None]
    if judged and all(one.decision is not Decision.UNDECIDED for one in judged):
        return SYMBOLS[Decision.EQUIVALENT], Tone.NOTE, "Early stopping alone is as good as anything tried"
    return SYMBOLS[Decision.UNDECIDED], Tone.OPEN, "Nothing is shown to be better than early stopping alone"


def _lettered(one: Candidate) -> str:
    letter = LETTERS.get(one.name)
    return f"{letter} {named(one)}" if letter else named(one)


def _table_note(comparison: Comparison) -> str:
    primary = next((one for one in comparison.candidates if one.part is Part.PRIMARY), None)
    family = sum(one.part is Part.OTHER and one.verdict is not None for one in comparison.candidates)
    parts = [f"Gains are over {named(reference_of(comparison))}; positive is better."]
    if primary is not None:
        parts.append(f"{sentence(named(primary))} was named beforehand and keeps its p value.")
    if family:
        parts.append(f"The p values of the {plural(family, 'other')} are corrected for their number (Holm).")
    return " ".join(parts)


def _notes(comparison: Comparison) -> tuple[str, ...]:
    cost = (
        f"{plural(comparison.trainings, 'training')} of {number(comparison.epochs)} epochs in all, "
        f"{duration(comparison.seconds)} of training; {plural(len(comparison.seeds), 'paired seed')}, "
        f"{plural(comparison.test_examples, 'test example')}"
    )
    return (cost, *_tried(comparison), *comparison.notes, *_searched(comparison))


def _searched(comparison: Comparison) -> tuple[str, ...]:
    """What the searches for doses noted, what several noted in one line."""
    names: dict[str, list[str]] = {}
    for one in comparison.candidates:
        for note in one.notes:
            names.setdefault(note, []).append(named(one))
    return tuple(f"search for {listed(those)}: {note}" for note, those in names.items())


def _tried(comparison: Comparison) -> tuple[str, ...]:
    """How many settings of each were tried on validation."""
    counts: dict[int, list[str]] = {}
    for one in comparison.candidates:
        if one.settings_tried:
            counts.setdefault(one.settings_tried, []).append(plain_name(one))
    said = [f"{plural(count, 'setting')} of {listed(names)}" for count, names in sorted(counts.items())]
    return (f"tried on validation: {'; '.join(said)}",) if said else ()
