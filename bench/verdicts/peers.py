# SPDX-License-Identifier: Apache-2.0
"""Other diagnosis tools and simple rules on the very same histories as goodfit.

    python bench/verdicts/peers.py --python peers_env/bin/python > bench/results/verdicts_peers.md

`--python` is the Python of an environment of the peers' own, never of goodfit's:

    python3 -m venv peers_env
    peers_env/bin/pip install numpy pandas scipy psutil
    peers_env/bin/pip install --no-deps trainspotter==0.2.6 losslint==0.4.1 runmedic==0.1.1 \
        finetune-doctor==0.2.2 gradsnitch==0.1.0 hyperassist==0.0.3 sk-autod==0.1.1 trainproof==0.22.0 training-doctor==0.1.0

Without it the peers are left out. The labelled set is that of bench/verdicts/overfitguard.py (GOODFIT_DATA); without it,
that part is left out.
"""

import argparse
import tempfile
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import numpy as np
from peers_logs import DATA, KINDS, OURS, Labelled, Tool, all_tools, drawn, simulated, write_logs
from peers_runner import DIVERGING, OVERFITTING, PLATEAU, SPIKES, STALLED
from peers_scores import (
    Lead,
    able,
    leads_of_alarms,
    leads_of_onset,
    leads_of_verdicts,
    onset_errors,
    share_said,
    shown,
    table,
    verdicts,
)

NOISES = (0.005, 0.02, 0.05)
CLASSES = {
    DIVERGING: "diverging (GF301)",
    SPIKES: "loss spikes (GF303)",
    STALLED: "stalled (GF203)",
    PLATEAU: "plateau (GF205)",
}


def judged_by_all(logs: Sequence[Labelled], python: Path | None, limit: float) -> list[Tool]:
    """Every tool over the same files."""
    with tempfile.TemporaryDirectory() as folder:
        write_logs(logs, Path(folder))
        return all_tools(logs, Path(folder), python, limit)


def overfitting_table(tools: Sequence[Tool], logs: Sequence[Labelled]) -> str:
    """Precision, recall and F1 of the overfitting verdict."""
    rows = []
    for tool in able(tools, OVERFITTING):
        v = verdicts(tool, logs, OVERFITTING)
        figures = [shown(figure) for figure in (v.precision, v.recall, v.f1, v.macro_f1)]
        rows.append([tool.name, str(v.hits), str(v.wrong), str(v.missed), *figures])
    return table(("tool", "TP", "FP", "FN", "precision", "recall", "F1", "macro-F1"), rows)


def alarms_table(tools: Sequence[Tool], logs: Sequence[Labelled]) -> str:
    """False alarms on healthy runs by noise."""
    groups = [healthy(logs, noise) for noise in NOISES]
    head = (
        "tool",
        *(f"noise {noise:.1%} (n {len(group)})" for noise, group in zip(NOISES, groups, strict=True)),
    )
    rows = [
        [tool.name, *(shown(share_said(tool, group)) for group in groups)]
        for tool in able(tools, OVERFITTING)
    ]
    return table(head, rows)


def healthy(logs: Sequence[Labelled], noise: float) -> list[Labelled]:
    """The healthy ones of one noise."""
    return [log for log in logs if log.kind == "healthy" and log.noise == noise]


def kinds_table(tools: Sequence[Tool], logs: Sequence[Labelled]) -> str:
    """Share of each kind that is called overfitting."""
    groups = [[log for log in logs if log.kind == kind] for kind in KINDS]
    rows = [
        [tool.name, *(shown(share_said(tool, group), 2) for group in groups)]
        for tool in able(tools, OVERFITTING)
    ]
    return table(("tool", *KINDS), rows)


def onset_table(tools: Sequence[Tool], logs: Sequence[Labelled]) -> str:
    """How far the named onset lies from the true one, with goodfit's figure on the same logs."""
    ours = next(onset_errors(tool, logs) for tool in tools if tool.name == OURS)
    rows = []
    for tool in able(tools, OVERFITTING):
        errors = onset_errors(tool, logs)
        if not errors:
            continue
        both = [log for log in errors if log in ours]
        share, evaluations = (np.array(column) for column in zip(*errors.values(), strict=True))
        same = [_mean([column[log][0] for log in both]) for column in (errors, ours)]
        far = (float(share.mean()), float(evaluations.mean()), float(np.median(evaluations)))
        shares = (shown(value, 2) for value in same)
        by_noise = [
            _mean([errors[log.name][0] for log in logs if log.name in errors and log.noise == noise])
            for noise in NOISES
        ]
        rows.append(
            [
                tool.name,
                str(len(errors)),
                *(shown(each, 1) for each in (*far, *by_noise)),
                str(len(both)),
                *shares,
            ]
        )
    head = (
        "tool",
        "onsets named",
        "MAE, % of the run",
        "MAE, evaluations",
        "median, evaluations",
        *(f"MAE, %, at noise {noise:.1%}" for noise in NOISES),
    )
    return table((*head, "named by goodfit too", "MAE there, %", "goodfit's there, %"), rows)


def _mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if values else None


