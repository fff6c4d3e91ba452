# SPDX-License-Identifier: Apache-2.0
"""One entry of the rulebook as plain data: a rule, a remedy or a probe."""

from dataclasses import dataclass
from enum import StrEnum

from goodfit._core.diagnosis import LookAlike
from goodfit._core.evidence import Threshold
from goodfit._core.outcome import Severity
from goodfit._core.source import Source
from goodfit._core.trade_off import TradeOff


class EntryKind(StrEnum):
    """What an entry of the rulebook describes."""

    RULE = "rule"
    REMEDY = "remedy"
    PROBE = "probe"


@dataclass(frozen=True, slots=True, kw_only=True)
class RulebookEntry:
    """What is known of a rule, remedy or probe; a field that its kind does not have is empty."""

    kind: EntryKind
    code: str | None = None  # of a rule
    name: str  # kebab-case
    summary: str = ""  # one sentence; empty for a probe in a list, whose file was not loaded
    definition: str = ""  # the formula of a rule or probe; how a remedy works
    why: str = ""  # why it matters; what a remedy brings
    limits: tuple[str, ...] = ()  # where it is wrong; what a remedy costs and risks
    severity: Severity | None = None  # of a finding, where nothing measured makes it more or less severe
    needs: tuple[str, ...] = ()  # curves and facts, without which a rule cannot look
    thresholds: tuple[Threshold, ...] = ()
    told_apart_from: tuple[LookAlike, ...] = ()
    remedies: tuple[str, ...] = ()  # of a rule: what can be done
    settled_by: tuple[str, ...] = ()  # of a rule: probes
    about: tuple[str, ...] = ()  # codes of the rules that a remedy treats or a probe helps to settle
    trade_offs: tuple[TradeOff, ...] = ()  # what a remedy gives and takes, and what measures it
    sources: tuple[Source, ...] = ()
    since: str = ""  # version
    page: str = ""  # the whole page as Markdown; empty in a list
