# SPDX-License-Identifier: Apache-2.0
"""What the terminal and the page say about odd logs, and what strangers' names may not do."""

import runpy
from collections.abc import Callable
from dataclasses import replace
from io import StringIO
from math import exp, nan
from pathlib import Path
from typing import Any

from rich.console import Console

from goodfit.measures import phases
from goodfit.report import print_diagnosis, print_report, render_html
from goodfit.report.markdown.story import markdown_report
from goodfit.report.prescription_rows import treatment_heading, treatment_title
from goodfit.report.rows import evidence_row, phase_rows
from goodfit.report.sparkline import BLOCKS, sparkline
from goodfit.report.steps import steps_not_taken
from goodfit.report.story import headline
from goodfit.report.words import dose, quantity, with_unit
from goodfit.rules import diagnose
from goodfit.values import (
    Curve,
    Dose,
    Edit,
    EditKind,
    Evidence,
    History,
    Measurement,
    Phase,
    Prescription,
    Report,
    Skip,
    Split,
    Threshold,
    Treatment,
)

DEMO: dict[str, Any] = runpy.run_path(str(Path(__file__).with_name("report_demo.py")))
REPORT: Report = DEMO["make_report"]()
DOWN = [0.05 + exp(-t / 8) for t in range(40)]
TURNING = [0.6 + 0.8 * exp(-t / 4) + 0.01 * max(t - 14, 0) for t in range(40)]


def history(train: list[float] | None, val: list[float] | None) -> History:
    """Plain losses, epochs from 0."""
    curves = {}
    if train is not None:
        curves["train_loss"] = Curve.of(train, split=Split.TRAIN)
    if val is not None:
        curves["val_loss"] = Curve.of(val, split=Split.VALIDATION)
    return History(curves=curves)


def text_of(draw: Callable[[Console], None], width: int = 80) -> str:
    """What is printed, without colours."""
    out = StringIO()
    draw(Console(file=out, width=width, no_color=True))
    return out.getvalue()


def diagnosis_of(log: History, width: int = 80) -> str:
    """The whole diagnosis as printed."""
    return text_of(lambda console: print_diagnosis(console, log, diagnose(log), phases(log)), width)


LINE = "optimizer = AdamW(..., weight_decay=0.001)  # was 0"


def weight_decay(own: float = 0.0, chosen: float = 0.001) -> Report:
    """A report whose study chose a weight decay, so that the training was changed and not the model."""
    assert REPORT.study is not None
    study = replace(
        REPORT.study,
        knob="weight decay",
        control=replace(REPORT.study.control, value=own),
        chosen=replace(REPORT.study.chosen, value=chosen),
        because="the smallest value within one standard error",
    )
    context = replace(REPORT.history.context, optimizer="AdamW")
    edit = Edit(path="optimizer", kind=EditKind.WEIGHT_DECAY, before=own, after=chosen, code=LINE)
    treatment = Treatment(prescription=Prescription(remedy="weight-decay"), edits=(edit,))
    return replace(REPORT, treatment=treatment, study=study, history=replace(REPORT.history, context=context))


def test_a_phase_that_cannot_be_seen_says_so() -> None:
    """Without validation three phases cannot be seen, which is not the same as not reached."""
    text = diagnosis_of(history(DOWN, None))
    assert text.count("cannot be seen: no validation curve") == 3
    assert "not reached" not in text
    narrow = diagnosis_of(history(DOWN, None), 60)
    assert "cannot be seen" in narrow
    assert max(map(len, narrow.splitlines())) <= 60
    rows = phase_rows(history(DOWN, None), phases(history(DOWN, None)))
    assert (rows[1].when, rows[1].note) == ("cannot be seen: no validation curve", "")


def test_the_note_of_a_phase_not_reached_is_printed() -> None:
    """Where validation became flat is worth a word."""
    log = history(DOWN, TURNING)
    flat = Phase(name="validation turns", note="flat since epoch 12")
    text = text_of(lambda console: print_diagnosis(console, log, diagnose(log), (flat,)))
    assert "not reached; flat since epoch 12" in text


def test_severity_is_given_in_both_vocabularies() -> None:
    """The word of the page and the word of --fail-on stand side by side in the rule's line."""
    text = diagnosis_of(history(DOWN, TURNING))
    assert "present, severe (error), since epoch" in text


def test_what_cannot_be_computed_is_called_so() -> None:
    """No "NaN %" beside a threshold, and a missing interval is named."""
    threshold = Threshold(name="rise", value=2, unit="%", because="-")

    def row(value: float, n: int) -> tuple[str, str]:
        taken = Measurement(name="rise", value=value, low=nan, high=nan, unit="%", n=n)
        made = evidence_row(Evidence(measurement=taken, threshold=threshold))
        return made.measured, made.against

    assert row(nan, 2) == ("cannot be computed", "from 2 points, threshold 2 %")
    assert row(nan, 40) == ("cannot be computed", "threshold 2 %")
    assert row(3.0, 2) == ("3 %", "without an interval, so not clear of 2 %")
    assert "NaN %" not in diagnosis_of(history([1.0, 0.5], [1.0, 2.0]))


