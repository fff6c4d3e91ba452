# SPDX-License-Identifier: Apache-2.0
"""The live page in a real browser: it grows with the log, warns, withdraws, comes back, and takes nothing for markup."""

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from web_server import HEAD, Served, append, end, lines, served, started

pytest.importorskip("uvicorn", reason="the live page needs goodfit[web]")
api = pytest.importorskip("playwright.sync_api", reason="playwright drives the browser")
CHROMIUM = shutil.which("chromium")
if CHROMIUM is None:
    pytest.skip("there is no chromium on this machine", allow_module_level=True)
PATIENCE = 60_000  # milliseconds; the machine may be busy
HOSTILE = "<img src=x onerror=window.hacked=1>"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Headless Chromium, as this machine has it."""
    with api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        yield chromium
        chromium.close()


class Tab:
    """An open page, with everything that it complained of and asked for."""

    def __init__(self, browser: Any, address: str, **settings: Any) -> None:
        self.page = browser.new_page(**settings)
        self.page.set_default_timeout(PATIENCE)
        self.complaints: list[str] = []
        self.asked: list[str] = []
        self.page.on(
            "console", lambda m: self.complaints.append(m.text) if m.type in ("error", "warning") else None
        )
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(address)

    def text(self, selector: str) -> str:
        """What is written there."""
        return str(self.page.locator(selector).inner_text())

    def wait(self, selector: str, words: str) -> None:
        """Until it says so."""
        api.expect(self.page.locator(selector)).to_contain_text(re.compile(words), timeout=PATIENCE)


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Served]:
    """A page over one run."""
    append(tmp_path / "log.csv", HEAD + lines(0, 30))
    with served(tmp_path) as here:
        yield here


def test_a_warning_turns_up_and_is_withdrawn_before_ones_eyes(browser: Any, tmp_path: Path) -> None:
    """The curve grows, the verdict turns to overfitting, a new best withdraws it, and each is told aloud."""
    log = tmp_path / "log.csv"
    with served(tmp_path) as here:
        tab = Tab(browser, f"http://127.0.0.1:{here.port}/")
        tab.wait("#empty", "Waiting for the first line")
        append(log, HEAD + lines(0, 9))
        tab.wait("#cards", "epoch 8")
        assert tab.text("#verdict").endswith("No finding so far")
        tab.page.wait_for_selector("#chosen .uplot canvas")
        for end in (20, 24, 28):
            append(log, lines(end - 8 if end > 20 else 9, end) if end == 20 else lines(end - 4, end))
            tab.wait("#cards", f"epoch {end - 1}")
        tab.wait("#verdict", "Overfitting since epoch")
        tab.wait("#changes", "Overfitting found")
        tab.wait("#announce", "Overfitting since")
        append(log, lines(28, 34, best=29))
        tab.wait("#withdrawn", "Overfitting withdrawn at epoch .*new best")
        tab.wait("#announce", "warning withdrawn")
        tab.wait("#list", "warning withdrawn")
        assert "verfitting" not in tab.text("#verdict")
        assert tab.complaints == []
        assert {address.split("/")[2] for address in tab.asked} == {f"127.0.0.1:{here.port}"}
        tab.page.close()


def test_names_and_labels_of_a_log_are_text(browser: Any, tmp_path: Path) -> None:
    """Markup in names of files, runs and metrics is shown as it is written, and nothing of it runs."""
    rows = [f"{run},{i},{1 / (i + 1)},{1.2 / (i + 1)},{0.9}\n" for run in ("x", HOSTILE) for i in range(9)]
    head = f'run,epoch,train_loss,val_loss,"val_</script><script>window.hacked=2</script>{HOSTILE}"\n'
    append(tmp_path / f"a {HOSTILE.replace('/', '')}.csv", head + "".join(rows))
    append(tmp_path / "<b>bold</b>.csv".replace("/", ""), "nothing")
    with served(tmp_path) as here:
        tab = Tab(browser, f"http://127.0.0.1:{here.port}/")
        tab.page.wait_for_selector("#chosen .uplot canvas")
        assert HOSTILE in tab.text("#list")
        assert "<b>bold<b>.csv" in tab.page.locator("#unread").text_content()
        for box in tab.page.locator(".tick input").all():
            box.check()
        tab.page.wait_for_selector("#comparison .uplot canvas")
        assert HOSTILE in tab.text("#comparison-rows")
        with tab.page.expect_navigation():
            tab.page.get_by_role("link", name="Full report").click()
        tab.page.wait_for_selector("#chart-loss .uplot canvas")  # drawn by the same code, in a sandbox
        assert tab.page.evaluate("window.hacked") is None
        assert tab.page.locator("img, b:has-text('bold')").count() == 0
        assert not [each for each in tab.complaints if "Content Security" not in each]
        tab.page.close()


def test_it_can_be_used_without_a_mouse_and_without_eyes(browser: Any, tmp_path: Path) -> None:
    """Every control has a name, the list is walked by arrows, focus moves as one expects, charts have their text."""
    for name in "ab":
        append(tmp_path / f"{name}.csv", HEAD + lines(0, 30 if name == "a" else 8))
    with served(tmp_path) as here:
        tab = Tab(browser, f"http://127.0.0.1:{here.port}/")
        page = tab.page
        page.wait_for_selector("#chosen .uplot canvas")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the chosen run"
        page.keyboard.press("Tab")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        tab.wait("#name", "b.csv")
        current = page.locator("[aria-current=true]")
        assert "b.csv" in current.inner_text()
        assert page.evaluate("document.activeElement.getAttribute('aria-current')") == "true"
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
        assert page.get_by_role("checkbox", name="Compare b.csv").is_checked()
        for role in ("navigation", "main", "heading", "status", "link"):
            assert page.get_by_role(role).first.count() == 1, role
        assert "Training goes from" in (page.get_by_role("img").first.get_attribute("aria-label") or "")
        assert page.locator("#announce[aria-live=polite]").count() == 1
        page.locator("#chosen").get_by_text("Data of this chart").first.click()
        assert page.get_by_role("cell", name="7", exact=True).first.is_visible()
        unnamed = page.evaluate(
            "[...document.querySelectorAll('button, input, a')].filter(e => !(e.textContent.trim() || e.labels?.[0]?.textContent.trim())).length"
        )
        assert unnamed == 0
        assert tab.complaints == []
        page.close()


def test_it_fits_every_width_in_both_colours(browser: Any, page: Served) -> None:
    """Nothing is wider than the window; the ground is dark where it is asked to be, and charts follow."""
    tab = Tab(browser, f"http://127.0.0.1:{page.port}/")
    tab.page.wait_for_selector("#chosen .uplot canvas")
    for scheme in ("light", "dark"):
        tab.page.emulate_media(color_scheme=scheme)
        for width in (360, 390, 768, 1280):
            tab.page.set_viewport_size({"width": width, "height": 800})
            until = time.monotonic() + PATIENCE / 1000
            while (
                tab.page.evaluate("document.documentElement.scrollWidth") > width
            ):  # the chart is drawn anew
                assert time.monotonic() < until, f"something is wider than {width}"
                tab.page.wait_for_timeout(50)
            assert tab.page.locator("#figure-0 .uplot").bounding_box()["width"] > width / 3
        ground = tab.page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (ground == "rgb(255, 255, 255)") is (scheme == "light")
    assert tab.complaints == []
    tab.page.close()


@pytest.mark.slow
def test_a_real_training_overfits_while_the_server_is_killed_and_comes_back(
    browser: Any, tmp_path: Path
) -> None:
    """The curve of a running training grows, the verdict turns; the server dies, the page says so, and goes on after."""
    log = tmp_path / "run" / "metrics.csv"
    log.parent.mkdir()
    server, address = started(tmp_path)
    training = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("train_overfitting.py")), str(log), "0.4"]
    )
    try:
        tab = Tab(browser, address)
        tab.page.wait_for_selector("#chosen .uplot canvas")
        tab.wait("#link", "Live")
        tab.wait("#state", "running, last line")
        seen = _epoch(tab)
        _grown(tab, seen + 2)
        tab.wait("#verdict", "Overfitting since epoch")
        assert tab.complaints == []
        end(server)
        tab.wait("#link", "Connection lost, trying again")
        before = _epoch(tab)
        server, _ = started(tmp_path, int(address.rstrip("/").rpartition(":")[2]))
        tab.wait("#link", "Live")
        _grown(tab, before)
        tab.wait("#verdict", "Overfitting since epoch")
        tab.wait("#changes", "Overfitting found")
        assert not [
            each for each in tab.complaints if "ERR_CONNECTION" not in each and "ERR_INCOMPLETE" not in each
        ]
        tab.page.close()
    finally:
        training.kill()
        training.wait(timeout=20)
        end(server)


def _epoch(tab: Tab) -> int:
    found = re.search(r"up to\s+epoch (\d+)", tab.text("#cards"))
    assert found
    return int(found[1])


def _grown(tab: Tab, epoch: int) -> None:
    """Wait until the page shows a later epoch; its policy lets no test evaluate there."""
    until = time.monotonic() + PATIENCE / 1000
    while _epoch(tab) <= epoch:
        assert time.monotonic() < until
        tab.page.wait_for_timeout(100)
