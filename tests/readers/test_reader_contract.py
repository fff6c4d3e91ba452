# SPDX-License-Identifier: Apache-2.0
"""Every reader in READERS keeps the public contract."""

from binary_logs import (
    MLFLOW,
    TRACKIO,
    database,
    event_file_of,
    mlflow_row,
    trackio_row,
    wandb_file,
)
from goodfit.readers import READERS
from goodfit.readers.fastai_csv import FastaiCsv
from goodfit.readers.goodfit_json import GoodfitJson
from goodfit.readers.hugging_face import HuggingFace
from goodfit.readers.json_records import JsonRecords
from goodfit.readers.keras_csv import KerasCsv
from goodfit.readers.keras_history import KerasHistory
from goodfit.readers.lightning_csv import LightningCsv
from goodfit.readers.mlflow_files import MlflowFiles
from goodfit.readers.mlflow_sqlite import MlflowSqlite
from goodfit.readers.plain_csv import PlainCsv
from goodfit.readers.skorch_json import SkorchJson
from goodfit.readers.tensorboard import TensorBoard
from goodfit.readers.trackio_sqlite import TrackioSqlite
from goodfit.readers.ultralytics_csv import UltralyticsCsv
from goodfit.readers.wandb_offline import WandbOffline
from goodfit.testing.readers import ReaderContract
from goodfit.values import Curve, History, Split, dumps


class TestPlainCsv(ReaderContract):
    """Separated text of any tool."""

    reader = PlainCsv()
    sample = b"epoch;train_loss;val_loss\r\n0;2.0;1.9\r\n1;1.5;1.6\r\n"
    with_nan = sample.replace(b"1.6", b"nan")
    with_missing = sample.replace(b"1.6", b"")


class TestKerasCsv(ReaderContract):
    """Keras CSVLogger."""

    reader = KerasCsv()
    sample = b"epoch,accuracy,loss,val_accuracy,val_loss\n0,0.5,2.0,NA,NA\n1,0.6,1.5,0.5,1.6\n"
    with_nan = sample.replace(b"1.6", b"nan")
    with_missing = sample.replace(b"1.6", b"NA")


class TestFastaiCsv(ReaderContract):
    """fastai CSVLogger."""

    reader = FastaiCsv()
    sample = b"epoch,train_loss,valid_loss,accuracy,time\n0,2.1,1.7,0.68,00:05\n1,1.8,1.1,0.81,00:04\n"
    with_nan = sample.replace(b"1.1", b"nan")
    with_missing = sample.replace(b"1.1", b"")


class TestLightningCsv(ReaderContract):
    """Lightning metrics.csv."""

    reader = LightningCsv()
    sample = b"epoch,step,train_loss,val_loss\n0,6,,1.7\n0,6,2.0,\n1,13,,1.5\n1,13,1.4,\n"
    with_nan = sample.replace(b"1.5", b"nan")
    with_missing = sample.replace(b"1,13,,1.5\n", b"")


class TestUltralyticsCsv(ReaderContract):
    """Ultralytics results.csv, padded as older versions wrote it."""

    reader = UltralyticsCsv()
    sample = b"  epoch, train/loss, metrics/accuracy_top1, val/loss\n    1,   2.0,   0.5,  1.9\n    2,   1.5,  0.6,  1.6\n"
    with_nan = sample.replace(b"1.6", b"nan")
    with_missing = sample.replace(b"1.6", b"   ")


class TestJsonRecords(ReaderContract):
    """JSON Lines."""

    reader = JsonRecords()
    sample = b'{"epoch": 0, "loss": 2.0}\n{"epoch": 0, "val": {"loss": 1.9}}\n{"epoch": 1, "loss": 1.5}\n'
    with_nan = sample.replace(b"1.9", b"NaN")
    with_missing = sample.replace(b"1.9", b"null")


class TestSkorchJson(ReaderContract):
    """skorch history.json."""

    reader = SkorchJson()
    sample = (
        b'[{"epoch": 1, "train_loss": 2.0, "valid_loss": 1.9, "batches": [{"train_loss": 2.5}], "dur": 0.1}]'
    )
    with_nan = sample.replace(b"1.9", b"NaN")
    with_missing = sample.replace(b"1.9", b"null")


