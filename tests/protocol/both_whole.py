"""What must hold of both sides of a negotiation: at every moment, and once everything has arrived."""

from __future__ import annotations

import hashlib
import json
from typing import Any
from uuid import UUID

import rfc8785
from django.db.models import QuerySet

from heyue.acts import Stateful
from heyue.agreement.models import Agreement, Signature
from heyue.agreement.states import State as AgreementState
from heyue.banks import inbox
from heyue.banks.models import InboundMessage, OutboundMessage
from heyue.dispatch.models import Dispatch
from heyue.dispatch.states import State as DispatchState
from heyue.engine.money import fen
from heyue.evidence import facts_of
from heyue.evidence.ledger import salt_of
from heyue.evidence.models import Leaf
from heyue.execution.models import Instalment, Payment, Plan
from heyue.negotiation.models import Negotiation, Offer
from heyue.negotiation.states import State
from protocol.two_sides import Sides

TALKED = ("received", "offered", "accepted", "refused")
BANK_MOVES = {
    *((old, new) for old in ("received", "offered") for new in ("offered", "accepted", "refused", "agreed", "ended")),
    # taken back: the platform did not take what the bank had answered
    *((old, new) for old in ("offered", "accepted", "refused") for new in TALKED if old != new),
    *((old, new) for old in ("accepted", "refused") for new in ("agreed", "ended")),
    *(("agreed", new) for new in ("in_force", "ended", "offered")),
    *(("in_force", new) for new in ("completed", "agreed", "ended", "offered")),
    *(("completed", new) for new in ("agreed", "ended", "offered")),
}
"""What may follow on what at the bank; the last rows are signatures that came too late."""

STANDS = {
    State.AWAITING_FIRST_ANSWER: "received",
    State.OVERDUE: "received",
    State.OFFERED: "offered",
    State.COUNTERED: "offered",
    State.OFFER_EXPIRED: "offered",
    State.OFFER_DECLINED: "offered",
    State.REFUSED: "refused",
    State.ENDED: "ended",
    State.LAPSED: "ended",
    State.CONCLUDED: "completed",
}
"""The bank's word for each state of the platform's talk; what is agreed has more than one."""


def ledger_is_complete(negotiation_id: UUID) -> None:
    """Every state of every row follows from its leaves, each a legal move; every leaf's commitment verifies."""
    for rows in _stateful(negotiation_id):
        for row in rows:
            _walked(row, list(Leaf.objects.filter(subject_type=row.TABLE.name, subject_id=row.pk).order_by("id")))


def _stateful(negotiation_id: UUID) -> tuple[QuerySet[Any], ...]:
    return (
        Dispatch.objects.filter(pk=negotiation_id),
        Negotiation.objects.filter(pk=negotiation_id),
        Agreement.objects.filter(negotiation_id=negotiation_id),
        Plan.objects.filter(negotiation_id=negotiation_id),
    )


def _walked(row: Stateful, leaves: list[Leaf]) -> None:
    table = row.TABLE
    assert [one.kind for one in leaves][:1] == [f"{table.name}.begun"], leaves
    moves = {(str(move.source), str(move.event)): move for move in table.moves}
    state = str(table.initial)
    for leaf in leaves[1:]:
        event = leaf.kind.removeprefix(f"{table.name}.")
        if (move := moves.get((state, event))) is not None:
            assert leaf.actor_role in {role.value for role in move.by}, leaf.kind
            state = str(move.target)
        else:
            assert event not in {str(move.event) for move in table.moves}, f"{leaf.kind} in {state}"
    assert row.state == state, f"{table.name}: {row.state}, but its leaves lead to {state}"


def proofs_verify(borrower_id: UUID) -> None:
    """Salt and canonical facts give each leaf's commitment."""
    leaves = list(Leaf.objects.filter(borrower_id=borrower_id))
    for leaf, facts in zip(leaves, facts_of(leaves), strict=True):
        header: dict[str, Any] = {
            "kind": leaf.kind,
            "subject": str(leaf.subject_id),
            "actor": leaf.actor_role,
            "happened_at": leaf.happened_at.isoformat(),
        }
        body: dict[str, Any] = {"header": header, "facts": facts}
        proof = hashlib.sha256(salt_of(leaf) + rfc8785.dumps(body)).hexdigest()
        assert proof == leaf.commitment, leaf.kind


