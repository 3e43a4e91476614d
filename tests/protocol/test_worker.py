"""The worker between a real sandbox bank (a process) and the platform's door (a server), nothing faked between."""

from __future__ import annotations

import threading
import uuid
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connections

import build
from heyue import clock
from heyue.banks import outbox
from heyue.banks.actions import join
from heyue.banks.models import Bank, InboundMessage, OutboundMessage
from heyue.banks.reads import platform_signer, stuck_messages
from heyue.dispatch.models import Dispatch
from heyue.engine.moves import Actor, Role
from heyue.faces.worker.loop import run, run_once
from heyue.identity import actions as identity
from heyue.journey import perform
from heyue.notices.models import TextMessage
from heyue.wallet import actions as wallet
from heyue.wallet import reads as wallets
from heyue.wallet.models import AccountLink, Card
from heyue.work import claim
from protocol.gateway_peer import matter, move_clock_to, tell_bank
from protocol.sandbox_bank_peer import LIN, ZHAO, BankProcess, application, eventually

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.urls("heyue.faces.bank.urls"),
    pytest.mark.filterwarnings("ignore:Using only a label", "ignore:No directory at"),
]
START = date(2026, 11, 16)
PATIENCE_SECONDS = 60.0


class Here:
    """The platform as the bank's process knows it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.signer = platform_signer()
        self.bank_keys: dict[str, str] = {}


@pytest.fixture
def here(settings: Any, live_server: Any) -> Here:
    settings.HEYUE_SIGNING_KEY = "platform-1=" + b64encode(Ed25519PrivateKey.generate().private_bytes_raw()).decode()
    move_clock_to(START)
    return Here(live_server.url)


@pytest.fixture
def process(here: Here, tmp_path: Path) -> Iterator[BankProcess]:
    started = BankProcess("donghu", tmp_path, here)  # type: ignore[arg-type]
    try:
        yield started.start()
    finally:
        started.stop()


@pytest.fixture
def donghu(process: BankProcess) -> Bank:
    return join(process.facts | {"base_url": process.url, "control_url": f"http://127.0.0.1:{process.control_port}"})


@pytest.fixture
def working() -> Iterator[None]:
    """A worker beside the test."""
    stop = threading.Event()
    thread = threading.Thread(target=run, args=(stop,))
    thread.start()
    yield
    stop.set()
    thread.join(40)
    assert not thread.is_alive()
    connections.close_all()


def person(holder: dict[str, str]) -> Actor:
    return build.borrower(holder["phone"], holder["name"], holder["id_number"])


def ask(actor: Actor, bank: Bank) -> uuid.UUID:
    perform(actor, identity.give_consent, bank_id=bank.pk, purpose="accounts")
    link_id: uuid.UUID = perform(actor, wallet.ask_bank, bank_id=bank.pk)
    return link_id


def link(link_id: uuid.UUID) -> AccountLink:
    return AccountLink.objects.get(pk=link_id)


def apply(process: BankProcess, bank: Bank) -> Dispatch:
    """An application that the bank's own policy allows, written into the outbox."""
    body = application(process, periods=60)
    row = matter(bank, "ready")
    Dispatch.objects.filter(pk=row.pk).update(form_sha256=body["form"]["sha256"])
    outbox.enqueue_application(bank.pk, row.pk, row.borrower_id, body | {"id": str(row.pk)})
    return row


def kinds(row: Dispatch) -> list[tuple[str, str]]:
    found = InboundMessage.objects.filter(negotiation_id=row.pk).order_by("sequence")
    return [(m.kind, m.judgement) for m in found]


def wait(found: Callable[[], Any], what: str) -> Any:
    return eventually(found, what, PATIENCE_SECONDS)


def test_cards_come_from_the_banks_feed_and_follow_its_day(donghu: Bank, process: BankProcess, working: None) -> None:
    lin = person(LIN)
    link_id = ask(lin, donghu)
    wait(lambda: link(link_id).synced_on == START, "the feed")
    cards = {card.last4: card for card in wallets.cards(lin)}
    assert set(cards) == {"6612", "0385"}
    assert all(card.as_of == START and card.balance_fen > 0 for card in cards.values())
    told = {c.last4: c for c in process.client.cards(link(link_id).link_ref).cards}
    assert {last4: card.balance_fen for last4, card in cards.items()} == {n: c.balance for n, c in told.items()}
    move_clock_to(START + timedelta(days=1))
    wait(lambda: link(link_id).synced_on == START + timedelta(days=1), "the next day's feed")
    assert all(card.as_of == START + timedelta(days=1) for card in Card.objects.filter(link_id=link_id))


def test_a_stranger_is_not_the_banks_customer_and_may_ask_again(donghu: Bank, working: None) -> None:
    stranger = person({"name": "赵一鸣", "id_number": "440301198812120034", "phone": "13700001111"})
    link_id = ask(stranger, donghu)
    wait(lambda: link(link_id).state == "not-customer", "the answer")
    perform(stranger, wallet.ask_again, link_id=link_id)
    wait(lambda: link(link_id).state == "not-customer", "the second answer")