def classes_table(tools: Sequence[Tool], logs: Sequence[Labelled]) -> str:
    """F1 of the other classes that some peer has a word for."""
    rows = []
    for tool in tools:
        if tool.left_out or not tool.able & set(CLASSES):
            continue
        cells: list[str] = []
        for word in CLASSES:
            v = verdicts(tool, logs, word)
            figures = (v.precision, v.recall, v.f1)
            cells += [shown(figure) if word in tool.able else "-" for figure in figures]
        rows.append([tool.name, *cells])
    names = [f"{name}: {figure}" for name in CLASSES.values() for figure in ("P", "R", "F1")]
    return table(("tool", *names), rows)


def notes(tools: Sequence[Tool]) -> str:
    """What was left out or refused, and how long each peer took."""
    lines = [f"- {tool.name}: left out, {tool.left_out}." for tool in tools if tool.left_out]
    for tool in tools:
        lines += [
            f"- {tool.name} refused {count} logs ({error}); counted as silent."
            for error, count in tool.refused.items()
        ]
    timed = [f"{tool.name} {tool.seconds:.1f} s" for tool in tools if tool.seconds is not None]
    return "\n".join([*lines, f"- Time for all logs: {', '.join(timed)}."] if timed else lines)


def all_leads(
    tools: Sequence[Tool], logs: Sequence[Labelled], labelled: tuple[Sequence[Tool], Sequence[Labelled]]
) -> list[Lead]:
    """Every figure by which something else is ahead of goodfit."""
    leads = leads_of_verdicts(tools, logs, OVERFITTING, "overfitting, drawn")
    for noise in NOISES:
        name = f"overfitting, false alarms on healthy runs of noise {noise:.1%}"
        leads += leads_of_alarms(tools, healthy(logs, noise), name)
    leads += leads_of_onset(tools, logs)
    for word, name in CLASSES.items():
        leads += leads_of_verdicts(tools, logs, word, name)
    return leads + leads_of_verdicts(*labelled, OVERFITTING, "overfitting, labelled simulated set")


def leads_table(leads: Sequence[Lead]) -> str:
    """The last section."""
    if not leads:
        return "None, by any figure above."
    rows = [[lead.what, lead.tool, lead.theirs, lead.ours, lead.only_theirs or "-"] for lead in leads]
    return table(("figure", "tool", "its", "goodfit's", "right alone: it : goodfit"), rows)


def main() -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--python", type=Path, help="Python of the peers' environment")
    parser.add_argument("--part", choices=("develop", "judge"), default="judge")
    parser.add_argument("--each", type=int, default=40, help="histories of each kind")
    parser.add_argument(
        "--limit", type=float, default=1200, help="seconds that one peer may take for all logs"
    )
    given = parser.parse_args()
    logs = drawn(given.part, given.each)
    tools = judged_by_all(logs, given.python, given.limit)
    others = simulated()
    judged = judged_by_all(others, given.python, given.limit) if others else []
    print(_HEAD.format(version=version("goodfit"), part=given.part, each=given.each))
    print(f"## Is it overfitting?\n\n{overfitting_table(tools, logs)}")
    print(
        f"\n### False alarms on healthy runs, by the noise of one evaluation\n\n{alarms_table(tools, logs)}"
    )
    print(f"\n### Share of each kind that is called overfitting\n\n{kinds_table(tools, logs)}")
    print(f"\n### Where the overfitting began\n\n{onset_table(tools, logs)}")
    print(f"\n## Other classes that some peer has a word for\n\n{_CLASSES}\n\n{classes_table(tools, logs)}")
    print("\n## Labelled histories (OverfitGuard, simulated half, 1,000 epochs each)\n")
    print(overfitting_table(judged, others) if others else f"Left out: {DATA.name} is not in GOODFIT_DATA.")
    print(f"\n## Left out, refused, time\n\n{notes(tools)}")
    if others:
        print(f"\nOn the labelled histories:\n\n{notes(judged)}")
    print(
        f"\n## Where something else is ahead of goodfit\n\n{leads_table(all_leads(tools, logs, (judged, others)))}"
    )


_HEAD = """# Other tools on the same histories

Written by `bench/verdicts/peers.py`, goodfit {version}, part `{part}` of the generator, {each} histories of each kind.

Every tool reads the same CSV files with the two losses and nothing else, also goodfit, whose row of that name is the one
compared; a second row shows it with the facts of the run that the generator knows (such as the loss at chance level).
A finding counts by its name, of whatever severity, but for what a tool itself calls something else (trainspotter's
overfitting explained by a divergence, finetune-doctor's "slightly worse"). An INCONCLUSIVE of goodfit counts as not said.
A tool that takes another layout got the same numbers in its own. Rules named "rule: ..." are a few lines of code each,
written from their documentation.
"""
_CLASSES = """One class against the rest of the histories (P precision, R recall); those on which a finding would be neither
right nor wrong are left out for all tools. Most peers do not tell a run that never learned (stalled) from one that stood
still for a while and then went on (plateau): a finding of theirs that covers both counts for both, and the kind of the one
is left out of the other's score. "-": the tool has no word for it, or found none."""


if __name__ == "__main__":
    main()
