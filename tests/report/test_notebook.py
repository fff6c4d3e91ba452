# SPDX-License-Identifier: Apache-2.0
"""What a notebook shows of results: complete, small, and never a stranger's markup."""

import base64
import re
import runpy
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

import goodfit
from goodfit.values import Curve, History, Outcome, ProbeResult, Report, Results, Split

REPORT: Report = runpy.run_path(str(Path(__file__).with_name("report_demo.py")))["make_report"]()
EVIL = '<img src=x onerror="alert(1)"> <script>alert(2)</script> [a](javascript:alert(3)) `<b>`'
ALLOWED = {
    "div",
    "h2",
    "h3",
    "p",
    "ul",
    "li",
    "strong",
    "code",
    "pre",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "br",
    "img",
}
VALUES: dict[str, tuple[Any, str]] = {
    "report": (REPORT, "Verdict"),
    "history": (REPORT.history, "train_loss"),
    "diagnosis": (REPORT.diagnoses[0], "GF101"),
    "diagnoses": (Results(REPORT.diagnoses), "overfitting"),
    "prescription": (REPORT.prescriptions[0], "dose"),
    "prescriptions": (Results(REPORT.prescriptions), "Why nothing else"),
    "treatment": (REPORT.treatment, "dropout"),
    "study": (REPORT.study, "Cost"),
    "verdict": (REPORT.verdict, "smallest detectable"),
    "probe": (ProbeResult(probe="half-data", outcome=Outcome.ABSENT, message="No."), "half-data"),
    "probes": (Results([ProbeResult(probe="half-data", outcome=Outcome.ABSENT, message="No.")]), "1 probe"),
}


class Tags(HTMLParser):
    """The tags and attributes of a page; tags must nest."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.open: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep what is opened."""
        self.found.add(tag)
        self.attributes += attrs
        if tag not in ("br", "img", "hr"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Hold it to what was opened last."""
        assert self.open.pop() == tag


@pytest.mark.parametrize("name", VALUES)
def test_every_result_has_a_page(name: str) -> None:
    """As HTML and as Markdown, with its content; no style or script that reaches beyond it."""
    value, text = VALUES[name]
    html, markdown = value._repr_html_(), value._repr_markdown_()
    assert text in html
    assert text in markdown
    tags = Tags(html)
    assert tags.found <= ALLOWED
    assert {name for name, _ in tags.attributes} <= {"style", "class", "src", "alt"}
    assert len(html) < 60_000


def test_a_strangers_names_are_text() -> None:
    """No tag of theirs, no attribute, no link; what they wrote can be read."""
    history = replace(REPORT.history, source=EVIL, warnings=(EVIL,))
    diagnoses = tuple(replace(each, name=EVIL, message=EVIL, advice=EVIL) for each in REPORT.diagnoses)
    for value in (
        replace(REPORT, history=history, diagnoses=diagnoses, notes=(EVIL,)),
        history,
        diagnoses[0],
        Results(diagnoses),
    ):
        html = value._repr_html_()
        assert html is not None
        tags = Tags(html)
        assert tags.found <= ALLOWED
        assert not any(name.startswith("on") for name, _ in tags.attributes)
        assert all(
            (src or "").startswith("data:image/svg+xml;base64,")
            for name, src in tags.attributes
            if name == "src"
        )
        assert "&lt;script&gt;" in html


def test_the_drawing_is_an_image() -> None:
    """The curves of a history are drawn apart from the page; without curves there is no drawing."""
    html = REPORT.history._repr_html_()
    found = re.search(r"base64,([^\"]+)", html or "")
    assert found
    assert base64.b64decode(found[1]).startswith(b"<svg")
    assert "<img" not in (History(curves={})._repr_html_() or "")


@pytest.mark.parametrize(
    ("value", "said"), [(REPORT.verdict, "over test examples"), (REPORT.study, "chosen")]
)
def test_a_verdict_and_a_study_are_drawn(value: Any, said: str) -> None:
    """Their intervals on one scale, as an image that is well-formed XML, says the same in words, and never changes."""
    html = value._repr_html_()
    found = re.search(r'base64,([^"]+)', html)
    assert found
    svg = base64.b64decode(found[1]).decode("utf-8")
    assert ET.fromstring(svg).tag.endswith("svg")  # noqa: S314 - our own text
    assert said in svg
    assert html == value._repr_html_()


def test_of_a_tuple_the_onset_has_no_wrong_unit() -> None:
    """Without its history nobody knows whether an onset counts epochs or steps: only the message says it."""
    from goodfit.values import Axis

    val = [1 / (i + 1) + 0.02 * max(i - 10, 0) for i in range(40)]
    curves = {
        "train_loss": Curve.of([1 / (i + 1) for i in range(40)], split=Split.TRAIN, axis=Axis.STEP),
        "val_loss": Curve.of(val, split=Split.VALIDATION, axis=Axis.STEP),
    }
    found = goodfit.diagnose(History(curves=curves))
    assert isinstance(found, Results)
    text = found._repr_markdown_() or ""
    assert "step" in text
    assert "since epoch" not in text


def test_what_has_no_page() -> None:
    """An empty result and a mixture fall back on their repr."""
    assert Results()._repr_html_() is None
    assert Results((REPORT.diagnoses[0], 1))._repr_markdown_() is None