def nothing_is_doubled(sides: Sides, negotiation_id: UUID) -> None:
    """Sequences have no gaps and no doubles, and what has one effect has it once, on either side."""
    ours = OutboundMessage.objects.filter(negotiation_id=negotiation_id).order_by("sequence")
    assert [one.sequence for one in ours] == list(range(len(ours)))
    theirs = sides.rows("SELECT sequence FROM outbox ORDER BY sequence")
    assert [row[0] for row in theirs] == list(range(1, len(theirs) + 1))
    came = InboundMessage.objects.filter(negotiation_id=negotiation_id)
    judged = sorted(came.exclude(judgement="waiting").values_list("sequence", flat=True))
    assert judged == list(range(1, len(judged) + 1))
    taken = list(came.filter(judgement="taken"))
    made = Offer.objects.filter(negotiation_id=negotiation_id)
    refs = [offer.bank_ref for offer in made if offer.bank_ref]
    told = [inbox.told(one)["offer_id"] for one in taken if one.kind in OFFERING]
    assert sorted(refs) == sorted(told)
    assert len(refs) == len(set(refs))
    assert sum(offer.fate == Offer.Fate.OPEN for offer in made) <= 1
    signed = list(Signature.objects.filter(agreement__negotiation_id=negotiation_id).values_list("agreement", "side"))
    assert len(signed) == len(set(signed))
    paid = list(Payment.objects.filter(plan__negotiation_id=negotiation_id).values_list("bank_ref", flat=True))
    assert sorted(paid) == sorted(inbox.told(one)["payment_id"] for one in taken if one.kind == "payment.posted")
    assert sides.rows("SELECT count(*) FROM agreements WHERE in_force_on IS NOT NULL")[0][0] <= 1
    for old, new in sides.rows("SELECT old, new FROM moves_seen"):
        assert (old, new) in BANK_MOVES, f"the bank moved from {old} to {new}"


OFFERING = ("offer.made", "application.accepted", "counter.accepted")


def both_stand_alike(sides: Sides, negotiation_id: UUID) -> None:
    """Everything has arrived and been judged: the same state, the same figures, the same schedule on either side."""
    case = next(iter(sides.rows("SELECT * FROM applications")), None)
    form = Dispatch.objects.get(pk=negotiation_id)
    talk = Negotiation.objects.filter(pk=negotiation_id).first()
    if form.state == DispatchState.STOPPED:
        assert case is None or case["state"] == "ended", case and case["state"]
    if talk is None:
        assert form.state == DispatchState.STOPPED
        return
    assert case is not None
    if talk.state == State.AGREED:
        _agreed_alike(sides, talk, case["state"])
    else:
        assert case["state"] == STANDS[State(talk.state)], f"{talk.state} here, {case['state']} at the bank"
        if talk.state != State.CONCLUDED:
            assert not sides.rows("SELECT 1 FROM agreements WHERE in_force_on IS NOT NULL")
    _offers_alike(sides, talk, case["counter"])
    _plan_alike(sides, negotiation_id)


def _agreed_alike(sides: Sides, talk: Negotiation, state: str) -> None:
    here = Agreement.objects.filter(negotiation=talk).exclude(state__in=["lapsed", "cancelled"]).get()
    if here.state == AgreementState.IN_FORCE:
        unplaced = Payment.objects.filter(plan__agreement=here, instalment__isnull=True).exists()
        assert state in (("in_force", "completed") if unplaced else ("in_force",)), state
    else:
        assert state == "agreed", f"{here.state} here, {state} at the bank"
    there = sides.rows("SELECT * FROM agreements WHERE agreement_id = ?", str(here.pk))[0]
    assert there["document_sha256"] == here.sha256
    assert there["schedule_hash"] == here.schedule_hash == here.offer.hash
    assert (there["holder_signed_at"] is not None) == (here.state != AgreementState.AWAITING_BORROWER)
    assert (there["in_force_on"] is not None) == (here.state == AgreementState.IN_FORCE)


def _offers_alike(sides: Sides, talk: Negotiation, counter: str | None) -> None:
    """What the platform took of the bank's offers the bank has with the same figures, and the open counter too."""
    for offer in talk.offers.exclude(bank_ref=""):
        kept = sides.rows("SELECT * FROM offers WHERE offer_id = ?", offer.bank_ref)[0]
        assert (kept["hash"], kept["waived_fen"]) == (offer.hash, offer.waived_fen)
        assert kept["valid_until"] == str(offer.valid_until)
        assert fen(json.loads(kept["terms"])["principal"]) == fen(offer.terms["principal"])
    if talk.state == State.COUNTERED:
        assert talk.offer
        assert counter, "the bank does not know of the counter-offer that waits for it"
        told = json.loads(counter)
        assert (told["counter_id"], told["hash"]) == (str(talk.offer.pk), talk.offer.hash)
    elif talk.state in (State.OFFERED, State.OFFER_EXPIRED, State.OFFER_DECLINED):
        assert counter is None, f"{talk.state} here, a counter-offer waits at the bank"


def _plan_alike(sides: Sides, negotiation_id: UUID) -> None:
    plan = Plan.objects.filter(negotiation_id=negotiation_id).first()
    if plan is None:
        return
    there = sides.rows("SELECT * FROM agreements WHERE agreement_id = ?", str(plan.agreement_id))[0]
    assert there["schedule_hash"] == plan.schedule_hash
    rows = sides.rows(
        "SELECT period, due_on, payment_fen FROM instalments WHERE agreement_id = ? ORDER BY period",
        str(plan.agreement_id),
    )
    ours = Instalment.objects.filter(plan=plan, period__gt=0).order_by("period")
    assert [tuple(row) for row in rows] == [(one.period, str(one.due_on), one.amount_fen) for one in ours]
    paid_there = sides.rows(
        "SELECT payment_id, date, amount_fen FROM payments WHERE agreement_id = ? ORDER BY payment_id",
        str(plan.agreement_id),
    )
    paid = Payment.objects.filter(plan=plan).order_by("bank_ref")
    assert [tuple(row) for row in paid_there] == [(one.bank_ref, str(one.paid_on), one.amount_fen) for one in paid]
