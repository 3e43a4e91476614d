"""What a bank's officer may do with one case now, over its form and its negotiation: asked of the state tables."""

from __future__ import annotations

from dataclasses import dataclass

from heyue.dispatch.models import Dispatch
from heyue.dispatch.states import Event as DispatchEvent
from heyue.engine.moves import Actor
from heyue.negotiation.models import Negotiation
from heyue.negotiation.states import Event


@dataclass(frozen=True, slots=True)
class Can:
    """What the officer may do now."""

    receive: bool
    standstill: bool
    assign: bool
    ask: bool
    write: bool
    offer: bool
    accept: bool
    answer_counter: bool
    refuse: bool


def officer_may(actor: Actor, row: Dispatch, talk: Negotiation | None) -> Can:
    """Return what this actor may do; ``talk`` is None until the bank's receipt. A pause is answered once."""
    on_form = row.TABLE.possible(row.state, actor.role)
    in_talk = talk.TABLE.possible(talk.state, actor.role) if talk else ()
    return Can(
        receive=DispatchEvent.RECEIVED in on_form,
        standstill=DispatchEvent.STANDSTILL_GRANTED in on_form and row.standstill == "asked",
        assign=Event.OFFICER_ASSIGNED in in_talk,
        ask=Event.QUESTION_ASKED in in_talk,
        write=Event.BANK_WROTE in in_talk,
        offer=Event.OFFER_MADE in in_talk,
        accept=Event.ACCEPTED_AS_ASKED in in_talk,
        answer_counter=Event.COUNTER_ACCEPTED in in_talk,
        refuse=Event.BANK_REFUSED in in_talk,
    )
