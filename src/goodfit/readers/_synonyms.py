# SPDX-License-Identifier: Apache-2.0
"""The words that tools use for the same thing: the one table that every reader looks names up in.

words("valLoss") == ("val", "loss")         goal_of("top1") is Goal.MAXIMIZE
axis_of("trainer/global_step") is Axis.STEP  goal_of("colour") is None
"""

import re
from functools import lru_cache

from goodfit.readers._languages import composed, in_english
from goodfit.values import Axis, Goal


def _listed(text: str) -> tuple[str, ...]:
    """Split a table that is written as one line of words."""
    return tuple(text.split())


TRAIN = frozenset({"train", "training", "trn", "tr", "learn"})  # "learn" is CatBoost's
VALIDATION = frozenset({"val", "valid", "validation", "eval", "evaluation", "dev", "holdout", "heldout"})
EVALUATION = frozenset({"eval", "evaluation"})  # beside a train word: training data, evaluation mode
TEST = frozenset({"test", "testing", "tst"})

EPOCHS = frozenset(
    _listed(
        "epoch epochs ep epoch_num epoch_number epoch_idx epoch_index epoch_id current_epoch "
        "train_epoch trainer_epoch training_epoch"
    )
)
STEPS = frozenset(
    _listed(
        "step steps global_step global_steps trainer_global_step train_global_step train_step training_step "
        "current_steps iteration iterations iter iters it n_iter training_iteration num_updates update updates "
        "boosting_round round batch"
    )
)

# A column whose cells say which split its row belongs to: `epoch,phase,loss`.
SPLIT_COLUMNS = frozenset(_listed("split phase stage mode subset set partition dataset kind name type"))
# Two columns of a long table: the name of the quantity, and its value.
NAME_COLUMNS = frozenset(_listed("metric key tag variable name series"))
VALUE_COLUMNS = frozenset(_listed("value values"))
# A column whose cells say which run its row belongs to, the most telling first.
RUN_COLUMNS = _listed(
    "run run_id run_name runid trial trial_id trial_number trial_name experiment experiment_id "
    "experiment_name exp exp_id exp_name job job_id fold cv_fold model model_name config name version id seed"
)

# Words that make a column something else than a loss or metric.
AUXILIARY = frozenset(
    _listed(
        "lr learning time times timestamp date datetime day clock runtime duration dur elapsed eta second seconds "
        "sec secs minutes hours ms speed throughput fps gpu cpu mem memory ram vram seed flos flops momentum decay "
        "dropout count counts counter size samples examples tokens num best scale scaler std stdev stderr sem var "
        "variance ci lower upper min max index unnamed id patience hp norm params parameters beta beta1 beta2 "
        "steps percentage remaining"
    )
)
GRADIENT_NORM = frozenset(
    _listed(
        "grad_norm gradient_norm gnorm global_grad_norm grad_norm_total total_grad_norm total_norm "
        "grad_2_0_norm_total grad_2_norm_total"
    )
)
METRICS = {"acc": "accuracy", "ppl": "perplexity", "auroc": "auc", "roc_auc": "auc"}  # one name each

_HIGHER = frozenset(
    _listed(
        "acc accuracy f f1 fbeta fscore auc auroc auprc aupr roc prc ap map bleu sacrebleu rouge rougel rougelsum "
        "meteor cider r2 rsquared precision prec recall rec sensitivity specificity iou miou jaccard dice top psnr "
        "ssim score ndcg mrr hit hits kappa mcc matthews corr correlation pearson pearsonr spearman spearmanr reward "
        "rewards return returns em exact likelihood correct success win gini chrf explained"
    )
)
_LOWER = frozenset(
    _listed(
        "loss losses error errors err mse mae rmse mape smape msle rmsle perplexity ppl wer cer ter nll logloss "
        "crossentropy entropy ce bce xent kl kld divergence hinge huber fid lpips brier ece deviance cost distance "
        "dist chamfer regret bpc bpb bits residual eer energy"
    )
)
_ENDINGS = (
    (Goal.MINIMIZE, ("loss", "error", "entropy", "perplexity")),
    (Goal.MAXIMIZE, ("accuracy", "precision", "recall", "score", "auc", "iou")),
)
_FLIPS = frozenset({"neg", "negative", "minus"})

_HUMP = re.compile(r"(?<=[a-z])(?=(?:Train|Val|Eval|Test|Dev|Loss|Acc|Error|Epoch|Step)(?![A-Z]))")
_GLUED = re.compile(r"^(train|training|val|valid|validation|eval|test|dev)(loss|acc|accuracy|error|err)$")
_APART = re.compile(r"[\W_]+")


@lru_cache(maxsize=4096)
def words(column: str) -> tuple[str, ...]:
    """Take a column's name apart into lower-case words."""
    found = [word for word in _APART.split(_HUMP.sub("_", composed(column)).lower()) if word]
    taken_apart: list[str] = []
    for word in in_english(found):
        glued = _GLUED.match(word)
        taken_apart.extend(glued.groups() if glued else (word,))
    return tuple(taken_apart)


def axis_of(column: str) -> Axis | None:
    """Which x axis a column holds, or None when it holds none."""
    name = "_".join(words(column))
    if name in EPOCHS:
        return Axis.EPOCH
    return Axis.STEP if name in STEPS else None


def goal_of(metric: str) -> Goal | None:
    """Whether a metric should rise or fall, from the words in its name; None when they do not say.

    A word for something bad wins over one for something good ("dice_loss", "brier_score"), and
    "neg" turns the goal round, as in scikit-learn's `neg_mean_squared_error`.
    """
    parts = words(metric)
    goal = _goal_of(parts)
    if goal is None or not _FLIPS.intersection(parts):
        return goal
    return Goal.MINIMIZE if goal is Goal.MAXIMIZE else Goal.MAXIMIZE


def _goal_of(parts: tuple[str, ...]) -> Goal | None:
    known = {*parts, *(part.rstrip("0123456789") for part in parts)}
    for (goal, endings), table in zip(_ENDINGS, (_LOWER, _HIGHER), strict=True):
        if known & table or any(part.endswith(endings) for part in parts):
            return goal
    return None
