# SPDX-License-Identifier: Apache-2.0
"""raise-dropout: hidden units are dropped at random in training, so that none can rely on the others."""

from collections.abc import Sequence

from goodfit.remedies._case import Case, reaches
from goodfit.remedies._library import DROPOUT_AGAINST_OTHERS, DROPOUT_BEFORE_NORM
from goodfit.remedies._remedy import Remedy
from goodfit.remedies._roles import DOSES, MOST, Role
from goodfit.remedies._site import Site, Sites
from goodfit.remedies._sites import find_sites
from goodfit.remedies._words import (
    dropout_rates,
    gap_size,
    said,
    training_left,
    validation_worse,
)
from goodfit.values import (
    Direction,
    Dose,
    Grade,
    LayerKind,
    Measurement,
    Prescription,
    Rejection,
    Source,
    Threshold,
    TradeOff,
)

HIGH = Threshold(
    name="dropout-rate",
    value=0.6,
    unit="drop probability",
    because="a convention: the upper end of the range worth trying; at still higher rates too little is learned",
)
FEW = Threshold(
    name="training-examples",
    value=500.0,
    unit="examples",
    direction=Direction.BELOW,
    because="on MNIST with 100 and 500 examples dropout brought no gain: the network memorises through the noise",
)
STEP = 0.1  # of a rate; the grid on which rates are tried


