# SPDX-License-Identifier: Apache-2.0
"""Where a finished experiment is kept: checked before anything is trained, written data first."""

from itertools import count
from pathlib import Path

from goodfit._cli.files import check_file, check_folder, write_page
from goodfit.errors import GoodfitError, SettingsError, StoreError
from goodfit.report import comparison_html, render_html
from goodfit.values import Comparison, Report, dumps


def check_places(store: Path, page: Path | None) -> None:
    """Refuse before anything is trained what could not be written afterwards.

    Raises:
        StoreError: the store is no folder, or may not be written.
        SettingsError: the page's path is a folder, cannot be written, or holds somebody else's file.
    """
    try:
        check_folder(_reports(store))
    except OSError as error:
        raise StoreError(
            f"nothing can be kept: {error}", where=str(store), todo="name another --store"
        ) from error
    if page is not None:
        check_file(page)


def keep(report: Report | Comparison, store: Path, page: Path | None) -> tuple[tuple[str, Path], ...]:
    """Write a result as JSON, then as a page, under names of their own: (what it is, where it is) of both.

    Raises:
        StoreError: the JSON cannot be written.
        SettingsError: the page cannot be written; the JSON is there.
    """
    kind = "comparison" if isinstance(report, Comparison) else "report"
    stamp = report.provenance.created.replace(":", "").replace("+0000", "").replace("-", "")
    stem = stamp if kind == "report" else f"{kind}-{stamp}"
    try:
        data = _write_new(dumps(report), _reports(store), stem)
    except OSError as error:
        raise StoreError(
            f"the {kind} cannot be kept: {error}",
            where=str(_reports(store)),
            todo="free the disk and give the same command again: what is trained is not trained again",
        ) from error
    html = page or data.with_suffix(".html")
    try:
        write_page(_page(report), html)
    except GoodfitError as error:
        raise SettingsError(
            error.found,
            where=error.where,
            todo=f"the {kind} is kept: make the page by `goodfit report {data} --html FILE`",
        ) from error
    return (f"{kind} page", html), (f"{kind} data", data)


def _page(report: Report | Comparison) -> str:
    return comparison_html(report) if isinstance(report, Comparison) else render_html(report)


def _reports(store: Path) -> Path:
    return store / "reports"


def _write_new(text: str, folder: Path, stem: str) -> Path:
    """Write a JSON file that was not there: stem.json, or stem-2.json for the second within a second, and so on."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in count(1):
        path = folder / (f"{stem}.json" if number == 1 else f"{stem}-{number}.json")
        try:
            with path.open("x", encoding="utf-8") as new:
                new.write(text)
        except FileExistsError:
            continue
        except OSError:
            path.unlink(missing_ok=True)  # half a report is none
            raise
        break
    return path
