"""A bank killed in every state of its negotiations: what it had is there again, and both sides end alike."""

from __future__ import annotations

import sqlite3
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import bargain
import build
from cast import PASSWORD
from heyue import clock
from heyue.agreement import actions as agreement
from heyue.agreement import typeset as agreement_typeset
from heyue.agreement.models import Agreement
from heyue.banks import inbox
from heyue.banks.actions import join
from heyue.banks.models import InboundMessage, OutboundMessage
from heyue.banks.reads import menu, platform_signer
from heyue.dispatch import typeset as dispatch_typeset
from heyue.dispatch.models import Dispatch
from heyue.engine.moves import Actor, Role
from heyue.execution.models import Plan
from heyue.faces.worker.bank_calls import BankCalls
from heyue.faces.worker.deliver import deliver
from heyue.faces.worker.feeds import sync
from heyue.faces.worker.judge import judge
from heyue.faces.worker.papers import typeset_agreements, typeset_forms
from heyue.gateway.problems import Problem
from heyue.identity import actions as identity
from heyue.journey import perform
from heyue.negotiation import borrower_acts
from heyue.negotiation.models import Negotiation, Offer
from heyue.review import actions as review
from heyue.review.models import Review
from heyue.wallet import actions as wallet
from protocol.sandbox_bank_peer import LIN, ZHAO, BankProcess, eventually

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.urls("heyue.faces.bank.urls"),
    pytest.mark.filterwarnings("ignore:Using only a label", "ignore:No directory at"),
]
ZHOU = {"name": "周敏", "id_number": "420106198706054827", "phone": "13700002468"}
STATES = {"received", "offered", "accepted", "refused", "agreed", "in_force", "completed", "ended"}
PERIODS = 12


class Here:
    """The platform as the bank's process knows it."""

    def __init__(self, url: str) -> None:
        self.url, self.signer = url, platform_signer()
        self.bank_keys: dict[str, str] = {}


@dataclass
class Both:
    """The platform's worker by hand, the bank as a process, and in which states it was killed."""

    bank: BankProcess
    bank_id: UUID
    deaf: list[bool]
    killed_in: set[str] = field(default_factory=set)

    def apply(self, who: dict[str, str], reviewer: Actor) -> Actor:
        """Somebody's application, let through by the reviewer; the form is ready to go."""
        actor = build.borrower(who["phone"], who["name"], who["id_number"])
        perform(actor, identity.give_consent, bank_id=self.bank_id, purpose="accounts")
        perform(actor, wallet.ask_bank, bank_id=self.bank_id)
        calls = BankCalls()
        while sync(calls):
            pass
        calls.close()
        menus = {self.bank_id: menu(self.bank_id, bargain.BASE_DAY)}
        application_id = bargain.handed_in(actor, menus, wage="9000", periods=PERIODS)
        row = Review.objects.get(application_id=application_id)
        perform(reviewer, review.take, review_id=row.pk)
        perform(reviewer, review.pass_, review_id=row.pk)
        return actor

    def works(self) -> int:
        """The platform's worker once over everything, whatever was put off."""
        now = clock.machine_now()
        OutboundMessage.objects.filter(delivery="waiting").update(next_try_at=now, leased_until=None)
        calls = BankCalls()
        try:
            return typeset_forms() + typeset_agreements() + deliver(calls) + judge()
        finally:
            calls.close()

    def until(self, found: Any, what: str) -> Any:
        """Work until something is there."""

        def once() -> Any:
            self.works()
            return found()

        return eventually(once, what, 60)

    def killed(self) -> None:
        """kill -9, while the platform hears nothing of what the bank last did; the worker goes on; a new life."""
        self.killed_in |= {row[0] for row in self.rows("SELECT state FROM applications")}
        self.bank.kill()
        self.works()
        self.deaf[0] = False
        self.bank.start()
        self.deaf[0] = True

    def rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        """What the bank's file says."""
        connection = sqlite3.connect(self.bank.db)
        connection.row_factory = sqlite3.Row
        try:
            return connection.execute(sql, values).fetchall()
        finally:
            connection.close()

    def officer(self, negotiation_id: UUID, do: str, **more: str) -> None:
        """The bank's officer answers on the bank's page."""
        form = {"do": do, "text": "说一句", **more}
        url = f"{self.bank.url}/negotiations/{negotiation_id}/answer"
        assert httpx.post(url, data=form, trust_env=False, timeout=30).status_code == 303

    def state(self, negotiation_id: UUID) -> str:
        """How the case stands at the bank."""
        rows = self.rows("SELECT state FROM applications WHERE negotiation_id = ?", str(negotiation_id))
        return rows[0][0] if rows else ""


