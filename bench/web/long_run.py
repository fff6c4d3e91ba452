# SPDX-License-Identifier: Apache-2.0
"""How soon the live page hears of a line, and how much memory page and server take while a run grows to 200,000 steps.

    python bench/web/long_run.py [--steps 200000] [--write bench/results/watch.md]

A writer of this process appends to logs; `goodfit watch` follows them as a process of its own; the page is open in
headless Chromium where there is one. The time is that from the line written to the event received by a reader of the
stream. Memory of the server is the resident set that the kernel tells; of the page, the heap after a collection.
"""

import argparse
import http.client
import json
import math
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from threading import Thread
from typing import Any

import goodfit

HEAD = "step,train_loss,val_loss\n"
EVALUATED = 200  # steps between two evaluations
PAUSE = 0.9  # seconds between two timed lines, plus up to as much by chance


def row(step: int, length: int, drawn: random.Random) -> str:
    """A step of a long training that overfits late."""
    done = step / length
    train = 2 * math.exp(-6 * done) + 0.05 + 0.02 * drawn.random()
    val = f"{2 * math.exp(-6 * done) + 0.1 + 0.3 * max(0.0, done - 0.5) + 0.01 * drawn.random():.5f}"
    return f"{step},{train:.5f},{val if step % EVALUATED == EVALUATED - 1 else ''}\n"


