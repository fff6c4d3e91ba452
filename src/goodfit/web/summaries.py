# SPDX-License-Identifier: Apache-2.0
"""One run in a few hundred bytes: what the list shows of it, on the page and in the terminal."""

from dataclasses import dataclass, replace

from goodfit.measures import gap
from goodfit.report.sparkline import shares
from goodfit.report.story import Headline, Tone, axis_of, best_point, headline
from goodfit.report.words import moment, number, percent, place, plain, plural, quantity, sentence, spoken
from goodfit.rules import Change, ChangeKind
from goodfit.rules import headline as first_finding
from goodfit.values import Curve, History, Outcome, Severity
from goodfit.web.judging import Judgement

COLUMNS = 40  # of the small curve in the list
_ENOUGH = 2000  # points of it
SYMBOLS = {Tone.BAD: "●", Tone.WARN: "●", Tone.NOTE: "●", Tone.GOOD: "✔", Tone.OPEN: "○"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What the list says of one run; every text is plain, and escaped by whoever shows it."""

    name: str  # below the folder, with the run's name when the log holds several
    rank: int  # the worse the higher
    tone: Tone
    symbol: str
    verdict: str
    short: str  # the verdict without what stands behind its colon
    onset: str  # with its band; empty where nothing begins
    gap: str  # with its interval
    gap_short: str
    best: str  # the checkpoint to keep, with its value
    reached: str  # the last x
    running: bool
    written: float  # seconds since 1970
    withdrawn: str  # of a warning that does not stand any more
    small: tuple[float | None, ...]  # validation from 0 to 1
    small_train: tuple[float | None, ...]


def summarise(name: str, history: History, judgement: Judgement, written: float) -> Summary:
    """Put one run's verdict into words."""
    head, finding = verdict(history, judgement), first_finding(judgement.diagnoses)
    axis, best, between = axis_of(history), best_point(history), gap(history)
    known = between is not None and between.value == between.value
    small = _small(history)
    worst = max((d.severity for d in judgement.diagnoses if d.severity), key=lambda s: s.rank, default=None)
    return Summary(
        name=plain(name),
        rank=_rank(worst, head.tone),
        tone=head.tone,
        symbol=SYMBOLS[head.tone],
        verdict=plain(head.text),
        short=plain(head.text).partition(": ")[0],
        onset=moment(finding.onset, axis) if finding and finding.onset else "",
        gap=quantity(between) if between is not None and known else "",
        gap_short=percent(between.value, 2) if between is not None and known else "",
        best=f"{axis} {place(best[0])} ({number(best[1])})" if best else "",
        reached=_reached(history),
        running=judgement.running,
        written=written,
        withdrawn=_withdrawn(judgement.withdrawn, history),
        small=small[0],
        small_train=small[1],
    )


def verdict(history: History, judgement: Judgement) -> Headline:
    """The headline; of a run that goes on with nothing found, that this is so as far as it went."""
    head = headline(history, judgement.diagnoses)
    found = first_finding(judgement.diagnoses)
    if not judgement.running or found is not None or history.val is None or history.train is None:
        return head
    looked = sum(d.outcome is Outcome.ABSENT for d in judgement.diagnoses)
    best = best_point(history)
    keep = f" The checkpoint to keep so far is {axis_of(history)} {place(best[0])}." if best else ""
    said = f"{looked} of {plural(len(judgement.diagnoses), 'rule')} could look and found nothing; what is true of a run's end only is not asked yet."
    tone = Tone.GOOD if head.tone is Tone.GOOD else Tone.OPEN
    return Headline(text="No finding so far", detail=said, todo=f"Let it go on.{keep}", tone=tone)


def told(change: Change, history: History) -> tuple[str, str]:
    """What changed, and when, as a page tells it."""
    where = f"{axis_of(history)} {place(change.at)}"
    what = {
        ChangeKind.RAISED: f"{spoken(change.name)} found",
        ChangeKind.CHANGED: f"{spoken(change.name)}: from {change.before} to {change.severity}",
        ChangeKind.WITHDRAWN: f"{spoken(change.name)} withdrawn",
    }[change.kind]
    return sentence(what), where


def _withdrawn(change: Change | None, history: History) -> str:
    if change is None:
        return ""
    return f"{sentence(spoken(change.name))} withdrawn at {axis_of(history)} {place(change.at)}. {plain(change.because)}"


def _rank(severity: Severity | None, tone: Tone) -> int:
    return 2 + severity.rank if severity else 0 if tone is Tone.GOOD else 1


def _reached(history: History) -> str:
    judged = history.val or history.train
    last = max((c.x[-1] for c in (history.train, history.val) if c and len(c)), default=None)
    return f"{judged.axis} {place(last)}" if judged and last is not None else ""


def _small(history: History) -> tuple[tuple[float | None, ...], tuple[float | None, ...]]:
    """Validation and training on one scale."""
    curves = [_sampled(curve) for curve in (history.val, history.train) if curve is not None]
    longest = max(map(len, curves), default=0)
    drawn = iter(shares(curves, min(COLUMNS, longest)))
    val, train = (next(drawn) if curve is not None else () for curve in (history.val, history.train))
    return tuple(map(_short, val)), tuple(map(_short, train))


def _sampled(curve: Curve) -> Curve:
    """Every so many-th point of a long curve, which its small drawing does not differ by."""
    step = len(curve) // _ENOUGH + 1
    return curve if step == 1 else replace(curve, values=curve.values[::step], x=curve.x[::step])


def _short(height: float | None) -> float | None:
    return None if height is None else round(height, 3)
