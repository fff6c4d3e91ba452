# SPDX-License-Identifier: Apache-2.0
"""Every reader in READERS keeps the public contract."""

from pathlib import Path
from typing import ClassVar

import pytest

from binary_logs import (
    MLFLOW,
    TRACKIO,
    database,
    event_file_of,
    mlflow_row,
    trackio_row,
    wandb_file,
)
from goodfit.readers import READERS, Log
from goodfit.readers.catboost_tsv import CatboostTsv
from goodfit.readers.console_table import ConsoleTable
from goodfit.readers.dvclive_tsv import DvcliveTsv
from goodfit.readers.fastai_csv import FastaiCsv
from goodfit.readers.gbm_console import GbmConsole
from goodfit.readers.goodfit_json import GoodfitJson
from goodfit.readers.hugging_face import HuggingFace
from goodfit.readers.hugging_face_console import HuggingFaceConsole
from goodfit.readers.json_records import JsonRecords
from goodfit.readers.keras_console import KerasConsole
from goodfit.readers.keras_csv import KerasCsv
from goodfit.readers.keras_history import KerasHistory
from goodfit.readers.lightning_csv import LightningCsv
from goodfit.readers.mlflow_files import MlflowFiles
from goodfit.readers.mlflow_sqlite import MlflowSqlite
from goodfit.readers.nanogpt_log import NanogptLog
from goodfit.readers.plain_csv import PlainCsv
from goodfit.readers.skorch_json import SkorchJson
from goodfit.readers.tensorboard import TensorBoard
from goodfit.readers.text_log import TextLog
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


class TestTextLog(ReaderContract):
    """Printed lines."""

    reader = TextLog()
    sample = b"Epoch 1/2 | train_loss: 2.0 | val_loss: 1.9\nEpoch 2/2 | train_loss: 1.5 | val_loss: 1.6\n"
    with_nan = sample.replace(b"1.6", b"nan")
    with_missing = sample.replace(b" | val_loss: 1.6", b"")


class TestKerasConsole(ReaderContract):
    """What Keras prints."""

    reader = KerasConsole()
    sample = (
        b"Epoch 1/2\n\r1/5 \xe2\x94\x81 0s 34ms/step - loss: 2.4\b\b\b\r5/5 \xe2\x94\x81 0s 45ms/step - loss: 2.3 - val_loss: 2.2\n"
        b"Epoch 2/2\n5/5 \xe2\x94\x81 0s 45ms/step - loss: 2.1 - val_loss: 2.0\n"
    )
    with_nan = sample.replace(b"val_loss: 2.0", b"val_loss: nan")
    with_missing = sample.replace(b" - val_loss: 2.0", b"")


class TestNanogptLog(ReaderContract):
    """What nanoGPT prints."""

    reader = NanogptLog()
    sample = (
        b"step 0: train loss 4.2874, val loss 4.2823\niter 0: loss 4.2654, time 12.5ms, mfu -100.00%\n"
        b"step 250: train loss 1.9511, val loss 2.1044\niter 250: loss 1.9354, time 12.5ms, mfu 5.00%\n"
    )
    with_nan = sample.replace(b"1.9354", b"nan")
    with_missing = sample.replace(b"iter 250: loss 1.9354", b"")


class TestGbmConsole(ReaderContract):
    """What XGBoost prints."""

    reader = GbmConsole()
    sample = b"[0]\ttrain-mlogloss:1.75402\teval-mlogloss:1.90698\n[1]\ttrain-mlogloss:1.45070\teval-mlogloss:1.65005\n"
    with_nan = sample.replace(b"1.65005", b"nan")
    with_missing = sample.replace(b"\teval-mlogloss:1.65005", b"")


class TestHuggingFaceConsole(ReaderContract):
    """What Hugging Face's trainer prints."""

    reader = HuggingFaceConsole()
    sample = (
        b"{'loss': 2.239, 'grad_norm': 0.56, 'learning_rate': 0.008, 'epoch': 1.0}\n"
        b"{'eval_loss': 2.065, 'eval_runtime': 0.0781, 'epoch': 1.0}\n"
    )
    with_nan = sample.replace(b"2.065", b"nan")
    with_missing = sample.replace(b"'eval_loss': 2.065, ", b"")


class TestConsoleTable(ReaderContract):
    """Chainer's PrintReport, in which a place stays empty where nothing was evaluated."""

    reader = ConsoleTable()
    sample = (
        b"epoch       main/loss   validation/main/loss  elapsed_time\n"
        b"1           2.17                              1.2           \n"
        b"2           1.5         1.6                   2.2           \n"
        b"3           1.4         1.7                   3.2           \n"
    )
    with_nan = sample.replace(b"1.7", b"nan")
    with_missing = sample.replace(b"1.7", b"   ")


class _Folder(ReaderContract):
    """A sample whose files follow each other, each below a line with its name."""

    folder: ClassVar[Path]

    @pytest.fixture(autouse=True)
    def _given_folder(self, tmp_path: Path) -> None:
        type(self).folder = tmp_path

    def log(self, raw: bytes) -> Log:
        """Write the files and open them as one log."""
        files = {}
        for part in raw.split(b"## ")[1:]:
            name, _, text = part.partition(b"\n")
            path = self.folder / (name.decode().replace("/", "-") or "x")
            path.write_bytes(text)
            files[name.decode()] = path
        return Log(source="sample", files=files)


class TestCatboostTsv(_Folder):
    """CatBoost's catboost_info."""

    reader = CatboostTsv()
    sample = b"## learn_error.tsv\niter\tLogloss\n0\t0.61\n1\t0.52\n## test_error.tsv\niter\tLogloss\n0\t0.63\n1\t0.59\n"
    with_nan = sample.replace(b"0.59", b"nan")
    with_missing = sample.replace(b"1\t0.59\n", b"")


class TestDvcliveTsv(_Folder):
    """DVCLive's plots/metrics."""

    reader = DvcliveTsv()
    sample = b"## train/loss.tsv\nstep\tloss\n0\t2.1\n1\t1.7\n## val/loss.tsv\nstep\tloss\n0\t2.0\n1\t1.8\n"
    with_nan = sample.replace(b"1.8", b"nan")
    with_missing = sample.replace(b"1\t1.8\n", b"")


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
    contracts = [*ReaderContract.__subclasses__(), *_Folder.__subclasses__()]
    held = {type(contract.reader) for contract in contracts if contract is not _Folder}
    assert {type(reader) for reader in READERS} <= held
