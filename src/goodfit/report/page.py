# SPDX-License-Identifier: Apache-2.0
"""The report as one HTML page that opens offline: text first, charts beside their tables.

Style, script and data stand inside the page, and its content policy forbids every request. Text of
strangers (run names, layer paths, messages) is escaped by the templates; the charts' data is
JSON that cannot close its script element.
"""

import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goodfit.report.cards import cards
from goodfit.report.figures import arms_figure, chart_data, loss_figure, metric_figure
from goodfit.report.pairs import pair_figure
from goodfit.report.prescription_rows import (
    edit_rows,
    prescription_rows,
    rejections,
    treatment_heading,
    treatment_title,
)
from goodfit.report.rows import rule_rows
from goodfit.report.steps import steps_not_taken
from goodfit.report.story import headline
from goodfit.report.study_rows import arm_rows, headline_of, study_sentences
from goodfit.report.verdict_rows import verdict_rows
from goodfit.report.words import number, percent, plain, sentence
from goodfit.values import ModelFacts, Provenance, Report

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

_HERE = Path(__file__).parent
_UNSAFE_IN_SCRIPT = {ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}


def render_html(report: Report) -> str:
    """Render the whole report as one self-contained page; the text is complete without its charts."""
    from markupsafe import Markup

    figures = {
        "loss": loss_figure(report.history, report.diagnoses, report.phases),
        "metric": metric_figure(report.history),
        "arms": arms_figure(report.study) if report.study else None,
    }
    context = {
        **_assets(),
        **_texts(report),
        "figures": figures,
        "chart_json": Markup(embed([chart_data(each) for each in figures.values() if each])),  # noqa: S704 - escaped by embed
    }
    context["contents"] = _contents(report, context)
    return environment().get_template("page.html.j2").render(context)


def embed(data: Any) -> str:
    """Write JSON that may stand inside a script element.

    Raises:
        ValueError: a number is not finite; figures hold None in its place.
    """
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.translate(_UNSAFE_IN_SCRIPT)


def inline(text: str) -> "Markup":
    """Escape a sentence, set what stands between backticks as code, and keep numbers beside their "%"."""
    from markupsafe import Markup, escape

    escaped = re.sub(r"(?<=\d) (?=%)", "\u00a0", str(escape(plain(text))))
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", escaped))  # noqa: S704 - escaped one line before


def _texts(report: Report) -> dict[str, Any]:
    """Everything the template writes, by name; None and empty tuples leave their section out."""
    study, verdict, treatment = report.study, report.verdict, report.treatment
    made = report.provenance
    return {
        "report": report,
        "head": headline(report.history, report.diagnoses),
        "subject": made.task or report.history.source,
        "created": time_words(made),
        "cards": cards(report),
        "rules": rule_rows(report.history, report.diagnoses),
        "prescriptions": prescription_rows(report.prescriptions),
        "rejected": rejections(report.prescriptions),
        "treatment_heading": treatment_heading(treatment) if treatment else "",
        "treatment_title": treatment_title(treatment) if treatment else "",
        "edits": edit_rows(treatment) if treatment else (),
        "layers": _layers(report.model) if report.model else (),
        "chosen": headline_of(study) if study else "",
        "arms": arm_rows(study) if study else (),
        "study_lines": study_sentences(study) if study else (),
        "verdict": verdict_rows(verdict) if verdict else None,
        "pairs": pair_figure(report.runs, verdict) if verdict else None,
        "level": percent(verdict.effect.level) if verdict else "",
        "notes": (*report.notes, *steps_not_taken(report)),
        "provenance": provenance_rows(made),
    }


def _contents(report: Report, context: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """The sections that the page has, as (id, name)."""
    sections = (
        ("curves", "Curves", context["figures"]["loss"]),
        ("diagnosis", "Diagnosis", True),
        ("prescription", "Prescription", report.prescriptions),
        ("change", "Change", report.treatment),
        ("dose", "Dose", report.study),
        ("verdict", "Verdict", report.verdict),
        ("notes", "Notes", context["notes"]),
        ("provenance", "How this was made", True),
    )
    return tuple((key, name) for key, name, shown in sections if shown)


def _layers(model: ModelFacts) -> tuple[tuple[str, ...], ...]:
    def known(value: float | None) -> str:
        return "–" if value is None else number(value)

    return tuple(
        (
            layer.path,
            layer.type_name,
            known(layer.in_features),
            known(layer.out_features),
            known(layer.rate),
            number(layer.parameters),
        )
        for layer in model.layers
    )


def time_words(made: Provenance) -> str:
    """When something was made, without what nobody reads of it."""
    return made.created.replace("T", " ").split(".")[0].removesuffix("Z")


def provenance_rows(made: Provenance) -> tuple[tuple[str, str], ...]:
    """By what, from what and when something was made."""
    said = (
        ("command", f"`{made.command}`" if made.command else None),
        ("task", made.task),
        ("seed", None if made.seed is None else str(made.seed)),
        ("goodfit", made.goodfit),
        ("python", made.python),
        ("torch", made.torch),
        ("platform", made.platform),
        ("created", f"{made.created} (UTC)"),
    )
    return tuple((label, text) for label, text in said if text)


@cache
def _assets() -> dict[str, "Markup"]:
    """The parts of the page that are files of this package, and so need no escaping."""
    from markupsafe import Markup

    files = {
        "uplot_css": "vendor/uPlot.min.css",
        "uplot_js": "vendor/uPlot.iife.min.js",
        "page_css": "templates/page.css",
        "draw_js": "templates/draw.js",
        "charts_js": "templates/charts.js",
    }
    return {name: Markup((_HERE / path).read_text(encoding="utf-8")) for name, path in files.items()}  # noqa: S704 - our own files


@cache
def environment() -> "Environment":
    """The templates, which escape everything that is not marked as safe."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters["inline"] = inline
    environment.filters["sentence"] = sentence
    return environment
