# SPDX-License-Identifier: Apache-2.0
"""A comparison in the terminal, as Markdown, as a page, as JSON and in a notebook: complete, readable, safe."""

import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from io import StringIO

import pytest
from jsonschema import Draft202012Validator
from rich.console import Console

from goodfit.report import comparison_html, comparison_plot, print_comparison
from goodfit.report.comparison_rows import proof_table, trait_table
from goodfit.report.forest import forest_of
from goodfit.report.markdown.comparison import markdown_comparison
from goodfit.report.schemas import schema
from goodfit.report.small_curves import small_curves
from goodfit.values import Comparison, Part, to_json
from made_up_comparison import comparison, entry, usual

HOSTILE = "</svg><script>alert(1)</script>"


def _printed(found: Comparison, width: int) -> str:
    out = StringIO()
    print_comparison(Console(file=out, width=width, highlight=False, emoji=False, markup=False), found)
    return out.getvalue()


@pytest.mark.parametrize("width", [60, 80, 100, 140])
def test_no_line_is_wider_than_the_window(width: int) -> None:
    """At four widths, with every column of every table and no blank at a line's end."""
    text = _printed(usual(), width)
    assert [line for line in text.splitlines() if len(line) > width] == []
    assert [line for line in text.splitlines() if line != line.rstrip()] == []
    for column in (*proof_table(usual()).columns, *trait_table(usual()).columns):
        assert all(part in text for part in column.head.split("\n"))


def test_the_answer_comes_first() -> None:
    """The title names the winner, the answer follows, and every candidate has its reason."""
    lines = _printed(usual(), 100).splitlines()
    assert lines[0] == "✔ B raise dropout 0.4 helps on held-out data"
    assert lines[2].startswith("  Validation loss is much greater than training loss")
    text = " ".join(" ".join(lines).split())
    for one in usual().candidates:
        assert " ".join(one.because.split())[:40] in text


def test_tables_say_what_is_asked_for() -> None:
    """Gain with interval, decision, adjusted p, wins, calibration, epochs, seconds and cost; failures are named."""
    table = proof_table(usual())
    rows = {head.name: place for place, head in enumerate(table.rows)}
    cells = {column.head.replace("\n", " ").strip(): column.cells for column in table.columns}
    dropout, failed = rows["raise dropout 0.4"], rows["batch norm"]
    assert cells["decision"][dropout] == "✔ improved"
    assert cells["decision"][failed] == "✘ failed"
    assert cells["decision"][rows["early stopping alone"]] == "· the reference"
    assert re.fullmatch(r"\+\d+(\.\d+)? \[.+, .+\]", cells["loss gained, % [95 % interval]"][dropout])
    assert cells["seeds won"][dropout] == "8/8"
    assert cells["inference time"][dropout] == "×1.00"
    assert cells["inference time"][rows["early stopping alone"]] == "2 ms"
    assert cells["test loss"][failed] == "–"


def test_markdown_keeps_names_as_text() -> None:
    """One table a section, and a stranger's name is no markup."""
    text = markdown_comparison(replace(usual(), task="<b>*x*</b>"))
    assert "<b>" not in text
    assert "| B raise dropout 0.4 |" in text.replace("**", "")
    assert len(re.findall(r"^\| :--- \|", text, re.MULTILINE)) == 2


def test_the_page_requests_nothing_and_escapes_everything() -> None:
    """No script, no address, no foreign markup; the plot and one small drawing a training are in it."""
    found = replace(usual(), task=HOSTILE, notes=(HOSTILE,), answer=HOSTILE)
    page = comparison_html(found)
    assert "<script" not in page
    assert not re.search(r"(src|href)=\"(?!#|data:)", page)
    assert "default-src 'none'" in page
    assert page.count('class="small-curve"') == sum(
        one.history is not None and one.part is not Part.UNTREATED for one in found.candidates
    )
    assert "&lt;script&gt;" in page


def test_the_page_is_known_as_ours() -> None:
    """Its head says who made it, so that it is replaced and nobody else's is."""
    assert '<meta name="generator" content="goodfit' in comparison_html(usual())[:4000]


def test_the_plot_is_well_formed_and_tells_its_content() -> None:
    """Valid XML with a title and a description; a mark for each candidate with a verdict but the untreated one."""
    svg = comparison_plot(replace(usual(), task=HOSTILE))
    assert svg is not None
    root = ET.fromstring(svg)  # noqa: S314 - our own text
    names = [each.tag.rpartition("}")[2] for each in root.iter()]
    assert {"title", "desc"} <= set(names)
    forest = forest_of(usual())
    assert forest is not None
    assert {row.head.name for row in forest.rows} == {
        "raise dropout 0.4",
        "more nodes ×2",
        "train longer",
        "raise learning rate",
        "L1",
        "a remedy by lot",
    }
    assert svg == comparison_plot(replace(usual(), task=HOSTILE))


def test_places_lie_within_the_panel() -> None:
    """Each interval is inside the scale, 0 and the margin too."""
    forest = forest_of(usual())
    assert forest is not None
    assert 0.0 in forest.best.ticks
    for row in forest.rows:
        assert row.best is not None
        assert forest.best.low < row.best.low <= row.best.value <= row.best.high < forest.best.high
    assert forest.best.low < -forest.margin < 0 < forest.margin < forest.best.high


def test_small_curves_are_well_formed() -> None:
    """Each is XML of its own, with what it shows in words."""
    drawn = small_curves(usual())
    assert drawn
    for each in drawn:
        assert ET.fromstring(each.svg).attrib["aria-label"] == each.summary  # noqa: S314 - our own text


def test_json_fits_the_schema() -> None:
    """The published schema describes what is written."""
    Draft202012Validator(schema("comparison")).validate(json.loads(json.dumps(to_json(usual()))))


def test_a_notebook_shows_it() -> None:
    """As HTML with the plot as an image, and as Markdown."""
    assert "data:image/svg+xml;base64," in (usual()._repr_html_() or "")
    assert "raise dropout 0.4" in (usual()._repr_markdown_() or "")


def test_nothing_but_failures_still_has_its_screens() -> None:
    """Without a verdict there is no plot, and everything else is there."""
    found = comparison(entry("l1", failed="it diverged"))
    assert "it diverged" in _printed(found, 80)
    assert "it diverged" in comparison_html(found)


def test_losses_that_are_no_sizes() -> None:
    """Where the loss is not above 0 nothing can be a share of it; the tables still hold."""
    shifted = [
        replace(one, verdict=None if one.verdict is None else replace(one.verdict, means=()))
        for one in usual().candidates
    ]
    found = replace(usual(), candidates=tuple(shifted))
    assert comparison_plot(found) is None
    assert "seeds" in _printed(found, 80)
