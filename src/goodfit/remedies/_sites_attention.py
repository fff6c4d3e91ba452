# SPDX-License-Identifier: Apache-2.0
"""Transformers: the dropout that is there gets another rate; without any, only the head's input is certain.

Where a residual branch ends is not seen from the order of layers, and a block of torch's own runs as one fused
call in inference as long as nothing is hooked to its parts. So nothing is put inside blocks.
"""

from goodfit.remedies._roles import Role
from goodfit.remedies._site import ITSELF, Site, Sites, is_literal, literal
from goodfit.remedies._sites_runs import first_runs, has_weights, unfit
from goodfit.values import LayerFacts, LayerKind, ModelFacts, Skip

_DID_NOT_RUN = "did not run for the example"
_COMES_FIRST = "the dropout that the model has comes first"
_BLOCKS = (LayerKind.LINEAR, LayerKind.ATTENTION, LayerKind.OTHER)


def attention_sites(facts: ModelFacts) -> Sites:
    """Find the places in a model with attention and without recurrent layers."""
    places: dict[str, Site] = {}
    left: list[Skip] = []
    for index, layer in enumerate(facts.layers):
        if layer.rate is None:
            continue
        if because := _left(layer, index, facts):
            left.append(Skip(path=layer.rate_name, because=because))
        else:  # one that feeds several places is one place
            site = Site(layer=layer, dropout=layer, role=_role(layer, index, facts))
            places.setdefault(layer.rate_name, site)
    head = _head(facts, optional=_COMES_FIRST if places or left else "")
    if head is not None and not head.optional:
        places[head.name] = head
    cause = (
        "its dropout cannot be edited" if left else "it has no dropout, and no head to put some in front of"
    )
    return Sites(
        places=tuple(places.values()),
        optional=(head,) if head is not None and head.optional else (),
        skipped=tuple(dict.fromkeys(left)),
        cause=None if places else f"the model has attention; {cause}",
        order_matters=not facts.traced and not places,
    )


def _left(layer: LayerFacts, index: int, facts: ModelFacts) -> str | None:
    """Why a rate is left alone, or None."""
    if is_literal(layer):
        return literal(layer)
    if facts.traced and layer.order is None:
        return _DID_NOT_RUN
    follower = layer if layer.kind is LayerKind.ATTENTION and layer.parameters else _next(index, facts)
    if follower is not None and not follower.trainable:
        return f"lies in a frozen part ({follower.path or ITSELF})"
    return None


def _role(layer: LayerFacts, index: int, facts: ModelFacts) -> Role:
    if layer.kind is LayerKind.ATTENTION:
        return Role.ATTENTION
    if not facts.traced:
        return Role.BLOCK
    if not any(before.kind in _BLOCKS and has_weights(before) for before in facts.layers[:index]):
        return Role.EMBEDDED
    after = [each for each in facts.layers[index + 1 :] if each.order is not None]
    follows = [each for each in after if each.kind is not LayerKind.ACTIVATION]
    is_head = bool(follows) and follows[0].kind is LayerKind.LINEAR and not any(map(has_weights, follows[1:]))
    return Role.HEAD if is_head else Role.BLOCK


def _next(index: int, facts: ModelFacts) -> LayerFacts | None:
    after = facts.layers[index + 1 :]
    return next((each for each in after if has_weights(each)), None)


def _head(facts: ModelFacts, optional: str) -> Site | None:
    """The input of the fully connected layer that is the last of all, where nothing drops from it yet."""
    if not facts.traced:
        return None
    *_, run = (None, *first_runs(facts))
    if run is None or run.layer.kind is not LayerKind.LINEAR or run.dropout is not None or unfit(run, facts):
        return None
    after = [each for each in facts.layers[run.index + 1 :] if each.order is not None]
    if any(has_weights(each) or each.kind in (LayerKind.NORM, LayerKind.DROPOUT) for each in after):
        return None  # the end of a block, not a head
    return Site(layer=run.layer, dropout=None, role=Role.HEAD, optional=optional)
