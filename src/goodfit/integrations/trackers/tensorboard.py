# SPDX-License-Identifier: Apache-2.0
"""TensorBoard: each event as text under "goodfit"."""

from typing import Any

from goodfit.integrations._telling import Event


class TensorBoard:
    """Writes with a SummaryWriter of torch, tensorboardX or Lightning.

    Args:
        writer: has `add_text(tag, text, step)`.
    """

    def __init__(self, writer: Any) -> None:
        self._writer = writer

    def tell(self, event: Event) -> None:
        """Write the line at its step."""
        self._writer.add_text("goodfit", event.line, int(event.at))
