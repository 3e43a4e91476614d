"""Who of a bank's officers handles which case (分案): by hand, in turn, by load, or by what they know best."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from uuid import UUID

from heyue import clock
from heyue.acts import verb
from heyue.application.answers import HARDSHIP_KINDS
from heyue.casework.actions import officer
from heyue.casework.models import Duty
from heyue.engine.refusal import NotFound, Refusal, words
from heyue.evidence import Subject, append
from heyue.identity.models import Person
from heyue.identity.reads import staff
from heyue.negotiation import actions as negotiation
from heyue.negotiation import reads as negotiations
from heyue.negotiation.models import Negotiation
from heyue.vault import keyring

WAYS = {
    "turn": words("轮流"),
    "load": words("谁手上少给谁"),
    "skill": words("按擅长"),
}
"""How cases are shared out; each is a message id."""
SHARED_AT_ONCE_MAX = 100
NEVER = datetime.min.replace(tzinfo=UTC)


@verb
def hand_to(negotiation_ids: Sequence[UUID], officer_id: UUID) -> int:
    """Give cases to one officer of one's own bank; return how many. Raises ``NotFound`` for a stranger's."""
    return _give(negotiation_ids, lambda _talk: colleague(officer_id))


@verb
def share_out(negotiation_ids: Sequence[UUID], way: str) -> int:
    """Share cases out among the officers who are there; return how many. Raises ``Refusal("nobody-there")``."""
    if way not in WAYS:
        raise NotFound()
    me = officer()
    duties = {duty.officer_id: duty for duty in Duty.objects.filter(bank_id=me.bank_id)}
    there = [one for one in staff(me.bank_id) if not (one.pk in duties and duties[one.pk].is_away)]
    if not there:
        raise Refusal("nobody-there", words("没有在岗的专员，先到“人手”里改。"))
    load = Counter(load_of(me.bank_id))
    given = {one.pk: (duties[one.pk].last_given_at if one.pk in duties else None) or NEVER for one in there}

    def choose(talk: Negotiation) -> Person:
        able = there
        if way == "skill":
            kind = _hardship(talk)
            able = [one for one in there if one.pk in duties and kind in duties[one.pk].kinds] or there
        if way == "turn":
            chosen = min(able, key=lambda one: (given[one.pk], one.staff_number))
        else:
            chosen = min(able, key=lambda one: (load[one.staff_number], given[one.pk], one.staff_number))
        load[chosen.staff_number] += 1
        given[chosen.pk] = clock.machine_now()
        return chosen

    return _give(negotiation_ids, choose)


@verb
def set_duty(officer_id: UUID, kinds: Sequence[str], is_away: bool) -> None:
    """Say what a colleague (or oneself) knows best and whether he or she is there. Raises ``NotFound``."""
    me = officer()
    who = colleague(officer_id)
    known = [kind for kind in HARDSHIP_KINDS if kind in kinds]
    values = {"bank_id": me.bank_id, "kinds": known, "is_away": is_away}
    Duty.objects.update_or_create(officer=who, defaults=values)
    append("officer.duty-set", Subject("officer", who.pk, bank_id=me.bank_id), me.actor, {"away": is_away})


def load_of(bank_id: UUID) -> dict[str, int]:
    """Return how many open cases each staff number of a bank handles."""
    open_ones = Negotiation.objects.filter(bank_id=bank_id).exclude(officer_number="")
    return Counter(
        row.officer_number for row in open_ones.only("officer_number", "state") if negotiations.is_talking(row)
    )


def _give(negotiation_ids: Sequence[UUID], choose: Callable[[Negotiation], Person]) -> int:
    chosen_ids = list(dict.fromkeys(negotiation_ids))
    if not chosen_ids:
        raise Refusal("none-chosen", words("先选中要分的案件。"))
    if len(chosen_ids) > SHARED_AT_ONCE_MAX:
        raise Refusal("too-many", words("一次最多分 100 件。"))
    officer()
    count = 0
    for negotiation_id in sorted(chosen_ids):  # one order, so that two who share at once do not wait for each other
        talk = negotiation.locked(negotiation_id)
        who = choose(talk)
        if talk.officer_number == who.staff_number and talk.officer_name == who.display_name:
            continue
        negotiation.assign_officer(negotiation_id, who.display_name, who.staff_number)
        values = {"bank_id": talk.bank_id, "last_given_at": clock.machine_now()}
        Duty.objects.update_or_create(officer=who, defaults=values)
        count += 1
    return count


def colleague(officer_id: UUID) -> Person:
    """Return an officer of the open act's own bank. Raises ``NotFound``."""
    who = staff(officer().bank_id).filter(pk=officer_id).first()
    if who is None:
        raise NotFound()
    return who


def _hardship(talk: Negotiation) -> str:
    application = talk.application
    answers = keyring(talk.borrower_id).open_json(application.sealed_answers, "answers")
    return str(answers.get("hardship", {}).get("kind", ""))
