# SPDX-License-Identifier: Apache-2.0
"""The rulebook's pages, drawings and the look-up by name."""

import math
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from goodfit.errors import SettingsError
from goodfit.remedies import REMEDIES, Remedy
from goodfit.report import explain, remedy_page, rule_page, write_pages
from goodfit.report.curve_svg import curve_svg
from goodfit.report.rulebook_files import find_entry
from goodfit.rules import RULES, Rule
from goodfit.values import Curve, History, Split

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_a_rule_page_holds_all_that_the_rule_says(rule: Rule) -> None:
    """Definition, thresholds with reasons, limits, look-alikes and graded sources are all on the page."""
    page = rule_page(rule)
    said = [rule.summary, rule.definition, rule.why, *rule.limits]
    said += [threshold.because for threshold in rule.thresholds]
    said += [look_alike.by for look_alike in rule.told_apart_from]
    said += [f"{source.key}, {source.place}; {source.grade}" for source in rule.sources]
    for text in said:
        assert text in page


@pytest.mark.parametrize("remedy", REMEDIES, ids=lambda remedy: remedy.name)
def test_a_remedy_page_names_what_it_treats_and_costs(remedy: Remedy) -> None:
    """What, how and every rule it treats or worsens are on the page."""
    page = remedy_page(remedy)
    for text in (remedy.what, remedy.how, *remedy.treats, *remedy.worsens):
        assert text in page


@pytest.mark.parametrize("remedy", REMEDIES, ids=lambda remedy: remedy.name)
def test_what_a_remedy_gives_and_takes_is_explained(remedy: Remedy) -> None:
    """Each trade-off stands beside the measurement that shows it, on the page, in `explain`, and in the entry as data."""
    for page in (remedy_page(remedy), explain(remedy.name)):
        for each in remedy.trade_offs:
            assert f"| {each.says} | {each.measured_by} |" in page
    assert find_entry(remedy.name).trade_offs == remedy.trade_offs


def test_pages_are_written_once_and_the_same_every_time(tmp_path: Path) -> None:
    """Two writings give the same files with the same bytes, an index for each folder among them."""
    first = write_pages(tmp_path / "a")
    second = write_pages(tmp_path / "b")
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    names = {str(path.relative_to(tmp_path / "a").as_posix()) for path in first}
    assert {"rules/index.md", "remedies/index.md"} <= names
    assert len(names) == 3 * len(RULES) + len(REMEDIES) + 2


def test_links_between_pages_lead_to_files(tmp_path: Path) -> None:
    """Every relative link and picture of every page exists."""
    pages = [path for path in write_pages(tmp_path) if path.suffix == ".md"]
    for page in pages:
        for target in re.findall(r"\]\(([^)]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).resolve().is_file(), f"{page.name} links to {target}"


def test_explain_finds_codes_and_names_in_any_case() -> None:
    """Code, name and spoken name lead to the same page, without pictures or links."""
    page = explain("GF101")
    assert page == explain("gf101") == explain("Overfitting") == explain(" overfitting ")
    assert explain("standing gap") == explain("GF102")
    assert "![" not in page
    assert "](" not in page
    assert "▁" in page
    assert REMEDIES[0].name in explain(REMEDIES[0].name.upper())


def test_explain_suggests_the_closest_names() -> None:
    """A misspelt name lists the close ones first and then all others."""
    with pytest.raises(SettingsError) as caught:
        explain("overfiting")
    todo = str(caught.value.todo)
    assert todo.startswith("did you mean overfitting")
    assert "GF402" in todo
    with pytest.raises(SettingsError) as caught:
        explain("qqqq")
    assert str(caught.value.todo).startswith("Known: GF101")


def test_a_drawing_names_itself_and_its_lines() -> None:
    """The SVG is well-formed, has title and description, both lines and their labels."""
    history = RULES[0].present()
    root = ET.fromstring(curve_svg(history, "GF101 <overfitting>"))  # noqa: S314 - our own drawing
    assert root.findtext(f"{SVG}title") == "GF101 <overfitting>"
    assert "Validation" in (root.findtext(f"{SVG}desc") or "")
    assert len(root.findall(f"{SVG}polyline")) == 2
    assert {"training", "validation"} <= {text.text for text in root.findall(f"{SVG}text")}


def test_a_drawing_survives_broken_curves() -> None:
    """A gap splits a line in two; curves of nothing, of NaN only and of one value still draw."""
    gap = Curve.of([3, 2, math.nan, 1, 0.5], split=Split.TRAIN)
    assert curve_svg(History(curves={"train_loss": gap}), "gap").count("<polyline") == 2
    for values in ([], [math.nan, math.inf], [2.0], [2.0, 2.0]):
        curve = Curve.of(values, split=Split.VALIDATION)
        drawn = curve_svg(History(curves={"val_loss": curve}), "odd")
        assert "nan" not in drawn
        ET.fromstring(drawn)  # noqa: S314 - our own drawing
