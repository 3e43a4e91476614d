"""One act on many cases, carried out case by case: each an act of its own, so that none can stop another."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from heyue.casework import bulk
from heyue.casework import reads as casework
from heyue.dispatch import reads as dispatches
from heyue.dispatch.models import Dispatch
from heyue.engine.moves import Actor
from heyue.engine.refusal import Refusal, words
from heyue.journey.officer_may import officer_may
from heyue.journey.perform import perform
from heyue.negotiation import reads as negotiations
from heyue.negotiation.models import Negotiation

log = logging.getLogger("heyue.bulk")


@dataclass(frozen=True, slots=True)
class Ahead:
    """What an act would do with one case: what the borrower is told, and why it cannot be done (None: it can)."""

    row: Dispatch
    said: str
    refusal: Refusal | None


def carry_out(actor: Actor, run_id: UUID) -> None:
    """Do what is still to be done of a run. What a case refuses is kept with it; what breaks waits for another try."""
    for item_id in casework.bulk_waiting(actor, run_id):
        try:
            perform(actor, bulk.do, item_id=item_id)
        except Refusal as refusal:
            perform(actor, bulk.keep_refusal, item_id=item_id, refusal=refusal)
        except Exception:  # one poisoned case cannot stop the others; its own act left nothing
            log.exception("a case of a bulk act broke", extra={"item": str(item_id)})


def ahead(actor: Actor, act: str, values: dict[str, Any], case_ids: Sequence[UUID]) -> list[Ahead]:
    """Return what an act would do with each of these cases; one that the actor cannot see (any more) is left out."""
    rows = {row.pk: row for row in dispatches.visible(actor).filter(pk__in=list(case_ids))}
    talks = {talk.pk: talk for talk in negotiations.visible(actor).filter(pk__in=list(rows))}
    found = []
    for row in sorted(rows.values(), key=lambda one: one.number):
        refusal = _state_refuses(actor, act, values, row, talks.get(row.pk))
        refusal = refusal or bulk.hindrance(actor, act, values, row)
        found.append(Ahead(row, bulk.said_to(actor, act, values, row), refusal))
    return found


def _state_refuses(
    actor: Actor, act: str, values: dict[str, Any], row: Dispatch, talk: Negotiation | None
) -> Refusal | None:
    if act == "channel" and dispatches.is_stopped(row):
        return Refusal("case-gone", words("持卡人撤回了，这件不再办。"))
    if act in ("note", "channel"):
        return None
    if talk is None:
        return Refusal("not-received", words("还没确认收到申请，先确认收到。"))
    can = officer_may(actor, row, talk)
    asks = act == "paper" or (act == "message" and values["wants_answer"])
    possible = can.assign if act == "assign" else can.ask if asks else can.write
    return None if possible else Refusal("talk-over", words("这件已经谈完了。"))