@pytest.fixture
def both(settings: Any, live_server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Both]:
    settings.HEYUE_SIGNING_KEY = "platform-1=" + b64encode(Ed25519PrivateKey.generate().private_bytes_raw()).decode()
    monkeypatch.setattr(dispatch_typeset, "form_for", lambda pk: f"%PDF-1.7 form {pk}".encode())
    monkeypatch.setattr(agreement_typeset, "document_for", lambda pk: f"%PDF-1.7 agreement {pk}".encode())
    deaf, store = [False], inbox.store

    def heard(*given: Any) -> inbox.Answer:
        if deaf[0]:
            raise Problem("rate-limited", 429, "not now")
        return store(*given)

    monkeypatch.setattr(inbox, "store", heard)
    bargain.day(bargain.BASE_DAY)
    process = BankProcess("donghu", tmp_path, Here(live_server.url))  # type: ignore[arg-type]
    try:
        process.start()
        yield Both(process, join(process.facts | {"base_url": process.url}).pk, deaf)
    finally:
        process.stop()


def talk(actor: Actor) -> Negotiation:
    return Negotiation.objects.get(borrower_id=actor.person_id)


def form(actor: Actor) -> UUID:
    return Dispatch.objects.get(borrower_id=actor.person_id).pk


def test_a_bank_killed_in_every_state_loses_and_doubles_nothing(both: Both) -> None:
    reviewer = build.staff(Role.REVIEWER, "chen", "陈静", "P-0007", password=PASSWORD)
    lin, zhao, zhou = (both.apply(who, reviewer) for who in (LIN, ZHAO, ZHOU))

    both.deaf[0] = True
    both.until(lambda: all(both.state(form(one)) == "received" for one in (lin, zhao, zhou)), "the applications")
    assert not Negotiation.objects.exists()
    both.killed()
    both.deaf[0] = False
    both.until(lambda: Negotiation.objects.count() == 3, "three receipts")

    both.deaf[0] = True
    both.officer(form(zhao), "offer", periods="24", down_payment_ratio="0", waiver_ratio="0")
    both.officer(form(zhou), "refuse")
    both.bank.move_to("2026-11-17")
    bargain.day(bargain.BASE_DAY + timedelta(days=1))
    assert [both.state(form(one)) for one in (lin, zhao, zhou)] == ["accepted", "offered", "refused"]
    both.killed()
    both.deaf[0] = False
    both.until(lambda: Offer.objects.filter(negotiation=form(zhao)).exists(), "the offer")
    both.until(lambda: talk(zhou).state == "refused", "the refusal")
    drawn = both.until(lambda: Agreement.objects.filter(state="awaiting-borrower").first(), "the agreement")

    perform(zhao, borrower_acts.end, negotiation_id=form(zhao))
    both.until(lambda: (both.state(form(lin)), both.state(form(zhao))) == ("agreed", "ended"), "both at the bank")
    both.killed()
    both.bank.kill()
    perform(lin, identity.ask_signing_code, document_sha256=drawn.sha256)
    signing = {"document_sha256": drawn.sha256, "code": build.last_code(LIN["phone"])}
    perform(lin, agreement.sign, agreement_id=drawn.pk, **signing)
    both.works()
    both.bank.start()
    both.until(lambda: both.state(form(lin)) == "in_force", "the bank's signature")
    both.killed()
    both.deaf[0] = False
    plan = both.until(lambda: Plan.objects.filter(agreement=drawn).first(), "the plan")

    both.deaf[0] = True
    last = plan.instalments.order_by("-due_on")[0].due_on
    both.bank.move_to(last.isoformat())
    bargain.day(last)
    assert both.state(form(lin)) == "completed"
    both.killed()
    both.deaf[0] = False
    both.until(lambda: Plan.objects.get(pk=plan.pk).state == "completed", "the last payment")
    both.until(lambda: not OutboundMessage.objects.exclude(delivery="delivered").exists(), "the last message")
    waiting = "SELECT 1 FROM messages WHERE state = 'waiting' UNION ALL SELECT 1 FROM outbox WHERE state <> 'sent'"
    both.until(lambda: not both.rows(waiting), "the bank's last judgement")

    assert both.killed_in == STATES
    ends = [(talk(one).state, both.state(form(one))) for one in (lin, zhao, zhou)]
    assert ends == [("concluded", "completed"), ("ended", "ended"), ("refused", "refused")]
    nothing_lost_or_doubled(both, plan)


def nothing_lost_or_doubled(both: Both, plan: Plan) -> None:
    """The same events on either side, each once and taken; the same schedule, every payment once."""
    came = {str(one.idempotency_key): one.sequence for one in InboundMessage.objects.all()}
    assert came == {row["id"]: row["sequence"] for row in both.rows("SELECT id, sequence FROM outbox")}
    assert set(InboundMessage.objects.values_list("judgement", flat=True)) == {"taken"}
    went = {str(one.pk) for one in OutboundMessage.objects.exclude(kind="application")}
    kept = both.rows("SELECT idempotency_key AS id, state FROM messages WHERE kind = 'event'")
    assert {row["id"] for row in kept} == went
    assert {row["state"] for row in kept} == {"taken"}
    (there,) = both.rows("SELECT * FROM agreements")
    assert (there["schedule_hash"], there["document_sha256"]) == (plan.schedule_hash, plan.agreement.sha256)
    paid = both.rows("SELECT payment_id, amount_fen FROM payments ORDER BY payment_id")
    assert [tuple(row) for row in paid] == list(
        plan.payments.order_by("bank_ref").values_list("bank_ref", "amount_fen")
    )
    assert len(paid) == PERIODS
