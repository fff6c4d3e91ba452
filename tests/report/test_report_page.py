# SPDX-License-Identifier: Apache-2.0
"""The HTML page: complete, self-contained, and safe with whatever a log holds."""

import json
import math
import re
import runpy
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from goodfit.report import render_html
from goodfit.report.page import embed, inline
from goodfit.values import Curve, Decision, History, Report, RunStatus, Skip, Split

DEMO: dict[str, Any] = runpy.run_path(str(Path(__file__).with_name("report_demo.py")))
RUNS: dict[str, Any] = DEMO["RUNS"]
REPORT: Report = DEMO["make_report"]()
VOID = {"meta", "link", "br", "input", "img", "hr"}
LOADS = {"src", "href", "srcset", "action", "data", "poster"}
HOSTILE = "</script><script>alert(1)</script>\u2028<img src=x onerror=alert(2)>"


class _Page(HTMLParser):
    """Elements, their attributes and nesting, as a browser would find them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.tags: list[str] = []
        self.loads: list[str] = []
        self.links: list[str] = []
        self.unlabelled: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep what is asked for below."""
        given = dict(attrs)
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)
        if given.get("id"):
            self.ids.append(str(given["id"]))
        if given.get("role") == "img" and not given.get("aria-label"):
            self.unlabelled.append(tag)
        for name, value in attrs:
            assert not name.startswith("on"), f"an event attribute {name} came from data"
            if name == "href" and value and value.startswith("#"):
                self.links.append(value[1:])
            elif name in LOADS and value:
                self.loads.append(value)

    def handle_endtag(self, tag: str) -> None:
        """Every element closes in order."""
        assert self.open.pop() == tag


def _data(page: str) -> list[dict[str, Any]]:
    """The charts' data, read as the browser's JSON parser would."""
    found = re.search(r'<script type="application/json" id="chart-data">(.*?)</script>', page, re.DOTALL)
    assert found
    data: list[dict[str, Any]] = json.loads(found.group(1), parse_constant=pytest.fail)
    return data


def _bare(**changes: Any) -> Report:
    nothing: dict[str, Any] = {
        "prescriptions": (),
        "model": None,
        "treatment": None,
        "study": None,
        "runs": (),
        "verdict": None,
        "notes": (),
    }
    return replace(REPORT, **(nothing | changes))


def test_the_page_is_well_formed_and_its_links_lead_somewhere() -> None:
    """Elements nest, ids are unique, every inner link has its section, every picture its text."""
    page = _Page(render_html(REPORT))
    assert page.open == []
    assert len(page.ids) == len(set(page.ids))
    assert set(page.links) <= set(page.ids)
    assert page.unlabelled == []


def test_the_page_requests_nothing() -> None:
    """No attribute and no style loads a file; the policy forbids it besides."""
    text = render_html(REPORT)
    assert all(load.startswith("data:") for load in _Page(text).loads)
    assert "@import" not in text
    assert "url(" not in text
    assert "default-src 'none'" in text
    assert set(re.findall(r"https?://[^\s\"'<)]+", text)) <= {"https://github.com/leeoniya/uPlot"}


def test_the_whole_story_is_on_the_page() -> None:
    """Headline, sections in the story's order, findings, reasons and numbers are all text."""
    text = render_html(REPORT)
    assert "<h1>Overfitting since epoch 11 (9 to 14), severe</h1>" in text
    sections = re.findall(r'<section id="([a-z]+)">', text)
    assert sections == [
        "curves",
        "diagnosis",
        "prescription",
        "change",
        "dose",
        "verdict",
        "notes",
        "provenance",
    ]
    for said in ("38.2 % [33.1, 43.0]", "Why nothing else", "no saddle", "nn.Dropout(p=0.4)", "4.6 % lower"):
        assert said in text
    for diagnosis in REPORT.diagnoses:
        assert diagnosis.code in text


def test_every_chart_has_a_table_and_a_word_for_browsers_without_script() -> None:
    """Each chart's element exists and is followed by its data."""
    text = render_html(REPORT)
    charts = [figure["key"] for figure in _data(text)]
    assert charts == ["chart-loss", "chart-metric", "chart-arms"]
    assert set(charts) <= set(_Page(text).ids)
    assert text.count("Data of this chart") == len(charts)
    assert text.count("<noscript>") == len(charts)


