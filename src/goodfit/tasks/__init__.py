# SPDX-License-Identifier: Apache-2.0
"""The built-in examples: real data, small models, minutes at most.

The names here can be given wherever a TASK is asked for.
"""

from goodfit.training import TaskSource

BUILT_IN = {
    "mnist": "goodfit.tasks.mnist:mnist",
    "mnist-cnn": "goodfit.tasks.mnist:mnist_cnn",
}


def find_task(name: str) -> TaskSource:
    """The source of a built-in example, or of `module:function` or `path.py:function`."""
    return TaskSource(BUILT_IN.get(name, name))


__all__ = ["BUILT_IN", "find_task"]