def test_counts_of_one_and_remains_of_zero() -> None:
    """One evaluation is singular; what float arithmetic leaves of zero is zero."""
    assert quantity(Measurement.exact("since", 1, unit="evaluations")) == "1 evaluation"
    assert with_unit(1, "points") == "1 point"
    assert dose(Dose(value=1, low=1, high=1, unit="epochs")) == "1 epoch"
    assert quantity(Measurement.exact("rise", 9.5e-14, unit="%")) == "0 %"
    assert quantity(Measurement(name="gap", value=1e-17, low=-1e-17, high=1e-17, unit="share")) == "0 %"
    assert with_unit(1e-12, "share") == "0 %"


def test_a_clipped_sparkline_has_a_legend() -> None:
    """The full block also stands for what lies above the scale, and the page says from where on."""
    text = diagnosis_of(history(DOWN, TURNING))
    assert "█ = " in text
    assert "or more (training)" in text
    straight = [2 - t / 40 for t in range(40)]
    assert "█ = " not in diagnosis_of(history(straight, straight))


def test_few_points_are_drawn_to_scale() -> None:
    """Two points are the lowest and the highest block; huge ones neither overflow nor fail."""
    assert sparkline(Curve.of([1.0, 2.0], split=Split.TRAIN), 2) == BLOCKS[0] + BLOCKS[-1]
    huge = sparkline(Curve.of([1.0] * 30 + [1.7e308] * 10, split=Split.TRAIN), 20)
    assert huge[0] == BLOCKS[0]
    assert huge[-1] == BLOCKS[-1]


def test_a_chosen_weight_decay_is_a_line_to_paste() -> None:
    """A treatment of the training alone is shown as such, with what was there and the lines of code, in text and page."""
    report = weight_decay()
    text = text_of(lambda console: print_report(console, report), 100)
    assert "Change in the training" in text
    assert "Weight decay: 1 change of its training" in text
    assert "  - optimizer: weight decay 0" in text
    assert f"  + {LINE}" in text
    assert "The smallest value within one standard error" in text
    page = render_html(report)
    assert f"<ins>{LINE}</ins>" in page
    assert "Change in the training" in page
    assert 'href="#change"' in page
    assert "The smallest value within one standard error" in page
    assert "No model was changed." not in steps_not_taken(report)
    assert "## Change in the training" in markdown_report(report)


def test_a_treatment_of_both_is_called_so() -> None:
    """Model and training are counted apart."""
    treatment = weight_decay().treatment
    assert treatment is not None
    assert REPORT.treatment is not None
    both = replace(treatment, edits=(*REPORT.treatment.edits, *treatment.edits))
    assert treatment_heading(both) == "Change in model and training"
    places = len(REPORT.treatment.edits)
    assert treatment_title(both) == f"Weight decay: {places} places in the model and 1 change of its training"


def test_broken_logs_are_not_told_to_train_longer() -> None:
    """Where NaN is the reason, more epochs settle nothing; the best checkpoint is named with its reason."""
    log = history(DOWN, [nan if 20 <= t < 22 else value for t, value in enumerate(TURNING)])
    head = headline(log, diagnose(log))
    assert "left out of the log" in head.todo
    assert "More epochs" not in head.todo


def test_validation_alone_is_told_which_checkpoint_to_keep() -> None:
    """The terminal shows what validation alone says."""
    assert "the checkpoint to keep is that of epoch 14" in " ".join(
        diagnosis_of(history(None, TURNING)).split()
    )


def test_brackets_in_names_are_printed_everywhere() -> None:
    """Markup in layer paths, tasks, files, metrics, notes and knobs has no effect and is not swallowed."""
    name = "[red]x[/red] [0] [/] :smile:"
    assert REPORT.treatment is not None
    assert REPORT.study is not None
    assert REPORT.verdict is not None
    edit = replace(REPORT.treatment.edits[0], path=name, code=f"model.{name}")
    report = replace(
        REPORT,
        history=replace(REPORT.history, source=name, warnings=(f"warned {name}",)),
        treatment=replace(
            REPORT.treatment, edits=(edit,), skipped=(Skip(path=f"skip {name}", because=name),)
        ),
        prescriptions=(replace(REPORT.prescriptions[0], where=(f"where {name}",), because=f"why {name}"),),
        study=replace(REPORT.study, notes=(f"study {name}",), because=f"since {name}"),
        verdict=replace(
            REPORT.verdict,
            means=tuple(replace(each, metric=f"mean {name}") for each in REPORT.verdict.means),
            limits=(f"limit {name}",),
            because=f"proof {name}",
        ),
        notes=(f"note {name}",),
    )
    flat = " ".join(text_of(lambda console: print_report(console, report), 400).split())
    for before in (
        "warned",
        "- ",
        "+ model.",
        "skip",
        "where",
        "why",
        "study",
        "Since",
        "mean",
        "limit",
        "proof",
        "note",
    ):
        assert f"{before.strip()}{'' if before.endswith('.') else ' '}{name}" in flat, before
