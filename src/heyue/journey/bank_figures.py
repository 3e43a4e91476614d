"""How banks answer (统计): time to the first answer, what was agreed, promises kept; and the public board of it.

A bank's officers see their own bank, the platform's desk every bank. In public a figure is shown only where it
rests on enough cases (``HEYUE_SCOREBOARD_MIN``), so that nobody's case can be read out of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from statistics import median_low
from uuid import UUID

from django.conf import settings

from heyue import clock
from heyue.banks import reads as banks
from heyue.banks.models import Bank
from heyue.clock.business import SHANGHAI
from heyue.deadlines import WaitKind
from heyue.deadlines import reads as waits
from heyue.deadlines.models import Wait
from heyue.engine.moves import Actor, Role
from heyue.engine.working_days import working_days_between
from heyue.negotiation import reads as negotiations
from heyue.negotiation.states import State
from heyue.policy.holidays import mainland

SPAN_DAYS = 365
AGREED = (State.AGREED, State.CONCLUDED)
CLOSED = (*AGREED, State.REFUSED, State.LAPSED, State.ENDED)


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many; ``hidden``: too few to be told."""

    part: int
    whole: int
    hidden: bool = False

    @property
    def percent(self) -> int | None:
        """Whole per cent, rounded down so that less than all never reads 100; None where there is nothing to tell."""
        return None if self.hidden or not self.whole else self.part * 100 // self.whole


@dataclass(frozen=True, slots=True)
class BankFigures:
    """One bank over the last year: first answers in time, the middle one in working days (None: none or too few),
    how many closed talks that began in it were agreed, how many promises of a day were kept."""

    bank: Bank
    in_time: Share
    middle_days: int | None
    agreed: Share
    promises: Share


def figures(actor: Actor) -> tuple[BankFigures, ...]:
    """Return the figures of every bank that this actor sees. Four queries, however many banks."""
    if actor.role not in (Role.OFFICER, Role.REVIEWER, Role.OPERATOR):
        return ()
    answers = _by_bank(waits.ended_lately(actor, WaitKind.FIRST_ANSWER, SPAN_DAYS))
    promises = _by_bank(waits.ended_lately(actor, WaitKind.PROMISED_ANSWER, SPAN_DAYS))
    closed: dict[UUID, list[str]] = {}
    since = clock.today() - timedelta(days=SPAN_DAYS)
    lately = negotiations.visible(actor).filter(opened_on__gte=since)
    for bank_id, state in lately.order_by().values_list("bank_id", "state"):
        closed.setdefault(bank_id, []).append(state)
    return tuple(
        BankFigures(
            bank=bank,
            in_time=_kept(answers.get(bank.pk, [])),
            middle_days=_middle(answers.get(bank.pk, [])),
            agreed=_agreed(closed.get(bank.pk, [])),
            promises=_kept(promises.get(bank.pk, [])),
        )
        for bank in banks.banks(actor)
    )


def scoreboard() -> tuple[BankFigures, ...] | None:
    """Return what the public may see of all banks, small counts hidden; None where the operator shows none."""
    least = settings.HEYUE_SCOREBOARD_MIN
    if not least:
        return None
    return tuple(hidden(one, least) for one in figures(Actor(Role.OPERATOR)))


def hidden(one: BankFigures, least: int) -> BankFigures:
    """Return a bank's figures without those that rest on fewer cases than the operator set."""
    in_time, agreed, promises = (
        Share(0, 0, hidden=True) if share.whole < least else share for share in (one.in_time, one.agreed, one.promises)
    )
    # The middle day rests on those that were answered, which may be fewer than those that were due.
    middle_days = one.middle_days if in_time.part >= least else None
    return BankFigures(one.bank, in_time, middle_days, agreed, promises)


def _by_bank(ended: Iterable[Wait]) -> dict[UUID, list[Wait]]:
    found: dict[UUID, list[Wait]] = {}
    for wait in ended:
        if wait.bank_id:
            found.setdefault(wait.bank_id, []).append(wait)
    return found


def _kept(ended: list[Wait]) -> Share:
    return Share(sum(1 for wait in ended if wait.outcome == Wait.Outcome.MET), len(ended))


def _middle(ended: list[Wait]) -> int | None:
    """Return the lower middle of the working days from receipt to the first answer, of those that were answered."""
    days = [
        working_days_between(wait.started_on, wait.ended_at.astimezone(SHANGHAI).date(), mainland())
        for wait in ended
        if wait.outcome == Wait.Outcome.MET and wait.ended_at
    ]
    return median_low(days) if days else None


def _agreed(states: list[str]) -> Share:
    closed = [state for state in states if state in CLOSED]
    return Share(sum(1 for state in closed if state in AGREED), len(closed))