class Server:
    """`goodfit watch` on a folder, heard by one reader of its stream."""

    def __init__(self, folder: Path) -> None:
        environment = os.environ | {"PYTHONPATH": str(Path(goodfit.__file__).parents[1])}
        program = "from goodfit._cli import main; main()"
        command = [sys.executable, "-c", program, "watch", str(folder), "--port", "0"]
        self.begun = time.perf_counter()
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)
        said = self.process.stderr.readline() if self.process.stderr else ""
        found = re.search(r"http://127\.0\.0\.1:(\d+)/", said)
        if found is None:
            raise SystemExit(f"the server did not start: {said}")
        self.address, self.port = found[0], int(found[1])
        self.heard: dict[tuple[str, str], float] = {}  # (run, what it reached): when
        self.ready: float | None = None  # seconds until the first look was over
        Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        connection.request("GET", "/news")
        answer = connection.getresponse()
        while line := answer.readline():
            if not line.startswith(b"data: "):
                continue
            now, news = time.perf_counter(), json.loads(line[6:])
            for each in news.get("runs", {}).values():
                self.heard.setdefault((each["name"], each["reached"]), now)
            if "reading" in news and news["reading"][0] >= news["reading"][1] and self.ready is None:
                self.ready = now - self.begun

    def memory(self) -> float:
        """MiB of the resident set."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        found = re.search(r"VmRSS:\s+(\d+)", status)
        return int(found[1]) / 1024 if found else math.nan

    def end(self) -> None:
        """Stop it."""
        self.process.kill()
        self.process.wait()


@contextmanager
def opened(address: str) -> Iterator[Any]:
    """The page in a browser, as a function that gives its heap in MiB; None where there is no browser."""
    chromium = shutil.which("chromium")
    if chromium is None:
        yield None
        return
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        page.goto(address)
        page.wait_for_selector("#chosen .uplot canvas", timeout=120_000)
        session = page.context.new_cdp_session(page)
        session.send("Performance.enable")

        def heap() -> float:
            session.send("HeapProfiler.collectGarbage")
            told = {each["name"]: each["value"] for each in session.send("Performance.getMetrics")["metrics"]}
            return float(told["JSHeapUsedSize"]) / 2**20

        yield heap
        browser.close()


def wait_for(server: Server, name: str, reached: str, seconds: float = 180) -> float:
    """When the stream told of it."""
    end = time.perf_counter() + seconds
    while (name, reached) not in server.heard:
        if time.perf_counter() > end:
            raise SystemExit(f"{name} was not heard at {reached} within {seconds:g} s")
        time.sleep(0.002)
    return server.heard[name, reached]


def delays(server: Server, log: Path, first: int, lines: int) -> list[float]:
    """Seconds from each line written to the event."""
    drawn, found = random.Random(0), []
    for step in range(first, first + lines):
        time.sleep(PAUSE * (1 + drawn.random()))
        with log.open("a", encoding="utf-8") as file:
            file.write(row(step, first, drawn))
        at = time.perf_counter()
        found.append(wait_for(server, "000/log.csv", f"step {step}") - at)
    return found


def written(log: Path, steps: range, length: int) -> None:
    """Append steps at once."""
    drawn = random.Random(steps.start)
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8") as file:
        if steps.start == 0:
            file.write(HEAD)
        file.writelines(row(step, length, drawn) for step in steps)


def of_setting(what: str, found: list[float], server: Server) -> str:
    """A line of the first table."""
    ready = f"{server.ready:.1f}" if server.ready is not None else ""
    return f"| {what} | {ready} | {median(found):.2f} | {max(found):.2f} | {server.memory():.0f} |"


def delay_table(folder: Path, steps: int, lines: int) -> Iterator[str]:
    """How soon a line is heard of: one short log, a hundred of them, one long log."""
    for what, runs, begun in (
        ("one log of 100 steps", 1, 100),
        ("100 logs of 2,000 steps, one grows", 100, 2000),
        (f"one log of {steps:,} steps", 1, steps),
    ):
        root = folder / f"{runs}-{begun}"
        for number in range(runs):
            written(root / f"{number:03}" / "log.csv", range(begun), begun)
        server = Server(root)
        try:
            while server.ready is None:
                time.sleep(0.05)
            found = delays(server, root / "000" / "log.csv", begun, lines)
            yield of_setting(what, found, server)
        finally:
            server.end()


def growth_table(folder: Path, steps: int, parts: int) -> Iterator[str]:
    """Memory of server and page while one log grows to all its steps."""
    log = folder / "growing" / "log.csv"
    written(log, range(steps // 100), steps)
    server = Server(log.parent)
    try:
        wait_for(server, "log.csv", f"step {steps // 100 - 1}")
        with opened(server.address) as heap:
            done = steps // 100
            yield _grown(done, log, server, heap)
            for part in range(1, parts + 1):
                target = steps * part // parts
                while done < target:  # a few thousand lines at a time, as if hours went by
                    upto = min(target, done + max(500, steps // 80))
                    written(log, range(done, upto), steps)
                    done = upto
                    time.sleep(0.4)
                wait_for(server, "log.csv", f"step {done - 1}")
                yield _grown(done, log, server, heap)
    finally:
        server.end()


def _grown(done: int, log: Path, server: Server, heap: Any) -> str:
    size = f"{log.stat().st_size / 2**20:.1f}"
    page = f"{heap():.1f}" if heap else "no browser"
    return f"| {done:,} | {size} | {server.memory():.0f} | {page} |"


def main() -> None:
    """Print both tables, or write them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=200_000)
    parser.add_argument("--parts", type=int, default=8)
    parser.add_argument("--lines", type=int, default=12, help="timed in each setting")
    parser.add_argument("--write", type=Path)
    given = parser.parse_args()
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        lines = [
            "# The live page: how soon a line is seen, and how much memory is taken",
            "",
            f"Made by `python bench/web/long_run.py --steps {given.steps} --parts {given.parts} --lines {given.lines}`.",
            f"{os.cpu_count()} processors, shared with other work: a load of {load:.1f} at the beginning. Times are in seconds.",
            "",
            f"From a line written to the event received, {given.lines} lines each; memory of the server in MiB at the end.",
            "",
            "| followed | until all are judged | median | longest | server |",
            "|---|---:|---:|---:|---:|",
            *delay_table(Path(folder), given.steps, given.lines),
            "",
            "One log that grows, with the page open in Chromium; memory in MiB, the page's after a collection.",
            "",
            "| steps | log | server | page |",
            "|---:|---:|---:|---:|",
            *growth_table(Path(folder), given.steps, given.parts),
        ]
    text = "\n".join(lines) + "\n"
    print(text)
    if given.write:
        given.write.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
