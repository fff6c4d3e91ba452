# SPDX-License-Identifier: Apache-2.0
"""goodfit: what is wrong with a training, what to change, and whether it helped.

    import goodfit
    goodfit.diagnose(train_loss=[...], val_loss=[...])   # from plain lists
    goodfit.diagnose(goodfit.read_history("metrics.csv"))  # from a log
    goodfit.fix("my_task.py:task")                       # the whole way, to a verdict

Importing goodfit loads no torch; the names that need it are loaded when first used.
"""

from typing import TYPE_CHECKING, Any

from goodfit._core.showing import show_with
from goodfit._lazy import lazily

if TYPE_CHECKING:
    from goodfit.comparing import compare
    from goodfit.errors import GoodfitError
    from goodfit.flow import fix
    from goodfit.integrations import watch
    from goodfit.probes import probe
    from goodfit.readers import read_history, read_runs
    from goodfit.remedies import prescribe
    from goodfit.report import explain, render_html
    from goodfit.rules import diagnose, diagnose_many, headline, healthy
    from goodfit.surgery import plan, read_facts, revert_, treat, treat_
    from goodfit.training import Metric, Task, accuracy
    from goodfit.trials import prove
    from goodfit.tuning import tune
    from goodfit.values import Curve, Goal, History, Outcome, Report, Split

_HOME = {
    "compare": "comparing",
    "GoodfitError": "errors",
    "fix": "flow",
    "probe": "probes",
    "read_history": "readers",
    "read_runs": "readers",
    "prescribe": "remedies",
    "explain": "report",
    "render_html": "report",
    "diagnose": "rules",
    "diagnose_many": "rules",
    "headline": "rules",
    "healthy": "rules",
    "plan": "surgery",
    "read_facts": "surgery",
    "revert_": "surgery",
    "treat": "surgery",
    "treat_": "surgery",
    "Metric": "training",
    "Task": "training",
    "accuracy": "training",
    "prove": "trials",
    "tune": "tuning",
    "watch": "integrations",
    "Curve": "values",
    "Goal": "values",
    "History": "values",
    "Outcome": "values",
    "Report": "values",
    "Split": "values",
}

__all__ = [
    "Curve",
    "Goal",
    "GoodfitError",
    "History",
    "Metric",
    "Outcome",
    "Report",
    "Split",
    "Task",
    "accuracy",
    "compare",
    "diagnose",
    "diagnose_many",
    "explain",
    "fix",
    "headline",
    "healthy",
    "plan",
    "prescribe",
    "probe",
    "prove",
    "read_facts",
    "read_history",
    "read_runs",
    "render_html",
    "revert_",
    "treat",
    "treat_",
    "tune",
    "watch",
]

__getattr__ = lazily(__name__, _HOME, globals())


def __dir__() -> list[str]:
    return __all__


def _draw(value: Any, form: str) -> str | None:
    from goodfit.report.notebook import draw

    return draw(value, form)


show_with(_draw)  # notebooks show results as pages; the renderers are loaded when one is asked for
