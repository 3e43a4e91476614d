"""Verbs of the wallet: ask a bank, keep in step with its feed, unbind."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from heyue import clock
from heyue.acts import begin, current, move, verb
from heyue.engine.money import fen
from heyue.engine.refusal import NotFound, Refusal, words
from heyue.identity.models import Consent, Person
from heyue.wallet.models import AccountLink, Activity, Card, Statement
from heyue.wallet.states import Event, State, Unbound

SYNC_EVERY = timedelta(minutes=15)
SYNC_AGAIN_AFTER = timedelta(seconds=20)


@verb
def ask_bank(bank_id: UUID) -> UUID:
    """Ask one bank for the borrower's cards; a standing consent to its account feed is needed first.

    Returns the link's id. A bank that was asked already is asked again where it said "not our customer".
    """
    borrower_id = _borrower()
    Person.objects.select_for_update().get(pk=borrower_id)  # two taps at once ask once
    consent = Consent.objects.filter(
        borrower_id=borrower_id, bank_id=bank_id, purpose=Consent.Purpose.ACCOUNTS, withdrawn_at__isnull=True
    ).first()
    if consent is None:
        raise Refusal(
            "consent-missing",
            words("先勾选同意，我们才能去问这家银行。"),
            article="个人信息保护法 第二十九条",
            field=str(bank_id),
        )
    standing = AccountLink.objects.filter(borrower_id=borrower_id, bank_id=bank_id).exclude(state=State.UNBOUND)
    link = standing.first()
    if link is None:
        link = AccountLink(borrower_id=borrower_id, bank_id=bank_id, consent=consent)
        begin(link, {"bank": str(bank_id)})
    elif link.state == State.NOT_CUSTOMER:
        ask_again(link.pk)
    return link.pk


@verb
def ask_again(link_id: UUID) -> None:
    """Ask a bank once more that did not know the borrower."""
    link = _own(link_id)
    move(link, Event.ASKED_AGAIN)
    link.next_try_at = clock.machine_now()
    link.save(update_fields=["next_try_at"])


@verb
def sync_now(link_id: UUID) -> None:
    """Read a bound bank's feed again at once, as its holder asks; one that was read a moment ago is left alone."""
    link = _own(link_id)
    if link.state != State.LINKED:
        raise Refusal("not-possible-now", words("这家银行还没绑定好。"))
    if link.synced_at and clock.now() - link.synced_at < SYNC_AGAIN_AFTER:
        return
    link.next_try_at = clock.machine_now()
    link.save(update_fields=["next_try_at"])


@verb
def unbind(link_id: UUID) -> tuple[Unbound, ...]:
    """Withdraw the consent to a bank's feed; its figures are no longer fetched or shown."""
    link = _own(link_id)
    move(link, Event.UNBOUND)
    link.consent.withdrawn_at = clock.now()
    link.consent.save(update_fields=["withdrawn_at"])
    link.next_try_at = clock.machine_now()
    link.save(update_fields=["next_try_at"])
    return (Unbound(link.pk, link.borrower_id, link.bank_id),)


@verb
def record_linked(link_id: UUID, link_ref: str) -> None:
    """The bank knows the borrower; its feed can be read from now on.

    Where the borrower took the consent back meanwhile, the bank's reference is kept until the bank is told so.
    """
    link = AccountLink.objects.select_for_update().get(pk=link_id)
    if link.state == State.UNBOUND:
        link.link_ref = link_ref
        link.save(update_fields=["link_ref"])
        return
    move(link, Event.LINKED)
    link.link_ref = link_ref
    link.next_try_at = clock.machine_now()
    link.leased_until = None
    link.save(update_fields=["link_ref", "next_try_at", "leased_until"])


@verb
def record_not_customer(link_id: UUID) -> None:
    """The bank does not know the borrower."""
    link = AccountLink.objects.select_for_update().get(pk=link_id)
    move(link, Event.NOT_CUSTOMER)
    link.leased_until = None
    link.save(update_fields=["leased_until"])


