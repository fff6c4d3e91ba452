# SPDX-License-Identifier: Apache-2.0
"""Every reader against many thousand broken logs: each is read or refused, soon and in little memory.

    python bench/readers/fuzz.py                      50,000 mutations a reader, all readers; writes the table
    python bench/readers/fuzz.py tensorboard --n 500  one reader, fewer, printed only

The valid logs are the samples of each reader's contract test and the files under tests/data that it accepts, so
that a reader that is added is met here by itself. A mutation is known by its reader and seed. Workers may use
512 MiB; CPU time beyond a second, or anything raised but goodfit's own errors, is a failure.
"""

import argparse
import importlib.util
import multiprocessing
import platform
import re
import resource
import sys
import time
import traceback
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures import TimeoutError as PoolTimeout
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from random import Random
from tempfile import mkdtemp

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(Path(__file__).parent)]

from mutations import mutated  # noqa: E402 - lies beside this script

from goodfit.errors import ReadError  # noqa: E402
from goodfit.readers import READERS, Log, Reader, read_log  # noqa: E402
from goodfit.testing.readers import ReaderContract  # noqa: E402

MEMORY = 512 * 2**20
SECONDS = 1.0
CHUNK = 500
LARGEST = 64 * 1024  # bytes of a sample
FOLDER = "folder"  # the source of a log that is one
_PART = b"## "
_DRAWS = 8  # for every second mutation, until it is accepted
WHOLE_PATH = 8  # one in so many goes through all readers, as a user's file does


@dataclass(slots=True)
class Counts:
    """What became of the mutations of one reader."""

    tried: int = 0
    accepted: int = 0  # past sniffing: the reader took it for its own
    read: int = 0
    slowest: float = 0.0  # CPU seconds
    slowest_seed: int = -1
    memory: int = 0  # KiB, of the largest worker
    failures: list[str] = field(default_factory=list)

    def add(self, other: "Counts") -> None:
        """Add the counts of a chunk."""
        self.tried += other.tried
        self.accepted += other.accepted
        self.read += other.read
        self.memory = max(self.memory, other.memory)
        self.failures += other.failures
        if other.slowest > self.slowest:
            self.slowest, self.slowest_seed = other.slowest, other.slowest_seed


@cache
def samples(name: str) -> tuple[tuple[str, bytes], ...]:
    """Valid logs of a reader, each with the name of its source."""
    reader = next(each for each in READERS if each.name == name)
    _load_contracts()
    found = [
        (FOLDER if contract.sample.startswith(_PART) else contract.source, raw)
        for contract in _contracts(ReaderContract)
        if getattr(contract, "reader", None) is not None and contract.reader.name == name
        for raw in (contract.sample, contract.with_nan, contract.with_missing)
    ]
    for path in sorted((ROOT / "tests" / "data").rglob("*")):
        if path.is_file() and 0 < path.stat().st_size <= LARGEST:
            raw = path.read_bytes()
            with suppress(ReadError):
                if reader.accepts(Log(source=path.name, raw=raw)):
                    found.append((path.name, raw))
    return tuple(found)


def _contracts(base: type[ReaderContract]) -> Iterator[type[ReaderContract]]:
    for each in base.__subclasses__():
        yield each
        yield from _contracts(each)


def opened(source: str, raw: bytes) -> Log:
    """A log of these bytes; those of a folder follow each other, each below a line with its name."""
    if source != FOLDER:
        return Log(source=source, raw=raw)
    files = {}
    for part in raw.split(_PART)[1:]:
        name, _, text = part.partition(b"\n")
        plain = re.sub(r"[^\w./-]", "_", name.decode("ascii", "replace"), flags=re.ASCII)[:60] or "x"
        path = Path(_room(), plain.replace("/", "-").lstrip(".") or "x")
        path.write_bytes(text)
        files[plain] = path
    return Log(source=source, raw=b"" if files else raw, files=files)


@cache
def _room() -> str:
    """A folder of this worker."""
    return mkdtemp(prefix="goodfit-fuzz-")


def _load_contracts() -> None:
    for path in sorted((ROOT / "tests" / "readers").glob("test_*contract*.py")):
        spec = importlib.util.spec_from_file_location(path.stem, path)
        if spec is not None and spec.loader is not None and path.stem not in sys.modules:
            module = importlib.util.module_from_spec(spec)
            sys.modules[path.stem] = module
            spec.loader.exec_module(module)


