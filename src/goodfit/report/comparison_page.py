# SPDX-License-Identifier: Apache-2.0
"""A comparison as one HTML page that opens offline, without any script; its plots are drawn in it.

Text of strangers is escaped by the template, and by the drawings for what stands in them.
"""

from pathlib import Path
from typing import Any

from goodfit.report.comparison_story import QUESTION, ComparisonStory, comparison_story
from goodfit.report.forest import Forest, forest_of
from goodfit.report.forest_svg import forest_svg
from goodfit.report.page import environment, provenance_rows, time_words
from goodfit.report.small_curves import STYLE, SmallCurve, small_curves
from goodfit.values import Comparison

_HERE = Path(__file__).parent
PROVEN = 6  # columns of the first table: from the test loss to P(better)
TITLE = "Gain in test loss of every remedy"


def comparison_html(comparison: Comparison) -> str:
    """Render the whole comparison as one self-contained page."""
    from markupsafe import Markup

    story, forest, curves = comparison_story(comparison), forest_of(comparison), small_curves(comparison)
    styles = {
        "page_css": (_HERE / "templates/page.css").read_text(encoding="utf-8"),
        "comparison_css": (_HERE / "templates/comparison.css").read_text(encoding="utf-8"),
        "curve_css": STYLE,
    }
    context: dict[str, Any] = {
        **{name: Markup(text) for name, text in styles.items()},  # noqa: S704 - our own files
        "comparison": comparison,
        "created": time_words(comparison.provenance),
        "question": QUESTION,
        "story": story,
        "proven": PROVEN,
        "forest": forest,
        "forest_svg": Markup(forest_svg(forest, TITLE)) if forest else "",  # noqa: S704 - it escapes its text
        "curves": [{"title": c.title, "summary": c.summary, "svg": Markup(c.svg)} for c in curves],  # noqa: S704 - the same
        "limits": _limits(comparison),
        "contents": _contents(story, forest, curves),
        "provenance": provenance_rows(comparison.provenance),
    }
    return environment().get_template("comparison.html.j2").render(context)


def comparison_plot(comparison: Comparison) -> str | None:
    """The forest plot alone, as an SVG file; None where there is nothing to draw."""
    forest = forest_of(comparison)
    return forest_svg(forest, f"{TITLE}: {comparison.task}") if forest is not None else None


def _contents(
    story: ComparisonStory, forest: Forest | None, curves: tuple[SmallCurve, ...]
) -> tuple[tuple[str, str], ...]:
    sections = (
        ("gain", "Gain", forest is not None),
        ("proof", "What was proven", True),
        ("curves", "Curves", bool(curves)),
        ("traits", "The trainings", bool(story.traits.columns)),
        ("why", "Why", True),
        ("notes", "Notes", True),
        ("provenance", "How this was made", True),
    )
    return tuple((key, name) for key, name, shown in sections if shown)


def _limits(comparison: Comparison) -> tuple[str, ...]:
    """What the verdicts do not cover, each limit once."""
    verdicts = [one.verdict for one in comparison.candidates if one.verdict is not None]
    return tuple(dict.fromkeys(limit for verdict in verdicts for limit in verdict.limits))
