# SPDX-License-Identifier: Apache-2.0
"""What a practitioner reads in the terminal."""

import runpy
from collections.abc import Callable
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console

from goodfit.report import (
    print_diagnosis,
    print_prescriptions,
    print_report,
    print_treatment,
)
from goodfit.rules import RULES, diagnose
from goodfit.values import (
    Curve,
    Diagnosis,
    History,
    Outcome,
    Phase,
    Report,
    Split,
    Treatment,
)

DEMO: dict[str, Any] = runpy.run_path(str(Path(__file__).with_name("report_demo.py")))
REPORT: Report = DEMO["make_report"]()


def _text(draw: Callable[[Console], None], width: int = 100) -> str:
    out = StringIO()
    draw(Console(file=out, width=width, no_color=True))
    return out.getvalue()


def _diagnosis(history: History, *, width: int = 100, verbose: bool = False) -> str:
    return _text(
        lambda console: print_diagnosis(console, history, diagnose(history), (), verbose=verbose), width
    )


def test_the_first_line_says_what_since_when_and_how_badly() -> None:
    """The headline names the finding, its onset with the interval, and its severity."""
    text = _text(lambda c: print_diagnosis(c, REPORT.history, REPORT.diagnoses, REPORT.phases))
    assert text.splitlines()[0] == "● Overfitting since epoch 11 (9 to 14), severe"


def test_the_last_line_says_what_to_do() -> None:
    """The diagnosis ends with the advice of the headline's finding."""
    text = _text(lambda c: print_diagnosis(c, REPORT.history, REPORT.diagnoses, REPORT.phases))
    assert text.splitlines()[-1].startswith("→ Keep the checkpoint of epoch 11.")


def test_every_rule_has_its_line() -> None:
    """All five outcomes are spelled out when asked for, and what is missing is named."""
    text = _text(lambda c: print_diagnosis(c, REPORT.history, REPORT.diagnoses, REPORT.phases, verbose=True))
    for diagnosis in REPORT.diagnoses:
        line = next(each for each in text.splitlines() if each.strip().startswith(diagnosis.code))
        assert diagnosis.name in line
        assert diagnosis.outcome in line
    assert "not applicable: needs train_grad_norm" in text


def test_phases_are_dated_or_not_reached() -> None:
    """The timeline gives each phase its epochs, or says that it was not reached."""
    phases = (*REPORT.phases[:2], Phase(name="the gap opens"))
    text = _text(lambda c: print_diagnosis(c, REPORT.history, REPORT.diagnoses, phases))
    assert "epochs 1 to 10" in text
    line = next(each for each in text.splitlines() if "the gap opens" in each)
    assert line.endswith("not reached")


def test_only_findings_show_evidence_unless_verbose() -> None:
    """An absent rule's measurement appears only when asked for."""
    short = _text(lambda c: print_diagnosis(c, REPORT.history, REPORT.diagnoses, ()))
    full = _text(lambda c: print_diagnosis(c, REPORT.history, REPORT.diagnoses, (), verbose=True))
    assert "38.2 % [33.1, 43.0], above 5 %" in short
    assert "below 200 %" not in short
    assert "below 200 %" in full
    assert "told apart by" in full


def test_without_validation_the_first_line_says_what_cannot_be_judged() -> None:
    """A log with only a training loss is never called free of overfitting."""
    train = REPORT.history.curves["train_loss"]
    lines = _diagnosis(History(curves={"train_loss": train})).splitlines()
    assert "Overfitting cannot be judged: only training was logged" in lines[0]
    assert "not looked: " in " ".join(lines)
    assert "overfitting" in " ".join(lines).partition("not looked: ")[2]
    assert "Log the validation loss" in " ".join(lines[-2:])


def test_without_training_the_first_line_says_so_too() -> None:
    """Overfitting needs both curves."""
    val = REPORT.history.curves["val_loss"]
    assert "cannot be judged: only validation was logged" in _diagnosis(History(curves={"val_loss": val}))
    assert "cannot be judged: neither" in _diagnosis(History(curves={}))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_real_rules_print_their_own_examples(rule: Any) -> None:
    """Every rule's example prints a headline, a line for every rule, and an advice."""
    text = _diagnosis(rule.present())
    assert all(each.name in " ".join(text.split()) for each in RULES)
    assert text.splitlines()[-1].strip()


def test_a_healthy_run_is_told_to_keep_its_best_checkpoint() -> None:
    """When every rule looked and none fired, the page says how many did."""
    absent = tuple(replace(each, outcome=Outcome.ABSENT) for each in DEMO["make_diagnoses"]())
    text = _text(lambda c: print_diagnosis(c, REPORT.history, absent, ()))
    assert text.startswith("✔ No problem found: 8 of 8 rules looked and found nothing")
    assert "keep the checkpoint of epoch" in text


@pytest.mark.parametrize(
    ("outcome", "said"),
    [(Outcome.INCONCLUSIVE, "do not settle overfitting"), (Outcome.ERROR, "failed: overfitting")],
)
def test_what_is_open_is_never_called_healthy(outcome: Outcome, said: str) -> None:
    """An unsettled or failed rule is named in the first line."""
    only = (Diagnosis(code="GF101", name="overfitting", outcome=outcome),)
    text = _text(lambda c: print_diagnosis(c, REPORT.history, only, ()))
    assert said in text.splitlines()[0]


