# SPDX-License-Identifier: Apache-2.0
"""The live page: logs that grow are followed and judged anew, on a page or in the terminal.

finding -> following -> judging -> summaries, details -> board     what is shown, without a server
board -> application -> serving                                    the page; needs `goodfit[web]`
"""

from typing import TYPE_CHECKING

from goodfit._lazy import lazily

if TYPE_CHECKING:
    from goodfit.web.access import Access
    from goodfit.web.board import Board, News
    from goodfit.web.following import Follower
    from goodfit.web.serving import serve
    from goodfit.web.summaries import Summary

_HOME = {
    "Access": "access",
    "Board": "board",
    "Follower": "following",
    "News": "board",
    "Summary": "summaries",
    "serve": "serving",
}

__all__ = ["Access", "Board", "Follower", "News", "Summary", "serve"]

__getattr__ = lazily(__name__, _HOME, globals())


def __dir__() -> list[str]:
    return __all__
