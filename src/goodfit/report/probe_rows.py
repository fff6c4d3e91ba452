# SPDX-License-Identifier: Apache-2.0
"""What probes found, in words: the first line, the tone of each, and how long it took."""

from collections.abc import Sequence

from goodfit.report.story import Tone
from goodfit.report.words import fixed, number, plural
from goodfit.values import Outcome, ProbeResult, Severity

_TONES = {Severity.ERROR: Tone.BAD, Severity.WARNING: Tone.WARN, Severity.NOTE: Tone.NOTE}
_SHORT = 10.0  # seconds; below it two decimals are worth reading


def probes_headline(task: str, results: Sequence[ProbeResult]) -> tuple[str, str, Tone]:
    """The first line: a symbol, how many findings, and the tone."""
    found = [each for each in results if each.outcome is Outcome.PRESENT]
    looked = [each for each in results if each.outcome in (Outcome.ABSENT, Outcome.INCONCLUSIVE)]
    blind = len(results) - len(found) - len(looked)
    said = f"{task}: {plural(len(results), 'probe')}"
    rest = f"; {blind} could not look" if blind else ""
    if not found:
        tone, symbol = (Tone.GOOD, "✔") if looked and not blind else (Tone.OPEN, "?")
        return symbol, f"{said}, no finding{rest}", tone
    worst = max(found, key=lambda each: each.severity.rank if each.severity else 0)
    return "●", f"{said}, {plural(len(found), 'finding')}{rest}", probe_tone(worst)


def probe_tone(result: ProbeResult) -> Tone:
    """How a probe's answer is meant."""
    return _TONES[result.severity] if result.severity else Tone.OPEN


def took(seconds: float) -> str:
    """How long a probe took."""
    return f"{fixed(seconds, 2) if seconds < _SHORT else number(seconds)} s"
