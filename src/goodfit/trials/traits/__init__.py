# SPDX-License-Identifier: Apache-2.0
"""What a remedy trades, measured on trained models of the user's task: one file a trait, TRAITS an explicit mapping.

    control = [specimen_of(prepared, settings, run, weights) for ... in ...]    # one a seed
    TRAITS["single-unit-reliance"](control)                     # a Measurement: mean over seeds, with its interval
    TRAITS["single-unit-reliance"].change(control, treated)     # paired by seed

Those with `reads_model` False need no more than finished runs: Specimen(run=run, task=task).
"""

from collections.abc import Mapping
from types import MappingProxyType

from goodfit.trials.traits import (
    best_loss,
    between_epoch_noise,
    calibration_error,
    epochs_to_best,
    generalisation_gap,
    gradient_spread,
    inference_time,
    input_noise,
    mask_ensemble,
    parameters,
    single_unit_reliance,
    step_time,
    weight_norm,
    zero_share,
)
from goodfit.trials.traits._specimen import NotMeasurable, Specimen, specimen_of
from goodfit.trials.traits._trait import Trait
from goodfit.trials.traits.input_noise import Kind, rise_under
from goodfit.trials.traits.mask_ensemble import ensemble_losses, outputs_of_masks
from goodfit.trials.traits.single_unit_reliance import LayerReliance, reliance_of

TRAITS: Mapping[str, Trait] = MappingProxyType(
    {
        each.TRAIT.name: each.TRAIT
        for each in (
            best_loss,
            generalisation_gap,
            epochs_to_best,
            between_epoch_noise,
            gradient_spread,
            parameters,
            weight_norm,
            zero_share,
            step_time,
            inference_time,
            calibration_error,
            single_unit_reliance,
            input_noise,
            mask_ensemble,
        )
    }
)
"""All traits by name: those that the history tells first, then those that read the model."""

__all__ = [
    "TRAITS",
    "Kind",
    "LayerReliance",
    "NotMeasurable",
    "Specimen",
    "Trait",
    "ensemble_losses",
    "outputs_of_masks",
    "reliance_of",
    "rise_under",
    "specimen_of",
]
