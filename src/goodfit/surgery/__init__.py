# SPDX-License-Identifier: Apache-2.0
"""Somebody else's model is read, edited, checked, and put back as it was.

facts = read_facts(model, batch); treatment = plan(model, prescription, example=batch);
treated = treat(model, treatment); verify(model, treated, treatment, batch)
"""

from goodfit.surgery.applying import revert_, treat, treat_
from goodfit.surgery.doses import at_dose, highest_dose
from goodfit.surgery.edits.rate_schedule import planned_with
from goodfit.surgery.facts import read_facts
from goodfit.surgery.planning import plan
from goodfit.surgery.plans import PLANNERS
from goodfit.surgery.plans.width import in_manner
from goodfit.surgery.random_rates import at_random_rates
from goodfit.surgery.regularisers import optimizer_name, training_regularisers
from goodfit.surgery.schedule import RateSchedule, can_turn, in_stages
from goodfit.surgery.subject import Subject
from goodfit.surgery.verification import verify

__all__ = [
    "PLANNERS",
    "RateSchedule",
    "Subject",
    "at_dose",
    "at_random_rates",
    "can_turn",
    "highest_dose",
    "in_manner",
    "in_stages",
    "optimizer_name",
    "plan",
    "planned_with",
    "read_facts",
    "revert_",
    "training_regularisers",
    "treat",
    "treat_",
    "verify",
]
