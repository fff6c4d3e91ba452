# SPDX-License-Identifier: Apache-2.0
"""Many runs as Markdown: one row each, the worst first, with its curve; then the files that hold none."""

from collections.abc import Sequence

from goodfit.report.markdown.text import bullets, code, document, inline, table
from goodfit.report.overview import RunLine, ordered, summary
from goodfit.values import UnreadFile

_MOST = 1000  # rows; a job summary of GitHub holds a MiB, and nobody reads more


def markdown_runs(
    lines: Sequence[RunLine], unread: Sequence[UnreadFile], *, left_out: Sequence[str] = ()
) -> str:
    """The overview as a document; what is left away beyond a thousand rows is counted."""
    symbol, said, _ = summary(lines, unread)
    shown = ordered(lines)[:_MOST]
    rows = [
        [str(line.severity or "–"), code(line.curve), line.since or " ", inline(line.found), code(line.path)]
        for line in shown
    ]
    more = len(lines) - len(shown)
    files = [f"{code(each.path)}: {inline(each.reason)}" for each in unread[:_MOST]]
    return document(
        [
            f"## {symbol} {said}",
            f"Rules left out: {', '.join(left_out)}." if left_out else "",
            table(("severity", "curve", "since", "finding", "run"), rows) if rows else "",
            f"And {more} more runs, none of them worse." if more else "",
            f"Without a run that could be read:\n\n{bullets(files)}" if files else "",
            f"And {len(unread) - _MOST} more files." if len(unread) > _MOST else "",
        ]
    )
