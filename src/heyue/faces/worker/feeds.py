"""Keep account links in step with the banks' feeds; a feed that is down leaves the last known sums."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from heyue.banks.sandbox_clock import in_step
from heyue.engine.moves import PLATFORM
from heyue.faces.worker.bank_calls import BankCalls
from heyue.faces.worker.each import NotNow, each
from heyue.gateway.client import BankClient, BankRefused, BankUnreachable, NotOurCustomer
from heyue.gateway.wire import Consent, Holder, Scope
from heyue.identity.reads import in_full
from heyue.journey import perform
from heyue.wallet import actions, reads
from heyue.wallet.models import AccountLink

SCOPES: tuple[Scope, ...] = ("accounts", "statements", "payments")
WHILE_DOWN = timedelta(seconds=2)


def sync(calls: BankCalls) -> int:
    """Ask for new links, read stale feeds, end withdrawn links; a bank that is down is asked once in a round."""
    down: set[UUID] = set()

    def one(link: AccountLink) -> None:
        if link.bank_id in down:
            raise NotNow(WHILE_DOWN)
        try:
            _call(calls.to(link.bank), link)
        except (BankUnreachable, BankRefused) as error:
            if isinstance(error, BankUnreachable):
                down.add(link.bank_id)
            perform(PLATFORM, actions.record_feed_down, link_id=link.pk)
            raise

    return each(reads.to_sync().filter(in_step("bank")).exclude(bank__base_url=""), one)


def _call(client: BankClient, link: AccountLink) -> None:
    match reads.next_call(link):
        case "ask":
            _ask(client, link)
        case "read":
            _read(client, link)
        case "end":
            client.unlink(link.link_ref)
            perform(PLATFORM, actions.forget_link, link_id=link.pk)


def _ask(client: BankClient, link: AccountLink) -> None:
    particulars = in_full(link.borrower)
    holder = Holder(name=particulars.name, id_number=particulars.id_number, phone=particulars.phone)
    consent = Consent(id=str(link.consent_id), given_at=link.consent.given_at, scopes=SCOPES)
    try:
        link_ref = client.link_account(consent, holder, asking=str(link.state_since))
    except NotOurCustomer:
        perform(PLATFORM, actions.record_not_customer, link_id=link.pk)
    else:
        perform(PLATFORM, actions.record_linked, link_id=link.pk, link_ref=link_ref)


def _read(client: BankClient, link: AccountLink) -> None:
    told = client.cards(link.link_ref).model_dump(mode="json")
    events = [event.model_dump(mode="json") for event in client.activity(link.link_ref, link.activity_seq)]
    cards = [{**card, "as_of": told["as_of"]} for card in told["cards"]]
    perform(PLATFORM, actions.record_feed, link_id=link.pk, cards=cards, events=events)