@verb
def record_feed(link_id: UUID, cards: list[dict[str, Any]], events: list[dict[str, Any]]) -> None:
    """Store what the feed told: cards with statements, and new activity (shapes of gateway-v1.md section 2).

    Taking the same feed twice changes nothing. A card that is left out is no longer shown.
    """
    link = AccountLink.objects.select_for_update().get(pk=link_id)
    kept = {card["token"]: _keep_card(link, card) for card in cards}
    link.cards.filter(listed=True).exclude(token__in=kept).update(listed=False)
    fresh = [e for e in events if e["seq"] > link.activity_seq and e["card"] in kept]
    Activity.objects.bulk_create(
        [
            Activity(
                card=kept[e["card"]],
                seq=e["seq"],
                date=date.fromisoformat(e["date"]),
                kind=e["kind"],
                amount_fen=fen(e["amount"]),
                text=e.get("text", "")[:80],
            )
            for e in fresh
        ],
        ignore_conflicts=True,
    )
    sums = {token: card.balance_fen for token, card in kept.items()}
    move(link, Event.SYNCED, {"balances_fen": sums, "new_events": len(fresh)})
    link.activity_seq = max([link.activity_seq, *(e["seq"] for e in events)])
    link.synced_at = clock.now()
    link.synced_on = clock.today()
    link.down_since = None
    link.next_try_at = clock.machine_now() + SYNC_EVERY
    link.leased_until = None
    link.tries = 0
    link.save(
        update_fields=[
            "activity_seq", "synced_at", "synced_on", "down_since", "next_try_at", "leased_until", "tries",
        ]
    )  # fmt: skip


@verb
def record_feed_down(link_id: UUID) -> None:
    """The feed cannot be reached: the last known sums stay, with their time."""
    AccountLink.objects.filter(pk=link_id, down_since__isnull=True).update(down_since=clock.now())


@verb
def sync_soon(borrower_id: UUID | None = None, bank_id: UUID | None = None) -> None:
    """Let bound feeds be read again at once: all on a new business day, one when its bank has news of a debt."""
    links = AccountLink.objects.filter(state=State.LINKED)
    if borrower_id and bank_id:
        links = links.filter(borrower_id=borrower_id, bank_id=bank_id)
    links.update(next_try_at=clock.machine_now())


@verb
def forget_link(link_id: UUID) -> None:
    """The bank was told that the consent is withdrawn; its reference is no longer kept."""
    AccountLink.objects.filter(pk=link_id, state=State.UNBOUND).update(link_ref="", leased_until=None)


def _keep_card(link: AccountLink, told: dict[str, Any]) -> Card:
    owed = told["owed"]
    card, _ = Card.objects.update_or_create(
        link=link,
        token=told["token"],
        defaults={
            "borrower_id": link.borrower_id,
            "bank_id": link.bank_id,
            "last4": told["last4"],
            "product": told["product"],
            "currency": told["currency"],
            "as_of": date.fromisoformat(told["as_of"]),
            "balance_fen": fen(told["balance"]),
            "principal_fen": fen(owed["principal"]),
            "interest_fen": fen(owed["interest"]),
            "fee_fen": fen(owed["fee"]),
            "credit_fen": fen(owed["credit"]),
            "accrued_fen": fen(told["accrued"]),
            "per_day_fen": fen(told["next_day_interest"]),
            "waivable_fen": fen(told["waivable"]),
            "days_overdue": told["days_overdue"],
            "overdue_since": told["overdue_since"],
            "collection": told["collection"],
            "terms": told["terms"],
            "opening": told["opening"],
            "listed": True,
        },
    )
    for statement in told["statements"]:
        Statement.objects.update_or_create(
            card=card,
            date=date.fromisoformat(statement["date"]),
            defaults={
                "due_date": date.fromisoformat(statement["due_date"]),
                **{f"{k}_fen": fen(statement[k]) for k in ("balance", "minimum_payment", "interest", "late_fee")},
            },
        )
    return card


def _borrower() -> UUID:
    person_id = current().actor.person_id
    if person_id is None:
        raise RuntimeError("a wallet belongs to a person")
    return person_id


def _own(link_id: UUID) -> AccountLink:
    link = AccountLink.objects.select_for_update().filter(pk=link_id, borrower_id=_borrower()).first()
    if link is None:
        raise NotFound()
    return link
