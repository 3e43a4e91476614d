"""Verbs of carrying out: start the plan, take payments, notice a missed instalment, complete."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Max

from heyue import clock
from heyue.acts import begin, begin_all, current, move, verb
from heyue.acts.scope import seen_by
from heyue.agreement.models import Agreement
from heyue.agreement.reads import rows_of
from heyue.deadlines import WaitKind
from heyue.deadlines import start as start_wait
from heyue.engine.money import fen, yuan
from heyue.engine.refusal import NotFound, Refusal, words
from heyue.execution.models import Instalment, Payment, Plan
from heyue.execution.states import Completed, Event, InstalmentEvent, InstalmentState, State
from heyue.wallet.actions import sync_soon


@verb
def start(agreement_id: UUID) -> None:
    """Start the plan on the agreement's own rows; the hash must still be the accepted offer's."""
    agreement = Agreement.objects.select_related("bank", "offer").get(pk=agreement_id)
    if agreement.schedule_hash != agreement.offer.hash:
        raise RuntimeError("the schedule hash changed between offer and agreement")
    plan = Plan(
        agreement=agreement,
        negotiation_id=agreement.negotiation_id,
        application_id=agreement.application_id,
        borrower_id=agreement.borrower_id,
        bank_id=agreement.bank_id,
        schedule_hash=agreement.schedule_hash,
        started_on=current().today,
    )
    begin(plan, {"hash": plan.schedule_hash})
    rows = _instalments(plan, agreement)
    begin_all(rows)
    for row in rows:
        start_wait(WaitKind.INSTALMENT, row.subject(), due_on=row.due_on)
    sync_soon(plan.borrower_id, plan.bank_id)


@dataclass(frozen=True, slots=True)
class Posted:
    """A payment as the bank reported it. ``period`` is the bank's own word on which row it pays."""

    bank_ref: str
    paid_on: date
    amount_fen: int
    period: int | None = None
    text: str = ""


@verb
def post_payment(negotiation_id: UUID, posted: Posted) -> tuple[Completed, ...]:
    """Take a payment that the bank reported; the same report twice is taken once.

    It is matched when the bank names the period, or when it is to the fen what the oldest open row asks.
    Anything else is kept unmatched: shown, not guessed. An identifier that the bank gave to a payment of another
    plan is refused: one payment is never counted twice.
    """
    bank_ref = posted.bank_ref[:80]
    if _taken(negotiation_id, bank_ref):
        return ()
    plan = _locked(negotiation_id)
    if _taken(negotiation_id, bank_ref):
        return ()
    if Payment.objects.filter(bank_id=plan.bank_id, bank_ref=bank_ref).exists():
        raise Refusal(
            "payment-id-used",
            words("这个入账编号已经用在另一个计划上。"),
            field="payment_id",
            status=422,
        )
    if posted.amount_fen <= 0:
        raise Refusal("amount-not-positive", words("还款金额要大于 0。"), field="amount", status=422)
    payment = Payment.objects.create(
        plan=plan,
        borrower_id=plan.borrower_id,
        bank_id=plan.bank_id,
        bank_ref=bank_ref,
        paid_on=posted.paid_on,
        amount_fen=posted.amount_fen,
        text=posted.text[:80],
        reported_at=clock.now(),
    )
    sync_soon(plan.borrower_id, plan.bank_id)
    instalment = _meant(plan, posted)
    if instalment is None:
        move(
            plan,
            Event.PAYMENT_UNMATCHED,
            {"payment": posted.bank_ref, "amount_fen": posted.amount_fen, "paid_on": posted.paid_on.isoformat()},
            params={"bank": plan.bank.name, "amount": yuan(posted.amount_fen)},
        )
        return ()
    return _pay(plan, [payment], [instalment])


@verb
def settle(payment_ids: frozenset[UUID], periods: frozenset[int]) -> tuple[Completed, ...]:
    """Say which unmatched payments together pay which rows, after asking the bank.

    A row may have come in parts, or several rows in one sum; the sums must agree to the fen.
    """
    unplaced = Payment.objects.select_related("plan").filter(pk__in=payment_ids, instalment__isnull=True)
    found = list(unplaced.order_by("paid_on", "id"))
    if not found or len(found) != len(payment_ids):
        raise NotFound()
    if len({payment.plan_id for payment in found}) > 1:
        raise Refusal("two-plans", words("选的入账不是同一份协议的，一份一份来。"), field="payments", status=422)
    plan = _locked(found[0].plan.negotiation_id)
    plan.TABLE.decide(plan.state, Event.PAYMENT_MATCHED, current().actor.role)
    found = list(unplaced.order_by("paid_on", "id"))
    if len(found) != len(payment_ids):
        raise NotFound()
    rows = list(
        plan.instalments.filter(period__in=periods).exclude(state=InstalmentState.PAID).order_by("due_on", "period")
    )
    paid_fen, due_fen = sum(p.amount_fen for p in found), sum(r.amount_fen for r in rows)
    if not rows or len(rows) != len(periods) or paid_fen != due_fen:
        raise Refusal(
            "amount-differs",
            words("入账一共 ¥%(paid)s，选的期一共应还 ¥%(due)s，对不上，请和银行核对。"),
            field="periods",
            status=422,
            params={"paid": yuan(paid_fen), "due": yuan(due_fen)},
        )
    return _pay(plan, found, rows)