def test_steps_not_taken_leave_no_empty_section() -> None:
    """A report of a diagnosis alone has no section for the rest, and says that nothing was proven."""
    text = render_html(_bare())
    sections = re.findall(r'<section id="([a-z]+)">', text)
    assert sections == ["curves", "diagnosis", "notes", "provenance"]
    assert "Nothing was proven" in text
    assert "nothing was measured on test data" in text


def test_nothing_logged_still_gives_a_page() -> None:
    """No curve, no diagnosis, no phase: the page says what cannot be judged."""
    text = render_html(_bare(history=History(curves={}), diagnoses=(), phases=()))
    assert "Overfitting cannot be judged" in text
    assert _data(text) == []


def test_hostile_names_stay_text() -> None:
    """Script in a run name, a layer path, a message or a metric is shown and never run."""
    history = replace(
        REPORT.history,
        source=HOSTILE,
        warnings=(HOSTILE,),
        curves={
            "val_loss": Curve.of([3, 2, 1], split=Split.VALIDATION, metric=HOSTILE),
            HOSTILE: Curve.of([3, 2, 1], split=Split.TRAIN, metric=HOSTILE),
        },
    )
    assert REPORT.treatment
    treatment = replace(REPORT.treatment, skipped=(Skip(path=HOSTILE, because=HOSTILE),))
    diagnoses = tuple(replace(each, message=HOSTILE, advice=HOSTILE) for each in REPORT.diagnoses)
    provenance = replace(REPORT.provenance, task=HOSTILE, command=f"goodfit `{HOSTILE}`")
    hostile = replace(
        REPORT,
        history=history,
        treatment=treatment,
        diagnoses=diagnoses,
        provenance=provenance,
        notes=(HOSTILE,),
    )
    text = render_html(hostile)
    page = _Page(text)
    assert page.tags.count("script") == 3
    assert "img" not in page.tags
    assert any(HOSTILE.split("<img", maxsplit=1)[0] in figure["yLabel"] for figure in _data(text))


def test_broken_numbers_become_gaps() -> None:
    """NaN and infinities never reach the JSON; the page renders."""
    curves = {
        "train_loss": Curve.of([1.0, math.nan, math.inf, -math.inf], split=Split.TRAIN),
        "val_loss": Curve.of([math.nan] * 4, split=Split.VALIDATION),
    }
    text = render_html(_bare(history=History(curves=curves), phases=()))
    assert _data(text)[0]["series"][0]["y"] == [1.0, None, None, None]
    assert _data(text)[0]["best"] is None


def test_a_long_run_stays_small() -> None:
    """A hundred thousand points keep the page under half a megabyte, and the table says what it leaves out."""
    count = 100_000
    x = [float(i) for i in range(count)]
    values = [1.0 + 1.0 / (1.0 + i) + (i % 13) / 1000 for i in range(count)]
    curves = {
        "train_loss": Curve.of(values, x=x, split=Split.TRAIN),
        "val_loss": Curve.of(values[::100], x=x[::100], split=Split.VALIDATION),
    }
    text = render_html(_bare(history=History(curves=curves), phases=()))
    assert len(text) < 500_000
    assert "rows between these are left out" in text


@pytest.mark.parametrize("decision", list(Decision))
def test_every_decision_has_its_words(decision: Decision) -> None:
    """The verdict's title stands in its section and its decision among the answers on top."""
    text = render_html(replace(REPORT, verdict=RUNS["make_verdict"](decision)))
    assert text.count(decision.capitalize()) >= 2


def test_a_proof_without_complete_pairs_has_no_dot_plot() -> None:
    """When every treatment run failed the numbers stand without the plot."""
    runs = tuple(replace(run, status=RunStatus.FAILED) for run in RUNS["make_runs"]())
    assert 'class="dots"' not in render_html(replace(REPORT, runs=runs))
    assert 'class="dots"' in render_html(REPORT)


def test_the_same_report_gives_the_same_page() -> None:
    """Rendering holds no clock and no random number."""
    assert render_html(REPORT) == render_html(DEMO["make_report"]())


def test_embedded_json_cannot_close_its_element() -> None:
    """What could end a script element or a line of script is written as an escape, and reads back equal."""
    text = embed({"name": HOSTILE})
    assert not set(text) & set("<>&\u2028\u2029")
    assert json.loads(text) == {"name": HOSTILE}
    with pytest.raises(ValueError, match="not JSON compliant"):
        embed([math.nan])


def test_backticks_become_code_after_escaping() -> None:
    """Code in a sentence is set as code, and stays text."""
    assert inline("run `goodfit <x>` now") == "run <code>goodfit &lt;x&gt;</code> now"
