"""One bank from the feed to the last payment: the worker, a sandbox bank's process, the platform's own verbs."""

from __future__ import annotations

import io
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connections
from PIL import Image
from pypdfium2 import PdfDocument

import build
from cast import PASSWORD
from heyue.agreement import actions as agreement
from heyue.agreement.models import Agreement
from heyue.agreement.typeset import certificate_for
from heyue.application import actions as application
from heyue.application import answers
from heyue.application.plan import budget_of, request_for
from heyue.application.proofs import take_in
from heyue.banks.actions import join
from heyue.banks.models import Bank, InboundMessage, OutboundMessage
from heyue.banks.reads import menu, platform_signer, stuck_messages, troubled_inbound
from heyue.dispatch.models import Dispatch
from heyue.engine.moves import Actor, Role
from heyue.execution.models import Instalment, Plan
from heyue.faces.worker.loop import run
from heyue.identity import actions as identity
from heyue.journey import perform
from heyue.negotiation.models import Negotiation
from heyue.review import actions as review
from heyue.review import reads as reviews
from heyue.wallet import actions as wallet
from heyue.wallet.reads import by_bank
from protocol.gateway_peer import move_clock_to
from protocol.sandbox_bank_peer import LIN, BankProcess, eventually

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.urls("heyue.faces.bank.urls"),
    pytest.mark.filterwarnings("ignore:Using only a label", "ignore:No directory at"),
]
START = date(2026, 11, 16)
PATIENCE_SECONDS = 60.0
PERIODS = 12


class Here:
    """The platform as the bank's process knows it."""

    def __init__(self, url: str) -> None:
        self.url, self.signer = url, platform_signer()
        self.bank_keys: dict[str, str] = {}


@pytest.fixture
def donghu(settings: Any, live_server: Any, tmp_path: Path) -> Iterator[Bank]:
    """A bank that joined, with its process."""
    settings.HEYUE_SIGNING_KEY = "platform-1=" + b64encode(Ed25519PrivateKey.generate().private_bytes_raw()).decode()
    move_clock_to(START)
    process = BankProcess("donghu", tmp_path, Here(live_server.url))  # type: ignore[arg-type]
    try:
        process.start()
        control = f"http://127.0.0.1:{process.control_port}"
        yield join(process.facts | {"base_url": process.url, "control_url": control})
    finally:
        process.stop()


@pytest.fixture
def working(donghu: Bank) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=run, args=(stop,))
    thread.start()
    yield
    stop.set()
    thread.join(40)
    connections.close_all()


def wait(found: Callable[[], Any], what: str) -> Any:
    return eventually(found, what, PATIENCE_SECONDS)


def apply(lin: Actor, bank: Bank) -> UUID:
    """The whole interview with the bank's own menu, handed in."""
    perform(lin, identity.give_consent, bank_id=bank.pk, purpose="accounts")
    perform(lin, wallet.ask_bank, bank_id=bank.pk)
    debts = wait(lambda: by_bank(lin), "the feed")
    application_id: UUID = perform(lin, application.start)
    said = {
        "cards": {"ids": [str(card.pk) for debt in debts for card in debt.cards]},
        "income": {"wage": "9000"},
        "expenses": {"food": "1500", "housing": "1500", "savings": "2000"},
        "hardship": {"kind": "income-cut", "story": "今年三月起工时减半，工资少了一半。"},
        "wish": {"periods": str(PERIODS), "monthly": "4000"},
    }
    kept = {part: answers.clean(part, values) for part, values in said.items()}
    for part, values in kept.items():
        perform(lin, application.save_answers, application_id=application_id, part=part, values=values)
    budget = budget_of(kept)
    request = request_for(budget, debts, {bank.pk: menu(bank.pk, START)}, [], START)
    perform(
        lin,
        application.keep_recommendation,
        application_id=application_id,
        request=request,
        answer={"plans": []},
        affordable_fen=budget.monthly_fen[0],
        savings_fen=budget.savings_fen,
    )
    plan = {"name": "custom", "periods": {str(bank.pk): PERIODS}}
    perform(lin, application.save_answers, application_id=application_id, part="plan", values=plan)
    png = io.BytesIO()
    Image.new("RGB", (600, 400), "white").save(png, "PNG")
    assert lin.person_id is not None
    stored = take_in(lin.person_id, "identity", "身份证.png", png.getvalue())
    perform(lin, application.add_proof, application_id=application_id, stored=stored)
    perform(lin, application.submit, application_id=application_id, declared_true=True, bank_ids={bank.pk})
    return application_id