@verb
def missed(instalment_id: UUID) -> None:
    """The due date is over and the bank's feed shows no payment: the borrower is told, early and gently."""
    plan_id = Instalment.objects.values_list("plan_id", flat=True).get(pk=instalment_id)
    plan = Plan.objects.select_for_update(of=("self",)).select_related("bank").get(pk=plan_id)
    row = Instalment.objects.select_for_update().get(pk=instalment_id)
    if row.state != InstalmentState.UPCOMING:
        return
    move(row, InstalmentEvent.MISSED, {"period": row.period, "due_on": row.due_on.isoformat()})
    move(plan, Event.FELL_BEHIND, {"period": row.period}, params={"bank": plan.bank.name})


def _instalments(plan: Plan, agreement: Agreement) -> list[Instalment]:
    """Return the schedule's rows, led by the down payment as period 0 where there is one.

    It is due by the agreement's last day of signing, but not before the bank has signed too.
    """
    owner = {
        "plan": plan,
        "borrower_id": plan.borrower_id,
        "bank_id": plan.bank_id,
        "application_id": plan.application_id,
        "negotiation_id": plan.negotiation_id,
    }
    down_fen = fen(agreement.terms["down_payment"])
    principal_fen = fen(agreement.terms["principal"])
    rows = []
    if down_fen:
        rows.append(
            Instalment(
                **owner,
                period=0,
                due_on=max(agreement.sign_by, plan.started_on),
                amount_fen=down_fen,
                principal_fen=down_fen,
                interest_fen=0,
                balance_after_fen=principal_fen - down_fen,
            )
        )
    for row in rows_of(agreement):
        rows.append(
            Instalment(
                **owner,
                period=row.period,
                due_on=row.due_on,
                amount_fen=row.payment_fen,
                principal_fen=row.principal_fen,
                interest_fen=row.interest_fen,
                balance_after_fen=row.balance_fen,
            )
        )
    return rows


def _taken(negotiation_id: UUID, bank_ref: str) -> bool:
    """Whether this payment is known; asked before and under the plan's lock, and after the plan's end too."""
    return Payment.objects.filter(plan__negotiation_id=negotiation_id, bank_ref=bank_ref).exists()


def _meant(plan: Plan, posted: Posted) -> Instalment | None:
    still_open = plan.instalments.exclude(state=InstalmentState.PAID).order_by("due_on", "period")
    if posted.period is not None:
        named = still_open.filter(period=posted.period).first()
        return named if named and named.amount_fen == posted.amount_fen else None
    oldest = still_open.first()
    return oldest if oldest and oldest.amount_fen == posted.amount_fen else None


def _pay(plan: Plan, payments: Sequence[Payment], rows: Sequence[Instalment]) -> tuple[Completed, ...]:
    """Take payments as these rows', whose sum they are; each payment stands with the first of them."""
    paid_on = max(payment.paid_on for payment in payments)
    for payment in payments:
        payment.instalment = rows[0]
        payment.save(update_fields=["instalment"])
    for row in rows:
        facts: dict[str, object] = {
            "period": row.period,
            "amount_fen": row.amount_fen,
            "paid_on": paid_on.isoformat(),
            "payments": [payment.bank_ref for payment in payments],
        }
        move(row, InstalmentEvent.PAID, facts)
        row.paid_on = paid_on
        row.save(update_fields=["paid_on"])
        move(
            plan,
            Event.PAYMENT_MATCHED,
            {**facts, "hash": plan.schedule_hash},
            params={"bank": plan.bank.name, "period": str(row.period)},
        )
    left = plan.instalments.exclude(state=InstalmentState.PAID)
    if not left.exists():
        return _complete(plan)
    if plan.state == State.BEHIND and not left.filter(state=InstalmentState.LATE).exists():
        move(plan, Event.CAUGHT_UP)
    return ()


def _complete(plan: Plan) -> tuple[Completed, ...]:
    """Complete the plan as of its last payment, which the bank may have told later."""
    move(plan, Event.COMPLETED, {"hash": plan.schedule_hash}, params={"bank": plan.bank.name})
    plan.completed_on = plan.instalments.aggregate(last=Max("paid_on"))["last"]
    plan.save(update_fields=["completed_on"])
    return (Completed(plan.pk, plan.agreement_id, plan.negotiation_id),)


def _locked(negotiation_id: UUID) -> Plan:
    running = seen_by(current().actor, Plan.objects.select_related("bank").exclude(state=State.COMPLETED))
    row = running.select_for_update(of=("self",)).filter(negotiation_id=negotiation_id).first()
    if row is None:
        raise NotFound(words("没有正在还的计划，这笔还款记不到账上。"))
    return row
