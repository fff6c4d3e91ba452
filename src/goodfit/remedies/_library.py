# SPDX-License-Identifier: Apache-2.0
"""Sources that several remedies cite."""

from goodfit.values import Grade, Source

DROPOUT_AGAINST_OTHERS = Source(
    key="srivastava2014dropout",
    place="table 9",
    says="On one MNIST network, L2 alone gave 1.62 % test error, dropout with L2 1.25 %, dropout with max-norm 1.05 %.",
    grade=Grade.SINGLE_STUDY,
)
DROPOUT_BEFORE_NORM = Source(
    key="li2019understanding",
    place="figure 1, and the experiments with dropout after the last batch norm",
    says="Dropout of .5 in each bottleneck of a DenseNet, in front of batch norm, took its accuracy from 77.42 % to "
    "68.55 %; .1 after the last batch norm lowered the error from 22.58 % to 21.86 %.",
    grade=Grade.SINGLE_STUDY,
)
STOPPING_COSTS = Source(
    key="prechelt1998early",
    place="abstract",
    says="Over 1296 trainings, slower stopping criteria gave on average about 4 % better generalisation for about 4 "
    "times the training time.",
    grade=Grade.SINGLE_STUDY,
)
CAPACITY = Source(
    key="goodfellow2016deep",
    place="section 5.2",
    says="A model of too low capacity cannot reach a low training error; raising capacity moves it from underfitting "
    "towards overfitting.",
    grade=Grade.PRACTICE,
)