class RaiseDropout(Remedy):
    """More dropout at the places where a network of this kind takes it."""

    name = "raise-dropout"
    what = (
        "Insert dropout in front of fully connected layers and on what recurrent layers hand on, or raise the rate of "
        "the dropout that is there."
    )
    how = (
        "In training each hidden unit is zeroed with probability p and the others are scaled by 1 / (1 - p). Units "
        "cannot rely on particular others, which is close to averaging very many thinned networks. In inference "
        "nothing is dropped."
    )
    benefits = "Often a lower validation loss at the best epoch, and a later and flatter rise after it."
    costs = "Training takes about two to three times as long; inference costs nothing."
    risk = (
        "Too high a rate underfits; in front of batch norm it shifts the variance that the norm has learned."
    )
    trade_offs = (
        TradeOff(
            says="Taught: the network relies less on single units, so that losing one costs less. On our own small tasks "
            "the loss did not show that (bench/results/reliance.md): measure it.",
            measured_by="single-unit-reliance",
        ),
        TradeOff(
            says="Each mask is a thinned network of its own; the mean over many masks is the prediction of an ensemble.",
            measured_by="mask-ensemble",
        ),
        TradeOff(
            says="Taught: the loss grows less when the inputs are disturbed. On our own small tasks it did not, or not "
            "measurably (the same table).",
            measured_by="input-noise",
        ),
        TradeOff(
            says="Validation lies closer to training, in networks of any kind.",
            measured_by="generalisation-gap",
        ),
        TradeOff(says="Cheap: a step costs one mask and one multiplication more.", measured_by="step-time"),
        TradeOff(says="Slower training: the best epoch comes later.", measured_by="epochs-to-best"),
        TradeOff(
            says="A rate has to be found: too low brings nothing, too high underfits.",
            measured_by="best-loss",
        ),
        TradeOff(
            says="Off at inference: no parameter is added, and the output in evaluation mode is the untreated network's.",
            measured_by="parameters",
        ),
    )
    treats = ("GF101", "GF102")
    worsens = ("GF201", "GF203", "GF204")
    where = (
        "in front of each fully connected layer after the first layer with weights; after the last batch norm, and "
        "after the convolutions; between recurrent layers and on what they hand on, not inside the recurrence; in a "
        "transformer where there is some; at the input of an autoencoder; never on the model's output"
    )
    dose = Dose(value=0.4, low=0.2, high=0.6, unit="drop probability")
    thresholds = (HIGH, FEW)
    sources = (
        DROPOUT_AGAINST_OTHERS,
        Source(
            key="srivastava2014dropout",
            place="table 3",
            says="On SVHN, dropout in the fully connected layers took a convolutional network from 3.95 % to 3.02 % "
            "error.",
            grade=Grade.SINGLE_STUDY,
        ),
        Source(
            key="srivastava2014dropout",
            place="section 7.4",
            says="With 100 or 500 training examples there was no gain; it grew with more data, and shrank again with "
            "many.",
            grade=Grade.SINGLE_STUDY,
        ),
        DROPOUT_BEFORE_NORM,
        Source(
            key="zaremba2014recurrent",
            place="abstract",
            says="Dropout of the non-recurrent connections alone makes it work for LSTMs.",
            grade=Grade.REPLICATED,
        ),
    )
    edits = ("dropout", "locked_dropout", "weight_drop", "embedding_dropout", "random_rates", "rate_schedule")
    applies_to = (
        LayerKind.LINEAR,
        LayerKind.DROPOUT,
        LayerKind.RECURRENT,
        LayerKind.ATTENTION,
        LayerKind.EMBEDDING,
    )
    since = "0.1"

    def consider(self, case: Case) -> Prescription | Rejection:
        """Fits overfitting, and weakly a standing gap, unless the rate is high or the model has no place."""
        if worse := next((code for code in case.found if code in self.worsens), None):
            return self.leave(f"{said(case, worse)}: more dropout would fit the training set still less")
        if not set(case.found) & set(self.treats):
            return self.nothing_to_treat(case)
        rate = max(case.rates or (0.0,))
        if reaches(Measurement.exact("dropout-rate", rate), HIGH):
            return self.leave(
                f"{dropout_rates(case)} already, and {HIGH.value:g} is the end of the range worth trying"
            )
        sites = None if case.model is None else find_sites(case.model)
        if sites is not None and not sites.places and not sites.undecided:
            return self.leave(f"there is no place for it: {sites.cause}")
        dose = self._dose(case, sites)
        if dose is None:
            return self.leave(f"{dropout_rates(case)}, the end of the range worth trying in such a model")
        return self.prescribe(
            because=self._because(case),
            where=_places(sites),
            dose=dose,
            risk=_risk(case) or self.risk,
            expected=f"At {dose.value:g}, a lower validation loss at the best epoch, which comes later; the training "
            "loss is higher. Seen by comparing both at their best epoch.",
        )

    def _because(self, case: Case) -> str:
        if "GF101" in case.found:
            return f"{validation_worse(case)}, while {training_left(case)}; {dropout_rates(case)}"
        return f"a weak option: {gap_size(case)}, which is normal, and validation does not rise; {dropout_rates(case)}"

    def _dose(self, case: Case, sites: Sites | None) -> Dose | None:
        """The usual start in a network of this kind, or a step above the present rate; None at the end of the range."""
        places = _leading(sites.places) if sites else ()
        usual = DOSES[places[0].role] if places else self.dose
        most = MOST.get(places[0].role) if places else None
        fed = [site.rate for site in places if site.rate is not None] if sites else list(case.rates or ())
        if most is not None and len(fed) == len(places) and min(fed) >= most:
            return None
        if not fed:
            return usual
        least = round(max(fed) + STEP, 2) if most is None else min(most, round(max(fed) + STEP, 2))
        value = max(usual.value, least)
        return Dose(value=value, low=max(usual.low, least), high=max(usual.high, value), unit=usual.unit)


def _leading(places: Sequence[Site]) -> tuple[Site, ...]:
    """The places of the role that the dose is chosen for: the first that has no end of its own, else the first."""
    free = [site.role for site in places if site.role not in MOST]
    roles: list[Role] = free or [site.role for site in places]
    return tuple(site for site in places if site.role is roles[0])


def _places(sites: Sites | None) -> tuple[str, ...]:
    """Dotted names: of what holds the rate that is raised, else of the layer in front of which dropout is put."""
    return tuple(dict.fromkeys(site.name for site in sites.places)) if sites else ()


def _risk(case: Case) -> str:
    """What the size of the training set says against it, if it does."""
    size = case.history.context.train_size if case.history else None
    if size is None or not reaches(Measurement.exact("training-examples", size), FEW):
        return ""
    return f"With {size} training examples dropout may bring nothing: {FEW.because}. More data would do more."
