# SPDX-License-Identifier: Apache-2.0
"""What the browser loads: the page, its own script and style, and the report's chart code; and reports on demand."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from goodfit._about import provenance, version_of
from goodfit.measures import phases
from goodfit.remedies import prescribe
from goodfit.report import page as report_parts
from goodfit.report import render_html
from goodfit.rules import diagnose
from goodfit.values import Report
from goodfit.web.following import Follower

if TYPE_CHECKING:
    from jinja2 import Environment

_OURS = Path(__file__).parent / "page"
_REPORT = Path(report_parts.__file__).parent
_JS, _CSS = "text/javascript", "text/css"
PARTS = {
    "uplot.css": (_CSS, _REPORT / "vendor" / "uPlot.min.css"),
    "uplot.js": (_JS, _REPORT / "vendor" / "uPlot.iife.min.js"),
    "report.css": (_CSS, _REPORT / "templates" / "page.css"),
    "draw.js": (_JS, _REPORT / "templates" / "draw.js"),
    "watch.css": (_CSS, _OURS / "watch.css"),
    "write.js": (_JS, _OURS / "write.js"),
    "figure.js": (_JS, _OURS / "figure.js"),
    "list.js": (_JS, _OURS / "list.js"),
    "run.js": (_JS, _OURS / "run.js"),
    "compare.js": (_JS, _OURS / "compare.js"),
    "watch.js": (_JS, _OURS / "watch.js"),
}


@cache
def part(name: str) -> str:
    """The text of a part."""
    return PARTS[name][1].read_text(encoding="utf-8")


def page(name: str) -> str:
    """The page for a folder or log of this name; what is in it comes with the news."""
    text: str = (
        _templates().get_template("watch.html.j2").render(name=name, version=version_of("goodfit") or "")
    )
    return text


def report_page(follower: Follower, key: str) -> str | None:
    """The full report of a run as far as its log alone goes, as the log is now; None when there is no such run."""
    history = follower.history(key)
    if history is None:
        return None
    diagnoses = tuple(diagnose(history))
    report = Report(
        history=history,
        diagnoses=diagnoses,
        phases=phases(history),
        prescriptions=prescribe(diagnoses, history),
        provenance=provenance(),
    )
    return render_html(report)


@cache
def _templates() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(_OURS),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
