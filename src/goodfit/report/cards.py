# SPDX-License-Identifier: Apache-2.0
"""The four answers on top of the page: what is wrong, what to change, how much, and whether it helped."""

from dataclasses import dataclass

from goodfit.remedies import NO_CHANGE
from goodfit.report.story import SEVERITY_WORDS, Tone, axis_of, best_point, tone_of
from goodfit.report.verdict_rows import SYMBOLS, verdict_rows
from goodfit.report.words import begun, dose, number, percent, place, plural, sentence, spoken
from goodfit.rules import headline
from goodfit.values import Choice, Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One answer; the tone colours the value, whose words say the same."""

    label: str
    value: str
    note: str
    tone: Tone | None = None


def cards(report: Report) -> tuple[Card, ...]:
    """The answers, each saying "not done" where the step was not taken."""
    return (_finding(report), _change(report), _dose(report), _proof(report))


def _finding(report: Report) -> Card:
    finding, best = headline(report.diagnoses), best_point(report.history)
    note = (
        f"checkpoint to keep: {axis_of(report.history)} {place(best[0])}" if best else "no validation curve"
    )
    if finding is None:
        return Card(label="Finding", value="none", note=note)
    badly = f", {SEVERITY_WORDS[finding.severity]}" if finding.severity else ""
    return Card(
        label="Finding", value=sentence(spoken(finding.name)) + badly, note=note, tone=tone_of(finding)
    )


def _change(report: Report) -> Card:
    if not report.prescriptions:
        return Card(label="Change", value="not looked for", note="")
    first = report.prescriptions[0]
    if first.remedy == NO_CHANGE:
        return Card(label="Change", value="none", note="nothing speaks for one")
    places = (
        plural(len(report.treatment.of_model().edits), "place") + " in the model" if report.treatment else ""
    )
    others = len(report.prescriptions) - 1
    beside = f"{plural(others, 'other remedy' if others == 1 else 'other remedie')} below" if others else ""
    return Card(label="Change", value=sentence(spoken(first.remedy)), note=places or beside)


def _dose(report: Report) -> Card:
    study = report.study
    if study:
        tried = plural(len(study.trials) + 1, "setting")
        note = f"of {tried} tried, for {percent(study.cost.share_of_plan, 2)} of one run"
        value = "cannot tell" if study.choice is Choice.CANNOT_TELL else number(study.chosen.value)
        if study.choice is not Choice.CANNOT_TELL and study.chosen.earlier:
            note = f"after {begun(study.chosen.earlier)}; {note}"
        return Card(label=sentence(study.knob), value=value, note=note)
    given = report.prescriptions[0].dose if report.prescriptions else None
    if given is None:
        return Card(label="Dose", value="not searched for", note="")
    return Card(label="Dose", value=dose(given), note="a place to start; not searched for")


def _proof(report: Report) -> Card:
    verdict = report.verdict
    if verdict is None:
        return Card(label="Proof", value="not done", note="nothing was measured on test data")
    gain = f"{percent(verdict.relative, 2)} loss gained, {verdict.wins} of {plural(len(verdict.seeds), 'seed')} won"
    value = f"{SYMBOLS[verdict.decision]} {sentence(verdict.decision)}"
    return Card(label="Proof", value=value, note=gain, tone=verdict_rows(verdict).tone)