def test_rules_that_could_not_look_are_counted() -> None:
    """Without a finding, the first line says how many rules could look at all."""
    some = (
        Diagnosis(code="GF101", name="overfitting", outcome=Outcome.ABSENT),
        Diagnosis(code="GF201", name="underfitting", outcome=Outcome.NOT_APPLICABLE, needs_missing=("x",)),
    )
    text = _text(lambda c: print_diagnosis(c, REPORT.history, some, ()))
    assert "1 of 2 rules that could look" in text.splitlines()[0]


def test_warnings_about_the_log_are_shown() -> None:
    """What a reader repaired is not kept to itself."""
    history = replace(REPORT.history, warnings=("epoch 7 was logged twice; the later one counts",))
    text = _text(lambda c: print_diagnosis(c, history, REPORT.diagnoses, ()))
    assert "epoch 7 was logged twice" in text


def test_prescriptions_say_why_nothing_else() -> None:
    """Rank, dose, place and reason come first; then every rejected remedy once, with its number."""
    text = _text(lambda c: print_prescriptions(c, REPORT.prescriptions))
    assert text.index("1 Raise dropout") < text.index("2 Early stopping") < text.index("Why nothing else")
    assert "0.4 (worth trying: 0.2 to 0.6)" in text
    assert text.count("no saddle") == 1
    assert "early-stopping" not in text.split("Why nothing else")[1]


def test_no_change_is_said_as_such() -> None:
    """The remedy no-change reads as advice, not as a name."""
    nothing = replace(
        REPORT.prescriptions[0], remedy="no-change", where=(), dose=None, rejected=(), sources=()
    )
    assert "Change nothing" in _text(lambda c: print_prescriptions(c, (nothing,)))


def test_a_treatment_reads_as_a_diff() -> None:
    """The old state has a minus, the pasteable line a plus, and what was left alone its reason."""
    assert REPORT.treatment is not None
    treatment: Treatment = REPORT.treatment
    lines = _text(lambda c: print_treatment(c, treatment)).splitlines()
    assert "  - fc1: no dropout" in lines
    assert "  + self.fc1 = nn.Sequential(nn.Dropout(p=0.4), self.fc1)" in lines
    assert any("conv1" in line for line in lines)
    empty = replace(treatment, edits=())
    assert "nothing changes" in _text(lambda c: print_treatment(c, empty))


def test_pasteable_code_is_never_wrapped() -> None:
    """A long line of code stays one line at any width."""
    assert REPORT.treatment is not None
    treatment: Treatment = REPORT.treatment
    code = "self.block = nn.Sequential(" + "nn.Linear(10, 10), " * 12 + ")"
    wide = replace(treatment, edits=(replace(treatment.edits[0], code=code),))
    assert code in _text(lambda c: print_treatment(c, wide), 60)


@pytest.mark.parametrize("width", [60, 80, 100, 160])
def test_prose_fits_any_width(width: int) -> None:
    """No line but pasteable code is wider than the page, and none ends in blanks."""
    text = _text(lambda c: print_report(c, REPORT), width)
    for line in text.splitlines():
        assert line == line.rstrip()
        assert cell_len(line) <= width or line.lstrip().startswith("+ ")


def test_no_colour_means_no_escape_codes() -> None:
    """Written to a file, the report holds plain text only."""
    assert "\x1b" not in _text(lambda c: print_report(c, REPORT))


def test_names_with_brackets_and_escapes_are_shown_not_obeyed() -> None:
    """Markup and terminal codes in a stranger's names have no effect."""
    bad = Diagnosis(
        code="GF101", name="overfitting", outcome=Outcome.ERROR, message="[red]x[/red] \x1b[2J [/]"
    )
    out = StringIO()
    print_diagnosis(Console(file=out, width=80, force_terminal=True), REPORT.history, (bad,), ())
    assert "[red]x[/red]" in out.getvalue()
    assert "\x1b[2J" not in out.getvalue()


def test_steps_not_taken_are_named() -> None:
    """A report of a diagnosis alone says that nothing was changed and nothing proven."""
    bare = Report(history=REPORT.history, diagnoses=REPORT.diagnoses, phases=(), provenance=REPORT.provenance)
    text = _text(lambda c: print_report(c, bare))
    assert "No model was changed." in text
    assert "Nothing was proven" in text
    assert "── Verdict" not in text


def test_broken_curves_print() -> None:
    """A run of NaN only, one of infinities, one point and none still give a page."""
    nan, inf = float("nan"), float("inf")
    for values in ([nan, nan, nan], [1.0, inf, inf], [1.0], []):
        curves = {
            "train_loss": Curve.of(values, split=Split.TRAIN),
            "val_loss": Curve.of(values, split=Split.VALIDATION),
        }
        assert "overfitting" in _diagnosis(History(curves=curves), width=60)
