"""Both sides with their cases, in the order in which they are tried."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from heyue.gateway.conformance import bank_cases, bank_talk, door_cases, platform_cases
from heyue.gateway.conformance.case import Case

_APPLICATION_FIRST = "platform-application-is-signed"


def of_bank() -> list[Case[Any]]:
    """What a bank is judged by. The last one leaves an agreement behind."""
    return [*door_cases.cases.all, *bank_cases.cases.all, *bank_talk.cases.all]


def of_platform() -> list[Case[Any]]:
    """What the platform is judged by: first what needs nothing, then the application that comes, then the rest."""
    first = [one for one in platform_cases.cases.all if one.clause != "4 Events"]
    rest = [one for one in platform_cases.cases.all if one.clause == "4 Events"]
    return [*first, *door_cases.cases.all, *rest]


def chosen(cases: Sequence[Case[Any]], words: Sequence[str]) -> list[Case[Any]]:
    """Return the cases whose id begins with one of the words; all of them when none is given."""
    return [one for one in cases if not words or one.id.startswith(tuple(words))]