class TestKerasHistory(ReaderContract):
    """Keras history as JSON."""

    reader = KerasHistory()
    sample = (
        b'{"history": {"loss": [2.0, 1.5], "val_loss": [1.9, 1.6]}, "epoch": [0, 1], "params": {"epochs": 2}}'
    )
    with_nan = sample.replace(b"1.6", b"NaN")
    with_missing = sample.replace(b"1.6", b"null")


class TestHuggingFace(ReaderContract):
    """Hugging Face trainer_state.json."""

    reader = HuggingFace()
    sample = (
        b'{"log_history": [{"epoch": 1.0, "step": 7, "loss": 2.0, "grad_norm": 1.5},'
        b'\n{"epoch": 1.0, "step": 7, "eval_loss": 1.9, "eval_runtime": 0.1}], "max_steps": 7}'
    )
    with_nan = sample.replace(b"1.9", b"NaN")
    with_missing = sample.replace(b"1.9", b"null")


def _own(*values: float | None) -> bytes:
    return dumps(History(curves={"val_loss": Curve.of(values, split=Split.VALIDATION)}, source="x")).encode()


class TestGoodfitJson(ReaderContract):
    """goodfit's own JSON."""

    reader = GoodfitJson()
    sample = _own(2.0, 1.0)
    with_nan = _own(2.0, float("nan"))
    with_missing = _own(2.0, None)


class TestTensorBoard(ReaderContract):
    """Event files."""

    reader = TensorBoard()
    sample = event_file_of({"Loss/train": [2.0, 1.5], "Loss/val": [1.875, 1.625]})
    with_nan = event_file_of({"Loss/train": [2.0, 1.5], "Loss/val": [1.875, float("nan")]})
    with_missing = event_file_of({"Loss/train": [2.0, 1.5], "Loss/val": [1.875, None]})


class TestWandbOffline(ReaderContract):
    """Offline runs of W&B."""

    reader = WandbOffline()
    sample = wandb_file([{"_step": 0, "train/loss": 2.0, "val/loss": 1.9}, {"_step": 1, "val/loss": 1.6}])
    with_nan = wandb_file(
        [{"_step": 0, "train/loss": 2.0, "val/loss": 1.9}, {"_step": 1, "val/loss": float("nan")}]
    )
    with_missing = wandb_file([{"_step": 0, "train/loss": 2.0, "val/loss": 1.9}, {"_step": 1}])


class TestMlflowSqlite(ReaderContract):
    """MLflow's database; NaN is a flag beside 0.0."""

    reader = MlflowSqlite()
    _rows = (*MLFLOW, mlflow_row("train_loss", 2.0, 0), mlflow_row("val_loss", 1.9, 0))
    sample = database(*_rows, mlflow_row("val_loss", 1.6, 1))
    with_nan = database(*_rows, mlflow_row("val_loss", 0.0, 1, is_nan=1))
    with_missing = database(*_rows)


class TestMlflowFiles(ReaderContract):
    """A metric's file in mlruns, which is named by its metric."""

    reader = MlflowFiles()
    source = "mlruns/1/a1/metrics/val_loss"
    sample = b"1795631548473 1.9 0\n1795631548479 1.6 1\n"
    with_nan = sample.replace(b"1.6", b"nan")
    with_missing = b"1795631548473 1.9 0\n"


class TestTrackioSqlite(ReaderContract):
    """trackio's database; NaN is text."""

    reader = TrackioSqlite()
    _rows = (TRACKIO, trackio_row(0, {"train_loss": 2.0, "val_loss": 1.9}))
    sample = database(*_rows, trackio_row(1, {"val_loss": 1.6}))
    with_nan = database(*_rows, trackio_row(1, {"val_loss": "NaN"}))
    with_missing = database(*_rows, trackio_row(1, {"other": None}))


def test_every_reader_has_a_contract() -> None:
    """No reader of the tuple is left out above."""
    held = {type(contract.reader) for contract in ReaderContract.__subclasses__()}
    assert {type(reader) for reader in READERS} <= held