def test_a_feed_that_is_down_keeps_the_last_sums_and_comes_back(
    donghu: Bank, process: BankProcess, working: None
) -> None:
    zhao = person(ZHAO)
    link_id = ask(zhao, donghu)
    wait(lambda: link(link_id).synced_on, "the feed")
    before = list(Card.objects.filter(link_id=link_id).values_list("token", "balance_fen", "as_of"))
    process.kill()
    AccountLink.objects.update(next_try_at=clock.machine_now())
    wait(lambda: link(link_id).down_since, "the trouble")
    assert list(Card.objects.filter(link_id=link_id).values_list("token", "balance_fen", "as_of")) == before
    process.start()
    AccountLink.objects.update(next_try_at=clock.machine_now())
    wait(lambda: link(link_id).down_since is None, "the feed again")


def test_a_withdrawn_consent_ends_the_link_at_the_bank(donghu: Bank, process: BankProcess, working: None) -> None:
    lin = person(LIN)
    link_id = ask(lin, donghu)
    wait(lambda: link(link_id).synced_on, "the feed")
    link_ref = link(link_id).link_ref
    perform(lin, wallet.unbind, link_id=link_id)
    wait(lambda: link(link_id).link_ref == "", "the end of the link")
    from heyue.gateway.client import BankRefused

    with pytest.raises(BankRefused, match="unknown-link"):
        process.client.cards(link_ref)


def test_an_application_is_delivered_and_the_banks_receipt_taken(
    donghu: Bank, process: BankProcess, working: None
) -> None:
    row = apply(process, donghu)
    wait(lambda: len(kinds(row)) >= 3 and all(j != "waiting" for _, j in kinds(row)), "the bank's first events")
    assert kinds(row)[0] == ("application.received", "taken")
    kept = Dispatch.objects.get(pk=row.pk)
    assert (kept.state, kept.received_on) == ("received", START)
    receipt = InboundMessage.objects.get(pk=kept.receipt_id)
    assert {"@method", "@url", "signature", "signature-input", "content-digest"} <= set(receipt.signature_headers)


def test_a_dead_bank_gets_everything_in_order_when_it_is_back(
    donghu: Bank, process: BankProcess, working: None
) -> None:
    wait(lambda: donghu.sandbox.__class__.objects.filter(told_on=START).exists(), "the day")
    row = apply(process, donghu)
    wait(lambda: kinds(row), "the receipt")
    process.kill()
    ended = tell_bank(row, "negotiation.ended")
    wait(lambda: OutboundMessage.objects.get(pk=ended.pk).last_error, "a try in vain")
    process.start()
    OutboundMessage.objects.update(next_try_at=clock.machine_now())
    wait(lambda: OutboundMessage.objects.get(pk=ended.pk).delivery == "delivered", "the delivery")
    fate = wait(lambda: (f := process.client.fate(str(row.pk), str(ended.pk)))["state"] != "waiting" and f, "its fate")
    assert fate["state"] == "taken"


def test_what_the_bank_refuses_after_storing_it_is_seen_at_the_desk(
    donghu: Bank, process: BankProcess, working: None
) -> None:
    row = apply(process, donghu)
    wait(lambda: kinds(row), "the receipt")
    sent = tell_bank(row, "agreement.signed")
    wait(lambda: OutboundMessage.objects.get(pk=sent.pk).fate == "refused", "its fate")
    assert [m.pk for m in stuck_messages(Actor(Role.OPERATOR))] == [sent.pk]


def test_the_loop_survives_what_is_poisoned(here: Here) -> None:
    owner = uuid.uuid4()
    poisoned = TextMessage.objects.create(
        owner_id=owner, sealed_phone=b"not sealed", sealed_text=b"", written_at=clock.now()
    )
    build.newcomer("13500002222")
    well = TextMessage.objects.exclude(pk=poisoned.pk).get()
    run_once()
    assert TextMessage.objects.get(pk=well.pk).sent_at is not None
    kept = TextMessage.objects.get(pk=poisoned.pk)
    assert kept.sent_at is None
    assert kept.last_error
    assert claim(TextMessage.objects.filter(pk=poisoned.pk)) == []


def test_a_text_past_its_time_is_never_sent(here: Here) -> None:
    build.newcomer("13500002222")
    TextMessage.objects.update(good_until=clock.machine_now() - timedelta(seconds=1))
    run_once()
    assert TextMessage.objects.get().sent_at is None


def test_the_platforms_key_is_what_its_setting_says(here: Here, settings: Any) -> None:
    raw = b64decode(settings.HEYUE_SIGNING_KEY.partition("=")[2])
    public = Ed25519PrivateKey.from_private_bytes(raw).public_key().public_bytes_raw()
    assert platform_signer().public_text == b64encode(public).decode()
