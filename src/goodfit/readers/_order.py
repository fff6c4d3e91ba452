# SPDX-License-Identifier: Apache-2.0
"""The readers in the order in which they are asked; each is loaded when its turn comes.

Next to each stand the shapes of content that its format can have: a reader is not even loaded for another shape, since
it would not accept it.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from importlib import import_module
from typing import cast, overload

from goodfit.readers._reader import Reader
from goodfit.readers._sniff import Shape

_Entry = tuple[str, str, tuple[Shape, ...]]  # module, class, shapes

_TABLE = (Shape.DELIMITED,)
_PRINTED = (Shape.LINES,)
_JSON = (Shape.JSON, Shape.JSON_LINES)


class Ordered(Sequence[Reader]):
    """Readers that are loaded when they are taken out.

    Args:
        entries: of each reader its module, its class, and the shapes of content that it may accept.
    """

    def __init__(self, *entries: _Entry) -> None:
        self.entries = entries

    @overload
    def __getitem__(self, place: int) -> Reader: ...

    @overload
    def __getitem__(self, place: slice) -> tuple[Reader, ...]: ...

    def __getitem__(self, place: int | slice) -> Reader | tuple[Reader, ...]:
        if isinstance(place, slice):
            return tuple(map(_loaded, self.entries[place]))
        return _loaded(self.entries[place])

    def __len__(self) -> int:
        return len(self.entries)

    def of(self, shape: Shape) -> Iterator[Reader]:
        """Those that may accept content of this shape."""
        return (_loaded(entry) for entry in self.entries if shape in entry[2])


@cache
def _loaded(entry: _Entry) -> Reader:
    module, name, _ = entry
    return cast("Reader", getattr(import_module(f"goodfit.readers.{module}"), name)())


PARTICULAR = Ordered(  # each knows one tool by its marks; the first one that accepts reads
    ("catboost_tsv", "CatboostTsv", (Shape.FOLDER,)),
    ("dvclive_tsv", "DvcliveTsv", (Shape.FOLDER,)),
    ("tensorboard", "TensorBoard", (Shape.FOLDER, Shape.EVENTS)),
    ("wandb_offline", "WandbOffline", (Shape.WANDB,)),
    ("mlflow_sqlite", "MlflowSqlite", (Shape.SQLITE,)),
    ("trackio_sqlite", "TrackioSqlite", (Shape.SQLITE,)),
    ("mlflow_files", "MlflowFiles", (Shape.FOLDER, Shape.DELIMITED)),
    ("goodfit_json", "GoodfitJson", _JSON),
    ("hugging_face", "HuggingFace", _JSON),
    ("skorch_json", "SkorchJson", _JSON),
    ("hugging_face_console", "HuggingFaceConsole", _PRINTED),
    ("nanogpt_log", "NanogptLog", _PRINTED),
    ("gbm_console", "GbmConsole", _PRINTED),
    ("keras_console", "KerasConsole", _PRINTED),
    ("lightning_csv", "LightningCsv", _TABLE),
    ("fastai_csv", "FastaiCsv", _TABLE),
    ("ultralytics_csv", "UltralyticsCsv", _TABLE),
    ("keras_csv", "KerasCsv", _TABLE),
)
GENERAL = Ordered(  # read what no other knows, so readers of others are asked before them
    ("keras_history", "KerasHistory", _JSON),
    ("json_records", "JsonRecords", _JSON),
    ("console_table", "ConsoleTable", _PRINTED),
    ("text_log", "TextLog", _PRINTED),
    ("plain_csv", "PlainCsv", _TABLE),
)
READERS = Ordered(*PARTICULAR.entries, *GENERAL.entries)