def limit_memory() -> None:
    """Let this worker have 512 MiB and no more, and hear its warnings."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    warnings.simplefilter("error")


def chunk(name: str, first: int, n: int) -> Counts:
    """Try the mutations with these seeds."""
    reader = next(each for each in READERS if each.name == name)
    counts = Counts()
    for seed in range(first, first + n):
        random = Random(f"{name}:{seed}")
        source, raw = _drawn(reader, random, again=_DRAWS if seed % 2 else 1)
        start = time.process_time()
        try:
            _try(reader, opened(source, raw), counts, whole=seed % WHOLE_PATH == 0)
        except BaseException as error:  # noqa: BLE001 - a crash of any kind is what is looked for
            where = traceback.extract_tb(error.__traceback__)[-1]
            file = Path(where.filename)
            place = file.relative_to(ROOT) if file.is_relative_to(ROOT) else file.name
            counts.failures.append(f"{name}:{seed}: {error!r:.200} at {place}:{where.lineno}")
        spent = time.process_time() - start
        counts.tried += 1
        if spent > counts.slowest:
            counts.slowest, counts.slowest_seed = spent, seed
        if spent > SECONDS:
            counts.failures.append(f"{name}:{seed}: took {spent:.2f} s")
    counts.memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return counts


def _drawn(reader: Reader, random: Random, again: int) -> tuple[str, bytes]:
    """A mutation; where it may be drawn again, one that the reader accepts, so that half of all get past sniffing."""
    for _ in range(again):
        source, valid = random.choice(samples(reader.name))
        raw = mutated(valid, random)
        try:
            if again == 1 or reader.accepts(opened(source, raw)):
                break
        except ReadError:
            continue
        except Exception:  # noqa: BLE001 - the caller meets it once more, and notes it
            break
    return source, raw


def _try(reader: Reader, log: Log, counts: Counts, *, whole: bool) -> None:
    """Ask and read as `read_log` does; only goodfit's own errors may be raised."""
    try:
        if not reader.accepts(log):
            return
    except ReadError:
        return
    counts.accepted += 1
    with suppress(ReadError):
        histories = read_log(log) if whole else reader.read(log)
        if not histories or not all(history.curves for history in histories):
            raise AssertionError("a result without a curve")
        counts.read += 1


def run(names: Sequence[str], n: int, workers: int, seed: int) -> Iterator[tuple[str, Counts]]:
    """Go through the readers; a chunk that does not end counts as a hang, and its workers are stopped."""
    context = multiprocessing.get_context("spawn")
    for name in names:
        total = Counts()
        pool = ProcessPoolExecutor(workers, mp_context=context, initializer=limit_memory)
        futures = {
            first: pool.submit(chunk, name, first, min(CHUNK, seed + n - first))
            for first in range(seed, seed + n, CHUNK)
        }
        for first, future in futures.items():
            try:
                total.add(future.result(timeout=CHUNK * SECONDS + 120))
            except PoolTimeout:
                total.failures.append(f"{name}: seeds from {first} do not end")
                for process in (pool._processes or {}).values():  # noqa: SLF001 - there is no other way to stop one
                    process.kill()
                break
            except Exception as error:  # noqa: BLE001 - the worker died
                total.failures.append(f"{name}: seeds from {first}: {error!r}")
                break
        pool.shutdown(wait=True, cancel_futures=True)
        yield name, total


def line(name: str, counts: Counts) -> str:
    """One row of the table."""
    past = counts.accepted / max(1, counts.tried)
    return (
        f"| {name} | {counts.tried:,} | {past:.1%} | {counts.read:,} | {1000 * counts.slowest:.0f} ms "
        f"| {counts.memory / 1024:.0f} MiB | {len(counts.failures)} |"
    )


def main() -> int:
    """Try all readers, print what was found, and write the table."""
    known = [reader.name for reader in READERS]
    parser = argparse.ArgumentParser(description="Fuzz the readers")
    parser.add_argument("readers", nargs="*", help=f"all of {', '.join(known)} unless named")
    parser.add_argument("--n", type=int, default=50_000, help="mutations a reader")
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    if unknown := set(given.readers) - set(known):
        parser.error(f"no reader is called {', '.join(sorted(unknown))}")
    rows: list[str] = []
    failures: list[str] = []
    for name, counts in run(given.readers or known, given.n, given.workers, given.seed):
        rows.append(line(name, counts))
        failures += counts.failures
        print(f"{rows[-1]} slowest seed {counts.slowest_seed}", flush=True)
        for failure in counts.failures[:5]:
            print(f"    {failure}", flush=True)
        if not given.readers:
            save(rows, failures, f"--n {given.n} --seed {given.seed}")
    return bool(failures)


def save(rows: Sequence[str], failures: Sequence[str], options: str) -> None:
    """Write the table as far as it is known."""
    head = [
        "# Readers against broken logs",
        "",
        (
            f"Written by `python bench/readers/fuzz.py {options}` on {datetime.now(UTC):%Y-%m-%d}; "
            f"Python {platform.python_version()}, numpy {version('numpy')}, 2 cores, 24 GiB (shared)."
        ),
        (
            "Structure-aware mutations of valid logs; each may take 1 s of CPU time, and its worker 512 MiB of address "
            "space. A failure is anything raised but goodfit's own errors, a warning, a result without a curve, or too "
            "much time. A mutation is known by its reader and its seed; the seeds are counted from the first."
        ),
        "",
        "| reader | mutations | past sniffing | read | slowest | worker's memory | failures |",
        "|---|---|---|---|---|---|---|",
    ]
    table = "\n".join((*head, *rows, "", *(f"- {failure}" for failure in failures[:50])))
    (ROOT / "bench" / "results" / "readers_fuzz.md").write_text(table.rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main())
