# SPDX-License-Identifier: Apache-2.0
"""What was worked out for a curve is kept for the next question about it; this lets it go."""

import sys


def forget() -> None:
    """Drop everything kept of curves looked at before, for a program that judges long logs again and again.

    The rules ask for the same measures many times, so dozens of curves are kept; of a log with 200,000 points each
    takes some 20 MB.
    """
    for name, module in list(sys.modules.items()):
        if name.startswith("goodfit.measures."):
            for each in list(vars(module).values()):
                if clear := getattr(each, "cache_clear", None):
                    clear()
