# SPDX-License-Identifier: Apache-2.0
"""How often the verdicts are right: every table of the rulebook's accuracy, with one command.

    python bench/verdicts/run.py [--part develop] [--each 200] [--curves 3000] > bench/results/verdicts_judge.md

`develop` is what thresholds were chosen on, `judge` is set aside: other seeds, and functional forms of its own.
"""

import argparse
import os
import platform
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from importlib.metadata import version

import invariances
import onsets
import overfitguard
from generator import KINDS, Case, Part, draw_case
from scoring import HEALTHY, Score, Truth
from trainings_record import read

from goodfit.rules import RULES, diagnose

NAMES = {rule.code: rule.name for rule in RULES}


def drawn(part: Part, each: int) -> Iterator[Case]:
    """So many histories of each kind."""
    return (draw_case(part, kind, index) for kind in KINDS for index in range(each))


def scored(cases: Iterable[Case]) -> Score:
    """Judge them all."""
    total = Score()
    for case in cases:
        truth = Truth(headline=case.headline, present=case.present, allowed=case.allowed)
        total.add(truth, diagnose(case.history))
    return total


def trainings(part: Part) -> tuple[Score, int]:
    """The recorded trainings, and how many of them are ambiguous and left out."""
    total, cases = Score(), read(part)
    for case in cases:
        if not case.ambiguous:
            truth = Truth(headline=case.headline, present=case.present, allowed=case.allowed)
            total.add(truth, diagnose(case.history))
    return total, sum(bool(case.ambiguous) for case in cases)


def codes_table(score: Score) -> str:
    """One code a line: found, missed, wrongly found."""
    lines = [
        "| rule | true | found | missed: ABSENT | INCONCLUSIVE | not applicable | wrongly found | precision | recall | F1 |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for code, c in sorted(score.codes.items()):
        figures = (
            f"{c.precision:.3f} | {c.recall:.3f} | {c.f1:.3f}" if c.true else f"{c.precision:.3f} | - | -"
        )
        lines.append(
            f"| {code} {NAMES[code]} | {c.true} | {c.hits} | {c.missed} | {c.open} | {c.blind} | {c.wrong} | {figures} |"
        )
    return "\n".join(lines)


def headlines(score: Score) -> str:
    """F1 of each headline and what it was taken for."""
    lines = [
        f"Macro-F1 of the headline: **{score.macro_f1():.3f}**.",
        "",
        "| true headline | n | F1 | said instead |",
    ]
    lines.append("|---|---|---|---|")
    for label, f1 in score.headline_f1().items():
        said = {other: n for (wanted, other), n in score.confusion.items() if wanted == label}
        wrong = ", ".join(
            f"{_spoken(other)} {n}"
            for other, n in sorted(said.items(), key=lambda item: -item[1])
            if other != label
        )
        lines.append(f"| {_spoken(label)} | {sum(said.values())} | {f1:.3f} | {wrong or '-'} |")
    return "\n".join(lines)


def invariant(part: Part, each: int) -> str:
    """Changed verdicts."""
    found = invariances.changes(drawn(part, each))
    apart = (
        f"what is lost with every second point ({', '.join(invariances.LOST_WITH_POINTS)}) is listed apart"
    )
    lines = [
        f"{found.histories} histories, each judged again; {apart}.",
        "",
        "| change | verdicts changed |",
        "|---|---|",
    ]
    lost = {code: n for code, n in found.halved.items() if code in invariances.LOST_WITH_POINTS}
    for name, counts in (
        ("losses times 1000: any other outcome", found.unit),
        ("x times 100: any other outcome", found.steps),
        (
            "half of the points: PRESENT for ABSENT or the reverse",
            {c: n for c, n in found.halved.items() if c not in lost},
        ),
        ("half of the points, what is lost with them", lost),
    ):
        told = sorted(counts.items(), key=lambda item: -item[1])
        lines.append(f"| {name} | {', '.join(f'{c} {n}' for c, n in told) or 'none'} |")
    return "\n".join(lines)


def _spoken(label: str) -> str:
    return label if label == HEALTHY else f"{label} {NAMES.get(label, '')}".strip()


def main() -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--part", choices=("develop", "judge"), default="judge")
    parser.add_argument("--each", type=int, default=200, help="histories of each kind")
    parser.add_argument("--curves", type=int, default=3000, help="curves at each noise level")
    args = parser.parse_args()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    print(f"# Accuracy of the verdicts, part `{args.part}`\n")
    print(
        f"Written by `bench/verdicts/run.py` on {datetime.now(tz=UTC):%Y-%m-%d}; goodfit {version('goodfit')}, Python"
        f" {platform.python_version()}, numpy {version('numpy')}; {os.cpu_count()} cores, {memory:.0f} GiB.\n"
    )
    print(f"## Overfitting and its onset, {onsets.EPOCHS} epochs, final rise 15 to 60 %\n")
    print(onsets.markdown(onsets.table(args.part, args.curves)))
    print("\n## OverfitGuard, simulated half, one setting\n")
    print(overfitguard.markdown())
    total = scored(drawn(args.part, args.each))
    print(f"\n## Drawn histories of every kind, {args.each} each: one rule against the rest\n")
    print(codes_table(total))
    print("\n## Their headlines\n")
    print(headlines(total))
    real, ambiguous = trainings(args.part)
    print(f"\n## Recorded real trainings ({ambiguous} ambiguous ones left out): headlines\n")
    print(headlines(real))
    print("\n### One rule against the rest\n")
    print(codes_table(real))
    print("\n## What must not change a verdict\n")
    print(invariant(args.part, max(args.each // 5, 1)))


if __name__ == "__main__":
    main()
