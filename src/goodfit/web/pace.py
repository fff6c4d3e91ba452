# SPDX-License-Identifier: Apache-2.0
"""How often logs are looked at: every half second, and less often where a look takes long, since a training runs beside."""

EVERY = 0.5  # seconds between two looks: a line is seen within a second, for two stats of a file
# Of one processor, at most. It matters for logs of some hundred thousand lines alone; others take hundredths of a second.
SHARE = 1 / 2
AT_MOST = 1.0  # seconds of one look; logs that are left wait for the next


def rest(took: float) -> float:
    """Seconds until the next look, when the last one took so long."""
    return max(EVERY, took * (1 / SHARE - 1))
