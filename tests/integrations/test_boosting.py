# SPDX-License-Identifier: Apache-2.0
"""XGBoost and LightGBM: diagnosis only, in environments of their own."""

import logging
from typing import Any

import numpy as np
import pytest

ROUNDS = 60


def data() -> tuple[Any, Any]:
    """Noise with a little signal: (inputs, labels), of which the first half is for training."""
    draws = np.random.default_rng(0)
    rows = draws.normal(size=(300, 8))
    return rows, (rows[:, 0] + 2 * draws.normal(size=300) > 0).astype(int)


def judged(run: Any, logged: dict[str, list[float]], caplog: pytest.LogCaptureFixture) -> None:
    """Curves are what the library logged, and overfitting is found and said."""
    for name, values in logged.items():
        assert run.history.curves[name].values == pytest.approx(tuple(values))
        assert run.history.curves[name].x == tuple(range(1, ROUNDS + 1))
    assert "GF101" in {each.code for each in run.findings}
    assert any("GF101" in each.getMessage() for each in caplog.records if each.levelno >= logging.WARNING)


def test_xgboost(caplog: pytest.LogCaptureFixture) -> None:
    """Boosted trees on noise overfit, and are told so; training is not ended."""
    xgb = pytest.importorskip("xgboost", reason="xgboost is not installed here; `make integrations` does")
    from goodfit.integrations.xgboost import GoodfitCallback

    rows, labels = data()
    train, val = (xgb.DMatrix(rows[part], labels[part]) for part in (slice(150), slice(150, None)))
    callback, logged = GoodfitCallback(), dict[str, dict[str, list[float]]]()
    xgb.train(
        {"objective": "binary:logistic", "eta": 0.5, "nthread": 1},
        train,
        ROUNDS,
        evals=[(train, "train"), (val, "eval")],
        evals_result=logged,
        callbacks=[callback],
        verbose_eval=False,
    )
    curves = {"train_loss": logged["train"]["logloss"], "val_loss": logged["eval"]["logloss"]}
    judged(callback.run, curves, caplog)


def test_lightgbm(caplog: pytest.LogCaptureFixture) -> None:
    """The same."""
    lgb = pytest.importorskip("lightgbm", reason="lightgbm is not installed here; `make integrations` does")
    from goodfit.integrations.lightgbm import GoodfitCallback

    rows, labels = data()
    train = lgb.Dataset(rows[:150], labels[:150])
    val = lgb.Dataset(rows[150:], labels[150:], reference=train)
    callback, logged = GoodfitCallback(), dict[str, dict[str, list[float]]]()
    lgb.train(
        {"objective": "binary", "learning_rate": 0.5, "num_threads": 1, "verbose": -1, "min_data_in_leaf": 2},
        train,
        ROUNDS,
        valid_sets=[train, val],
        callbacks=[callback, lgb.record_evaluation(logged)],
    )
    curves = {
        "train_loss": logged["training"]["binary_logloss"],
        "val_loss": logged["valid_1"]["binary_logloss"],
    }
    judged(callback.run, curves, caplog)
