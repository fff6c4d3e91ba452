# SPDX-License-Identifier: Apache-2.0
r"""What Keras' `fit` prints: a heading for each epoch, and a progress bar that is drawn over and over.

    Epoch 1/6
    5/5 ━━━━━━━━━━━━━━━━━━━━ 0s 45ms/step - accuracy: 0.0437 - loss: 2.4106 - val_accuracy: 0.0844 - val_loss: 2.3210

Between two states of the bar stand \r, \b or both. The last state of an epoch holds the mean over it; an
epoch whose bar never reached its end was not finished, and is left out.
"""

import re

from goodfit.errors import FormatError
from goodfit.readers._log import Log
from goodfit.readers._printed_rows import read_printed
from goodfit.readers._sniff import Shape
from goodfit.readers.text_log import assemble_printed
from goodfit.values import History, MeasuredAs, Split

_EPOCH = re.compile(r"^Epoch \d+/\d+\s*$")
_STATE = re.compile(r"^\s*\d+/(?:\d+|Unknown) (?:[━\[]|- ).* - (?:\w+_)?loss: ")
_LOOKED_AT = 5000  # lines


class KerasConsole:
    """Known by a line `Epoch 1/6` and a state of the bar such as `5/5 ━━━ 0s 45ms/step - loss: 2.4`."""

    name = "keras-console"
    what = "what Keras' fit prints, with its progress bars"

    def accepts(self, log: Log) -> bool:
        """Know it by its heading and its bar."""
        if log.shape is not Shape.LINES:
            return False
        lines = log.lines[:_LOOKED_AT]
        return any(map(_EPOCH.match, lines)) and any(map(_STATE.match, lines))

    def read(self, log: Log) -> tuple[History, ...]:
        """Read it as epoch means."""
        if not self.accepts(log):
            raise FormatError("this was not printed by Keras", where=log.source)
        kept = [line for line in log.lines if _EPOCH.match(line) or _STATE.match(line)]
        ended = log.ended or not _STATE.match(log.lines[-1])
        return assemble_printed(
            read_printed(kept, ended=ended),
            log.source,
            train_measured_as=MeasuredAs.EPOCH_MEAN,
            bare=Split.TRAIN,
        )
