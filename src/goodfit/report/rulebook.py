# SPDX-License-Identifier: Apache-2.0
"""The pages of the rulebook, made from the rules and remedies themselves, so that neither can drift.

`rule_page` and `remedy_page` give Markdown; the drawings that a rule's page shows are written beside it.
"""

from collections.abc import Iterable, Sequence

from goodfit.remedies import Remedy
from goodfit.report.sparkline import sparkline
from goodfit.report.words import dose, listed, sentence, with_unit
from goodfit.rules import RULES, Rule, diagnose_one
from goodfit.values import Direction, History, Source, Threshold, TradeOff

GENERATED = "<!-- Written by goodfit from the code; change the code, not this page. -->"
_SPARK_WIDTH = 48


def rule_page(rule: Rule, *, drawn: bool = True) -> str:
    """The page of one rule as Markdown; with `drawn` it shows the SVG files that lie beside it.

    Without `drawn` the two examples are sparklines and links are plain text, for the terminal.
    """
    blocks = [
        f"# {rule.code} {rule.name}",
        rule.summary,
        _examples(rule, drawn=drawn),
        f"## What is measured\n\n{rule.definition}\n\n{_thresholds(rule.thresholds)}",
        _severity(rule),
        f"## Why it matters\n\n{rule.why}",
        _bullets("Where it is wrong", rule.limits),
        _bullets(
            "What looks the same",
            (_look_alike(each.code, each.by, drawn=drawn) for each in rule.told_apart_from),
        ),
        _bullets("What can be done", (_remedy_link(name, drawn=drawn) for name in rule.remedies)),
        _sources(rule.sources),
        f"Needs: {listed(rule.needs)}. Since version {rule.since}.",
    ]
    return _joined(blocks, drawn=drawn)


def remedy_page(remedy: Remedy, *, drawn: bool = True) -> str:
    """The page of one remedy as Markdown; without `drawn` links are plain text, for the terminal."""
    treats = (_rule_link(code, drawn=drawn) for code in remedy.treats)
    worsens = (_rule_link(code, drawn=drawn) for code in remedy.worsens)
    blocks = [
        f"# {remedy.name}",
        remedy.what,
        f"## How it works\n\n{remedy.how}",
        f"## What it brings\n\n{remedy.benefits}",
        f"## What it costs\n\n{remedy.costs}",
        f"## Risk\n\n{remedy.risk}",
        _trade_offs(remedy.trade_offs),
        f"## Where\n\n{sentence(remedy.where)}.",
        f"## How much\n\n{sentence(dose(remedy.dose))}." if remedy.dose else "",
        f"## What decides\n\n{_thresholds(remedy.thresholds)}" if remedy.thresholds else "",
        _bullets("What it treats", treats),
        _bullets("What it makes worse", worsens),
        f"## What stays the same\n\n{_promises(remedy)}",
        _sources(remedy.sources),
        f"Since version {remedy.since}.",
    ]
    return _joined(blocks, drawn=drawn)


def rule_stem(rule: Rule) -> str:
    """The file name of a rule's page, without its ending."""
    return f"{rule.code}-{rule.name}"


def index_page(title: str, lead: str, rows: Iterable[tuple[str, str]]) -> str:
    """An index: linked name and summary of every page."""
    lines = [f"| {link} | {_cell(summary)} |" for link, summary in rows]
    table = "\n".join(["| | |", "|---|---|", *lines])
    return _joined([f"# {title}", lead, table], drawn=True)


def _joined(blocks: Iterable[str], *, drawn: bool) -> str:
    head = [GENERATED] if drawn else []
    return "\n\n".join([*head, *(block for block in blocks if block)]) + "\n"


def _bullets(title: str, items: Iterable[str]) -> str:
    lines = "\n".join(f"- {item}" for item in items)
    return f"## {title}\n\n{lines}" if lines else ""


def _examples(rule: Rule, *, drawn: bool) -> str:
    parts = ["## How it looks"]
    for name, what, make in (
        ("present", "shows it", rule.present),
        ("absent", "does not show it", rule.absent),
    ):
        history = make()
        said = diagnose_one(rule, history).message
        caption = f"A run that {what}. {(make.__doc__ or '').strip()}"
        picture = f"![{caption}]({rule_stem(rule)}-{name}.svg)" if drawn else _sparklines(history)
        parts.append(f"{caption}\n\n{picture}\n\n> {said}")
    if drawn:
        parts.append("The dot marks the checkpoint to keep.")
    return "\n\n".join(parts)


def _sparklines(history: History) -> str:
    curves = (("training  ", history.train), ("validation", history.val))
    lines = [
        f"    {name}  {sparkline(curve, _SPARK_WIDTH)}" for name, curve in curves if curve and len(curve)
    ]
    return "\n".join(lines)


def _thresholds(thresholds: Sequence[Threshold]) -> str:
    head = ["| measurement | beyond it | why there |", "|---|---|---|"]
    rows = [f"| {each.name} | {_beyond(each)} | {_cell(each.because)} |" for each in thresholds]
    return "\n".join(head + rows)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _beyond(threshold: Threshold) -> str:
    side = "or more" if threshold.direction is Direction.ABOVE else "or less"
    return f"{with_unit(threshold.value, threshold.unit)} {side}"


def _trade_offs(trade_offs: Sequence[TradeOff]) -> str:
    """What is given and taken, each with the name of the measurement that shows it on a task."""
    if not trade_offs:
        return ""
    rows = [f"| {_cell(each.says)} | {each.measured_by} |" for each in trade_offs]
    table = "\n".join(["| on your own task | measured by |", "|---|---|", *rows])
    return f"## What it gives and takes\n\n{table}"


def _severity(rule: Rule) -> str:
    lines = [f"- {rule.severity}: when it is present"]
    lines += [
        f"- {step.severity}: {step.threshold.name} {_beyond(step.threshold)}, because {step.threshold.because}"
        for step in rule.steps
    ]
    return "## How severe\n\n" + "\n".join(lines)


def _look_alike(code: str, by: str, *, drawn: bool) -> str:
    return f"{_rule_link(code, drawn=drawn, folder='')}: told apart by {by}"


def _rule_link(code: str, *, drawn: bool, folder: str = "../rules/") -> str:
    rule = next((each for each in RULES if each.code == code), None)
    if rule is None:
        return code
    text = f"{rule.code} {rule.name}"
    return f"[{text}]({folder}{rule_stem(rule)}.md)" if drawn else text


def _remedy_link(name: str, *, drawn: bool) -> str:
    return f"[{name}](../remedies/{name}.md)" if drawn else name


def _promises(remedy: Remedy) -> str:
    keys = (
        "Checkpoints stay readable: the names in the state dict do not change."
        if remedy.keeps_keys
        else ("Checkpoints of the unchanged model do not load: names or shapes in the state dict change.")
    )
    output = {
        "exact": "In evaluation mode the output stays the same, bit for bit.",
        "close": "In evaluation mode the output stays the same up to rounding.",
        "no": "The output of the model changes.",
    }[remedy.keeps_output]
    kinds = [str(kind) for kind in remedy.applies_to]
    applies = f"It applies to layers of these kinds: {listed(kinds)}." if kinds else "It changes no layer."
    return f"{keys} {output} {applies}"


def _sources(sources: Sequence[Source]) -> str:
    return _bullets("Sources", (f"{each.says} ({each.key}, {each.place}; {each.grade})" for each in sources))
