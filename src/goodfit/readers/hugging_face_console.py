# SPDX-License-Identifier: Apache-2.0
"""What Hugging Face's Trainer prints: a Python dict for each record, among progress bars and anything else.

    {'loss': '2.239', 'grad_norm': '0.5653', 'learning_rate': '0.008', 'epoch': '1'}
    {'eval_loss': '2.065', 'eval_runtime': '0.0781', 'epoch': '1'}

Older versions print the numbers without quotes. They are the records of trainer_state.json without
their steps, rounded; the same repairs are made.
"""

import re

from goodfit.errors import FormatError
from goodfit.readers._log import Log
from goodfit.readers._sniff import Shape
from goodfit.readers._unfinished import NOTE
from goodfit.readers.hugging_face import Record, history_of_records
from goodfit.values import History

_DICT = re.compile(r"\{('[\w/. -]+':[^{}]*)\}")
_ITEM = re.compile(r"'([\w/. -]+)':\s*'?([^',}\s]+)'?")
_OPEN = re.compile(r"\{'[\w/. -]+':[^{}]*$")


class HuggingFaceConsole:
    """Known by dicts with `loss` and `epoch`, or `eval_loss` and `eval_runtime`."""

    name = "hugging-face-console"
    what = "what Hugging Face's Trainer prints"

    def accepts(self, log: Log) -> bool:
        """Know it by one of its records."""
        return log.shape is Shape.LINES and any(
            {"loss", "epoch"} <= record.keys() or {"eval_loss", "eval_runtime"} <= record.keys()
            for record in _records(log)
        )

    def read(self, log: Log) -> tuple[History, ...]:
        """Read it, x in epochs."""
        if not self.accepts(log):
            raise FormatError("this was not printed by a Hugging Face trainer", where=log.source)
        cut = (NOTE,) if not log.ended and _OPEN.search(log.lines[-1]) else ()
        return history_of_records(_records(log), log.source, (*log.notes, *cut))


def _records(log: Log) -> list[Record]:
    found = (match[1] for line in log.lines if "{'" in line for match in _DICT.finditer(line))
    return [dict(_ITEM.findall(text)) for text in found]
