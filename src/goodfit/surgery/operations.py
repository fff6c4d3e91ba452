# SPDX-License-Identifier: Apache-2.0
"""Torch's functions by what they do to the axes of a tensor, under their names without underscores."""

_ACTIVATIONS = """
relu relu6 gelu silu mish sigmoid tanh elu selu celu leaky_relu prelu rrelu softplus softsign logsigmoid hardtanh
hardswish hardsigmoid hardshrink softshrink tanhshrink threshold
"""
_ELEMENTWISE = """
add sub mul div true_divide pow neg exp expm1 log log1p sqrt rsqrt square abs clamp clip clamp_min clamp_max sin cos
erf sign reciprocal maximum minimum radd rsub rmul rpow rtruediv nan_to_num dropout alpha_dropout dropout1d dropout2d
dropout3d feature_alpha_dropout
"""
_RESHAPING = """
view reshape flatten squeeze unsqueeze contiguous clone to float double half bfloat16 type view_as
"""

ACTIVATIONS = frozenset(_ACTIVATIONS.split())
ELEMENTWISE = ACTIVATIONS | frozenset(_ELEMENTWISE.split())
RESHAPING = frozenset(_RESHAPING.split())
REDUCING = frozenset(("mean", "sum", "amax"))
POOLING = (
    "max_pool",
    "avg_pool",
    "lp_pool",
    "adaptive_avg_pool",
    "adaptive_max_pool",
    "interpolate",
)  # beginnings
NORMS = ("batch_norm", "layer_norm", "group_norm", "instance_norm", "rms_norm", "local_response_norm")
MIXING = ("Softmax", "Softmin", "Softmax2d", "LogSoftmax", "GLU")  # activation classes over several units
