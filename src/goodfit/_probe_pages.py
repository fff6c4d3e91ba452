# SPDX-License-Identifier: Apache-2.0
"""The pages of the probes, made from the probes themselves; their names are known without loading torch."""

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from goodfit.errors import MissingExtraError, SettingsError
from goodfit.report import rulebook
from goodfit.report.rulebook_files import find_entry
from goodfit.values import EntryKind, RulebookEntry

if TYPE_CHECKING:
    from goodfit.probes import Probe

FOLDER = Path(__file__).parent / "probes"


def probe_names() -> tuple[str, ...]:
    """The names of all probes, read off their files: one file a probe."""
    return tuple(sorted(path.stem.replace("_", "-") for path in FOLDER.glob("[!_]*.py")))


def named_like(name: str) -> str:
    """A name as probes spell theirs: small letters, with lines between the words."""
    return "-".join(name.lower().replace("_", " ").split())


def find_probe(name: str) -> "Probe":
    """The probe of a name that is one of `probe_names`; this loads torch."""
    from goodfit.probes import PROBES

    return next(each for each in PROBES if each.name == named_like(name))


def pages() -> Mapping[str, str]:
    """Every page by its path below the documentation's folder."""
    from goodfit.probes import PROBES

    found = {f"probes/{probe.name}.md": probe_page(probe) for probe in PROBES}
    rows = [(f"[{probe.name}]({probe.name}.md)", probe.question) for probe in PROBES]
    lead = "Cheap experiments that settle what curves leave open, cheapest first: `goodfit probe TASK`."
    found["probes/index.md"] = rulebook.index_page("Probes", lead, rows)
    return found


def probe_page(probe: "Probe", *, drawn: bool = True) -> str:
    """The page of one probe as Markdown; without `drawn` links are plain text, for the terminal."""
    cost = f"{probe.cost[:1].upper()}{probe.cost[1:]}"
    run = "after the task's own run" if probe.uses_run else "no training is needed"
    blocks = [
        f"# {probe.name}",
        f"**{probe.question}**",
        probe.summary,
        f"## What is measured\n\n{probe.definition}\n\n{rulebook._thresholds(probe.thresholds)}",  # noqa: SLF001 - pages of one book
        f"A finding is of severity {probe.severity}.",
        f"## What it costs\n\n{cost}; {run}.",
        f"## Why it matters\n\n{probe.why}",
        rulebook._bullets("Where it is wrong", probe.limits),  # noqa: SLF001 - the same
        rulebook._bullets(  # noqa: SLF001 - the same
            "What it helps to settle",
            (rulebook._rule_link(code, drawn=drawn) for code in probe.settles),  # noqa: SLF001 - the same
        ),
        rulebook._sources(probe.sources),  # noqa: SLF001 - the same
        f"Since version {probe.since}.",
    ]
    return rulebook._joined(blocks, drawn=drawn)  # noqa: SLF001 - the same


def probe_entry(probe: "Probe", *, whole: bool = False) -> RulebookEntry:
    """What a probe says of itself; with `whole` its page as well."""
    return RulebookEntry(
        kind=EntryKind.PROBE,
        name=probe.name,
        summary=probe.question,
        definition=probe.definition,
        why=probe.why,
        limits=probe.limits,
        severity=probe.severity,
        thresholds=probe.thresholds,
        about=probe.settles,
        sources=probe.sources,
        since=probe.since,
        page=probe_page(probe, drawn=False) if whole else "",
    )


def any_entry(name: str) -> RulebookEntry:
    """A rule, a remedy or a probe with its page, found by code or name; only the name of a probe loads torch.

    Raises:
        SettingsError: nothing has that name; the message lists the known ones, closest first.
        MissingExtraError: it is a probe, and torch is not installed.
    """
    if named_like(name) in probe_names():
        if find_spec("torch") is None:
            raise MissingExtraError(
                "torch is needed for the page of a probe, and is not installed",
                todo="pip install 'goodfit[torch]'; rules and remedies are explained without it",
            )
        return probe_entry(find_probe(name), whole=True)
    try:
        return find_entry(name)
    except SettingsError as error:
        found, todo = error.found.replace("rule or remedy", "rule, remedy or probe"), error.todo or ""
        raise SettingsError(
            found, where=error.where, todo=f"{todo} Probes: {', '.join(probe_names())}."
        ) from None