def let_through(application_id: UUID) -> None:
    reviewer = build.staff(Role.REVIEWER, "chen", "陈静", "P-0007", password=PASSWORD)
    review_id = reviews.visible(reviewer).get(application_id=application_id).pk
    perform(reviewer, review.take, review_id=review_id)
    perform(reviewer, review.pass_, review_id=review_id)


def sign(lin: Actor, row: Agreement) -> None:
    perform(lin, identity.ask_signing_code, document_sha256=row.sha256)
    code = build.last_code(LIN["phone"])
    perform(lin, agreement.sign, agreement_id=row.pk, document_sha256=row.sha256, code=code)


def signatures_are_on_paper(row: Agreement) -> None:
    """The signing page names both digests and the bank's own signed message, as it came."""
    message = row.signatures.get(side="bank").message
    assert message is not None
    with PdfDocument(certificate_for(row)) as pages:
        text = "".join("".join(page.get_textpage().get_text_range().split()) for page in pages)
    text = text.replace("\N{ZERO WIDTH SPACE}", "")  # where a long line may break
    signature = message.signature_headers["signature"].split(":")[1]
    for told in (row.sha256, row.schedule_hash, message.body_sha256, message.idempotency_key, signature):
        assert told in text, told
    assert LIN["id_number"] not in text


def test_from_the_feed_to_the_last_payment(donghu: Bank, working: None) -> None:
    lin = build.borrower(LIN["phone"], LIN["name"], LIN["id_number"])
    application_id = apply(lin, donghu)
    let_through(application_id)

    wait(lambda: Negotiation.objects.filter(application_id=application_id).exists(), "the bank's receipt")
    talk_id = Dispatch.objects.get(application_id=application_id).pk
    assert Dispatch.objects.get(pk=talk_id).form_sha256

    move_clock_to(START + timedelta(days=1))
    row = wait(lambda: Agreement.objects.filter(negotiation_id=talk_id).exclude(sha256="").first(), "the agreement")
    assert row.schedule_hash == Negotiation.objects.get(pk=talk_id).debt.asked_hash

    sign(lin, row)
    plan = wait(lambda: Plan.objects.filter(negotiation_id=talk_id).first(), "both signatures")
    assert plan.schedule_hash == row.schedule_hash
    wait(lambda: Agreement.objects.get(pk=row.pk).collection_stopped_on, "the end of collection")

    signatures_are_on_paper(Agreement.objects.get(pk=row.pk))

    for due_on in list(Instalment.objects.filter(plan=plan).order_by("due_on").values_list("due_on", flat=True)):
        move_clock_to(due_on)
        paid = Instalment.objects.filter(plan=plan, due_on=due_on)
        wait(lambda paid=paid: paid.get().paid_on, f"the payment of {due_on}")
    wait(lambda: Plan.objects.get(pk=plan.pk).completed_on, "the end of the plan")
    assert Plan.objects.get(pk=plan.pk).state == "completed"

    operator = Actor(Role.OPERATOR)
    wait(lambda: not OutboundMessage.objects.exclude(delivery="delivered").exists(), "the last message")
    assert list(stuck_messages(operator)) == []
    assert list(troubled_inbound(operator)) == []
    sequences = InboundMessage.objects.filter(negotiation_id=talk_id).order_by("sequence")
    assert [m.sequence for m in sequences] == list(range(1, sequences.count() + 1))
