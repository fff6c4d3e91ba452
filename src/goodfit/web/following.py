# SPDX-License-Identifier: Apache-2.0
"""Follows the logs of trainings: reads what changed, judges it anew, and puts it on the board.

    follower = Follower(Path("runs"))
    follower.look()                      # again and again
    follower.board.news()

Of a history only what is shown is kept, so that a hundred long logs need no more memory than a hundred short ones; but
for the few long ones that grow now, which are read on from where they ended.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from threading import RLock

from goodfit.errors import ReadError
from goodfit.readers import Choice, read_source
from goodfit.values import Curve, History, UnreadFile
from goodfit.web.board import Board, key_of
from goodfit.web.details import details
from goodfit.web.finding import Finder, Seen, Stamp
from goodfit.web.judging import Judge
from goodfit.web.summaries import summarise
from goodfit.web.tailing import Tails

QUIET = 120.0  # seconds without a line, after which a log rests; more where lines come more slowly
_SLOW = 3.0  # times the longest pause between two lines seen so far
_SAMPLES, _SHORTEST = (
    8,
    4,
)  # values of a curve by which two logs of one run are known; shorter ones may be equal by chance

Sample = tuple[object, ...]


@dataclass(slots=True)
class _Log:
    """What is remembered of one log between two looks."""

    stamps: tuple[Stamp, ...] = ()
    written: float = 0.0
    pause: float = 0.0  # the longest between two changes seen, in seconds
    running: bool = False
    judges: dict[str, Judge] = field(default_factory=dict)  # of its runs, by key
    samples: dict[str, Sample] = field(default_factory=dict)  # the same
    problem: str = ""


class Follower:
    """Follows one log, or every log below a folder.

    Args:
        root: the folder, or one log.
        choice: columns by their names in the log, where the guess is to be overruled.
        clock: the time in seconds since 1970.

    Raises:
        ReadError: there is nothing of this name.
    """

    def __init__(
        self, root: Path, *, choice: Choice | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        self.root, self.board = root, Board()
        self.stopped = False  # set by who ends it
        self.begun = False  # every log that there was has been read
        self._finder, self._choice, self._clock = Finder(root), choice, clock
        self._logs: dict[str, _Log] = {}
        self._places: dict[str, tuple[Seen, str]] = {}  # of each run, by key: its log, and its name
        self._tails = Tails(choice)
        self._lock = RLock()  # a choice of columns holds for one reading at a time

    def look(self, seconds: float = inf) -> None:
        """See what changed since the last look, and put it on the board.

        Args:
            seconds: after which the logs left wait for the next look; those written last come first, so that a run
                that goes on does not wait for a hundred that came to rest.
        """
        seen = self._finder.look()
        for name in self._logs.keys() - {each.name for each in seen}:
            del self._logs[name]
        due = sorted(filter(self._is_due, seen), key=lambda each: -each.written)
        begun, left = time.monotonic(), len(due)
        for each in due:
            if self.stopped or (left < len(due) and time.monotonic() - begun > seconds):
                break
            with self._lock:
                self._read(each)
            left -= 1
            if not self.begun:
                self.board.tell(reading=(len(seen) - left, len(seen)))
        self._settle(seen)
        if not self.begun and not left:
            self.begun = True
            self.board.tell(reading=(len(seen), len(seen)))

    def details(self, key: str) -> bytes | None:
        """What the page shows of one run; None when there is no such run, or its log cannot be read any more."""
        kept = self.board.details(key)
        if kept is None and self.board.has(key):
            with self._lock:
                log = self._logs.get(self._places[key][0].name) if key in self._places else None
                if log is not None:
                    log.stamps = ()  # read anew at once
                    self._read(self._places[key][0])
                kept = self.board.details(key)
        return kept

    def history(self, key: str) -> History | None:
        """The whole history of one run, read anew; None when there is no such run any more."""
        place = self._places.get(key)
        if place is None:
            return None
        with self._lock:
            try:
                runs = read_source(place[0].found, choice=self._choice)
            except ReadError:
                return None
        return next((run for run in runs if _name(place[0], run, len(runs)) == place[1]), None)

    def _is_due(self, seen: Seen) -> bool:
        log = self._logs.get(seen.name)
        if log is None or seen.stamps != log.stamps:
            return True
        return log.running and not self._is_running(log, seen)  # it has come to rest

    def _is_running(self, log: _Log, seen: Seen) -> bool:
        return self._clock() - seen.written < max(QUIET, _SLOW * log.pause)

    def _read(self, seen: Seen) -> None:
        log = self._logs.setdefault(seen.name, _Log())
        if log.written and seen.written > log.written:
            log.pause = max(log.pause, min(seen.written - log.written, self._clock() - log.written))
        log.stamps, log.written = seen.stamps, seen.written
        log.running = self._is_running(log, seen)
        try:
            runs = self._tails.read(seen.found)
        except ReadError as error:
            log.problem = error.found
            return
        log.problem = ""
        keys = {}
        for run in runs:
            name = _name(seen, run, len(runs))
            keys[key_of(name)] = (name, run)
        log.judges = {key: log.judges.get(key, Judge()) for key in keys}
        log.samples = {}
        for key, (name, run) in keys.items():
            log.samples[key] = _sample(run)
            self._places[key] = (seen, name)
            running = log.running and run.context.finished is not True
            judgement = log.judges[key].judge(run, running=running)
            summary = summarise(name, run, judgement, seen.written)
            self.board.put(key, summary, details(summary, run, judgement))

    def _settle(self, seen: tuple[Seen, ...]) -> None:
        """Take from the board what is gone or told twice, and name what cannot be read."""
        unread = list(self._finder.refused)
        originals: dict[Sample, str] = {}
        keys: set[str] = set()
        for each in seen:
            log = self._logs.get(each.name, _Log())
            if log.problem:
                unread.append(UnreadFile(path=each.name, reason=log.problem))
            for key, sample in log.samples.items():
                original = (
                    originals.setdefault(sample, each.name) if sample and not log.running else each.name
                )
                if original == each.name:
                    keys.add(key)
                else:
                    unread.append(UnreadFile(path=each.name, reason=f"it holds the same run as {original}"))
        self._places = {key: place for key, place in self._places.items() if key in keys}
        self.board.keep_only(keys)
        self.board.tell(unread=tuple(unread))


def _name(seen: Seen, run: History, count: int) -> str:
    """A run as the list calls it: its log below the folder, and its own name where the log holds several."""
    own = (run.source or "").removeprefix(str(seen.found.path)) if count > 1 else ""
    return f"{seen.name}{own}"


def _sample(history: History) -> Sample:
    """A few values of both curves, rounded as loggers do; empty when the curves are too short to tell runs apart."""
    train, val = history.train, history.val
    if train is None or val is None or min(len(train), len(val)) < _SHORTEST:
        return ()
    return (len(train), len(val), *_values(train), *_values(val))


def _values(curve: Curve) -> tuple[str, ...]:
    last = len(curve) - 1
    return tuple(f"{curve.values[round(last * at / (_SAMPLES - 1))]:.5g}" for at in range(_SAMPLES))
